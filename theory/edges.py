"""The edge of a sample spectrum at large but finite size: outliers above the threshold, hidden latents below.

Above its threshold γ_c an outlier is Gaussian on the scale n^{−1/2}; below, the latent has a share of order
1/d of the edge's eigenvector, larger than that of a random direction by a factor that diverges at the
threshold. What happens in between, on the scale d^{−1/3}, is in `lingen.theory.edge.critical`.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import is_traced, positive, representable
from lingen.models.population import Population
from lingen.theory.recovery import threshold

__all__ = ["hidden", "outlier_variance"]


@checked
@representable
def outlier_variance(population: Population, load: ArrayLike) -> Float[Array, "... r"]:
    """lim n Var λ̂ = 2ℓ²ψ'(ℓ) = 2ℓ²(1 − γ_c/γ) of each outlier of real data; 0 below the threshold.

    For Σ = I + θvvᵀ it is 2(1+θ)²(1 − 1/(γθ²)), θ > 0 or not.

    Args:
        population: bulk law and r distinct spikes, above, below or between the bulk's eigenvalues.
        load: γ = n/d > 0, any shape.

    Raises:
        ValueError: if a load is not positive or a spike is an eigenvalue of the bulk.

    Source: Paul 2007, theorem 3; Bai & Yao 2008.
    """
    gamma = positive("load", load)
    return _outlier_variance(population, threshold(population), gamma)


@jax.jit
def _outlier_variance(population: Population, threshold: Array, load: Array) -> Array:
    return 2.0 * population.spikes**2 * jnp.maximum(0.0, 1.0 - threshold / load[..., None])


@checked
def hidden(population: Population, load: ArrayLike) -> Float[Array, "... r"]:
    """lim d E[Q] below the threshold: ℓ/(1 − θ√γ)², the leading eigenvector's share of a hidden latent.

    The law of dQ is this times χ²₁. For θ = 0 it is 1, the share of any direction.

    Args:
        population: isotropic, with r spikes.
        load: γ = n/d > 0, any shape; infinite at and above the threshold.

    Raises:
        ValueError: for a bulk of more than one eigenvalue or a load that is not positive.

    Source: Bloemendal, Knowles, Yau & Yin 2016, theorem 2.20; the constant derived (docs/derivations).
    """
    bulk = population.eigenvalues
    if bulk.size != 1 and not (not is_traced(bulk) and np.ptp(np.asarray(bulk)) == 0):
        raise ValueError(f"population must have one bulk eigenvalue, got {bulk.size}")
    return _hidden(population, positive("load", load))


@jax.jit
def _hidden(population: Population, load: Array) -> Array:
    ratio = population.spikes / population.eigenvalues[0]
    gap = 1.0 - (ratio - 1.0) * jnp.sqrt(load)[..., None]
    return jnp.where(gap > 0, ratio / jnp.where(gap > 0, gap, 1.0) ** 2, jnp.inf)
