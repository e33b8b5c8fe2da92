"""Kinetic optimal probability paths X_t = a_t x₁ + m_t x₀, x₀ ~ N(0, I), a from 0 to 1 and m from 1 to 0.

The data are scaled to E‖x₁‖² = d. Their law enters the energy ∫_0^1 (1/d) E‖E[ȧ x₁ + ṁ x₀ | X_t]‖² dt through
the separation λ(s) = (1/d) E‖E[x₁ | s x₁ + x₀]‖², s = a/m, alone: with M² = a² + m², tan φ = s and

    K(φ) = λ(1+s²) − s²,    0 <= K <= 1,

it is ∫ Ṁ² + M² K φ̇² dt. K of any law at `angles()` gives its `energies` and the best `schedule`.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import xlogy
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import bounded, integer, is_traced, nonnegative, positive, vector
from lingen.models.filters import Filter
from lingen.models.population import Population
from lingen.models.systems import PathEnergies
from lingen.theory.paths.plane import angles, energies, metric, schedule
from lingen.theory.paths.random_codes import random_metric, random_points
from lingen.theory.spectrum.equivalents import kappa

__all__ = [
    "angles", "energies", "gaussian", "gaussian_metric", "metric", "predict", "random_metric",
    "random_points", "schedule", "separation", "sum_rule", "two_points",
]  # fmt: skip

_QUARTER = np.pi / 2.0
_TWO_POINTS = np.linspace(-12.0, 12.0, 1201)
_SATURATED = 12.0  # from this s on two points are apart to e^−72


@checked
def sum_rule(weights: Float[ArrayLike, "n"], dim: int) -> Float[Array, ""]:
    """∫_0^∞ s (1−λ(s)) ds = H/d for data on n distinct points, H = −Σ w log w: log n / d for equal weights.

    Args:
        weights: of the points, shape (n,), at least 0 and not all 0; they are normalised to one.
        dim: d >= 1.

    Raises:
        ValueError: for an argument out of range.

    Source: the I-MMSE relation, Guo, Shamai & Verdú 2005; derived in docs/derivations (statement P1).
    """
    given = vector("weights", nonnegative("weights", weights))
    if given.size == 0 or (not is_traced(given) and not np.any(np.asarray(given) >= np.finfo(float).tiny)):
        raise ValueError(f"weights must hold at least one positive number, got {np.asarray(given)}")
    return _entropy(given) / integer("dim", dim, low=1)


@jax.jit
def _entropy(given: Array) -> Array:
    shares = given / jnp.max(given)
    shares = shares / jnp.sum(shares)
    return 0.0 - jnp.sum(xlogy(shares, shares))


@checked
def separation(population: Population, s: ArrayLike) -> Float[Array, "..."]:
    """λ(s) = τ(s²Σ²/(1+s²Σ)) of data N(0, Σ), scaled to τ(Σ) = 1.

    Args:
        population: bulk law of Σ.
        s: a/m >= 0, any shape.

    Raises:
        ValueError: if an s is negative.

    Source: classical (Gaussian channel; statement P3).
    """
    return _separation(population, nonnegative("s", s))


@jax.jit
def _separation(population: Population, s: Array) -> Array:
    squared = jnp.minimum(s, 1e150)[..., None] ** 2
    sigma, weight = _unit(population)
    return (squared * sigma / (1.0 + squared * sigma)) @ (weight * sigma)


@checked
def gaussian_metric(
    population: Population, angle: ArrayLike, load: ArrayLike | None = None
) -> Float[Array, "..."]:
    """K(φ) of data N(0, Σ), or N(0, S) of the covariance S learnt at a load, scaled to τ(Σ) = 1.

    The truth: sin²φ cos²φ τ((1−Σ)²/(cos²φ+Σ sin²φ)). The learnt law as d → ∞: 1 − (1+t) τ(Σ(Σ+κ(t))⁻¹),
    t = cot²φ.

    Args:
        population: bulk law of Σ.
        angle: φ in [0, π/2], any shape.
        load: γ = n/d > 0, broadcasts with `angle`; the truth itself if absent.

    Raises:
        ValueError: for an angle or a load out of range.

    Source: derived in docs/derivations (statements P3, P4).
    """
    phi = bounded("angle", angle, 0.0, _QUARTER)
    return _metric(population, phi, None if load is None else positive("load", load))


@jax.jit
def _metric(population: Population, phi: Array, load: Array | None) -> Array:
    sigma, weight = _unit(population)
    cos2, sin2 = jnp.cos(phi) ** 2, jnp.sin(phi) ** 2
    if load is None:
        inside = cos2[..., None] + sigma * sin2[..., None]
        return cos2 * sin2 * (((1.0 - sigma) ** 2 / inside) @ weight)
    t = cos2 / jnp.maximum(sin2, 1e-30)
    found = kappa(population.replace(eigenvalues=sigma), load, t)[..., None]
    total = sigma + found
    seen = jnp.where(total > 0, sigma / jnp.where(total > 0, total, 1.0), 1.0) @ weight
    return jnp.clip(1.0 - (1.0 + t) * seen, 0.0, 1.0)


@checked
def gaussian(population: Population, load: ArrayLike | None = None) -> PathEnergies:
    """The energies for data N(0, Σ), or N(0, S) learnt at a load, scaled to τ(Σ) = 1.

    For the truth the conditional one is 2 − (π/2)τ(√Σ), and the optimal one equals W2²/d = 2(1−τ(√Σ)) if and
    only if Σ has at most two distinct eigenvalues.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.

    Raises:
        ValueError: if a load is not positive.

    Source: derived in docs/derivations (statements P3, P4).
    """
    if load is None:
        return energies(gaussian_metric(population, angles()))
    return energies(gaussian_metric(population, angles(), positive("load", load)[..., None]))


@checked
def two_points(angle: ArrayLike) -> Float[Array, "..."]:
    """K(φ) of two points ±1 in one dimension, λ = E tanh²(s²+sg), g ~ N(0, 1), and of the cube {−1, 1}^d.

    Args:
        angle: φ in [0, π/2], any shape.

    Raises:
        ValueError: for an angle out of range.

    Source: classical (binary input of a Gaussian channel; statement P2).
    """
    return _of_two_points(bounded("angle", angle, 0.0, _QUARTER))


@jax.jit
def _of_two_points(phi: Array) -> Array:
    apart = jnp.cos(phi) * _SATURATED < jnp.sin(phi)
    s = jnp.tan(jnp.where(apart, 0.0, phi))
    weight = np.exp(-(_TWO_POINTS**2) / 2.0)
    missing = (1.0 / jnp.cosh(s[..., None] * (s[..., None] + _TWO_POINTS)) ** 2) @ (weight / weight.sum())
    return jnp.where(apart, 1.0, jnp.clip(1.0 - (1.0 + s**2) * missing, 0.0, 1.0))


@checked
def predict(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> PathEnergies:
    """The observables of `lingen.sims.kinetic.draw` as d → ∞: `gaussian` of the law learnt at a load.

    Raises:
        NotImplementedError: for a filter: the law is N(0, S) itself.
    """
    if filter is not None:
        raise NotImplementedError(f"no kinetic energy of {filter.name}: only of the learnt covariance")
    return gaussian(population, load)


def _unit(population: Population) -> tuple[Array, Array]:
    """The eigenvalues scaled to τ(Σ) = 1, and their weights."""
    largest = jnp.max(population.eigenvalues)
    sigma = population.eigenvalues / largest
    return sigma / jnp.sum(population.weights * sigma), population.weights
