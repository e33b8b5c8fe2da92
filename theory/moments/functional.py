"""Moments of filters of the sample covariance: E g(S), E g(S)² in the eigenbasis of Σ, mode by mode.

The data are Gaussian, so E f(S) commutes with Σ; its deterministic equivalent is diagonal there with one
entry a bulk atom. Square roots are integrals over the renormalised ridge (lingen.theory.moments.roots),
rational filters are explicit in it, the rest are contour integrals (lingen.theory.moments.contour, and for
steps of descent lingen.theory.moments.lens), ranks are set by the spectral law (lingen.theory.moments.pca),
and filters with poles beside the spectrum are summed along it (lingen.theory.moments.real_axis).
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import is_traced, positive, representable
from lingen.models import filters
from lingen.models.descent import Descent
from lingen.models.filters import Filter
from lingen.models.population import Population
from lingen.theory.moments.contour import ALONG, expect, expect_one
from lingen.theory.moments.lens import expect_inside, stable_disc
from lingen.theory.moments.pca import pca_moments
from lingen.theory.moments.real_axis import along_spectrum
from lingen.theory.moments.roots import root_mean, root_trace
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum.equivalents import kappa, ridge_slope
from lingen.theory.spectrum.units import own_units

__all__ = ["FilterMoments", "Units", "expect", "filter_moments", "in_units", "root_mean", "root_trace"]

_FINE = 1024  # contour nodes for a filter that oscillates along the path


class FilterMoments(NamedTuple):
    """What a filter keeps of the truth."""

    mean: Float[Array, "... k"]
    """E[g(S)]_k, one entry a bulk atom."""
    square: Float[Array, "... k"]
    """E[g(S)²]_k, one entry a bulk atom."""
    energy: Float[Array, "..."]
    """τ(S g(S)²)."""


@checked
@representable
def filter_moments(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> FilterMoments:
    """E g(S), E g(S)² mode by mode and τ(S g(S)²), in the limit of large d.

    Args:
        population: bulk law of Σ, k atoms.
        load: γ = n/d > 0, any shape.
        filter: g, the gaussian √λ by default; its numbers broadcast with `load`. A filter of one's own
            is taken as analytic off (−∞, −singularity].
        dim: the dimension d, needed by a filter of a rank (PCA) unless the population has its own.

    Raises:
        ValueError: if a load is not positive, or a rank comes without a dimension or exceeds it.
    """
    ratio, (truth, own, unit, gain) = positive("load", load), in_units(population, filter)
    mean, square, energy = _moments(truth, ratio, own, dim)
    return FilterMoments(*_in_own(mean, square, energy, unit, gain))


@jax.jit
def _in_own(mean: Array, square: Array, energy: Array, unit: Array, gain: Array) -> tuple[Array, ...]:
    return gain * mean, gain * (gain * square), gain * (unit * (gain * energy))


class Units(NamedTuple):
    """A model in units of its own: g(λ) = gain · filter(λ/unit)."""

    population: Population
    filter: Filter
    unit: Float[Array, ""]
    gain: Float[Array, ""]


@checked
def in_units(population: Population, filter: Filter | None = None) -> Units:
    """The same model in units of σ_max where squares of σ would overflow or vanish, unchanged elsewhere.

    Unchanged also for a filter whose numbers are not known to scale with the data.
    """
    own = filters.gaussian() if filter is None else filter
    truth, unit = own_units(population)
    root = jnp.sqrt(unit) if is_traced(unit) else jax.device_put(np.sqrt(np.asarray(unit)))
    match own:
        case filters.Gaussian():
            scaled, gain = own, root
        case filters.Ridge(rho=rho):
            scaled, gain = own.replace(rho=rho / unit), root  # type: ignore[attr-defined]
        case filters.Denoiser(noise=noise):
            scaled, gain = own.replace(noise=noise / unit), jnp.ones(())  # type: ignore[attr-defined]
        case filters.ODESampler(sigma_min=low, sigma_max=high):
            scaled = own.replace(sigma_min=low / root, sigma_max=high / root)  # type: ignore[attr-defined]
            gain = root
        case filters.EarlyStopped(time=time, noise=noise):
            scaled = own.replace(time=time * unit, noise=noise / unit)  # type: ignore[attr-defined]
            gain = jnp.ones(())
        case filters.Balanced(time=time, noise=noise):
            scaled = own.replace(time=time * unit, noise=noise / unit)  # type: ignore[attr-defined]
            gain = jnp.ones(())
        case Descent(rate=rate, noise=noise):
            scaled = own.replace(rate=rate * unit, noise=noise / unit)  # type: ignore[attr-defined]
            gain = jnp.ones(())
        case filters.PCA(floor=floor):
            scaled, gain = own.replace(floor=floor / unit), root  # type: ignore[attr-defined]
        case _:
            return Units(population, own, jnp.ones(()), jnp.ones(()))
    return Units(truth, scaled, unit, gain)


def _moments(population: Population, ratio: Array, filter: Filter, dim: int | None) -> FilterMoments:
    match filter:
        case filters.Gaussian():
            return _root(population, ratio, jax.device_put(np.zeros(())))
        case filters.Ridge(rho=rho):
            return _root(population, ratio, jnp.asarray(rho, float))
        case filters.Denoiser(noise=noise):
            return _denoiser(population, ratio, jnp.asarray(noise, float))
        case filters.ODESampler() as sampler:
            return _ode_sampler(population, ratio, sampler)
        case filters.PCA() as pca:
            return FilterMoments(*pca_moments(population, ratio, pca, dim))
        case filters.EarlyStopped() as stopped:
            reach = jnp.minimum(stopped.noise, 1.0 / jnp.asarray(stopped.time, float))
            return FilterMoments(*_contour(population, ratio, stopped, reach, _FINE))
        case filters.Balanced() as trained:
            return FilterMoments(*along_spectrum(population, ratio, trained))
        case filters.Sampler() as sampler:
            return FilterMoments(*_scheduled(population, ratio, sampler))
        case other:
            return FilterMoments(*_contour(population, ratio, other, other.singularity))


def _root(population: Population, load: Array, rho: Array) -> FilterMoments:
    """Second moments exact at every n: E S = Σ and τ(E S²) = τ(Σ²) + c τ(Σ)² (its 1/d term dropped)."""
    return FilterMoments(root_mean(population, load, rho), *_root_squares(population, load, rho))


@jax.jit
def _root_squares(population: Population, load: Array, rho: Array) -> tuple[Array, Array]:
    load, rho = broadcast(load, rho)
    mean, second = population.moment(1.0), population.moment(2.0)
    return population.eigenvalues + rho[..., None], second + mean**2 / load + rho * mean


@jax.jit
def _denoiser(population: Population, load: Array, noise: Array) -> FilterMoments:
    """λ/(λ+s) ↦ A = σ/(σ+κ), λ²/(λ+s)² ↦ A + s ∂_s A, written as sums of positive terms (derived)."""
    load, noise = broadcast(load, noise)
    sigma, weight = population.eigenvalues, population.weights
    ridge = kappa(population, load, noise)
    response = sigma / (sigma + ridge[..., None])
    slope = ridge_slope(population, load, ridge)
    kept = (response * (ridge[..., None] / (sigma + ridge[..., None]))) @ weight
    spread = kept / load * ridge / slope
    square = response * (sigma + spread[..., None]) / (sigma + ridge[..., None])
    return FilterMoments(response, square, _smoothed(population, load, ridge) - noise * (square @ weight))


@jax.jit
def _ode_sampler(population: Population, load: Array, sampler: filters.ODESampler) -> FilterMoments:
    """g² = σ₁² (λ+σ₀²)/(λ+σ₁²) is explicit in κ(σ₁²); g is a contour integral."""
    low, high = jnp.asarray(sampler.sigma_min, float) ** 2, jnp.asarray(sampler.sigma_max, float) ** 2
    load, low, high = broadcast(load, low, high)
    ridge = kappa(population, load, high)
    response = population.eigenvalues / (population.eigenvalues + ridge[..., None])
    square = high[..., None] * response + low[..., None] * (1.0 - response)
    energy = high * _smoothed(population, load, ridge) + low * high * (response @ population.weights)
    return FilterMoments(_contour(population, load, sampler, low)[0], square, energy)


def _smoothed(population: Population, load: Array, ridge: Array) -> Float[Array, "..."]:
    """τ(S²(S+s)⁻¹) = τ(Σ(Σ+κ−s)(Σ+κ)⁻¹), κ − s = c κ τ(Σ(Σ+κ)⁻¹)."""
    sigma, weight = population.eigenvalues, population.weights
    response = sigma / (sigma + ridge[..., None])
    more = (response @ weight) / load * ridge
    return (response * (sigma + more[..., None])) @ weight


def _contour(
    population: Population, load: Array, filter: Filter, reach: ArrayLike, nodes: int = ALONG
) -> tuple[Array, Array, Array]:
    """All three moments from one contour; for `nodes` above the default the path avoids fast phases."""
    leaves, tree = jax.tree.flatten(filter)
    reach = jnp.asarray(reach, float)
    reach = jnp.where(jnp.isinf(reach), population.moment(1.0), reach)
    numbers = [jnp.asarray(leaf, float) for leaf in leaves]
    return _contour_jit(population, load, reach, numbers, tree, nodes)


def _contour_one(population: Population, load: Array, reach: Array, g: Filter, nodes: int) -> tuple:
    # an eighth of a turn keeps Re ψ(ℓ) >= 0 if c <= 1/2, and fast exponentials decay along the path
    angle = jnp.where((load >= 2.0) & (nodes > ALONG), jnp.pi / 4, jnp.pi / 2)

    def stacked(z: Array) -> Array:
        value = g(z)
        return jnp.stack([value, value**2, z * value**2])

    if isinstance(g, Descent):
        mean, square, energy = expect_inside(population, load, stacked, *stable_disc(g))
    else:
        mean, square, energy = expect_one(population, load, stacked, reach, nodes, angle)
    return mean, square, energy @ population.weights


@jax.jit
def _scheduled(population: Population, load: Array, sampler: filters.Sampler) -> tuple:
    """All three moments of a sampler, whose schedule does not broadcast with the load."""
    reach = jnp.asarray(sampler.singularity, float)

    def one(load: Array) -> tuple:
        return _contour_one(population, load, reach, sampler, ALONG)

    return over_batch(one, ALONG * population.eigenvalues.size, load)


@partial(jax.jit, static_argnums=(4, 5))
def _contour_jit(
    population: Population, load: Array, reach: Array, numbers: list[Array], tree: object, nodes: int
) -> tuple:
    load, reach, *numbers = broadcast(load, reach, *numbers)

    def one(load: Array, reach: Array, *numbers: Array) -> tuple:
        return _contour_one(population, load, reach, jax.tree.unflatten(tree, numbers), nodes)

    return over_batch(one, nodes * population.eigenvalues.size, load, reach, *numbers)
