"""Distances between the truth N(0, Σ) and the learnt law N(0, S) (section D of the theory).

The bulk distance W2²/d is convergence in disguise; the latent distances are the principal subspace (fair:
it falls at the recovery threshold), the operator norm (it sees a spike only above a threshold of its own)
and the max-sliced distance (it never sees one: √(τ(Σ)/γ) for every spectrum).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import above, at_hand, at_least, integer, positive, representable, sample_count
from lingen.models.filters import Filter, Gaussian, Ridge
from lingen.models.observables import Distances
from lingen.models.population import Population
from lingen.theory import recovery
from lingen.theory.moments.bures import bures
from lingen.theory.moments.determinants import log_determinant
from lingen.theory.moments.functional import filter_moments, in_units
from lingen.theory.moments.operator_norm import operator_norm, operator_threshold
from lingen.theory.moments.ridge_distance import ridge_root_trace

__all__ = [
    "bures",
    "frobenius",
    "kl_forward",
    "kl_limit",
    "kl_reverse",
    "max_sliced",
    "operator_norm",
    "operator_threshold",
    "predict",
    "subspace",
    "wasserstein2",
]


@checked
@representable
def wasserstein2(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> Float[Array, "..."]:
    """W2²/d between N(0, Σ) and the law of x̂ = g(S) z.

    Gaussian filter, any Σ: τ(Σ) + τ(S) − 2τ((Σ^{1/2}SΣ^{1/2})^{1/2}), and Σ^{1/2}SΣ^{1/2} is a sample
    covariance with population Σ². Ridge, any Σ: the same with S + ρ (`lingen.theory.moments.ridge_distance`).
    Any filter, Σ = σ²I: σ² + τ(g²) − 2στ(g), for the Gaussian one and Σ = I 2(1−√q).

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.
        filter: g; the gaussian √λ by default.
        dim: the dimension d, needed by filters of ranks unless the population has its own.

    Raises:
        ValueError: if a load is not positive.
        NotImplementedError: for another filter and a bulk of several eigenvalues.

    Source: arXiv 2605.21402 (statement D1).
    """
    load = positive("load", load)
    population, filter, unit, gain = in_units(population, filter)
    if isinstance(filter, Gaussian):
        squared = population.replace(eigenvalues=at_hand(population.eigenvalues) ** 2)
        return _of_roots(population, filter_moments(squared, load).mean, unit)
    if isinstance(filter, Ridge):
        rho = jnp.asarray(filter.rho, float)
        shared = ridge_root_trace(population, load, rho)
        return _of_shared(population, shared, rho, unit)
    if population.eigenvalues.size > 1:
        raise NotImplementedError(f"no W2 of {type(filter).__name__} for a bulk of several eigenvalues")
    moments = filter_moments(population, load, filter, dim)
    variance = population.eigenvalues[0]
    mean, square = gain / jnp.sqrt(unit) * moments.mean[..., 0], gain * (gain / unit * moments.square[..., 0])
    return unit * jnp.maximum(variance + square - 2.0 * jnp.sqrt(variance) * mean, 0.0)


@jax.jit
def _of_roots(population: Population, roots: Array, unit: Array) -> Array:
    """2(τ(Σ) − τ((Σ^{1/2}SΣ^{1/2})^{1/2})) in units of their own."""
    return unit * jnp.maximum(2.0 * (population.moment(1.0) - roots @ population.weights), 0.0)


@jax.jit
def _of_shared(population: Population, shared: Array, rho: Array, unit: Array) -> Array:
    return unit * jnp.maximum(2.0 * (population.moment(1.0) - shared) + rho, 0.0)


@checked
def kl_forward(dim: int, samples: ArrayLike) -> Float[Array, "..."]:
    """E KL(N(0,Σ) ‖ N(0,S)) = ½[nd/(n−d−1) − d + L] nats, exact at every n > d+1 and for every Σ.

    L = E log det(S Σ⁻¹) = Σ_{j=0}^{d−1} ψ((n−j)/2) + d log(2/n), ψ the digamma function.

    Args:
        dim: d >= 1.
        samples: n > d+1, any shape.

    Raises:
        ValueError: if `samples` is not above d+1: the expectation is infinite.

    Source: classical (Wishart moments; statement D2).
    """
    dim, count = _sizes(dim, samples, 1)
    return _kl_forward(dim, count)


@partial(jax.jit, static_argnums=0)
def _kl_forward(dim: int, count: Array) -> Array:
    return 0.5 * (dim * (dim + 1) / (count - dim - 1) + log_determinant(dim, count))


@checked
def kl_reverse(dim: int, samples: ArrayLike) -> Float[Array, "..."]:
    """E KL(N(0,S) ‖ N(0,Σ)) = −L/2 nats, exact at every n > d−1 and for every Σ; L as in `kl_forward`.

    Args:
        dim: d >= 1.
        samples: n > d−1, any shape.

    Raises:
        ValueError: if `samples` is not above d−1: S is singular.

    Source: classical (Wishart moments; statement D2).
    """
    dim, count = _sizes(dim, samples, -1)
    return -0.5 * log_determinant(dim, count)


@checked
def kl_limit(dim: int, load: ArrayLike) -> Float[Array, "..."]:
    """d/(4γ), the limit of both divergences at large load, whatever the spectrum (statement D2)."""
    return integer("dim", dim, low=1) / (4.0 * positive("load", load))


@checked
@representable
def frobenius(population: Population, dim: int, samples: ArrayLike) -> Float[Array, "..."]:
    """E‖S−Σ‖²_F = (tr(Σ)² + tr Σ²)/n, exact at every size, spikes included.

    Args:
        population: the truth.
        dim: d.
        samples: n >= 1, any shape.

    Raises:
        ValueError: if `samples` is below 1 or `dim` not above the number of spikes.

    Source: classical (Wishart moments; statement D3).
    """
    return _frobenius(population.spectrum(dim), at_least("samples", samples, 1))


@jax.jit
def _frobenius(spectrum: Array, samples: Array) -> Array:
    return (jnp.sum(spectrum) ** 2 + jnp.sum(spectrum**2)) / samples


@checked
def subspace(population: Population, load: ArrayLike) -> Float[Array, "..."]:
    """‖Π̂−Π‖²_F/2r = 1 − mean Q over the r spikes; 0 without spikes.

    Raises:
        ValueError: if a load is not positive or a spike is an eigenvalue of the bulk.

    Source: arXiv 2605.21402 (statement D4).
    """
    return _lost(recovery.recovery(population, load))


@jax.jit
def _lost(known: Array) -> Array:
    return 1.0 - jnp.sum(known, axis=-1) / known.shape[-1] if known.shape[-1] else jnp.zeros(known.shape[:-1])


@checked
def max_sliced(population: Population, load: ArrayLike) -> Float[Array, "..."]:
    """max_u |√(uᵀSu) − √(uᵀΣu)| → √(τ(Σ)/γ), for every bulk and all spikes.

    The worst direction belongs to the bulk: the distance is blind to latents of any strength.
    Arguments, errors and source are those of `operator_norm`.
    """
    return _max_sliced(population, positive("load", load))


@jax.jit
def _max_sliced(population: Population, load: Array) -> Array:
    return jnp.sqrt(population.moment(1.0) / load)


@checked
def predict(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> Distances:
    """The observables of `lingen.sims.distances.draw`, predicted at n = γd.

    The divergences are infinite where their expectation is (forward n <= d+1, reverse n <= d−1). They and the
    operator norm are those of the covariance S itself: None for another filter (`ridge_models` has those of a
    ridge); the Frobenius distance is known for a ridge too, E‖S+ρ−Σ‖²_F = E‖S−Σ‖²_F + ρ²d.

    Raises:
        ValueError: if a load gives less than one sample, or neither `dim` nor the population a dimension.
        NotImplementedError: as `wasserstein2`.
    """
    dim = population.dimension(dim)
    samples = sample_count(load, dim)
    known = Distances(
        wasserstein2=wasserstein2(population, load, filter, dim),
        kl_forward=None,
        kl_reverse=None,
        frobenius=None,
        operator_norm=None,
        subspace=subspace(population, load),
        max_sliced=None,
    )
    if isinstance(filter, Ridge):
        return known._replace(frobenius=frobenius(population, dim, samples) + filter.rho**2 * dim)
    if filter is not None and not isinstance(filter, Gaussian):
        return known
    return known._replace(
        kl_forward=_where_finite(kl_forward, dim, samples, dim + 1),
        kl_reverse=_where_finite(kl_reverse, dim, samples, dim - 1),
        frobenius=frobenius(population, dim, samples),
        operator_norm=operator_norm(population, load),
        max_sliced=max_sliced(population, load),
    )


def _sizes(dim: int, samples: ArrayLike, excess: int) -> tuple[int, Array]:
    dim = integer("dim", dim, low=1)
    return dim, above("samples", samples, dim + excess, f"dim{excess:+d} = {dim + excess}")


@partial(jax.jit, static_argnums=(0, 1, 3))
def _where_finite(divergence: Callable, dim: int, samples: Array, bound: int) -> Array:
    finite = samples > bound
    return jnp.where(finite, divergence(dim, jnp.where(finite, samples, bound + 1.0)), jnp.inf)
