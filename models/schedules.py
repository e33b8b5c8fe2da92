"""Noise schedules: how the noise of a diffusion model falls to zero, step by step.

Variance preserving: x_t = √ᾱ_t x + √(1−ᾱ_t) z with ᾱ_t = Π_{u<=t} (1−β_u), t = 1..T. Variance exploding:
x_t = x + σ_t z. With σ_t² = (1−ᾱ_t)/ᾱ_t the first is the second, scaled by √ᾱ_t.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import at_once, checked
from lingen.checks import finite, integer, is_traced, positive

__all__ = [
    "alpha_bars", "check_betas", "check_range", "check_sigmas", "cosine", "geometric", "karras", "levels",
    "linear",
]  # fmt: skip

LARGEST_BETA = 0.999
MOST_STEPS = 1_000_000
"""Steps of a schedule at most: beyond them arrays outgrow any use."""


@checked
@at_once
def linear(steps: int, beta_min: float = 0.1, beta_max: float = 20.0) -> Float[Array, "T"]:
    """β_t of the linear variance-preserving schedule, exact for any number of steps.

    ᾱ(u) = exp(−β_min u − (β_max−β_min) u²/2), u = t/T; 1000 steps are those of DDPM, 1e-4 to 0.02.

    Args:
        steps: T >= 1.
        beta_min: rate at u = 0.
        beta_max: rate at u = 1, above `beta_min`.

    Raises:
        ValueError: if a number is out of range.

    Source: Ho, Jain & Abbeel 2020; Song et al. 2021, eq. 32.
    """
    steps = integer("steps", steps, low=1, high=MOST_STEPS)
    low, high = float(positive("beta_min", beta_min)), float(positive("beta_max", beta_max))
    if high <= low:
        raise ValueError(f"beta_max must be above beta_min = {low:g}, got {high:g}")
    u = np.arange(steps + 1) / steps
    return jax.device_put(-np.expm1(-np.diff(low * u + 0.5 * (high - low) * u**2)))


@checked
@at_once
def cosine(steps: int, offset: float = 0.008) -> Float[Array, "T"]:
    """β_t of the cosine schedule, ᾱ(u) ∝ cos²((u+o)/(1+o) π/2), no β above 0.999.

    Source: Nichol & Dhariwal 2021, eq. 17.
    """
    steps = integer("steps", steps, low=1, high=MOST_STEPS)
    shift = float(positive("offset", offset))
    bars = np.cos((np.arange(steps + 1) / steps + shift) / (1.0 + shift) * np.pi / 2) ** 2
    return jax.device_put(np.minimum(1.0 - bars[1:] / bars[:-1], LARGEST_BETA))


@checked
@at_once
def karras(
    steps: int, sigma_min: float = 0.002, sigma_max: float = 80.0, rho: float = 7.0
) -> Float[Array, "levels"]:
    """σ_0 = sigma_min < ... < σ_T = sigma_max, evenly spaced in σ^{1/ρ}.

    Raises:
        ValueError: if a number is out of range.

    Source: Karras et al. 2022, eq. 5.
    """
    steps, low, high = check_range(steps, sigma_min, sigma_max)
    root = 1.0 / float(positive("rho", rho))
    return jax.device_put(np.linspace(low**root, high**root, steps + 1) ** (1.0 / root))


@checked
@at_once
def geometric(steps: int, sigma_min: float = 0.01, sigma_max: float = 100.0) -> Float[Array, "levels"]:
    """σ_0 = sigma_min < ... < σ_T = sigma_max, evenly spaced in log σ.

    Raises:
        ValueError: if a number is out of range.

    Source: Song et al. 2021 (variance exploding).
    """
    steps, low, high = check_range(steps, sigma_min, sigma_max)
    return jax.device_put(np.geomspace(low, high, steps + 1))


@checked
@at_once
def alpha_bars(betas: Float[Array, "T"]) -> Float[Array, "T+1"]:
    """ᾱ_0 = 1, ᾱ_1, ..., ᾱ_T."""
    return jnp.exp(_log_alpha_bars(betas))


@checked
@at_once
def levels(betas: Float[Array, "T"]) -> Float[Array, "T+1"]:
    """s_t = (1−ᾱ_t)/ᾱ_t, t = 0..T: the noise variances relative to data of unit scale; s_0 = 0."""
    return jnp.expm1(-_log_alpha_bars(betas))


@checked
def check_range(steps: int, sigma_min: float, sigma_max: float) -> tuple[int, float, float]:
    """Return all three; `ValueError` unless `steps` >= 1 and 0 < sigma_min < sigma_max."""
    steps = integer("steps", steps, low=1, high=MOST_STEPS)
    low, high = float(positive("sigma_min", sigma_min)), float(positive("sigma_max", sigma_max))
    if low >= high:
        raise ValueError(f"sigma_min must be below sigma_max = {high:g}, got {low:g}")
    return steps, low, high


@checked
def check_betas(betas: ArrayLike) -> Float[Array, "T"]:
    """Return `betas` as an array; `ValueError` unless it has one axis of numbers strictly between 0 and 1."""
    array = finite("betas", betas)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"betas must have one axis of at least one step, got shape {array.shape}")
    if not is_traced(array):
        wrong = np.asarray(array)[~((np.asarray(array) > 0) & (np.asarray(array) < 1))]
        if wrong.size:
            raise ValueError(f"betas must lie strictly between 0 and 1, got {wrong[0]:g}")
    return array


@checked
def check_sigmas(sigmas: ArrayLike) -> Float[Array, "levels"]:
    """Return `sigmas` as an array; `ValueError` unless 0 <= σ_0 < σ_1 < ... on one axis."""
    array = finite("sigmas", sigmas)
    if array.ndim != 1 or array.size < 2:
        raise ValueError(f"sigmas must have one axis of at least two noise levels, got shape {array.shape}")
    if not is_traced(array):
        values = np.asarray(array)
        if values[0] < 0:
            raise ValueError(f"sigmas must be at least 0, got {values[0]:g}")
        if np.any(np.diff(values) <= 0):
            place = int(np.argmax(np.diff(values) <= 0))
            shown = f"{values[place]:g} before {values[place + 1]:g}"
            raise ValueError(f"sigmas must increase, got {shown}")
    return array


def _log_alpha_bars(betas: Float[Array, "T"]) -> Float[Array, "T+1"]:
    return jnp.concatenate([jnp.zeros(1), jnp.cumsum(jnp.log1p(-betas))])
