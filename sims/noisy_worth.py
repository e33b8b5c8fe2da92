"""The worth of noisy samples measured: the error of a maximum-likelihood λ̂ from a pool of noise levels.

Samples of noise level j are N(0, λ+s_j), all independent, s_j known and λ not. Their sum of squares, all that
the likelihood needs, is drawn as (λ+s_j) χ² of as many degrees of freedom as there are samples.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Int, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, nonnegative, positive, vector
from lingen.models.systems import NoisyWorth
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "estimate", "sampler"]

REPEATS = 1024
STEPS = 20


@checked
@at_once
def sampler(
    samples: int, eigenvalue: ArrayLike, noises: ArrayLike, shares: ArrayLike, *, repeats: int = REPEATS
) -> Partial:
    """A draw of n (λ̂−λ)²/2λ², averaged over `repeats` pools: a function of a key.

    Args:
        samples: n in each pool.
        eigenvalue: λ > 0, one number.
        noises: the noise variances s_j >= 0, shape (k,).
        shares: the fractions of the pool, shape (k,); rounded to whole samples, none of them 0.
        repeats: independent pools in a draw.

    Raises:
        ValueError: for an argument out of range, or shapes that differ.
    """
    samples = integer("samples", samples, low=2)
    levels = vector("noises", nonnegative("noises", noises))
    parts = np.asarray(vector("shares", positive("shares", shares)))
    if parts.shape != levels.shape:
        raise ValueError(f"shares must have the shape of noises {levels.shape}, got {parts.shape}")
    counts = np.rint(parts / parts.sum() * samples)
    if np.any(counts < 1):
        least = np.min(parts / parts.sum())
        raise ValueError(
            f"shares must give each noise a sample of samples = {samples}, got a share of {least:g}"
        )
    value = positive("eigenvalue", eigenvalue)
    return Partial(_pools, value, levels, jnp.asarray(counts), jnp.arange(integer("repeats", repeats, low=1)))


draw = draw_of(sampler, NoisyWorth)


@checked
def estimate(
    squares: Float[Array, "... k"], noises: Float[Array, "k"], counts: Float[Array, "k"]
) -> Float[Array, "..."]:
    """λ̂ by Fisher scoring: the mean of s_j-corrected variances with weights n_j/(λ̂+s_j)², iterated.

    Args:
        squares: mean squares of the samples of each level.
        noises: s_j.
        counts: n_j.
    """
    least = 1e-3 * jnp.mean(squares, axis=-1)

    def step(_: Array, value: Array) -> Array:
        weights = counts / (value[..., None] + noises) ** 2
        mean = jnp.sum(weights * (squares - noises), axis=-1) / jnp.sum(weights, axis=-1)
        return jnp.maximum(mean, least)

    return jax.lax.fori_loop(0, STEPS, step, jnp.mean(squares, axis=-1))


def _pools(
    eigenvalue: Float[Array, ""],
    noises: Float[Array, "k"],
    counts: Float[Array, "k"],
    repeats: Int[Array, "m"],
    key: Key[Array, ""],
) -> NoisyWorth:
    chi = jr.chisquare(key, counts, (repeats.size, counts.size))
    found = estimate((eigenvalue + noises) * chi / counts, noises, counts)
    error = jnp.sum(counts) * (found - eigenvalue) ** 2 / (2.0 * eigenvalue**2)
    return NoisyWorth(jnp.mean(error))
