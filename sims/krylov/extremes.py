"""Largest eigenvalue and latent overlap of a sample covariance at any dimension, exact in law.

Golub–Kahan bidiagonalisation of a Gaussian X (n × d), started from the spiked direction v, has independent
entries α_i ~ χ_{n−i+1} (diagonal) and β_i ~ χ_{d−i} (superdiagonal); a spike ℓ multiplies α_1 by √ℓ. Then
S = XᵀX/n is the tridiagonal T = BᵀB/n (the β = 1 Laguerre model), v its first basis vector, and the largest
eigenvalue with its eigenvector lives on the first O(d^{1/3}) rows: L = (nd)^{1/3}/(√n+√d)^{2/3} is the
length of the Airy operator at the edge, and the rows beyond 16 L add less than round-off.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, known, positive, vector
from lingen.models.population import Population
from lingen.sims.dense.wishart import samples_for
from lingen.sims.engine.single import draw_of

__all__ = [
    "TopEigenpair",
    "below_sampler",
    "bidiagonal",
    "draw",
    "edge_length",
    "largest",
    "model_numbers",
    "sampler",
]

AIRY_LENGTHS = 16.0
LEAST_ROWS = 512
SECTIONS = 15


class TopEigenpair(NamedTuple):
    """The top of one spectrum."""

    largest: Float[Array, "..."]
    """Largest eigenvalue of S."""
    recovery: Float[Array, "..."]
    """Q = (v̂·v)², the squared overlap of its eigenvector with the spiked direction."""


@checked
def edge_length(samples: float, dim: float) -> float:
    """L = (nd)^{1/3} / (√n+√d)^{2/3}: rows over which the top eigenvector decays, for unit populations."""
    return (samples * dim) ** (1 / 3) / (np.sqrt(samples) + np.sqrt(dim)) ** (2 / 3)


@checked
def bidiagonal(
    key: Key[Array, ""], samples: Float[Array, ""], dim: Float[Array, ""], spike: Float[Array, ""], rows: int
) -> tuple[Float[Array, "rows"], Float[Array, "rows"]]:
    """Diagonal and off-diagonal (last entry unused) of the leading `rows` × `rows` block of T = BᵀB/n.

    Degrees of freedom that reach zero end the chain: the entries beyond are exactly zero.
    """
    index = jnp.arange(rows)
    rows_left = jnp.where(index < samples, dim - 1 - index, 0.0)  # row i has both entries or none
    # one call for both: compiling the Gamma sampler takes longer than running it
    alpha2, beta2 = _chi_squared(key, jnp.stack([samples - index, rows_left])) * (1.0 / samples)
    alpha2 = alpha2.at[0].multiply(spike)
    before = jnp.concatenate([jnp.zeros(1), beta2[:-1]])
    return alpha2 + before, jnp.sqrt(alpha2 * beta2)


def _chi_squared(key: Array, freedom: Array) -> Array:
    safe = jnp.maximum(freedom, 1.0)
    return jnp.where(freedom > 0, 2.0 * jr.gamma(key, safe / 2.0), 0.0)


@checked
def largest(diagonal: Float[Array, "k"], off: Float[Array, "k"]) -> TopEigenpair:
    """Largest eigenvalue of a symmetric tridiagonal matrix and the squared first entry of its eigenvector.

    λ is above the spectrum iff every pivot D_i = λ − a_i − b_i²/D_{i+1}, taken from the last row up, is
    positive; 16 sections at a time until the bracket is round-off. The squared first entry is 1/D_1'(λ).
    """
    padded = jnp.concatenate([jnp.zeros(1), off[:-1]])
    low = jnp.max(diagonal)
    high = jnp.max(diagonal + padded + jnp.concatenate([off[:-1], jnp.zeros(1)]))
    fractions = jnp.arange(1, SECTIONS + 1) / (SECTIONS + 1)

    def narrow(_, bracket):
        low, high = bracket
        points = low + (high - low) * fractions
        above = _all_pivots_positive(diagonal, off, points)
        return (
            jnp.max(jnp.where(above, low, points), initial=low),
            jnp.min(jnp.where(above, points, high), initial=high),
        )

    low, high = jax.lax.fori_loop(0, 14, narrow, (low, high))
    value = 0.5 * (low + high)
    return TopEigenpair(value, _first_entry(diagonal, off, value))


def _all_pivots_positive(diagonal: Array, off: Array, points: Float[Array, "m"]) -> Array:
    def step(carry, row):
        below, positive_so_far = carry
        a, b = row
        pivot = points - a - b**2 / below
        # a pivot that is not positive has decided the answer; keep the recurrence finite after it
        return (jnp.where(pivot > 0, pivot, 1.0), positive_so_far & (pivot > 0)), None

    start = (jnp.ones_like(points), jnp.ones(points.shape, bool))
    rows = (diagonal[::-1], off.at[-1].set(0.0)[::-1])
    return jax.lax.scan(step, start, rows)[0][1]


def _first_entry(diagonal: Array, off: Array, value: Array) -> Array:
    """1/Σ x_i² for the eigenvector with x_1 = 1, by ratios x_{i+1}/x_i = b_i/D_{i+1} from the last row.

    Σ_{j>=i} x_j²/x_i² = 1 + (x_{i+1}/x_i)² · (the same sum at i+1).
    """
    scale = jnp.finfo(float).eps * value

    def step(carry, row):
        below, mass = carry
        a, b = row
        ratio = b / below
        pivot = value - a - b * ratio
        pivot = jnp.where(jnp.abs(pivot) < scale, scale, pivot)
        return (pivot, 1.0 + ratio**2 * mass), None

    rows = (diagonal[::-1], off.at[-1].set(0.0)[::-1])
    (_, mass), _ = jax.lax.scan(step, (jnp.ones_like(value), jnp.zeros_like(value)), rows)
    return 1.0 / mass


@checked
@at_once
def sampler(population: Population, dim: int, load: ArrayLike) -> jax.tree_util.Partial:
    """A draw of `TopEigenpair`, a pytree: one compilation serves all loads and spikes of one number of rows.

    Args:
        population: isotropic bulk and at most one spike.
        dim: dimension d, to 10⁹ and beyond.
        load: γ = n/d.

    Raises:
        ValueError: for another bulk, more than one spike, or a load that is not positive.
    """
    samples, numbers = model_numbers(population, dim, load)
    rows = _rows(samples, dim)
    return jax.tree_util.Partial(_compiled(rows), *numbers)


@checked
@at_once
def below_sampler(
    population: Population, dim: int, load: ArrayLike, marks: ArrayLike
) -> jax.tree_util.Partial:
    """A draw of 1 or 0 for each mark: whether the largest eigenvalue lies below it.

    One pass over the rows instead of one for every section of a bracket: for distribution functions.

    Args:
        population: isotropic bulk and at most one spike.
        dim: dimension d, to 10⁹ and beyond.
        load: γ = n/d.
        marks: values of λ, shape (m,).

    Raises:
        ValueError: as for `sampler`, and for marks that are not positive.
    """
    samples, numbers = model_numbers(population, dim, load)
    rows = _rows(samples, dim)
    return jax.tree_util.Partial(_compiled_below(rows), vector("marks", positive("marks", marks)), *numbers)


draw = draw_of(sampler, TopEigenpair)


@checked
def model_numbers(population: Population, dim: int, load: ArrayLike) -> tuple[int, tuple[Array, ...]]:
    """n, and the numbers of the model: n, d, ℓ of a unit bulk, and the bulk.

    Raises:
        ValueError: as for `sampler`.
    """
    if population.eigenvalues.size != 1 or population.spikes.size > 1:
        raise ValueError(
            "population must be isotropic with at most one spike for the bidiagonal Laguerre model, got "
            f"{population.eigenvalues.size} bulk eigenvalues and {population.spikes.size} spikes"
        )
    dim = integer("dim", dim, low=2)
    samples = samples_for(float(positive("load", known("load", load))), dim)
    bulk = population.eigenvalues[0]
    spike = population.spikes[0] / bulk if population.spikes.size else jnp.ones(())
    numbers = jnp.asarray(float(samples)), jnp.asarray(float(dim)), spike, bulk
    return samples, numbers


def _rows(samples: int, dim: int) -> int:
    """Rows kept: 16 Airy lengths and a margin, a power of two so that few sizes are compiled."""
    wanted = int(AIRY_LENGTHS * edge_length(samples, dim)) + 64
    return min(dim, max(LEAST_ROWS, 1 << (wanted - 1).bit_length()))


@lru_cache
def _compiled(rows: int):
    return partial(_draw, rows)


@lru_cache
def _compiled_below(rows: int):
    return partial(_draw_below, rows)


def _draw(rows: int, samples: Array, dim: Array, spike: Array, bulk: Array, key: Array) -> TopEigenpair:
    found = largest(*bidiagonal(key, samples, dim, spike, rows))
    return TopEigenpair(bulk * found.largest, found.recovery)


def _draw_below(
    rows: int, marks: Array, samples: Array, dim: Array, spike: Array, bulk: Array, key: Array
) -> Float[Array, "m"]:
    diagonal, off = bidiagonal(key, samples, dim, spike, rows)
    return jnp.where(_all_pivots_positive(diagonal, off, marks / bulk), 1.0, 0.0)
