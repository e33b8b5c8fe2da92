"""Speciation measured: noised points of two classes, and the classes of paths cloned there.

The backward process with the exact score, run from x_t, ends in a point of the law of x₀ given x_t; so the
chance that two clones end in one class is p² + (1−p)², p the posterior of a class at x_t in all d dimensions.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import length, nonnegative, positive
from lingen.models.systems import Speciation
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "sampler"]


@checked
@at_once
def sampler(dim: int, time: ArrayLike, *, mean_square: ArrayLike = 1.0, variance: ArrayLike = 1.0) -> Partial:
    """A draw of the agreement at one x_t, exact over the clones: a function of a key.

    Args:
        dim: d.
        time: t > 0 of dx = −x dt + √2 dB.
        mean_square: |μ|²/d >= 0 of the classes' means ±μ.
        variance: σ² > 0 of each class in every direction.

    Raises:
        ValueError: for an argument out of range.
    """
    size = nonnegative("mean_square", mean_square)
    mean = jnp.sqrt(size) * jnp.ones(length("dim", dim, low=1))
    return Partial(_clones, mean, positive("variance", variance), positive("time", time))


draw = draw_of(sampler, Speciation)


def _clones(mean: Float[Array, "d"], variance: Array, time: Array, key: Key[Array, ""]) -> Speciation:
    side, within, noise = jr.split(key, 3)
    start = jr.rademacher(side, (), dtype=float) * mean + jnp.sqrt(variance) * jr.normal(within, mean.shape)
    decay = jnp.exp(-time)
    spread = -jnp.expm1(-2.0 * time)
    x = decay * start + jnp.sqrt(spread) * jr.normal(noise, mean.shape)
    width = spread + variance * decay**2
    odds = sum(sign * -jnp.sum((x - sign * decay * mean) ** 2) / (2.0 * width) for sign in (1.0, -1.0))
    chance = jax.nn.sigmoid(odds)
    return Speciation(chance**2 + (1.0 - chance) ** 2)
