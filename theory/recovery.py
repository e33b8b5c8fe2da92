"""Recovery of the latent factors: what the sample eigenvectors know of the spiked directions.

A spike ℓ above, below or between the eigenvalues of the bulk H of Σ emerges from the sample spectrum iff
ψ'(ℓ) > 0,

    ψ(ℓ) = ℓ (1 + c∫t/(ℓ−t) dH(t)),    ψ'(ℓ) = 1 − c∫t²/(ℓ−t)² dH(t),    c = d/n = 1/γ,

that is above the load γ_c = ∫t²/(ℓ−t)² dH, which is more than H(σ>0) below the bulk. The outlier then sits at
ψ(ℓ), with as many eigenvalues of S above it as Σ has above ℓ, and the squared overlap of its eigenvector with
the latent is Q = ℓψ'(ℓ)/ψ(ℓ) (section R of the theory; d → ∞ at fixed γ; see
`lingen.theory.spectrum.separation`).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_hand, integer, is_traced, nonnegative, positive
from lingen.models.filters import Filter
from lingen.models.observables import Recovery
from lingen.models.population import Population
from lingen.theory.edge.upper import upper_edge
from lingen.theory.numerics import cauchy
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.spectrum.separation import hidden, off_bulk

__all__ = [
    "Latents", "agreement", "latents", "noisy", "outlier", "overlap", "predict", "recovery", "threshold",
    "upper_edge",
]  # fmt: skip


FEW = 4000
"""Up to so many eigenvalues all pairs are summed one by one."""


class Latents(NamedTuple):
    """Every eigenvector of a spectrum as a latent of its own."""

    eigenvalues: Float[Array, "d"]
    """σ_k, in decreasing order."""
    samples: Float[Array, "d"]
    """n_k, the number of samples from which the k-th eigenvector is found; infinite for equal eigenvalues."""
    overlap: Float[Array, "... d"]
    """Predicted squared overlap of the k-th sample eigenvector with the k-th true one."""


@checked
def threshold(population: Population) -> Float[Array, "r"]:
    """Recovery threshold γ_c = ∫t²/(ℓ−t)² dH(t) of each spike; 1/θ² for Σ = I + θvvᵀ.

    Raises:
        ValueError: if a spike is an eigenvalue of the bulk.

    Source: Baik, Ben Arous & Péché 2005; arXiv 2605.21402 (statements R1, R3); gaps: Bai & Yao 2012.
    """
    return _integrals(population, off_bulk(population))[1]


@checked
def recovery(population: Population, load: ArrayLike) -> Float[Array, "... r"]:
    """Q = ℓψ'(ℓ)/ψ(ℓ) of each spike above its threshold, 0 below.

    Args:
        population: bulk law and r spikes.
        load: γ = n/d > 0, any shape.

    Returns:
        Q in [0, 1], of the shape of `load` and a last axis of the spikes.

    Raises:
        ValueError: if a load is not positive or a spike is an eigenvalue of the bulk.

    Source: Paul 2007; arXiv 2605.21402 (statements R1, R3).
    """
    return _recovered(population, off_bulk(population), positive("load", load))


overlap = recovery


@checked
def outlier(population: Population, load: ArrayLike) -> Float[Array, "... r"]:
    """Sample eigenvalue of each spike: ψ(ℓ) above its threshold, below it an edge of the bulk.

    For a spike below or between the eigenvalues of the bulk, see `lingen.theory.spectrum.separation.hidden`.

    Args:
        population: bulk law and r spikes.
        load: γ = n/d > 0, any shape.

    Raises:
        ValueError: if a load is not positive or a spike is an eigenvalue of the bulk.

    Source: Baik & Silverstein 2006; Bai & Yao 2012; arXiv 2605.21402 (statements R1, R3).
    """
    gamma, ell = positive("load", load), off_bulk(population)
    return _placed(population, ell, gamma, _lost(population, gamma))


@checked
def agreement(population: Population, load: ArrayLike) -> Float[Array, "... r"]:
    """(v̂₁·v̂₂)² = Q² between two models trained on disjoint data; see `recovery`.

    Source: arXiv 2605.21402 (statement R2). For equal spikes it is the overlap of the subspaces.
    """
    return recovery(population, load) ** 2


@checked
def noisy(population: Population, noise: ArrayLike) -> Population:
    """The population of data with added noise of variance s: Σ + s, bulk and spikes alike.

    For Σ = I + θvvᵀ the recovery threshold becomes γ_c = ((1+s)/θ)².

    Args:
        population: the truth.
        noise: s >= 0, one number, in units of variance.

    Raises:
        ValueError: if the noise is negative.

    Source: arXiv 2605.21402 (statement R6).
    """
    noise = nonnegative("noise", noise)
    bulk, spikes = at_hand(population.eigenvalues), at_hand(population.spikes)
    noise = at_hand(noise)
    return population.replace(eigenvalues=bulk + noise, spikes=spikes + noise)


@checked
def latents(population: Population, load: ArrayLike, dim: int | None = None) -> Latents:
    """Each eigenvalue of a full spectrum as a spike over all the others.

    n_k = Σ_{j≠k} σ_j²/(σ_k−σ_j)² samples are needed, and from n > n_k the predicted overlap is
    (1 − n_k/n)/(1 + (1/n)Σ_{j≠k} σ_j/(σ_k−σ_j)). Equal eigenvalues have no vectors of their own:
    n_k is infinite and the overlap 0.

    Args:
        population: the spectrum.
        load: γ = n/d > 0, any shape.
        dim: d; the population's own when absent.

    Raises:
        ValueError: if a load is not positive, or neither `dim` nor the population gives a dimension.

    Source: derived (docs/derivations, statement R8).
    """
    gamma = positive("load", load)
    dim = integer("dim", population.dimension(dim), low=population.spikes.size + 1)
    leaves = (population.spikes, population.eigenvalues)
    atoms = jnp.concatenate(leaves) if is_traced(leaves) else jax.device_put(np.concatenate(leaves))
    counts = np.append(np.ones(population.spikes.size, int), population.multiplicities(dim))
    neighbours = _directly if is_traced(atoms) or atoms.size <= FEW else _fast
    needed, shift, alone = neighbours(atoms, counts.astype(float))
    each = np.repeat(np.arange(counts.size), counts)
    return Latents(*_at_each(atoms, each, (needed, shift, alone), gamma, float(dim)))


@checked
def predict(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> Recovery:
    """The observables of `lingen.sims.recovery.draw`, predicted, one entry a spike.

    No filter changes eigenvectors and the limit has no dimension: `filter` and `dim` are ignored, and
    present so that every topic has one signature.
    """
    known = recovery(population, load)
    return Recovery(known, outlier(population, load), known**2)


@jax.jit
def _at_each(
    atoms: Array, each: Array, sums: tuple[Array, Array, Array], gamma: Array, dim: float
) -> tuple[Array, ...]:
    """Eigenvalues in decreasing order, what they need, and their overlaps, one entry an eigenvalue."""
    needed, shift, alone = sums
    samples = (gamma * dim)[..., None]
    found = alone & (samples > needed)
    value = jnp.where(found, (1.0 - needed / samples) / jnp.where(found, 1.0 + shift / samples, 1.0), 0.0)
    every = each[jnp.argsort(-atoms[each])]
    return atoms[every], jnp.where(alone, needed, jnp.inf)[every], value[..., every]


def _fast(sigma: Float[Array, "k"], counts: Float[np.ndarray, "k"]) -> tuple[Array, Array, Array]:
    """The same as `_directly` for known numbers, equal ones merged, in O(k)."""
    values, place = np.unique(np.asarray(sigma), return_inverse=True)
    total = np.bincount(place, counts)
    unit = values[-1]
    shift, needed = cauchy.sums(values / unit, total * values / unit, total * (values / unit) ** 2)
    return jnp.asarray(needed[place]), jnp.asarray(shift[place]), jnp.asarray(total[place] <= 1.0)


@jax.jit
def _directly(sigma: Float[Array, "k"], counts: ArrayLike) -> tuple[Array, Array, Array]:
    """Σ_{j≠k} σ_j²/(σ_k−σ_j)², Σ_{j≠k} σ_j/(σ_k−σ_j) and whether σ_k occurs once, atom by atom."""

    def one(own: Array) -> tuple[Array, Array, Array]:
        gap = own - sigma
        ratio = jnp.where(gap == 0.0, 0.0, sigma / jnp.where(gap == 0.0, 1.0, gap))
        return ratio**2 @ counts, ratio @ counts, jnp.where(gap == 0.0, counts, 0.0).sum() <= 1.0

    return over_batch(one, sigma.size, sigma)


def _integrals(population: Population, ell: Float[Array, "..."]) -> tuple[Array, Array]:
    """∫t/(ℓ−t) dH and ∫t²/(ℓ−t)² dH."""
    ratio = population.eigenvalues / (ell[..., None] - population.eigenvalues)
    return ratio @ population.weights, ratio**2 @ population.weights


@jax.jit
def _recovered(population: Population, ell: Array, load: Array) -> Array:
    first, second = _integrals(population, ell)
    gamma = load[..., None]
    return jnp.where(gamma > second, (1.0 - second / gamma) / (1.0 + first / gamma), 0.0)


@jax.jit
def _placed(population: Population, ell: Array, load: Array, lost: Array) -> Array:
    first, second = _integrals(population, ell)
    gamma = load[..., None]
    return jnp.where(gamma > second, population.spikes * (1.0 + first / gamma), lost)


def _lost(population: Population, load: Array) -> Array:
    """Where hidden spikes lie: at the upper edge all those above the bulk, which needs no other gap."""
    shape = (*load.shape, population.spikes.size)

    def at_edge(population: Population, load: Array) -> Array:
        return jnp.broadcast_to(upper_edge(population, load)[..., None], shape)

    if not is_traced((population.spikes, population.eigenvalues)):
        on_top = np.all(np.asarray(population.spikes) > np.max(np.asarray(population.eigenvalues)))
        return (at_edge if on_top else hidden)(population, load)
    above = jnp.all(population.spikes > population.eigenvalues[0])
    return jax.lax.cond(above, at_edge, hidden, population, load)
