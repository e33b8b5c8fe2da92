"""Spectral functionals of the sample covariance: E f(S) in the eigenbasis of Σ, mode by mode.

The data are Gaussian, so E f(S) commutes with Σ; its deterministic equivalent is diagonal there with one
entry a bulk atom. Square roots are integrals of resolvents over the renormalised ridge κ, which needs no
root finding; filters analytic near the support are contour integrals (see lingen.theory.contour).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.checks import nonnegative, positive
from lingen.models import filters
from lingen.models.filters import Filter
from lingen.models.population import Population
from lingen.theory.equivalents import kappa, over_batch, unseen

__all__ = ["FilterMoments", "filter_moments", "root_mean", "root_trace"]

_NODES = 224
_ROUND_OFF = 37.0  # −log of machine precision, rounded up


class FilterMoments(NamedTuple):
    """What a filter keeps of the truth."""

    mean: Float[Array, "... k"]
    """E[g(S)]_k, one entry a bulk atom."""
    square: Float[Array, "... k"]
    """E[g(S)²]_k, one entry a bulk atom."""
    energy: Float[Array, "..."]
    """τ(S g(S)²)."""


def filter_moments(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> FilterMoments:
    """E g(S), E g(S)² mode by mode and τ(S g(S)²), to round-off.

    Args:
        population: bulk law of Σ, k atoms.
        load: γ = n/d > 0, any shape.
        filter: g, the gaussian √λ by default; its numbers broadcast with `load`.
        dim: the dimension d, needed by filters of ranks (PCA) unless the population has its own.

    Raises:
        ValueError: if a load is not positive, or a rank comes without a dimension.
    """
    load = positive("load", load)
    match filters.gaussian() if filter is None else filter:
        case filters.Gaussian():
            return _root_moments(population, load, jnp.zeros(()))
        case filters.Ridge(rho=rho):
            return _root_moments(population, load, jnp.asarray(rho, float))
        case other:
            raise NotImplementedError(f"no moments of {type(other).__name__}")


def root_trace(population: Population, load: ArrayLike) -> Float[Array, "..."]:
    """τ(√S), any shape of `load`."""
    return root_mean(population, load) @ population.weights


def root_mean(population: Population, load: ArrayLike, rho: ArrayLike = 0.0) -> Float[Array, "... k"]:
    """E[√(S+ρ)]_k by quadrature over the renormalised ridge.

    √(λ+ρ) = √ρ + (1/π)∫_ρ^∞ √(t−ρ)/t · λ/(λ+t) dt and E S(S+t)⁻¹ ≍ Σ(Σ+κ)⁻¹ give, by parts,

        E[√(S+ρ)]_k = √ρ + (2/π)∫_{κ(ρ)}^∞ (√(t−ρ) − √ρ atan √(t/ρ−1)) σ_k/(σ_k+κ)² dκ,   t = t(κ).

    In u = log(κ − κ(ρ)) every zero and pole of t − ρ, t and Σ+κ lies on Im u = ±π, so the trapezoid rule
    of step h errs by e^{−2π²/h}: round-off at h = 0.5 (derived).

    Args:
        population: bulk law of Σ, k atoms.
        load: γ = n/d > 0, any shape.
        rho: ridge ρ >= 0 in units of variance, broadcast with `load`.

    Raises:
        ValueError: if a load is not positive or a ridge is negative.
    """
    load, rho = jnp.broadcast_arrays(positive("load", load), nonnegative("rho", rho))
    return _root_mean(population, load, rho)


def _root_moments(population: Population, load: Array, rho: Array) -> FilterMoments:
    """Exact second moments at every n: E S = Σ and τ(E S²) = τ(Σ²) + c τ(Σ)² (the 1/d term dropped)."""
    load, rho = jnp.broadcast_arrays(load, rho)
    mean, second = population.moment(1.0), population.moment(2.0)
    square = population.eigenvalues + rho[..., None]
    return FilterMoments(root_mean(population, load, rho), square, second + mean**2 / load + rho * mean)


@jax.jit
def _root_mean(population: Population, load: Array, rho: Array) -> Array:
    cost = _NODES * population.eigenvalues.size
    return over_batch(lambda one, ridge: _root_mean_one(population, one, ridge), cost, load, rho)


def _root_mean_one(population: Population, load: Array, rho: Array) -> Float[Array, "k"]:
    """One load: the trapezoid sum over u = log(κ − κ(ρ)), its geometric upper tail closed."""
    sigma, weight = population.eigenvalues, population.weights
    least = kappa(population, load, rho)
    spare = unseen(population, load)
    spare = jnp.where(spare >= 0, spare, 0.0)  # not maximum, which halves the derivative at a tie
    base = jnp.where(rho > 0, rho / jnp.where(rho > 0, least, 1.0), spare)  # t/κ at κ(ρ)
    share = jnp.where(sigma > 0, weight * sigma / jnp.where(sigma > 0, sigma + least, 1.0), 0.0) / load
    low, high = jax.lax.stop_gradient(_range(population, load, least))
    step = (high - low) / (_NODES - 1)
    excess = jnp.exp(low + step * jnp.arange(_NODES))
    point = least + excess
    inverse = 1.0 / (sigma + point[:, None])
    root = jnp.sqrt(excess * (base + point * (inverse @ share)))  # √(t−ρ) without cancellation
    value = (root - _angle(root, rho)) * excess * step * (2.0 / jnp.pi)
    value = value.at[-1].divide(-jnp.expm1(-0.5 * step))
    return jnp.sqrt(rho) + sigma * (value @ inverse**2)


def _angle(root: Array, rho: Array) -> Array:
    """√ρ atan(root/√ρ), and its limit 0 at ρ = 0 with finite derivatives."""
    safe = jnp.sqrt(jnp.where(rho > 0, rho, 1.0))
    return jnp.where(rho > 0, safe * jnp.arctan(root / safe), 0.0)


def _range(population: Population, load: Array, least: Array) -> tuple[Array, Array]:
    """Ends of u: round-off below the smallest and above the largest scale of the integrand."""
    sigma = population.eigenvalues
    smallest = least + jnp.min(jnp.where(sigma > 0, sigma, jnp.inf))
    largest = jnp.max(sigma) + least + population.moment(1.0) / load
    return jnp.log(smallest) - _ROUND_OFF, jnp.log(largest) + _ROUND_OFF
