"""The renormalised ridge κ(t), through which every deterministic equivalent of a sample covariance passes.

For n samples of N(0, Σ) in R^d, load γ = n/d, c = 1/γ and τ = tr/d, the ridge map

    t(κ) = κ (1 − c τ(Σ(Σ+κ)⁻¹))

is convex and increasing on κ > κ₀, where t(κ₀) = 0 and κ₀ > 0 iff c H(σ>0) > 1. Its inverse κ(t) gives
E S(S+t)⁻¹ ≍ Σ(Σ+κ)⁻¹ and t E(S+t)⁻¹ ≍ κ(Σ+κ)⁻¹ (classical; Silverstein 1995).
Only the bulk enters: finitely many spikes move these by O(1/d).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float, Num

from lingen.boundary import checked
from lingen.checks import nonnegative, positive
from lingen.models.population import Population
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.roots import newton
from lingen.theory.numerics.shapes import broadcast

__all__ = ["kappa", "ridge_map", "ridge_ratio", "ridge_slope", "unseen"]

_CAP, _TOLERANCE, _SMALL = 200, 5e-16, 1e-200


@checked
def ridge_map(population: Population, load: ArrayLike, kappa: Num[Array, "..."]) -> Num[Array, "..."]:
    """t(κ) = κ (1 − c τ(Σ(Σ+κ)⁻¹)), real or complex κ; `load` and `kappa` broadcast."""
    return kappa * ridge_ratio(population, load, kappa)


@checked
def ridge_ratio(population: Population, load: ArrayLike, kappa: Num[Array, "..."]) -> Num[Array, "..."]:
    """t(κ)/κ = 1 − c τ(Σ(Σ+κ)⁻¹), without cancellation near κ = 0 when c H(σ>0) is close to one."""
    return _ratio(population, positive("load", load), jnp.asarray(kappa))


@jax.jit
def _ratio(population: Population, load: Array, kappa: Array) -> Array:
    sigma, weight = population.eigenvalues, population.weights
    inverse = _inverse(sigma, kappa)
    small = unseen(population, load) + (inverse @ jnp.where(sigma > 0, weight, 0.0)) * kappa / load
    large = 1.0 - inverse @ (weight * sigma) / load
    return jnp.where(load > 0.5 * _alive(population), small, large)


@checked
def ridge_slope(population: Population, load: ArrayLike, kappa: Num[Array, "..."]) -> Num[Array, "..."]:
    """t'(κ) = 1 − c τ(Σ²(Σ+κ)⁻²), as t(κ)/κ + c κ τ(Σ(Σ+κ)⁻²), a sum of positive terms for κ >= κ₀."""
    return _slope(population, positive("load", load), jnp.asarray(kappa))


@jax.jit
def _slope(population: Population, load: Array, kappa: Array) -> Array:
    sigma, weight = population.eigenvalues, population.weights
    inverse = _inverse(sigma, kappa)
    rest = (inverse * kappa[..., None]) * (inverse * sigma) @ weight / load
    return ridge_ratio(population, load, kappa) + rest


@checked
def unseen(population: Population, load: ArrayLike) -> Float[Array, "..."]:
    """1 − c H(σ>0): positive iff the samples outnumber the directions of the bulk that vary."""
    load = positive("load", load)
    return (load - _alive(population)) / load


@checked
def kappa(population: Population, load: ArrayLike, t: ArrayLike) -> Float[Array, "..."]:
    """The renormalised ridge κ(t) >= t: the largest root of κ (1 − c τ(Σ(Σ+κ)⁻¹)) = t.

    Monotone Newton from an upper bound; derivatives, of any order, by the implicit function theorem. At t = 0
    it is κ₀, exactly 0 when c H(σ>0) <= 1. At the one point where t'(κ) vanishes (t = 0, c H(σ>0) = 1)
    derivatives with respect to the load and the spectrum are those from larger loads, and the infinite dκ/dt
    is given as 0.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.
        t: ridge t >= 0 in units of variance; broadcasts with `load`.

    Raises:
        ValueError: if a load is not positive or a ridge is negative.
    """
    load, t = broadcast(positive("load", load), nonnegative("t", t))
    return _kappa_batched(population, load, t)


@jax.jit
def _kappa_batched(population: Population, load: Array, t: Array) -> Array:
    top = jax.lax.stop_gradient(jnp.max(population.eigenvalues))

    def one(load: Array, t: Array) -> Array:
        largest = jax.lax.stop_gradient(jnp.maximum(top, t))
        unit = jnp.where(largest < _SMALL, largest, 1.0)  # so that no step of Newton underflows
        scaled = population.replace(eigenvalues=population.eigenvalues / unit)
        return unit * _kappa(scaled, load, t / unit)

    return over_batch(one, population.eigenvalues.size, load, t)


@jax.custom_jvp
def _kappa(population: Population, load: Array, t: Array) -> Array:
    zero = (t == 0.0) & (unseen(population, load) >= 0.0)
    start = jnp.where(zero, 0.0, _bound(population, load, t))

    def step(value: Array) -> tuple[Array, Array]:
        excess = ridge_map(population, load, value) - t
        down = excess / ridge_slope(population, load, value)
        return value - down, down <= _TOLERANCE * value

    return newton(step, start, zero | (start <= 0.0), _CAP)


def _bound(population: Population, load: Array, t: Array) -> Array:
    """κ <= K = t + c τ(Σ), hence t(κ)/κ >= u + bκ with u = 1 − c H(σ>0), b = c H(σ>0)/(σ_max + K)."""
    far = t + population.moment(1.0) / load
    least = unseen(population, load)
    rise = _alive(population) / load / (jnp.max(population.eigenvalues) + far)
    root = jnp.sqrt(least**2 + 4.0 * rise * t)
    above = 2.0 * t / jnp.where(least > 0, least + root, 1.0)
    return jnp.minimum(far, jnp.where(least > 0, above, (root - least) / (2.0 * rise)))


@_kappa.defjvp
def _kappa_jvp(primals: tuple, tangents: tuple) -> tuple:
    population, load, t = primals
    value = _kappa(population, load, t)
    _, moved = jax.jvp(lambda p, g: ridge_map(p, g, value), (population, load), tangents[:2])
    slope = ridge_slope(population, load, value)
    flat = slope == 0.0
    return value, jnp.where(flat, 0.0, (tangents[2] - moved) / jnp.where(flat, 1.0, slope))


def _alive(population: Population) -> Float[Array, ""]:
    """H(σ>0)."""
    return 1.0 - jnp.sum(jnp.where(population.eigenvalues > 0, 0.0, population.weights))


def _inverse(sigma: Array, kappa: Array) -> Array:
    total = sigma + kappa[..., None]
    return 1.0 / jnp.where(total == 0.0, 1.0, total)
