"""Error bars of linear spectral statistics Σ_i f(λ_i) of one sample covariance, for any bulk and real data.

    Σ_i f(λ_i) − d ∫f dF → N(shift, variance),

F the law at the very n and d (Bai & Silverstein 2004, theorem 1.1, real case). In the plane of ℓ, m̃ = −1/ℓ,

    shift = (1/2πi) ∮ f(z) ψ''/(2ψ') dℓ,    variance = −(1/2π²) ∮∮ f(z₁) f(z₂)/(ℓ₁−ℓ₂)² dℓ₁ dℓ₂,    z = ψ(ℓ),

around the bands of S. The contours are ellipses of log(z + a), which keep clear of (−∞, −a], where f is not
analytic; the trapezoid rule converges geometrically on them (derived: docs/derivations).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Complex, Float

from lingen.boundary import checked
from lingen.checks import is_traced, nonnegative, representable
from lingen.models.population import Population
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum import gaps
from lingen.theory.spectrum.equivalents import ridge_map, ridge_slope, unseen
from lingen.theory.spectrum.resolvent import inverse, moderate

__all__ = ["Fluctuations", "covariance", "fluctuations"]

_NODES = 384


class Fluctuations(NamedTuple):
    """Σ_i f(λ_i) is normal around d ∫f dF + shift."""

    shift: Float[Array, "..."]
    """Mean of Σ_i f(λ_i) − d ∫f dF, of order 1."""
    variance: Float[Array, "..."]
    """Variance of Σ_i f(λ_i), of order 1."""


class Contour(NamedTuple):
    """Nodes on one ellipse: z, ℓ(z) and the weights dℓ."""

    z: Complex[Array, "m"]
    ell: Complex[Array, "m"]
    step: Complex[Array, "m"]


@checked
@representable
def fluctuations(
    population: Population, load: ArrayLike, f: Callable[[Array], Array], singularity: ArrayLike = jnp.inf
) -> Fluctuations:
    """Mean shift and variance of Σ_i f(λ_i) over the eigenvalues of S that are not 0.

    ∫f dF itself is `functional.expect(...) @ weights`. Only the bulk enters: a population that has spikes is
    given with all its eigenvalues as atoms (`population.from_covariance`).

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.
        f: function of complex eigenvalues, elementwise, real on the positive axis.
        singularity: a >= 0 for f analytic off (−∞, −a], 0 for √x and log x; infinite for an entire f.

    Raises:
        ValueError: if a load is not positive, a singularity negative, or f is singular at 0 where the law of
            S reaches 0 (n the rank of Σ).

    Source: Bai & Silverstein 2004.
    """
    load, reach = _arguments(population, load, singularity)

    def one(load: Array, reach: Array) -> Fluctuations:
        inner, outer = _contours(population, load, reach)
        return _fluctuations(population, load, inner, outer, f(inner.z), f(outer.z))

    return over_batch(one, _NODES**2, load, reach)


@checked
@representable
def covariance(
    population: Population,
    load: ArrayLike,
    f: Callable[[Array], Array],
    g: Callable[[Array], Array],
    singularity: ArrayLike = jnp.inf,
) -> Float[Array, "..."]:
    """Covariance of Σ_i f(λ_i) and Σ_i g(λ_i); arguments as in `fluctuations`, for both functions."""
    load, reach = _arguments(population, load, singularity)

    def one(load: Array, reach: Array) -> Array:
        inner, outer = _contours(population, load, reach)
        return _double(inner, outer, f(inner.z), g(outer.z))

    return over_batch(one, _NODES**2, load, reach)


def _arguments(population: Population, load: ArrayLike, singularity: ArrayLike) -> tuple[Array, Array]:
    if is_traced(singularity) or not np.all(np.isposinf(np.asarray(singularity))):
        reach = nonnegative("singularity", singularity)
    else:
        reach = jax.device_put(np.array(singularity, float))
    load, reach = broadcast(moderate(load), reach)
    if not is_traced((population, load, reach)):
        with jax.ensure_compile_time_eval():
            if np.any(np.asarray(_singular(population, load, reach))):
                raise ValueError("singularity must be positive where n is the rank of Σ, got 0")
    return load, reach


@jax.jit
def _singular(population: Population, load: Array, reach: Array) -> Array:
    return (jnp.abs(unseen(population, load)) < 1e-12) & (reach == 0)


@jax.jit
def _fluctuations(
    population: Population, load: Array, inner: Contour, outer: Contour, first: Array, second: Array
) -> Fluctuations:
    """Of the values of f along the two contours."""
    bend = _curvature(population, load, inner.ell) / (2.0 * ridge_slope(population, load, -inner.ell))
    shift = jnp.imag(jnp.sum(first * bend * inner.step)) / (2.0 * jnp.pi)
    return Fluctuations(shift, _double(inner, outer, first, second))


@jax.jit
def _double(inner: Contour, outer: Contour, f: Array, g: Array) -> Array:
    kernel = 1.0 / (inner.ell[:, None] - outer.ell) ** 2
    return -jnp.real((f * inner.step) @ kernel @ (g * outer.step)) / (2.0 * jnp.pi**2)


@jax.jit
def _contours(population: Population, load: Array, reach: Array) -> tuple[Contour, Contour]:
    """Two ellipses of w = log(z + a) around the bands, at a third and two thirds of the way to Im w = π."""
    fixed, ratio = jax.lax.stop_gradient((population, load))
    found = gaps.find(*gaps.ordered(fixed, ratio)[:2])
    low, high = (-ridge_map(fixed, ratio, -a) for a in (found.end[0], found.begin[-1]))
    reach = jax.lax.stop_gradient(jnp.where(jnp.isinf(reach), high, reach))
    left, right = jnp.log(jnp.maximum(low, 0.0) + reach), jnp.log(high + reach)
    middle, half = (left + right) / 2.0, (right - left) / 2.0
    widest = jnp.arcsinh(jnp.pi / half)
    angle = 2.0 * np.pi * (np.arange(_NODES) + 0.5) / _NODES

    def ellipse(part: float) -> Contour:
        turn = part * widest + 1j * angle
        w = middle + half * jnp.cosh(turn)
        z = jnp.exp(w) - reach
        ell = inverse(population, load, z)
        dz = jnp.exp(w) * half * jnp.sinh(turn) * (2j * np.pi / _NODES)
        return Contour(z, ell, dz / ridge_slope(population, load, -ell))

    return ellipse(1 / 3), ellipse(2 / 3)


def _curvature(population: Population, load: Array, ell: Array) -> Array:
    """ψ''(ℓ) = 2c∫t²/(ℓ−t)³ dH."""
    sigma: Any = population.eigenvalues
    return 2.0 / load * ((sigma**2 / (ell[:, None] - sigma) ** 3) @ population.weights)
