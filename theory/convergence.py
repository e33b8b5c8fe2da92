"""Convergence: do two models trained on disjoint data, sampled with the same seed z, agree?

q = E⟨x̂₁,x̂₂⟩ / √(E‖x̂₁‖² E‖x̂₂‖²) for x̂ᵢ = g(Sᵢ) z, as n, d → ∞ at load γ = n/d (section C of the theory).
S₁ and S₂ are independent, so only E g(S) enters the numerator: q is a ratio of two traces, smooth in the
load. Finitely many spikes move it by O(1/d). The expectations are over z and the data alike: the mean of the
cosines of single pairs of models, E_data[tr g₁g₂/√(tr g₁² tr g₂²)], has the same limit, and at large load and
finite size it is above by Var(tr g²)/4(tr g²)² (`lingen.theory.power_laws.disagreement` has both).
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_least, integer, length, positive
from lingen.models.descent import Descent
from lingen.models.filters import PCA, Balanced, Denoiser, EarlyStopped, Filter, Gaussian, Ridge
from lingen.models.observables import Convergence
from lingen.models.population import Population
from lingen.theory.moments.functional import filter_moments, in_units
from lingen.theory.numerics.compression import compress, lengthened
from lingen.theory.numerics.gammas import gamma_ratio

__all__ = [
    "averaged_variance",
    "cholesky_overlap",
    "cholesky_overlap_exact",
    "overlap",
    "predict",
]


@checked
def overlap(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> Float[Array, "..."]:
    """Convergence q = Σ_k w_k ḡ_k² / Σ_k w_k E[g(S)²]_k, ḡ_k the deterministic equivalent of E g(S).

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0 of each training set, any shape.
        filter: g; the gaussian √λ by default.
        dim: the dimension d, needed by filters of ranks unless the population has its own.

    Returns:
        q in [0, 1], of the shape of `load`; invariant under Σ → aΣ for the gaussian filter.

    Raises:
        ValueError: if a load is not positive, or a rank comes without a dimension.

    Source: arXiv 2605.21402 (statement C4; C1 and C2 are its isotropic case, C1 in closed form
    `lingen.theory.spectrum.closed_forms.overlap`).
    """
    load = positive("load", load)
    population = _compressed(population, filter)
    population, filter, *_ = in_units(population, filter)
    moments = filter_moments(population, load, filter, dim)
    return _overlap(moments.mean, moments.square, population.weights)


@jax.jit
def _overlap(mean: Array, square: Array, weights: Array) -> Array:
    length = jnp.sqrt(square @ weights)[..., None]
    return jnp.clip((mean / length) ** 2 @ weights, 0.0, 1.0)


@checked
def averaged_variance(
    population: Population, load: ArrayLike, filter: Filter | None = None, models: int = 2
) -> Float[Array, "..."]:
    """E‖mean of k same-seed samples‖² / E‖x̂‖² = (1 + (k−1) q)/k: a cheap estimator of q.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0 of each training set, any shape.
        filter: g; the gaussian √λ by default.
        models: k >= 1, each trained on data of its own.

    Raises:
        ValueError: if `models` is not a whole number of at least 1, or a load is not positive.

    Source: arXiv 2605.21402 (statement C6).
    """
    models = integer("models", models, low=1)
    return (1.0 + (models - 1) * overlap(population, load, filter)) / models


@checked
def cholesky_overlap(load: ArrayLike) -> Float[Array, "..."]:
    """q of two isotropic Gaussian models that sample by Cholesky factors: 1 − 1/(2γ), γ >= 1.

    The learnt laws N(0, S₁), N(0, S₂) are those of the symmetric square root, q is not: convergence
    belongs to the sampler, and is no distance between laws.

    Args:
        load: γ = n/d >= 1, any shape; below 1 S is singular and has no Cholesky factor.

    Raises:
        ValueError: if a load is below 1.

    Source: derived (docs/derivations, statement C7).
    """
    return 1.0 - 0.5 / at_least("load", load, 1.0, "1 for a Cholesky factor to exist")


@checked
def cholesky_overlap_exact(dim: int, samples: ArrayLike) -> Float[Array, "..."]:
    """q of Cholesky samplers at finite size, Σ = I: (1/nd) Σ_{i=1}^d (E χ_{n−i+1})².

    Args:
        dim: d >= 1.
        samples: n >= d, any shape.

    Raises:
        ValueError: if `samples` is below `dim`.

    Source: derived from Bartlett's decomposition (docs/derivations, statement C7).
    """
    count = positive("samples", samples)
    dim = length("dim", dim, low=1, each=float(count.size))
    return _cholesky(at_least("samples", count, dim, f"dim = {dim}"), dim)


@partial(jax.jit, static_argnums=1)
def _cholesky(count: Array, dim: int) -> Array:
    degrees = count[..., None] - jnp.arange(dim)
    return jnp.sum(2.0 * gamma_ratio(degrees / 2.0) ** 2, axis=-1) / (count * dim)


@checked
def predict(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> Convergence:
    """The observables of `lingen.sims.convergence.draw`, predicted; see `overlap`."""
    return Convergence(overlap(population, load, filter, dim))


def _compressed(population: Population, filter: Filter | None) -> Population:
    """As far as the functions of σ behind a filter are smooth: of ranks, long powers, poles they are not."""
    if isinstance(filter, PCA | Descent | Balanced):
        return population
    if filter is None or isinstance(filter, Gaussian | Ridge | Denoiser):
        return lengthened(compress(population))
    # contours turn away from the axis by a quarter of a turn, by an eighth for fast exponentials
    return lengthened(compress(population, np.pi / 4 if isinstance(filter, EarlyStopped) else np.pi / 2))
