"""The posterior of a planted latent: Σ = I + θvvᵀ, W ~ N(0, t²/d), d → ∞ at load γ = n/d.

Two samples u, u' of one posterior overlap as a sample and the truth v do (the Nishimori identity): u·u' and
u·v have one limit ±m. The posterior mean of u (of one sign) has length √m, so its direction overlaps v with
m/√m = √m; with a Gaussian prior on both factors it is the leading sample eigenvector, so m = Q of R1. Hence

    E(u·v)² = E(u·u')² = Q²,      (û·v)² = Q,

and the thresholds agree: below γ_c = 1/θ² the posterior knows no more than maximum likelihood does.
"""

from __future__ import annotations

from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.models.bayesian import Factors
from lingen.models.population import Population
from lingen.theory import recovery

__all__ = ["predict", "sample_overlap"]


@checked
def sample_overlap(population: Population, load: ArrayLike) -> Float[Array, "..."]:
    """E(u·v)² = Q² of a posterior sample u with the latent v.

    Args:
        population: isotropic bulk with one spike.
        load: γ = n/d, any shape.

    Raises:
        ValueError: if there is not one spike, or a load is not positive.

    Source: derived (docs/derivations).
    """
    if population.spikes.size != 1:
        raise ValueError(f"population must have one spike, got {population.spikes.size}")
    return recovery.recovery(population, load)[..., 0] ** 2


@checked
def predict(
    population: Population, load: ArrayLike, filter: object = None, dim: int | None = None
) -> Factors:
    """All overlaps in the limit; what the predictives share tends to one and is not predicted here."""
    squared = sample_overlap(population, load)
    single = recovery.recovery(population, load)[..., 0]
    return Factors(squared, squared, single, single, None, None, None, None)
