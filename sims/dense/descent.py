"""Training by gradient descent: θ ← θ − update(∇L(θ)), recorded every so many steps, in one `lax.scan`.

The update is any of optax, the model any of `flax.nnx`; only `nnx.Param` descends. A run whose loss stops
being a finite number keeps the numbers it had, notes the step, and shows NaN from then on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import optax
from jax import Array, lax
from jaxtyping import ArrayLike, Float, Int, Key

from lingen import lazy
from lingen.boundary import checked

__all__ = ["Run", "denoising_loss", "descend", "failures", "noisy_loss", "risk"]

nnx = lazy.module("flax.nnx")
ALIVE = -1


class Run(NamedTuple):
    """A run of training."""

    records: Any
    """What was observed after every `every` steps, stacked along a first axis."""
    numbers: Any
    """The trained numbers, a `nnx.State`."""
    failed: Int[Array, ""]
    """The step at which the loss stopped being a finite number, or −1."""


@checked
def descend(
    model: nnx.Module,
    loss: Callable[[Any, Key[Array, ""]], Array],
    observe: Callable[[Any], Any],
    optimiser: optax.GradientTransformation,
    key: Key[Array, ""],
    records: int,
    every: int = 1,
) -> Run:
    """Train a model for `records` × `every` steps.

    Args:
        model: where to start.
        loss: of the model and the step's own key, which full-batch losses do not use.
        observe: what to keep of a model, a pytree of float arrays.
        optimiser: of optax.
        key: step i of the run has the key `fold_in(key, i)`.
        records: how often to observe.
        every: steps before each observation.
    """
    parts: Any = nnx.split(model, nnx.Param, ...)
    definition, numbers, rest = parts

    def merged(numbers: Any) -> Any:
        return nnx.merge(definition, numbers, rest, copy=True)

    def step(index: Array, carry: Any) -> Any:
        numbers, state, failed = carry
        own = jr.fold_in(key, index)
        value, slope = jax.value_and_grad(lambda n: loss(merged(n), own))(numbers)
        fine = jnp.isfinite(value) & (failed == ALIVE)
        updates, moved = optimiser.update(slope, state, numbers)
        kept = _where(fine, (optax.apply_updates(numbers, updates), moved), (numbers, state))
        return *kept, jnp.where(~fine & (failed == ALIVE), index, failed)

    def block(carry: Any, first: Array) -> tuple[Any, Any]:
        carry = lax.fori_loop(first, first + every, step, carry)
        seen = observe(merged(carry[0]))
        return carry, _where(carry[2] == ALIVE, seen, jax.tree.map(lambda x: jnp.full_like(x, jnp.nan), seen))

    start = (numbers, optimiser.init(numbers), jnp.asarray(ALIVE))
    (numbers, _, failed), seen = lax.scan(block, start, every * jnp.arange(records))
    return Run(seen, numbers, failed)


@checked
def risk(matrix: Float[Array, "d d"], covariance: Float[Array, "d d"], noise: ArrayLike) -> Float[Array, ""]:
    """E‖A(x+√s z) − x‖² over z and x of this covariance: tr((A−1)C(A−1)ᵀ) + s‖A‖²."""
    missing = matrix - jnp.eye(matrix.shape[0])
    return jnp.sum((missing @ covariance) * missing) + noise * jnp.sum(matrix**2)


@checked
def denoising_loss(covariance: Float[Array, "d d"], noise: ArrayLike) -> Callable[[Any, Any], Array]:
    """The full-batch denoising loss of a model with a `matrix`, exact in the noise z."""
    return lambda model, key: risk(model.matrix, covariance, noise)


@checked
def noisy_loss(
    points: Callable[[Key[Array, ""]], Float[Array, "b d"]], noise: ArrayLike
) -> Callable[[Any, Any], Array]:
    """The denoising loss on the points of one batch, with fresh noise z in every step."""

    def loss(model: Any, key: Key[Array, ""]) -> Array:
        which, way = jr.split(key)
        x = points(which)
        error = model(x + jnp.sqrt(noise) * jr.normal(way, x.shape)) - x
        return jnp.sum(error**2) * (1.0 / x.shape[0])

    return loss


@checked
def failures(failed: ArrayLike, rate: float, names: tuple[str, ...] = ()) -> list[str]:
    """One line for each member that diverged: which, at what step, at what learning rate.

    Args:
        failed: the field of `Run`, one entry a member, of any shape.
        rate: the learning rate.
        names: what the axes of `failed` count, for the message.
    """
    steps = np.asarray(failed)
    names = names or tuple(f"axis {i}" for i in range(steps.ndim))
    if len(names) != steps.ndim:
        raise ValueError(f"names must name the {steps.ndim} axes of failed, got {names!r}")
    lines = []
    for place in np.argwhere(steps != ALIVE):
        member = ", ".join(f"{name} {index}" for name, index in zip(names, place, strict=True))
        lines.append(f"{member}: loss is not finite at step {steps[tuple(place)]}, learning rate {rate:.3g}")
    return lines


def _where(condition: Array, one: Any, other: Any) -> Any:
    return jax.tree.map(lambda x, y: jnp.where(condition, x, y), one, other)
