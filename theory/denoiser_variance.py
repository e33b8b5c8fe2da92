"""Variance of the trained denoiser D = S(S+s)^{-1} over datasets, mode by mode and entry by entry.

E D ≍ Σ(Σ+κ)^{-1} (statement N1). Two networks trained on different data agree as far as D stays near it:
with t'(κ) = 1 − c τ(Σ²(Σ+κ)^{-2}) the two-resolvent equivalent gives, for eigenvectors j and l of Σ,

    Var D_jl ≍ (1 + δ_jl) κ²/(n t'(κ)) · σ_j σ_l/((σ_j+κ)²(σ_l+κ)²)       (statement N3)
"""

from __future__ import annotations

import jax
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import positive
from lingen.models.filters import Denoiser, noise_of
from lingen.models.observables import DenoiserVariance
from lingen.models.population import Population
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum.equivalents import kappa, ridge_slope

__all__ = ["entry_variance", "predict", "variance"]


@checked
def variance(population: Population, load: ArrayLike, noise: ArrayLike) -> Float[Array, "... k"]:
    """E‖(D − E D) u_k‖² = σ_k/(σ_k+κ)² · κ² c τ(Σ(Σ+κ)^{-2})/t'(κ), one entry a bulk atom.

    It is E[D²]_k − (E[D]_k)², of order one at proportional load: a row of D has d entries of variance 1/n.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.
        noise: s > 0, variance; broadcasts with `load`.

    Raises:
        ValueError: if a load or a noise is not positive.

    Source: derived (docs/derivations, statement N3).
    """
    return _variance(population, *_checked(load, noise))


@checked
def entry_variance(population: Population, load: ArrayLike, noise: ArrayLike) -> Float[Array, "... k k"]:
    """n Var D_jl for j ≠ l in atoms k and k': κ² σ_k σ_k'/((σ_k+κ)²(σ_k'+κ)² t'(κ)); twice that for j = l.

    Arguments, errors and source are those of `variance`.
    """
    return _entries(population, *_checked(load, noise))


@checked
def predict(
    population: Population,
    load: ArrayLike,
    filter: Denoiser | None = None,
    dim: int | None = None,
    noise: ArrayLike | None = None,
) -> DenoiserVariance:
    """The observables of `lingen.sims.denoiser_variance.draw`, predicted.

    Arguments are those of `lingen.theory.denoising.predict`.

    Raises:
        ValueError: if both or neither of `noise` and a denoiser are given, or a number is out of range.
    """
    level = noise_of(filter, noise)
    return DenoiserVariance(variance(population, load, level), entry_variance(population, load, level))


def _checked(load: ArrayLike, noise: ArrayLike) -> tuple[Array, Array]:
    ratio, level = broadcast(positive("load", load), positive("noise", noise))
    return ratio, level


@jax.jit
def _variance(population: Population, load: Array, noise: Array) -> Array:
    shape, slope = _shape(population, load, noise)
    return shape * ((shape @ population.weights) / load / slope)[..., None]


@jax.jit
def _entries(population: Population, load: Array, noise: Array) -> Array:
    shape, slope = _shape(population, load, noise)
    return shape[..., :, None] * shape[..., None, :] / slope[..., None, None]


def _shape(population: Population, load: Array, noise: Array) -> tuple[Array, Array]:
    """κ σ_k/(σ_k+κ)², one factor an index of the entry, and t'(κ)."""
    sigma = population.eigenvalues
    ridge = kappa(population, load, noise)
    total = sigma + ridge[..., None]
    shape = (ridge[..., None] / total) * (sigma / total)
    return shape, ridge_slope(population, load, ridge)
