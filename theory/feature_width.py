"""Random-features denoisers r(y) = A φ(Fy)/√p of any width p >= d, along training: Σ = σ1 (G3).

The p rows of F have unit length, and w = p/d and γ = n/d stay fixed as d → ∞. The features of x ~ N(0, σ),
averaged over the noise, are g = μ₁Fx + vξ; A follows the gradient flow with

    Û = (1/n) Σ_i g_i g_iᵀ + D,    D = sμ₁²FFᵀ + c,    V̂ = (1/n) Σ_i x_i g_iᵀ,    A ∝ V̂ h(Û),

h(ζ) = (1 − e^{−2ζθ/w})/ζ at time θ = t/d, and μ₁, v², c of `lingen.theory.random_features`. Given F, Û is a
sample covariance plus D, and D commutes with K = E ggᵀ = μ₁²σFFᵀ + v²: with R = (ρK + D − ζ)⁻¹ and
ρ(ζ) = 1/(1 + tr(K R)/n),

    E V̂(Û−ζ)⁻¹ ≍ ρ μ₁σ FᵀR,    tr V̂(Û−ζ)⁻¹V̂ᵀ/σd ≍ ρ tr(K R)/n + ρ² (μ₁²σ/d) tr(FᵀRF),

and FᵀF has the eigenvalues w times the law of Marchenko and Pastur with ratio 1/w. As h is entire, a sum over
the spectrum of Û is an integral along an ellipse around it (docs/derivations, statement G3).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Complex, Float

from lingen.boundary import checked
from lingen.checks import bounded, positive, representable
from lingen.models.learning import Features
from lingen.theory.moments.activation import Constants, constants
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.shapes import broadcast

__all__ = ["predict"]

_ALONG, _LAW = 128, 64  # nodes on half of the ellipse, and of the law of FᵀF
_DAMPED, _NEWTON = 200, 8
_WIDEST = 1e6


class _Law(NamedTuple):
    """Given F: the eigenvalues e of FFᵀ with weights per dimension, and those of K and D."""

    square: Float[Array, "k"]
    weight: Float[Array, "k"]
    signal: Float[Array, "k"]
    noise: Float[Array, "k"]


@checked
@representable
def predict(
    load: ArrayLike,
    time: ArrayLike,
    noise: ArrayLike,
    activation: Callable[[Array], Array],
    width: ArrayLike,
    variance: ArrayLike = 1.0,
) -> Features:
    """The observables of `lingen.sims.random_features.sampler` and `sine_sampler` for Σ = σ1.

    Args:
        load: γ = n/d > 0, any shape.
        time: θ = t/d > 0; broadcasts.
        noise: s > 0.
        activation: φ, odd and smooth.
        width: w = p/d from 1 to 10⁶; broadcasts.
        variance: σ > 0.

    Raises:
        ValueError: if an argument is out of range.

    Source: derived (docs/derivations, statement G3), in the setting of Bonnaire et al. 2025.
    """
    load, time = positive("load", load), positive("time", time)
    width = bounded("width", positive("width", width), 1.0, _WIDEST)
    level, variance = positive("noise", noise), positive("variance", variance)
    numbers = constants(activation, variance, level)
    load, time, width = broadcast(load, time, width)
    return _predict(numbers, level, variance, load, time, width)


@jax.jit
def _predict(
    numbers: Constants, noise: Array, variance: Array, load: Array, time: Array, width: Array
) -> Features:
    return over_batch(partial(_one, numbers, noise, variance), _ALONG * _LAW, load, time, width)


def _one(
    numbers: Constants, noise: Array, variance: Array, load: Array, time: Array, width: Array
) -> Features:
    law = _law(numbers, noise, variance, width)
    largest = jnp.max(law.signal)
    reach = (jnp.sqrt(largest) + jnp.sqrt(law.weight @ law.signal / load)) ** 2 + jnp.max(law.noise)
    point, step = _ellipse(numbers.rest, reach)
    rho = _dressing(law, load, point)
    resolvent = 1.0 / (rho[:, None] * law.signal + law.noise - point[:, None])
    fresh = rho * (resolvent @ (law.weight * law.square)) * numbers.slope**2 * variance
    own = rho * (resolvent @ (law.weight * law.signal)) / load
    gain = -jnp.expm1(-2.0 * point * time / width) / point * step
    linear = jnp.sum(jnp.imag(gain * fresh))
    return Features(linear, jnp.sum(jnp.imag(gain * (own + rho * fresh))) - linear)


def _law(numbers: Constants, noise: Array, variance: Array, width: Array) -> _Law:
    """Gauss–Chebyshev nodes of the Marchenko–Pastur law; an atom for what they leave of the p directions."""
    angle = np.pi * np.arange(1, _LAW + 1) / (_LAW + 1)
    ratio = 1.0 / width
    place = 1.0 + ratio + 2.0 * jnp.sqrt(ratio) * np.cos(angle)
    mass = 2.0 / (_LAW + 1) * np.sin(angle) ** 2 / place
    square = jnp.append(width * place, 0.0)
    weight = jnp.append(mass, width - jnp.sum(mass))
    linear = numbers.slope**2 * square
    return _Law(square, weight, variance * linear + numbers.memory, noise * linear + numbers.rest)


def _ellipse(low: Array, high: Array) -> tuple[Complex[Array, "m"], Complex[Array, "m"]]:
    """Upper half, from right to left, of the ellipse with foci `low` and `high` through 0; dζ/π a node."""
    angle = (jnp.arange(_ALONG) + 0.5) * (jnp.pi / _ALONG)
    middle, height = (low + high) / 2.0, jnp.sqrt(low * high)
    point = middle * (1.0 + jnp.cos(angle)) + 1j * height * jnp.sin(angle)
    return point, (middle * jnp.sin(angle) - 1j * height * jnp.cos(angle)) / _ALONG


def _dressing(law: _Law, load: Array, point: Complex[Array, "m"]) -> Complex[Array, "m"]:
    """ρ at each point: damped iteration, which stays in its half plane, then Newton."""

    def traces(rho: Array) -> tuple[Array, Array]:
        part = law.signal / (rho[:, None] * law.signal + law.noise - point[:, None])
        return part @ law.weight / load, -(part**2) @ law.weight / load

    def damped(_: int, rho: Array) -> Array:
        return 0.5 * (rho + 1.0 / (1.0 + traces(rho)[0]))

    def newton(_: int, rho: Array) -> Array:
        value, slope = traces(rho)
        return rho - (rho * (1.0 + value) - 1.0) / (1.0 + value + rho * slope)

    rho = jax.lax.fori_loop(0, _DAMPED, damped, jnp.ones_like(point))
    return jax.lax.fori_loop(0, _NEWTON, newton, rho)
