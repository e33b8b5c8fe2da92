"""The least-squares convolution of r taps, and how far it varies with the images that it is fitted to (V3).

B = C_W + s (Toeplitz), kernel a = B⁻¹c_W, x − a∗x of transfer function 1 − A_k. The error of a fitted
kernel is δ = B⁻¹η, η_j the empirical less the true correlation of the residual with x_{·+j}, of covariance
(1/nd)[f(i−j)+f(i+j)] on a ring (Bartlett), f the inverse transform of p²(1−A)².
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.linalg import cho_factor, cho_solve
from jaxtyping import Bool, Float

from lingen.boundary import checked
from lingen.models.images.stationary import Window

__all__ = ["Regression", "regression"]

_FLOOR = 1e-15
"""Noise in the matrix at the least, over its variance and its rows: without any it may be singular."""


class Regression(NamedTuple):
    """What a convolution of r taps does."""

    energy: Float[Array, "..."]
    """aᵀBa = E‖a∗y‖²/d for noisy inputs y."""
    risk: Float[Array, "..."]
    """E‖x − a∗y‖²/d = s a₀ of the best kernel: what no number of images improves."""
    variance: Float[Array, "..."]
    """V = tr(B⁻¹M): nd times what the fitted kernels spread about it, E δᵀBδ."""


@checked
def regression(
    power: Float[Array, "..."], noise: Float[Array, ""], window: Window, kept: Bool[np.ndarray, "m r"]
) -> Regression:
    """Of m windows within one, each the taps `kept` of it.

    Args:
        power: p_k on the ring or torus.
        noise: s > 0, variance.
        window: the widest window.
        kept: which taps each has, the central one always.
    """
    centre = int(np.flatnonzero(window.reach == 0)[0])
    tables = tuple(jnp.asarray(table) for table in window[:3])
    return _regressions(power, noise, tables, jnp.asarray(kept), centre)


@jax.jit(static_argnums=4)
def _regressions(power: Array, noise: Array, tables: tuple, kept: Array, centre: int) -> Regression:
    unit = jnp.mean(power)
    scaled, level = power / unit, noise / unit
    found = jax.lax.map(lambda mask: _regression(scaled, level, tables, mask, centre), kept)
    return Regression(unit * found.energy, unit * found.risk, unit * found.variance)


def _regression(power: Array, noise: Array, tables: tuple, mask: Array, centre: int) -> Regression:
    offsets, differences, sums = tables
    covariance = jnp.fft.ifftn(power).real.reshape(-1)
    both = mask[:, None] & mask
    identity = jnp.eye(mask.size)
    floor = jnp.maximum(noise, _FLOOR * mask.size)
    matrix = jnp.where(both, covariance[differences] + floor * identity, identity)
    factor = cho_factor(matrix)
    missing = noise * cho_solve(factor, identity[centre])  # e₀ − a, without cancellation at small noise
    kernel = cho_solve(factor, jnp.where(mask, covariance[offsets], 0.0))
    placed = jnp.zeros(power.size).at[offsets].add(missing).reshape(power.shape)
    spread = jnp.fft.ifftn((power * jnp.fft.fftn(placed).real) ** 2).real.reshape(-1)
    error = jnp.where(both, spread[differences] + spread[sums], 0.0)
    return Regression(
        energy=kernel @ jnp.where(mask, covariance[offsets], 0.0),
        risk=noise * kernel[centre],
        variance=jnp.trace(cho_solve(factor, error)),
    )
