"""The trace in the W2 distance of a ridge: τ((Σ^{1/2}(S+ρ)Σ^{1/2})^{1/2}) for any bulk.

Σ^{1/2}SΣ^{1/2} is a sample covariance of population Σ², and for A that commutes with Σ

    (Σ^{1/2}SΣ^{1/2} + A + t)⁻¹ ≍ (mΣ² + A + t)⁻¹,    m (1 + c τ(Σ²(mΣ²+A+t)⁻¹)) = 1,

(docs/derivations, D4). With A = ρΣ, τ(√M) = (1/π)∫_0^∞ t^{−1/2} τ(M(M+t)⁻¹) dt in u = log t, where the
integrand is analytic on |Im u| < π: the trapezoid rule of step h errs by e^{−2π²/h} (derived).
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import nonnegative, representable
from lingen.models.population import Population
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.quadrature import ROUND_OFF, closed, logarithmic
from lingen.theory.numerics.roots import newton
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum.resolvent import moderate

__all__ = ["ridge_root_slope", "ridge_root_trace"]

_NODES, _CAP = 320, 200
_BELOW = 84.0  # of log t, beyond which round-off is left


@checked
@representable
def ridge_root_trace(population: Population, load: ArrayLike, rho: ArrayLike) -> Float[Array, "..."]:
    """τ((Σ^{1/2}(S+ρ)Σ^{1/2})^{1/2}), the fidelity of N(0, Σ) and a ridge model.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.
        rho: ridge ρ >= 0 in units of variance, broadcast with `load`.

    Raises:
        ValueError: if a load is not positive or a ridge is negative.

    Source: derived (docs/derivations, statement D1).
    """
    return _over(_trace, population, load, rho)


@checked
@representable
def ridge_root_slope(population: Population, load: ArrayLike, rho: ArrayLike) -> Float[Array, "..."]:
    """d/dρ of `ridge_root_trace`: ½ τ(ΣM^{−1/2}) = (1/2π) ∫_0^∞ t^{−1/2} τ(Σ(mΣ²+ρΣ+t)⁻¹) dt.

    Written out, since what differentiates the trace is right to first order only.

    Arguments and errors are those of `ridge_root_trace`; the ridge must be positive where γ <= 1.

    Source: derived (docs/derivations, statement D1).
    """
    return _over(_slope, population, load, rho)


def _over(
    integral: Callable[[Population, Array, Array], Array],
    population: Population,
    load: ArrayLike,
    rho: ArrayLike,
) -> Array:
    load, rho = broadcast(moderate(load), nonnegative("rho", rho))
    cost = _NODES * population.eigenvalues.size
    return over_batch(lambda one, ridge: integral(population, one, ridge), cost, load, rho)


@jax.jit
def _trace(population: Population, load: Array, rho: Array) -> Array:
    t, step, part = _spectra(population, load, rho)
    value = jnp.sqrt(t) * ((part / (part + t[:, None])) @ population.weights) * step / jnp.pi
    return jnp.sum(closed(value, step))


@jax.jit
def _slope(population: Population, load: Array, rho: Array) -> Array:
    t, step, part = _spectra(population, load, rho)
    shares = (population.eigenvalues / (part + t[:, None])) @ population.weights
    value = jnp.sqrt(t) * shares * step / (2.0 * jnp.pi)
    return jnp.sum(closed(value, step))


def _spectra(population: Population, load: Array, rho: Array) -> tuple[Array, Array, Array]:
    """Nodes t of the integrals, their steps, and mΣ² + ρΣ at each."""
    sigma = population.eigenvalues
    t, step = _nodes(population, load, rho)
    m = _shrinking(population, load, rho, t)[:, None]
    return t, step, m * sigma**2 + rho * sigma


def _nodes(population: Population, load: Array, rho: Array) -> tuple[Array, Array]:
    sigma = population.eigenvalues
    mean = population.moment(2.0) + rho * population.moment(1.0)
    largest = jnp.max(sigma) ** 2 + population.moment(2.0) / load + rho * jnp.max(sigma)
    low, high = jax.lax.stop_gradient((jnp.log(mean) - _BELOW, jnp.log(largest) + ROUND_OFF))
    return logarithmic(low, high, _NODES)


def _shrinking(population: Population, load: Array, rho: Array, t: Array) -> Float[Array, "m"]:
    """m(t): its equation is concave in m, and Newton climbs from 0; one step more carries the slopes."""

    def climb(m: Array) -> tuple[Array, Array]:
        step = _step(population, load, rho, t, m)
        return m + step, step <= 1e-15 * m

    m = jax.lax.stop_gradient(newton(climb, jnp.zeros_like(t), jnp.zeros(t.shape, bool), _CAP))
    return m + _step(population, load, rho, t, m)


def _step(population: Population, load: Array, rho: Array, t: Array, m: Array) -> Array:
    sigma, weight = population.eigenvalues, population.weights
    rest = rho * sigma + t[:, None]
    share = sigma**2 / (m[:, None] * sigma**2 + rest)
    slope = 1.0 + (share * rest / (m[:, None] * sigma**2 + rest)) @ weight / load
    return (1.0 - m * (1.0 + share @ weight / load)) / slope
