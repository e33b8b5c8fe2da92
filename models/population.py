"""Populations by name: isotropic, spiked, a power law, atoms; those of data: `lingen.models.empirical`."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import ArrayLike

from lingen.boundary import at_once, checked
from lingen.checks import at_hand, is_traced, length, nonnegative, positive, vector
from lingen.models.covariance import Population, decreasing
from lingen.models.empirical import from_covariance, from_samples, in_range, varying
from lingen.models.images.stationary import check_power

__all__ = [
    "Population",
    "atoms",
    "from_covariance",
    "from_samples",
    "in_range",
    "isotropic",
    "power_law",
    "spiked",
    "stationary",
    "varying",
]


@checked
@at_once
def isotropic(variance: ArrayLike = 1.0) -> Population:
    """Σ = variance · I."""
    value = _number("variance", variance)
    return _law(at_hand(value).reshape(1), np.ones(1))


@checked
@at_once
def spiked(strengths: ArrayLike) -> Population:
    """Σ = I + Σ_i θ_i v_i v_iᵀ: spiked eigenvalues ℓ_i = 1 + θ_i.

    Args:
        strengths: θ_i > −1 and not 0, shape (r,); negative ones are spikes below the bulk.
    """
    values = vector("strengths", strengths)
    wrong = np.zeros(0) if is_traced(values) else np.asarray(values)
    wrong = wrong[(wrong <= -1.0) | (wrong == 0.0)]
    if wrong.size:
        raise ValueError(f"strengths must be above -1 and not 0, got {wrong[0]:g}")
    return isotropic().with_spikes(1.0 + at_hand(values))


@checked
@at_once
def power_law(exponent: ArrayLike, dim: int) -> Population:
    """σ_k = k^{−a}, k = 1..dim, every eigenvalue once (the bulk; no spikes).

    Args:
        exponent: a > 0.
        dim: number of eigenvalues.
    """
    exponent = _number("exponent", exponent)
    dim = length("dim", dim, low=1, each=4.0)
    values = np.arange(1, dim + 1, dtype=float) ** (-at_hand(exponent))
    return _law(values, np.full(dim, 1.0 / dim), dim)


@checked
@at_once
def atoms(values: ArrayLike, weights: ArrayLike | None = None) -> Population:
    """Bulk law Σ_k w_k δ(σ_k); weights are normalised to one, and equal when absent.

    Args:
        values: eigenvalues σ_k >= 0, not all zero, shape (k,).
        weights: w_k > 0, shape (k,).
    """
    values = vector("values", nonnegative("values", values))
    if values.size == 0 or (not is_traced(values) and not np.any(np.asarray(values) > 0)):
        raise ValueError(f"values must hold at least one positive eigenvalue, got {np.asarray(values)}")
    given = np.ones(values.shape) if weights is None else weights
    weights = vector("weights", positive("weights", given))
    if weights.shape != values.shape:
        raise ValueError(f"weights must have the shape of values {values.shape}, got {weights.shape}")
    if is_traced((values, weights)):
        order = jnp.argsort(-values)
        return Population(values[order], (weights / weights.sum())[order], jnp.zeros(0))
    known, shares = np.asarray(values), np.asarray(weights)
    places = np.argsort(-known, stable=True)
    return _law(known[places], (shares / shares.sum())[places])


@checked
@at_once
def stationary(power: ArrayLike) -> Population:
    """Stationary images on a ring or torus: the eigenvalues of C are the power p_k, every frequency once.

    Args:
        power: p_k >= 0, even (p_k = p_−k), not all zero, shape (d,) or (d₁, d₂); frequencies as the FFT
            orders them.

    Raises:
        ValueError: for a power that no real stationary image has.
    """
    values = check_power("power", nonnegative("power", power)).reshape(-1)
    return _law(decreasing(values), np.full(values.size, 1.0 / values.size), values.size)


def _law(values: Any, weights: Any, dim: int | None = None) -> Population:
    """A bulk without spikes, of arrays of NumPy or of JAX."""
    return Population(values, weights, jax.device_put(np.zeros(0)), dim)


def _number(name: str, value: ArrayLike) -> Array:
    number = positive(name, value)
    if number.size != 1:
        raise ValueError(f"{name} must be one number, got shape {number.shape}")
    return number
