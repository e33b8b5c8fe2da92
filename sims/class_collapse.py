"""Neural collapse, measured: a deep linear network on free features is trained with weight decay.

A draw trains all M factors, the features of all N samples among them, on the labels themselves by gradient
descent (L-BFGS) until it rests, from several random starts of all sizes, and keeps the best minimum. Factors
beyond M are zero and passed over, so that one program serves the depths up to `ROOM`.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import optax
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Bool, Float, Int, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, positive, room
from lingen.models.learning import ClassCollapse
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "sampler"]

LARGEST = 1.3
"""Of the starts: how much their product may exceed the labels."""
SMALLEST = 0.1
STEPS, REST = 1000, 1e-7
ROOM = 4
"""Factors that are laid out at least."""

Weights = list[Array]


class Downhill(NamedTuple):
    """Where one start is."""

    weights: Weights
    memory: Any
    slope: Array
    step: Array


@checked
@at_once
def sampler(
    majority: int,
    minority: int,
    classes: int,
    *,
    decay: ArrayLike,
    depth: int,
    starts: int = 12,
    width: int = 12,
) -> Partial:
    """A draw of `ClassCollapse`; lengths are means over classes of a kind.

    Args:
        majority: samples of each of the larger classes.
        minority: samples of each of the smaller ones, at most as many.
        classes: classes of either kind.
        decay: λ > 0.
        depth: M >= 2 factors, the free features among them.
        starts: random starts, of which the lowest loss is kept.
        width: hidden units, at least as many as all classes.

    Raises:
        ValueError: for a number out of range.
    """
    large = integer("majority", majority, low=1)
    counts = (large, integer("minority", minority, low=1, high=large))
    classes, depth = integer("classes", classes, low=1), integer("depth", depth, low=2)
    starts, width = integer("starts", starts, low=1), integer("width", width, low=2 * classes)
    total = classes * sum(counts)
    room("majority", large, 4.0 * starts * width * (total + depth * width))
    labels = jnp.repeat(
        jnp.eye(2 * classes), jnp.repeat(jnp.asarray(counts), classes), axis=1, total_repeat_length=total
    )
    shapes = jnp.zeros((starts, max(depth, ROOM), width))
    return Partial(_draw, shapes, jnp.asarray(depth), jnp.asarray(labels), positive("decay", decay))


draw = draw_of(sampler, ClassCollapse)


def _draw(
    shapes: Float[Array, "starts room width"],
    depth: Int[Array, ""],
    labels: Float[Array, "k n"],
    decay: Float[Array, ""],
    key: Key[Array, ""],
) -> ClassCollapse:
    starts, room, width = shapes.shape
    top = jnp.sqrt(jnp.max(jnp.sum(labels, axis=1)))
    sizes = top * jnp.geomspace(SMALLEST, LARGEST, starts)

    def one(key: Key[Array, ""], size: Array) -> tuple[Array, Array]:
        inner = jnp.arange(room - 2) < depth - 2
        weights = _start(key, labels, depth, inner, width, size ** (1.0 / depth))
        found = _descend(weights, inner, labels, decay)
        return _loss(found, inner, labels, decay), jnp.linalg.norm(_product(found, inner), axis=1)

    losses, lengths = jax.lax.map(lambda pair: one(*pair), (jr.split(key, starts), sizes), batch_size=starts)
    large, small = jnp.split(lengths[jnp.argmin(losses)], 2)
    return ClassCollapse(jnp.mean(large), jnp.mean(small))


def _start(
    key: Key[Array, ""], labels: Array, depth: Array, inner: Bool[Array, "m"], width: int, scale: Array
) -> Weights:
    """Gaussian factors that scale a vector by about `scale` each: features, those between, the last."""
    outputs, samples = labels.shape
    keys = jr.split(key, inner.size + 2)  # of which the first M are those of a split by M
    shapes = [(width, samples), *[(width, width)] * inner.size, (outputs, width)]
    own = [*keys[:-1], keys[depth - 1]]
    kept = [True, *inner, True]
    normals = [jr.normal(k, shape) for k, shape in zip(own, shapes, strict=True)]
    return [jnp.where(k, scale / width**0.5 * z, 0.0) for k, z in zip(kept, normals, strict=True)]


def _product(weights: Weights, inner: Bool[Array, "m"]) -> Array:
    product, *between, last = weights
    for weight, kept in zip(between, inner, strict=True):
        product = jnp.where(kept, weight @ product, product)
    return last @ product


def _loss(weights: Weights, inner: Bool[Array, "m"], labels: Array, decay: Array) -> Array:
    """(1/2N)‖W_M…W₁ − Y‖² + (λ/2) Σ‖W_i‖²."""
    fit = jnp.sum((_product(weights, inner) - labels) ** 2) / labels.shape[1]
    return fit / 2.0 + decay / 2.0 * sum(jnp.sum(weight**2) for weight in weights)


def _descend(weights: Weights, inner: Bool[Array, "m"], labels: Array, decay: Array) -> Weights:
    """L-BFGS until the slope is gone."""
    solver = optax.lbfgs(memory_size=10)

    def loss(weights: Weights) -> Array:
        return labels.shape[1] * _loss(weights, inner, labels, decay)

    value_and_slope = optax.value_and_grad_from_state(loss)

    def going(state: Downhill) -> Array:
        return (state.slope > REST) & (state.step < STEPS)

    def step(state: Downhill) -> Downhill:
        value, slope = value_and_slope(state.weights, state=state.memory)
        moves, memory = solver.update(
            slope, state.memory, state.weights, value=value, grad=slope, value_fn=loss
        )
        moved = optax.apply_updates(state.weights, moves)
        return Downhill(moved, memory, optax.tree.norm(slope), state.step + 1)

    first = Downhill(weights, solver.init(weights), jnp.asarray(jnp.inf), jnp.asarray(0))
    return jax.lax.while_loop(going, step, first).weights
