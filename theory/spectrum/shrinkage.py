"""Nonlinear shrinkage: what the eigenvalues of S should be replaced by, its eigenvectors kept.

Among the estimates U diag(δ) Uᵀ of Σ, U the eigenvectors of S, the best in the Frobenius norm has
δ_i = u_iᵀΣu_i. Its limit is a function of the sample eigenvalue alone (Ledoit & Péché 2011),

    δ(x) = x / |1 − c − c x m(x)|² = |ℓ|²/x,    ℓ = ℓ(x + i0),

and at 0, for n < d, κ₀ γ/(1−γ). It is the mean of t under the overlaps of
`lingen.theory.spectrum.eigenvectors`.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import nonnegative, representable, single
from lingen.models.population import Population
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum.equivalents import kappa
from lingen.theory.spectrum.law_nodes import nodes
from lingen.theory.spectrum.resolvent import boundary, moderate
from lingen.theory.spectrum.spectral_law import atom

__all__ = ["Losses", "losses", "oracle"]


class Losses(NamedTuple):
    """τ((Σ̂ − Σ)²), in units of variance squared."""

    sample: Float[Array, ""]
    """Of S itself: τ(Σ)²/γ."""
    linear: Float[Array, ""]
    """Of the best a + b S (Ledoit & Wolf 2004)."""
    oracle: Float[Array, ""]
    """Of U diag(δ) Uᵀ, the best with the eigenvectors of S."""


@checked
@representable
def oracle(population: Population, load: ArrayLike, x: ArrayLike) -> Float[Array, "..."]:
    """δ(x) = lim uᵀΣu, u the sample eigenvector of eigenvalue x; δ = σ² for Σ = σ²I.

    Off the support of S, ℓ is real and ℓ²/x is δ of an outlier at x, such as a spike sends there: sample
    eigenvalues of finite matrices may be given as they are.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0; broadcasts with `x`.
        x: eigenvalues of S, at least 0.

    Raises:
        ValueError: if a load is not positive or an x negative.

    Source: Ledoit & Péché 2011, theorem 4; outliers: Bun, Bouchaud & Potters 2017.
    """
    return _oracle(population, *broadcast(moderate(load), nonnegative("x", x)))


@jax.jit
def _oracle(population: Population, gamma: Array, point: Array) -> Array:
    ell = boundary(population, gamma, point)
    mass, least = atom(population, gamma), kappa(population, gamma, 0.0)
    inside = jnp.abs(ell) ** 2 / jnp.where(point > 0, point, 1.0)
    null = least * gamma / jnp.where(mass > 0, mass, 1.0)
    sigma = population.eigenvalues
    inverse = jnp.sum(population.weights / jnp.where(sigma > 0, sigma, 1.0))  # unused where a σ is 0
    hard = jnp.where((mass == 0) & (gamma == 1.0), 1.0 / inverse, 0.0)
    return jnp.where(point > 0, inside, jnp.where(mass > 0, null, hard))


@checked
@representable
def losses(population: Population, load: ArrayLike) -> Losses:
    """What the sample covariance, linear and nonlinear shrinkage lose, in the limit.

    With α² = τ(Σ²) − τ(Σ)² and β² = τ(Σ)²/γ, linear shrinkage loses α²β²/(α²+β²). The oracle loses the mean
    over x of the variance of t under the overlaps Θ, ∫∫(t−δ(x))² Θ(x, t) dH(t) dF(x).

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, one number.

    Raises:
        ValueError: if the load is not one positive number.

    Source: Ledoit & Wolf 2004, 2012; as integrals over the curve of ℓ derived (docs/derivations).
    """
    return _losses(population, moderate(single("load", load)))


@jax.jit
def _losses(population: Population, gamma: Array) -> Losses:
    mean, square = population.moment(1.0), population.moment(2.0)
    sample, spread = mean**2 / gamma, jnp.maximum(square - mean**2, 0.0)
    return Losses(sample, spread * sample / (spread + sample), _oracle_loss(population, gamma))


def _oracle_loss(population: Population, load: Array) -> Array:
    sigma, weight = population.eigenvalues, population.weights
    points = nodes(population, load)
    share = (
        weight * sigma / ((jnp.real(points.ell)[:, None] - sigma) ** 2 + jnp.imag(points.ell)[:, None] ** 2)
    )
    within = points.weight @ _variance(share / jnp.sum(share, axis=1, keepdims=True), sigma)
    mass, least = atom(population, load), kappa(population, load, 0.0)
    null = mass > 0
    unseen = jnp.where(sigma + least > 0, least, 1.0) / jnp.where(sigma + least > 0, sigma + least, 1.0)
    share = jnp.where(null, weight * unseen / jnp.where(null, mass, 1.0), weight)
    return within + jnp.where(null, mass, 0.0) * _variance(share, sigma)


def _variance(share: Array, t: Array) -> Array:
    """Σ share (t − mean)², over the last axis."""
    mean = share @ t
    return jnp.sum(share * (t - mean[..., None]) ** 2, axis=-1)
