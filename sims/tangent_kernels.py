"""Tangent kernels of two-layer networks of m hidden units, measured: gradients of f at random weights.

A kernel is the product of two gradients over all weights. In training the weights of a linear network follow
the gradient flow of (f−y)²/2 on one input, by the classical Runge–Kutta rule, until f = y.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.flatten_util import ravel_pytree
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import finite, integer, room, single
from lingen.models.learning import KernelDrift
from lingen.sims.dense import flow
from lingen.sims.engine.single import draw_of

__all__ = ["ACTIVATIONS", "draw", "kernel_sampler", "sampler"]

INPUTS = 3
"""Dimension of the inputs: kernels of Gaussian weights see the angle of two inputs alone."""
STEP, STEPS = 0.1, 200
"""Of the flow, in units of the inverse of the kernel's usual size."""

Weights = tuple[Array, Array]
ACTIVATIONS: dict[str, tuple[Callable[[Array], Array], float]] = {
    "linear": (lambda x: x, 1.0),
    "relu": (jax.nn.relu, 2.0),
}
"""The activation, and the variance of its outgoing weights times m."""


@checked
@at_once
def sampler(width: int, target: ArrayLike, *, dim: int = INPUTS) -> Partial:
    """A draw of `KernelDrift`: a linear network trained on a random unit input.

    Args:
        width: m >= 1 hidden units.
        target: y, its label.
        dim: d, of the input.

    Raises:
        ValueError: for a number out of range.
    """
    width, dim = integer("width", width, low=1), integer("dim", dim, low=1)
    room("width", width, 8.0 * width)
    room("dim", dim, 8.0 * width * dim)
    return Partial(_train, jnp.zeros((width, dim)), finite("target", single("target", target)))


draw = draw_of(sampler, KernelDrift)


@checked
@at_once
def kernel_sampler(activation: str, width: int, angle: ArrayLike, *, repeats: int = 1) -> Partial:
    """A draw of K(x, x') of unit vectors at an angle ϑ: shape (repeats,), one network each.

    Args:
        activation: one of `ACTIVATIONS`.
        width: m >= 1 hidden units.
        angle: ϑ.
        repeats: independent networks.

    Raises:
        ValueError: for an unknown activation or a number out of range.
    """
    if activation not in ACTIVATIONS:
        raise ValueError(f"activation must be one of {', '.join(ACTIVATIONS)}, got {activation!r}")
    width, repeats = integer("width", width, low=1), integer("repeats", repeats, low=1)
    room("width", width, 8.0 * width * INPUTS)
    room("repeats", repeats, 8.0 * width * repeats * INPUTS)
    zero = jnp.zeros((repeats, width, INPUTS))
    return Partial(Partial(_kernels, activation), zero, finite("angle", single("angle", angle)))


def _network(activation: str, weights: Weights, x: Float[Array, "d"]) -> Array:
    inner, outer = weights
    function, scale = ACTIVATIONS[activation]
    return jnp.sqrt(scale / outer.size) * outer @ function(inner @ x)


def _kernel(activation: str, weights: Weights, x: Array, other: Array) -> Array:
    def slopes(x: Array) -> Array:
        return ravel_pytree(jax.grad(lambda weights: _network(activation, weights, x))(weights))[0]

    return slopes(x) @ slopes(other)


def _weights(key: Key[Array, ""], shape: tuple[int, ...]) -> Weights:
    inner, outer = jr.split(key)
    return jr.normal(inner, shape), jr.normal(outer, shape[:1])


def _kernels(
    activation: str, zero: Float[Array, "repeats m d"], angle: Float[Array, ""], key: Key[Array, ""]
) -> Float[Array, "repeats"]:
    x = jnp.eye(zero.shape[-1])[0]
    other = x * jnp.cos(angle) + jnp.eye(zero.shape[-1])[1] * jnp.sin(angle)
    keys = jr.split(key, zero.shape[0])
    return jax.vmap(lambda key: _kernel(activation, _weights(key, zero.shape[1:]), x, other))(keys)


def _train(zero: Float[Array, "m d"], target: Float[Array, ""], key: Key[Array, ""]) -> KernelDrift:
    own, place = jr.split(key)
    x = jr.normal(place, zero.shape[1:])
    x = x / jnp.linalg.norm(x)
    first = _weights(own, zero.shape)
    # the kernel's size, before or after training
    step = STEP / (2.0 + 2.0 * jnp.abs(target) / jnp.sqrt(zero.shape[0]))

    def slope(weights: Weights) -> Weights:
        return jax.grad(lambda weights: -0.5 * (_network("linear", weights, x) - target) ** 2)(weights)

    last = jax.lax.fori_loop(0, STEPS, lambda _, weights: flow.advanced(slope, weights, step), first)
    start, end = (_kernel("linear", weights, x, x) for weights in (first, last))
    return KernelDrift(start, end, end - start)
