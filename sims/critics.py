"""Estimates of mutual information measured: the optimal critic on drawn pairs of Gaussian vectors.

A mean over n independent pairs has a variance of 1/n of that of one pair, which a draw estimates without bias
from its own pairs.
"""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.scipy.stats import norm
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import bounded, integer, known
from lingen.models.observables import CriticVariance
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "sampler"]


@checked
@at_once
def sampler(correlation: ArrayLike, dim: int, *, pairs: int = 256) -> Partial:
    """A draw of n Var of the partition function and of the estimate of I.

    Args:
        correlation: −1 < ρ < 1 of each coordinate of x with that of y.
        dim: d.
        pairs: joint and independent pairs that a draw is made of, at least 2 of each.

    Raises:
        ValueError: for an argument out of range.
    """
    rho = bounded("correlation", known("correlation", correlation), -1.0, 1.0)
    if abs(float(rho)) == 1.0:
        raise ValueError("correlation must be between -1 and 1, both excluded, got one of them")
    shape = (integer("pairs", pairs, low=2), integer("dim", dim, low=1))
    return Partial(_draw, rho, jnp.asarray(np.empty((*shape, 0))))


draw = draw_of(sampler, CriticVariance)


def _draw(rho: Float[Array, ""], shape: Float[Array, "n d 0"], key: Key[Array, ""]) -> CriticVariance:
    x, z, y = jr.normal(key, (3, *shape.shape[:2]))
    spread = jnp.sqrt(1.0 - rho**2)

    def critic(one: Array, two: Array) -> Array:
        """log p(y|x)/p(y), summed over coordinates."""
        return jnp.sum(norm.logpdf(two, rho * one, spread) - norm.logpdf(two), axis=-1)

    partition = jnp.var(jnp.exp(critic(x, y)), ddof=1)
    return CriticVariance(partition, partition + jnp.var(critic(x, rho * x + spread * z), ddof=1))
