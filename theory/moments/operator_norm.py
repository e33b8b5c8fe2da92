"""The operator norm ‖S−Σ‖ of the error of a sample covariance, for any bulk and spikes (statement D4).

It is the largest eigenvalue of S−Σ, which lies where Z(w) = (w/2)(a + √(a²+4a)), a(w) = c∫σ/(w−σ) dH(σ), has
its minimum w₊ above the bulk, or at a spike above w₊: a threshold of its own.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import positive, representable
from lingen.models.population import Population
from lingen.theory.moments.functional import in_units
from lingen.theory.numerics.roots import bisect

__all__ = ["operator_norm", "operator_threshold"]

_BISECTIONS = 70


@checked
@representable
def operator_norm(population: Population, load: ArrayLike) -> Float[Array, "..."]:
    """‖S−Σ‖ → Z(max(ℓ₁, w₊)) for any bulk H and spikes, ℓ₁ the largest spike.

    Z(w) = (w/2)(a + √(a²+4a)), a(w) = c∫σ/(w−σ) dH(σ), falls until w₊ above the bulk, where the
    spectrum of S−Σ has its edge, and rises beyond: the norm sees a spike only above w₊. For
    Σ = I + θvvᵀ the edge is c + 2√c, and w₊ is θ = 1 + √c. The lowest eigenvalue is always smaller in
    size, and spikes inside or below the bulk do not count. (w₊ is a minimum of Z, so the first derivatives
    need not pass through it.)

    Args:
        population: bulk law and spikes.
        load: γ = n/d > 0, any shape.

    Raises:
        ValueError: if a load is not positive.

    Source: derived (docs/derivations, statement D4).
    """
    gamma = positive("load", load)
    truth, _, unit, _ = in_units(population)
    return _norm(truth, population.spikes, unit, gamma)


@jax.jit
def _norm(truth: Population, spikes: Array, unit: Array, gamma: Array) -> Array:
    point = jax.lax.stop_gradient(_lowest(truth, gamma))
    spikes = spikes / unit
    if spikes.size:
        point = jnp.maximum(point, jnp.max(spikes))
    mean, _ = _transforms(truth, gamma, point - truth.eigenvalues[0])
    return unit * (point * (mean + jnp.sqrt(mean) * jnp.sqrt(mean + 4.0)) / 2.0)


@checked
def operator_threshold(population: Population, load: ArrayLike) -> Float[Array, "..."]:
    """w₊: the operator norm sees a spike ℓ iff ℓ > w₊ (2 + 1/√γ for Σ = I); see `operator_norm`.

    Found by bisection, for its value only: its derivatives are not given.
    """
    truth, _, unit, _ = in_units(population)
    return unit * _lowest(*jax.lax.stop_gradient((truth, positive("load", load))))


@jax.jit
def _lowest(population: Population, load: Array) -> Array:
    """w₊, by bisection of log(w − largest eigenvalue) between two bounds."""
    top, trace = population.eigenvalues[0], population.moment(1.0)
    low = jnp.log(population.weights[0] * top / (4.0 * trace) * top)
    high = jnp.log(4.0 * (top + trace / load))

    def falling(log_gap: Array) -> Array:
        return _falls(population, load, jnp.exp(log_gap))

    return top + jnp.exp(bisect(falling, low, high, _BISECTIONS))


def _transforms(population: Population, load: Array, gap: Array) -> tuple[Array, Array]:
    """a(w) = c∫σ/(w−σ) dH and −a'(w), at w = largest bulk eigenvalue + gap."""
    sigma, weight = population.eigenvalues, population.weights
    inverse = 1.0 / (gap[..., None] + (sigma[0] - sigma))
    return inverse @ (weight * sigma) / load, inverse**2 @ (weight * sigma) / load


def _falls(population: Population, load: Array, gap: Array) -> Array:
    """Whether Z falls: (2+b)/(1+b) < −w a'/a, b = (a+√(a²+4a))/2."""
    mean, slope = _transforms(population, load, gap)
    b = (mean + jnp.sqrt(mean) * jnp.sqrt(mean + 4.0)) / 2.0
    return (2.0 + b) * mean < (1.0 + b) * (population.eigenvalues[0] + gap) * slope
