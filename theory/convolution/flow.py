"""The probability flow whose denoisers are convolutions of r taps, refitted at every noise level (V8).

dx/ds = (1−A_s)x/2s from s₁ to s₀, A_s the transfer function of the kernel (C_W+s)⁻¹c_W. As the kernel is the
central row of C_W(C_W+s)⁻¹, the integral over s is a logarithm: g(ω)² is the exponential of the transfer
function of the central row of log((C_W+s₀) s₁/(C_W+s₁)), and with s₀ → 0 and s₁ → ∞ of log C_W.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked
from lingen.models.images.stationary import Window

__all__ = ["disagreement"]


@checked
def disagreement(power: Float[Array, "..."], window: Window, noises: Float[Array, "2"]) -> Float[Array, ""]:
    """nd(1−q) to first order in r/nd: Σ_ω g² JᵀKJ / Σ_ω g², J = ∂log g/∂c, K_kl = f₂(k−l)+f₂(k+l).

    Args:
        power: p_k on the ring or torus.
        window: the r taps.
        noises: s₀ >= 0 and 1/s₁ < 1/s₀: 0 and 0 for the whole flow.
    """
    lags, place = np.unique(window.differences, return_inverse=True)
    centre = int(np.flatnonzero(window.reach == 0)[0])
    place = place.reshape(window.differences.shape)
    tables = (jnp.asarray(window.offsets), jnp.asarray(window.differences), jnp.asarray(window.sums))
    both = tuple(jnp.asarray(_combined(lags, sign, power.shape)) for sign in (-1, 1))
    return _disagreement(power, noises, tables, jnp.asarray(place), both, centre)


def _combined(lags: np.ndarray, sign: int, shape: tuple[int, ...]) -> np.ndarray:
    """Flat indices of lag k plus or minus lag l."""
    one = np.stack(np.unravel_index(lags, shape), axis=-1)
    both = (one[:, None] + sign * one) % np.asarray(shape)
    return np.ravel_multi_index(tuple(np.moveaxis(both, -1, 0)), shape)


@jax.jit(static_argnums=5)
def _disagreement(
    power: Array, noises: Array, tables: tuple, place: Array, both: tuple[Array, Array], centre: int
) -> Array:
    offsets, differences, sums = tables
    unit = jnp.mean(power)
    power, low, inverse = power / unit, noises[0] / unit, noises[1] * unit
    covariance = jnp.fft.ifftn(power).real.reshape(-1)
    values, vectors = jnp.linalg.eigh(covariance[differences])
    values = jnp.maximum(values, 0.0)
    logs, slopes = _divided(values, low, inverse)
    start = vectors[centre]
    placed = jnp.zeros(power.size).at[offsets].add(vectors @ (logs * start)).reshape(power.shape)
    exponent = jnp.fft.fftn(placed).real
    gains = jnp.fft.ifftn(jnp.exp(exponent - jnp.max(exponent))).real.reshape(-1)  # of g², up to a factor
    moved = _moved(vectors, (vectors * start) @ slopes, place, both[0].shape[0])
    joint = (gains[differences] + gains[sums]) / 2.0
    spectral = jnp.fft.ifftn(power**2).real.reshape(-1)
    covariances = spectral[both[0]] + spectral[both[1]]
    return jnp.sum(covariances * (moved @ joint @ moved.T)) / gains[0]


def _moved(vectors: Array, weighted: Array, place: Array, lags: int) -> Array:
    """How log g moves with the autocovariance: its central row at each tap (columns) for each lag (rows)."""

    def add(total: Array, row: tuple[Array, Array]) -> tuple[Array, None]:
        where, factors = row
        return total.at[where].add(vectors * factors), None

    total = jax.lax.scan(add, jnp.zeros((lags, vectors.shape[1])), (place, weighted))[0]
    return 0.5 * total @ vectors.T


def _divided(values: Array, low: Array, inverse: Array) -> tuple[Array, Array]:
    """φ = log((λ+s₀)/(1+λ/s₁)) and its divided differences, its derivative where two values are near."""

    def divided(numbers: Array) -> Array:
        mean = (numbers[:, None] + numbers) / 2.0
        part = (numbers[:, None] - numbers) / (2.0 * mean)
        small = jnp.abs(part) < 1e-3
        safe = jnp.where(small, 0.5, part)
        return jnp.where(small, 1.0 + part**2 / 3.0 + part**4 / 5.0, jnp.arctanh(safe) / safe) / mean

    logs = jnp.log(values + low) - jnp.log1p(values * inverse)
    return logs, divided(values + low) - inverse * divided(1.0 + values * inverse)
