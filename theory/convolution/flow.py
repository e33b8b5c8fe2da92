"""The probability flow whose denoisers are convolutions of r taps, refitted at every noise level (V8).

dx/ds = (1−A_s)x/2s from s₁ to s₀, A_s the transfer function of the kernel (C_W+s)⁻¹c_W. As the kernel is the
central row of C_W(C_W+s)⁻¹, the integral over s is a logarithm: g(ω)² is the exponential of the transfer
function of the central row of log((C_W+s₀) s₁/(C_W+s₁)), and with s₀ → 0 and s₁ → ∞ of log C_W.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked
from lingen.models.images.stationary import Window

__all__ = ["Flow", "disagreement", "flow"]


class Flow(NamedTuple):
    """The flow of r taps fitted to n images, to first order in r/nd."""

    disagreement: Float[Array, ""]
    """nd(1−q)."""
    memorisation: Float[Array, ""]
    """n times the excess over 1 of E⟨x̂,x_a⟩² of a training over a fresh image."""
    squares: Float[Array, "..."]
    """g(ω)² of infinitely many images, at all frequencies; up to a factor without noise."""


@checked
def disagreement(power: Float[Array, "..."], window: Window, noises: Float[Array, "2"]) -> Float[Array, ""]:
    """nd(1−q) to first order in r/nd: Σ_ω g² JᵀKJ / Σ_ω g², J = ∂log g/∂c, K_kl = f₂(k−l)+f₂(k+l).

    Args:
        power: p_k on the ring or torus.
        window: the r taps.
        noises: s₀ >= 0 and 1/s₁ < 1/s₀: 0 and 0 for the whole flow.
    """
    return flow(power, window, noises).disagreement


@checked
def flow(power: Float[Array, "..."], window: Window, noises: Float[Array, "2"]) -> Flow:
    """All of it; arguments as in `disagreement`.

    The excess of memorisation is (4/d) Σ_ω g²p² Σ_k J_k(ω) cos(ωk) / Σ_ω g²p, the sum over lags k of the
    window: δ log g = Σ_k J_k δc(k), and ĉ(k) varies with |x̃_a|² by (2/nd) p² cos(ωk). With all pixels as
    taps it is V5's.

    Source: derived (docs/derivations, statements V5 and V8).
    """
    lags, place = np.unique(window.differences, return_inverse=True)
    centre = int(np.flatnonzero(window.reach == 0)[0])
    place = place.reshape(window.differences.shape)
    tables = (jnp.asarray(window.offsets), jnp.asarray(window.differences), jnp.asarray(window.sums))
    both, across = (
        tuple(jnp.asarray(_combined(lags, others, sign, power.shape)) for sign in (-1, 1))
        for others in (lags, window.offsets)
    )
    return _flow(power, noises, tables, jnp.asarray(place), both, across, centre)


def _combined(lags: np.ndarray, others: np.ndarray, sign: int, shape: tuple[int, ...]) -> np.ndarray:
    """Flat indices of each lag plus or minus each of the others."""
    one, other = (np.stack(np.unravel_index(x, shape), axis=-1) for x in (lags, others))
    both = (one[:, None] + sign * other) % np.asarray(shape)
    return np.ravel_multi_index(tuple(np.moveaxis(both, -1, 0)), shape)


@jax.jit(static_argnums=6)
def _flow(
    power: Array,
    noises: Array,
    tables: tuple,
    place: Array,
    both: tuple[Array, Array],
    across: tuple[Array, Array],
    centre: int,
) -> Flow:
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
    squares = jnp.exp(exponent - jnp.max(exponent))  # g², up to a factor
    gains = jnp.fft.ifftn(squares).real.reshape(-1)
    moved = _moved(vectors, (vectors * start) @ slopes, place, both[0].shape[0])
    joint = (gains[differences] + gains[sums]) / 2.0
    spectral = jnp.fft.ifftn(power**2).real.reshape(-1)
    covariances = spectral[both[0]] + spectral[both[1]]
    weights = jnp.fft.ifftn(squares * power**2).real.reshape(-1)
    along = jnp.sum(moved * (weights[across[0]] + weights[across[1]])) / power.size
    return Flow(
        jnp.sum(covariances * (moved @ joint @ moved.T)) / gains[0],
        2.0 * along / jnp.mean(squares * power),
        squares,
    )


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
