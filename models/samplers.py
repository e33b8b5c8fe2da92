"""Real samplers with the linear score: every reverse step multiplies an eigendirection by a number.

The score of data of covariance S under noise of variance s is −(S+s)^{-1} x. Discretised in time, a
deterministic sampler maps the seed z to g(S) z with g the product of its steps; a stochastic one maps seed
and noise to a sum of such terms. In the units of the data (x_t/√ᾱ_t, noise variance s_t = σ_t²) the steps are

    DDIM, Euler   σ → τ   (λ+στ)/(λ+σ²)              the same one: DDIM is Euler's step in σ
    Heun          σ → τ   1 + h/2 (k + k'(1+hk)),    k = σ/(λ+σ²), k' = τ/(λ+τ²), h = τ−σ
    DDPM          s → u   (λ+u)/(λ+s), then noise    so that steps telescope to λ/(λ+s_t), a denoiser
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from flax import struct
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import at_once, checked
from lingen.models import schedules
from lingen.models.filter_base import Filter

__all__ = ["DDIM", "DDPM", "NOISES", "Euler", "Heun", "Sampler", "ddim", "ddpm", "euler", "heun"]

NOISES = ("posterior", "beta")


@struct.dataclass
class Sampler(Filter):
    """A sampler of T reverse steps through noise levels σ_T > ... > σ_0."""

    negative = False

    @property
    def sigmas_in_data_units(self) -> Float[Array, "levels"]:
        """σ_0 < ... < σ_T, as noise on data of unit scale."""
        raise NotImplementedError

    @property
    def start(self) -> Float[Array, ""]:
        """Standard deviation of the first state, in the units of the data."""
        return self.sigmas_in_data_units[-1]

    def __call__(self, eigenvalues: Any) -> Array:
        """The gain of Euler's steps, which a sampler of other steps replaces."""
        return _product(_euler, self.start, self.sigmas_in_data_units, eigenvalues)

    @property
    def steps(self) -> int:
        """T."""
        return self.sigmas_in_data_units.size - 1

    @property
    def name(self) -> str:
        """The sampler's name with its number of steps."""
        return f"{type(self).__name__.lower()}(steps={self.steps})"

    @property
    def singularity(self) -> ArrayLike:
        """σ_1²: no step divides by λ + σ_0²."""
        return self.sigmas_in_data_units[1] ** 2

    def flow(self, eigenvalues: Any) -> Array:
        """The gain without step errors: the exact probability flow between the same noise levels."""
        sigmas = self.sigmas_in_data_units
        ratio = (eigenvalues + sigmas[0] ** 2) / (eigenvalues + sigmas[-1] ** 2)
        return self.start * jnp.sqrt(ratio)


@struct.dataclass
class _Exploding(Sampler):
    """A sampler of data with noise added to them, by the noise's standard deviations."""

    sigmas: Any

    @property
    def sigmas_in_data_units(self) -> Float[Array, "levels"]:
        return self.sigmas


@struct.dataclass
class _Preserving(Sampler):
    """A sampler of data shrunk as noise is added, so that unit variance stays."""

    betas: Any

    @property
    def sigmas_in_data_units(self) -> Float[Array, "levels"]:
        return jnp.sqrt(schedules.levels(self.betas))

    @property
    def start(self) -> Float[Array, ""]:
        """√(1+s_T): x_T = z has unit variance, not that of noise alone."""
        return jnp.sqrt(1.0 + schedules.levels(self.betas)[-1])


@struct.dataclass
class Euler(_Exploding):
    """Euler's steps on the probability flow dx/dσ = σ (S+σ²)^{-1} x, x_T = σ_T z."""


@struct.dataclass
class Heun(_Exploding):
    """Heun's steps on the same flow; Euler's where they end at σ = 0, as Karras et al. (2022) do."""

    @property
    def singularity(self) -> ArrayLike:
        """σ_0², or σ_1² where the last step is Euler's."""
        return jnp.where(self.sigmas[0] > 0, self.sigmas[0], self.sigmas[1]) ** 2

    def __call__(self, eigenvalues: Any) -> Array:  # noqa: D102
        return _product(_heun, self.start, self.sigmas, eigenvalues)


@struct.dataclass
class DDIM(_Preserving):
    """Deterministic DDIM (η = 0) on a variance-preserving schedule, x_T = z."""


@struct.dataclass
class DDPM(_Preserving):
    """Ancestral sampling: x_0 = g_T(S) z + Σ_t g_t(S) ε_t. Its gain is that of its law, √(Σ_t g_t²).

    Every g_t is a denoiser, √c_t λ/(λ+s_t) (see `channels`), so Σ_t g_t² has no zero in Re λ > −s_1 but at 0
    and its root is analytic there, which is what a contour needs (docs/derivations).

    Attributes:
        betas: β_1..β_T.
        noise: variance of the noise of step t >= 2, "posterior" (β̃_t) or "beta" (β_t); step 1 adds none.
    """

    noise: str = struct.field(pytree_node=False, default="posterior")

    @property
    def channels(self) -> tuple[Float[Array, "T"], Float[Array, "T"]]:
        """s and c of the T independent terms √c λ/(λ+s) ε: those of steps 2..T, and last that of the seed."""
        s = schedules.levels(self.betas)
        below, above = s[1:-1], s[2:]
        if self.noise == "posterior":
            added = (above - below) * below / above
        else:
            added = (above - below) * (1.0 + below) / (1.0 + above)
        return jnp.append(below, s[-1]), jnp.append(added, 1.0 + s[-1])

    def flow(self, eigenvalues: Any) -> Array:
        """The gain of the law of the exact reverse diffusion from the same first state."""
        last = schedules.levels(self.betas)[-1]
        kept = eigenvalues * (1.0 + 2.0 * last) + last**2  # λ + λ²(1−λ)/(λ+s_T)², over one denominator
        return jnp.sqrt(eigenvalues * kept) / (eigenvalues + last)

    def __call__(self, eigenvalues: Any) -> Array:  # noqa: D102
        value = jnp.asarray(eigenvalues) * 1.0

        def add(total: Array, channel: tuple[Array, Array]) -> tuple[Array, None]:
            return total + channel[1] / (value + channel[0]) ** 2, None

        return value * jnp.sqrt(jax.lax.scan(add, jnp.zeros_like(value), self.channels)[0])


@checked
@at_once
def euler(sigmas: ArrayLike) -> Euler:
    """Euler's sampler through noise levels 0 <= σ_0 < ... < σ_T, such as `schedules.karras(steps)`."""
    return Euler(schedules.check_sigmas(sigmas))


@checked
@at_once
def heun(sigmas: ArrayLike) -> Heun:
    """Heun's sampler through noise levels 0 <= σ_0 < ... < σ_T, such as `schedules.karras(steps)`."""
    return Heun(schedules.check_sigmas(sigmas))


@checked
@at_once
def ddim(betas: ArrayLike) -> DDIM:
    """DDIM with 0 < β_t < 1, shape (T,), such as `schedules.linear(steps)`."""
    return DDIM(schedules.check_betas(betas))


@checked
@at_once
def ddpm(betas: ArrayLike, noise: str = "posterior") -> DDPM:
    """DDPM with 0 < β_t < 1, shape (T,), and noise of variance β̃_t ("posterior") or β_t ("beta")."""
    if noise not in NOISES:
        raise ValueError(f"noise must be one of {', '.join(NOISES)}, got {noise!r}")
    return DDPM(schedules.check_betas(betas), noise)


def _euler(value: Array, sigma: Array, tau: Array) -> Array:
    return (value + sigma * tau) / (value + sigma**2)


def _heun(value: Array, sigma: Array, tau: Array) -> Array:
    slope, first = sigma / (value + sigma**2), _euler(value, sigma, tau)
    end = jnp.where(tau > 0, tau, 1.0)
    corrected = 1.0 + 0.5 * (tau - sigma) * (slope + end / (value + end**2) * first)
    return jnp.where(tau > 0, corrected, first)


def _product(
    step: Callable[[Array, Array, Array], Array],
    start: Array,
    sigmas: Float[Array, "levels"],
    eigenvalues: Any,
) -> Array:
    """start · Π_t step(λ; σ_t → σ_{t−1}), one factor at a time: λ may be a long contour."""
    value = jnp.asarray(eigenvalues) * 1.0

    def multiply(gain: Array, pair: tuple[Array, Array]) -> tuple[Array, None]:
        return gain * step(value, *pair), None

    pairs = (sigmas[1:], sigmas[:-1])
    return jax.lax.scan(multiply, start * jnp.ones_like(value), pairs, reverse=True)[0]
