"""Which seeds disagree: the distance of two samplers x̂ = g(S) z of disjoint training sets, for given seeds z.

E g(S) is diagonal in the eigenbasis of Σ, so that exactly, with z in that basis,

    E[‖x̂₁−x̂₂‖² | z] = 2 Σ_k z_k² ((E g²)_k − (E g)_k²).

For the Gaussian sampler (E g²)_k = σ_k, and at large n the bracket is (1/n) Σ_l σ_kσ_l(1+δ_kl)/(√σ_k+√σ_l)²:
relative to σ_k it rises from strong modes to weak ones, up to d/n (statement N11).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import finite, sample_count
from lingen.models.filters import Filter
from lingen.models.observables import SeedDisagreement
from lingen.models.population import Population
from lingen.theory.moments.functional import filter_moments

__all__ = ["distances", "modes", "predict"]


@checked
def modes(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> Float[Array, "... k"]:
    """1 − (E g)_k²/(E g²)_k in the limit of large d, one entry a bulk atom.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0 of each training set, any shape.
        filter: g; the Gaussian √λ when absent.
        dim: the dimension d, needed by filters of ranks unless the population has its own.

    Raises:
        ValueError: if a load is not positive, or a rank comes without a dimension.

    Source: derived (docs/derivations, statement N11).
    """
    found = filter_moments(population, load, filter, dim)
    return _relative(found.mean, found.square)


@jax.jit
def _relative(mean: Array, square: Array) -> Array:
    gone = square == 0.0  # nothing is drawn along the mode, by either
    ratio = jnp.where(gone, 1.0, mean**2 / jnp.where(gone, 1.0, square))
    return jnp.maximum(1.0 - ratio, 0.0)


@checked
def distances(population: Population, load: ArrayLike, seeds: Float[Array, "m d"]) -> Float[Array, "... m"]:
    """E‖x̂₁−x̂₂‖²/2d of two Gaussian samplers for each seed: (1/d) Σ_k z_k² σ_k (1 − ḡ_k²/σ_k + 1/4n).

    The last term is what the equivalent of ḡ misses: diagonal entries of S fluctuate twice as much as others.

    Args:
        population: bulk law of Σ, without spikes.
        load: γ = n/d > 0 of each training set, any shape; n at least 1.
        seeds: z in the eigenbasis of Σ, as `population.spectrum(d)` orders it, shape (m, d).

    Raises:
        ValueError: if a load gives less than one sample, or the population has spikes.

    Source: derived (docs/derivations, statement N11).
    """
    if population.spikes.size:
        raise ValueError(f"population must have no spikes, got {population.spikes.size}")
    z = finite("seeds", seeds)
    dim = z.shape[-1]
    samples = sample_count(load, dim)
    return _distances(population, modes(population, load), samples, z, population.multiplicities(dim))


@jax.jit
def _distances(population: Population, relative: Array, samples: Array, z: Array, counts: ArrayLike) -> Array:
    lost, dim = population.eigenvalues * (relative + 0.25 / samples[..., None]), z.shape[-1]
    return jnp.repeat(lost, jnp.asarray(counts), axis=-1, total_repeat_length=dim) @ (z**2).T / dim


@checked
def predict(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> SeedDisagreement:
    """The observable of `lingen.sims.disagreement.draw`, predicted; arguments and errors of `modes`."""
    return SeedDisagreement(modes(population, load, filter, dim))
