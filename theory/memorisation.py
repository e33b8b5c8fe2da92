"""Memorisation: how close samples x̂ = g(S) z of a model come to its training points.

With n fixed and d → ∞ a sample of an isotropic model is a random combination of the n training points;
in the proportional regime, n = γd, its cosine with each is a Gaussian of variance
τ(S g(S)²)/(d τ(Σ) τ(g(S)²)), against τ(Σ E g²)/(d τ(Σ) τ(g²)) for a fresh point (section M of the theory).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import erf, erfc, ndtri
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_least, integer, nonnegative, positive, sample_count
from lingen.models.filters import Filter
from lingen.models.observables import Memorisation
from lingen.models.population import Population
from lingen.theory.moments.functional import FilterMoments, filter_moments, in_units
from lingen.theory.numerics.quadrature import between, half_line

__all__ = [
    "Gumbel",
    "cosine_variance",
    "fresh_variance",
    "gumbel",
    "largest_cosine",
    "largest_normal",
    "nearest_cosine",
    "predict",
    "ratio",
]

_NODES = 256


class Gumbel(NamedTuple):
    """The law exp(−e^{−(x−location)/scale}) of a maximum."""

    location: Float[Array, "..."]
    scale: Float[Array, "..."]


@checked
def nearest_cosine(samples: ArrayLike, regularisation: ArrayLike = 0.0) -> Float[Array, "..."]:
    """Expected largest |cosine| of a sample with its n training points; n fixed, d → ∞, Σ = I.

    The cosines are g_i/√(‖g‖²+nρ), g ~ N(0, I_n). Length and direction of g are independent, so the
    expectation is E max_i|g_i| · (2/√π)∫_0^∞ e^{−nρs²} (1+2s²)^{−(n+1)/2} ds; without regularisation
    the integral is that of 1/E‖g‖.

    Args:
        samples: n >= 1, any shape.
        regularisation: ρ >= 0 of the ridge filter √(λ+ρ), broadcast with `samples`; 0 is the gaussian.

    Raises:
        ValueError: if `samples` is below 1 or the regularisation is negative.

    Source: arXiv 2605.21402 (statements M1, M3); the quadrature is derived (docs/derivations).
    """
    return _nearest_cosine(at_least("samples", samples, 1.0), nonnegative("regularisation", regularisation))


@jax.jit
def _nearest_cosine(samples: Array, rho: Array) -> Array:
    point, weight = half_line()
    total = samples * (1.0 + rho)
    exponent = (rho / (1.0 + rho))[..., None] * point**2
    exponent = exponent + (samples[..., None] + 1.0) / 2.0 * jnp.log1p(2.0 * point**2 / total[..., None])
    inverse = jnp.exp(-exponent) @ weight * 2.0 / jnp.sqrt(jnp.pi * total)
    return _largest_normal(samples) * inverse


@checked
def largest_normal(samples: ArrayLike) -> Float[Array, "..."]:
    """E max_{i<=n} |g_i| = ∫_0^∞ 1 − erf(t/√2)^n dt for n independent standard normals.

    Args:
        samples: n >= 1, any shape.

    Raises:
        ValueError: if `samples` is below 1.

    Source: classical.
    """
    return _largest_normal(at_least("samples", samples, 1.0))


@jax.jit
def _largest_normal(samples: Array) -> Array:
    length = jnp.sqrt(2.0 * jnp.log1p(samples)) + 9.0  # beyond it the integrand is below round-off
    t, weight = between(0.0, length[..., None], _NODES)
    t = t / np.sqrt(2.0)
    log_erf = jnp.where(t > 0.5, jnp.log1p(-erfc(t)), jnp.log(erf(t)))
    return jnp.sum(weight * -jnp.expm1(samples[..., None] * log_erf), axis=-1)


@checked
def gumbel(samples: ArrayLike) -> Gumbel:
    """Location m and scale of the Gumbel law of max_{i<=n} |g_i|: n P(|g|>m) = 1, scale 1/(n p(m)).

    p is the density of |g|. The mean is m + 0.5772 scale up to O(1/log n); `largest_normal` is exact.

    Args:
        samples: n >= 2, any shape.

    Raises:
        ValueError: if `samples` is below 2.

    Source: classical (Fisher & Tippett 1928).
    """
    return _gumbel(at_least("samples", samples, 2.0))


@jax.jit
def _gumbel(samples: Array) -> Gumbel:
    location = -ndtri(0.5 / samples)
    density = jnp.sqrt(2.0 / jnp.pi) * jnp.exp(-(location**2) / 2.0)
    return Gumbel(location, 1.0 / (samples * density))


@checked
def cosine_variance(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> Float[Array, "..."]:
    """d × variance of the cosine with a training point: τ(S g(S)²)/(τ(Σ) τ(g(S)²)); 1 + 1/γ for Σ = I.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.
        filter: g; the gaussian √λ by default.
        dim: the dimension d, needed by filters of ranks unless the population has its own.

    Raises:
        ValueError: if a load is not positive, or a rank comes without a dimension.

    Source: arXiv 2605.21402 (statement M2).
    """
    population, moments = _moments(population, load, filter, dim)
    return _cosine_variance(moments.energy, moments.square, population)


@jax.jit
def _cosine_variance(energy: Array, square: Array, population: Population) -> Array:
    return energy / (population.moment(1.0) * (square @ population.weights))


@checked
def fresh_variance(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> Float[Array, "..."]:
    """d × variance of the cosine with a fresh point: τ(Σ E g(S)²)/(τ(Σ) τ(g(S)²)); 1 for Σ = I.

    Arguments, errors and source as for `cosine_variance`.
    """
    population, moments = _moments(population, load, filter, dim)
    return _fresh_variance(moments.square, population)


@jax.jit
def _fresh_variance(square: Array, population: Population) -> Array:
    kept = square @ (population.weights * population.eigenvalues)
    return kept / (population.moment(1.0) * (square @ population.weights))


@checked
def ratio(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> Float[Array, "..."]:
    """Training over fresh variance, τ(S g²)/τ(Σ E g²): 1 without memorisation.

    For Σ = I it is 1 + 1/γ (gaussian) and 1 + (1/γ)/(1+ρ) (ridge). Arguments, errors and source as for
    `cosine_variance` (statements M2, M3).
    """
    population, moments = _moments(population, load, filter, dim)
    return _ratio(moments.energy, moments.square, population)


@jax.jit
def _ratio(energy: Array, square: Array, population: Population) -> Array:
    return energy / (square @ (population.weights * population.eigenvalues))


@checked
def largest_cosine(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> Float[Array, "..."]:
    """Expected largest |cosine| with the n = γd training points: √(variance) · E max_{i<=n} |g_i|.

    Arguments are those of `cosine_variance`; d is always needed, the population's own when absent.

    Raises:
        ValueError: if a load is not positive, gives less than one sample, or there is no dimension.

    Source: arXiv 2605.21402 (statement M2); cosines taken as independent, which holds as d → ∞.
    """
    dim = integer("dim", population.dimension(dim), low=1)
    samples = sample_count(load, dim)
    return _largest_cosine(cosine_variance(population, load, filter, dim), float(dim), samples)


@jax.jit
def _largest_cosine(variance: Array, dim: float, samples: Array) -> Array:
    return jnp.sqrt(variance / dim) * _largest_normal(samples)


@checked
def predict(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> Memorisation:
    """The observables of `lingen.sims.memorisation.draw`, predicted.

    `nearest_cosine` is `largest_cosine` at the dimension, and 0, its limit at fixed load, without one.
    """
    size = population.dim if dim is None else dim
    variance = cosine_variance(population, load, filter, dim)
    nearest = jnp.zeros_like(variance) if size is None else largest_cosine(population, load, filter, size)
    return Memorisation(nearest, variance, fresh_variance(population, load, filter, dim))


def _moments(
    population: Population, load: ArrayLike, filter: Filter | None, dim: int | None
) -> tuple[Population, FilterMoments]:
    """The truth in units of its own, and what of it the filter keeps."""
    truth, own, *_ = in_units(population, filter)
    return truth, filter_moments(truth, positive("load", load), own, dim)
