"""Dense denoisers D = S(S+s)⁻¹ given noisy inputs y ~ N(0, Σ+s): how far two of them lie apart.

E D ≍ Σ(Σ+κ)⁻¹, and D varies about it by κ²σ_jσ_k/(n(1−df₂)(σ_j+κ)²(σ_k+κ)²) at j, k (statement N3), so that
E‖D₁y−D₂y‖²/2 = κ² τ(ΣG²) tr((Σ+s)ΣG²)/(n−tr Σ²G²) a dimension, G = (Σ+κ)⁻¹.
"""

from __future__ import annotations

import jax
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked
from lingen.models.population import Population
from lingen.theory.spectrum.equivalents import kappa, ridge_slope

__all__ = ["spread"]


@checked
def spread(
    population: Population, load: Float[Array, "..."], noise: Float[Array, ""]
) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """(1+s) E‖x̂₁−x̂₂‖²/2d and (1+s) E‖x̂‖²/d, which neither a small nor a large s loses.

    Args:
        population: bulk law of Σ, in units in which its largest eigenvalue is near one.
        load: γ = n/d, any shape.
        noise: s > 0, in the same units.
    """
    return _spread(population, load, noise)


@jax.jit
def _spread(population: Population, load: Array, noise: Array) -> tuple[Array, Array]:
    sigma, weight = population.eigenvalues, population.weights
    value = kappa(population, load, noise)
    inverse = 1.0 / (sigma + value[..., None])
    input = ((1.0 + noise) * inverse) * ((sigma + noise) * inverse)
    missing = (value[..., None] * inverse) ** 2
    varied = (missing @ (weight * sigma)) * (input @ (weight * sigma)) / load
    moved = varied / ridge_slope(population, load, value)
    return moved, moved + input @ (weight * sigma**2)
