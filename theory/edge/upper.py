"""The upper edge of the bulk of the sample spectrum, of any population."""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import positive
from lingen.models.population import Population
from lingen.theory.numerics.roots import newton

__all__ = ["upper_edge"]

_CAP, _TOLERANCE = 100, 1e-15


@checked
def upper_edge(population: Population, load: ArrayLike) -> Float[Array, "..."]:
    """Upper edge of the bulk of S: ψ(ℓ₊) with ψ'(ℓ₊) = 0, ℓ₊ above the bulk; (1+√c)² for Σ = I.

    (∫t²/(ℓ−t)² dH)^{−1/2} is a power mean of functions linear in ℓ, hence concave: Newton from a lower
    bound climbs to ℓ₊ and cannot overshoot. One more step outside the loop carries the derivatives.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.

    Raises:
        ValueError: if a load is not positive.

    Source: Silverstein & Choi 1995.
    """
    return _upper_edge(population, positive("load", load))


@jax.jit
def _upper_edge(population: Population, gamma: Array) -> Array:
    gap = _edge_gap(*jax.lax.stop_gradient((population, gamma)))
    gap = gap + _newton_step(population, gamma, gap)
    sigma = population.eigenvalues
    # from the gap itself, which ℓ₊ may be too close to the bulk to show
    first = (sigma / (gap[..., None] + (sigma[0] - sigma))) @ population.weights
    return (sigma[0] + gap) * (1.0 + first / gamma)


def _edge_gap(population: Population, load: Array) -> Array:
    """ℓ₊ − largest eigenvalue: monotone Newton from the bound that the top atom alone gives."""

    def climb(gap: Array) -> tuple[Array, Array]:
        step = _newton_step(population, load, gap)
        return gap + step, step <= _TOLERANCE * gap

    start = population.eigenvalues[0] * jnp.sqrt(population.weights[0] / load)
    return newton(climb, start, jnp.zeros(start.shape, bool), _CAP)


def _newton_step(population: Population, load: Array, gap: Array) -> Array:
    """Newton step of (∫t²/(ℓ−t)² dH)^{−1/2} = γ^{−1/2} at ℓ = largest eigenvalue + gap."""
    sigma, weight = population.eigenvalues, population.weights
    distance = gap[..., None] + (sigma[0] - sigma)
    share = (sigma / distance) ** 2
    slope = (share * (gap[..., None] / distance)) @ weight
    return gap * ((jnp.sqrt(share @ weight / load) - 1.0) * (share @ weight) / slope)
