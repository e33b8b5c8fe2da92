"""Filters: linear generative models x̂ = g(S) z, with g a function of the sample covariance S.

A filter is a pytree of its numbers. Called on eigenvalues λ (real, or complex for contour integrals) it
gives g(λ). `singularity` is the a >= 0 of the singularity −a of g nearest to zero on the negative axis
(infinite for an entire function): how close a contour may come. `on_spectrum` acts on all eigenvalues of
one matrix, which is what a filter of ranks, such as PCA, needs.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import numpy as np
from flax import struct
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import at_once, checked
from lingen.checks import bounded, integer, is_traced, nonnegative, positive
from lingen.models import schedules
from lingen.models.descent import Balanced, balanced
from lingen.models.filter_base import Filter
from lingen.models.samplers import DDIM, DDPM, Euler, Heun, Sampler, ddim, ddpm, euler, heun

__all__ = [
    "DDIM", "DDPM", "PCA", "Balanced", "Denoiser", "EarlyStopped", "Euler", "Filter", "Gaussian", "Heun",
    "ODESampler", "Ridge", "Sampler", "balanced", "ddim", "ddpm", "denoiser", "early_stopped", "euler",
    "gaussian", "heun", "noise_of", "ode_sampler", "parse", "pca", "ridge",
]  # fmt: skip


@struct.dataclass
class Gaussian(Filter):
    """g = √λ: the maximum-likelihood Gaussian, the end point of an exact linear diffusion model."""

    negative = False

    @property
    def singularity(self) -> ArrayLike:  # noqa: D102
        return 0.0

    def __call__(self, eigenvalues: Any) -> Array:  # noqa: D102
        return jnp.sqrt(eigenvalues)


@struct.dataclass
class Ridge(Filter):
    """g = √(λ+ρ): the ridge-regularised covariance."""

    negative = False

    rho: Any

    @property
    def singularity(self) -> ArrayLike:  # noqa: D102
        return self.rho

    def __call__(self, eigenvalues: Any) -> Array:  # noqa: D102
        return jnp.sqrt(eigenvalues + self.rho)


@struct.dataclass
class ODESampler(Filter):
    """g = σ₁ √((λ+σ₀²)/(λ+σ₁²)): the exact probability-flow ODE of the linear diffusion model.

    Variance-exploding, from noise standard deviation σ₁ = sigma_max down to σ₀ = sigma_min.
    """

    negative = False

    sigma_min: Any
    sigma_max: Any

    @property
    def singularity(self) -> ArrayLike:  # noqa: D102
        return self.sigma_min**2

    def __call__(self, eigenvalues: Any) -> Array:  # noqa: D102
        ratio = (eigenvalues + self.sigma_min**2) / (eigenvalues + self.sigma_max**2)
        return self.sigma_max * jnp.sqrt(ratio)


@struct.dataclass
class PCA(Filter):
    """g = √λ on the r largest eigenvalues and √floor elsewhere: probabilistic PCA.

    Either `rank` (a count) or `fraction` (rank over dimension) is set.
    """

    negative = False

    rank: Any
    fraction: Any
    floor: Any

    def count(self, dim: int) -> int:
        """How many eigenvalues are kept at dimension `dim`; `ValueError` for a rank above it or none kept."""
        if self.rank is not None:
            return integer("rank", self.rank, low=1, high=dim)
        kept = round(float(self.fraction) * dim)
        if kept == 0 and not is_traced(self.floor) and np.all(np.asarray(self.floor) == 0):
            raise ValueError(
                f"fraction must keep an eigenvalue of {dim} or floor be positive, got {self.fraction}"
            )
        return kept

    def on_spectrum(self, eigenvalues: Float[Array, "d"]) -> Float[Array, "d"]:  # noqa: D102
        dim = eigenvalues.size
        kept = self._traced_count(dim) if is_traced((self.rank, self.fraction)) else self.count(dim)
        return jnp.sqrt(jnp.where(jnp.arange(dim) >= dim - kept, eigenvalues, self.floor))

    def _traced_count(self, dim: int) -> Any:
        return self.rank if self.rank is not None else jnp.rint(self.fraction * dim)


@struct.dataclass
class Denoiser(Filter):
    """g = λ/(λ+s): the linear denoiser at noise variance s (a map, not a sampler)."""

    negative = False

    noise: Any

    @property
    def singularity(self) -> ArrayLike:  # noqa: D102
        return self.noise

    def __call__(self, eigenvalues: Any) -> Array:  # noqa: D102
        return eigenvalues / (eigenvalues + self.noise)


@struct.dataclass
class EarlyStopped(Filter):
    """g = λ/(λ+s) (1 − e^{−2t(λ+s)}): the denoiser after gradient flow for time t from zero."""

    negative = False

    time: Any
    noise: Any

    def __call__(self, eigenvalues: Any) -> Array:  # noqa: D102
        total = eigenvalues + self.noise
        return -eigenvalues * jnp.expm1(-2.0 * self.time * total) / total


@at_once
def gaussian() -> Gaussian:
    """g(λ) = √λ."""
    return Gaussian()


@checked
@at_once
def ridge(rho: ArrayLike) -> Ridge:
    """g(λ) = √(λ+ρ), ρ >= 0 in units of variance."""
    return Ridge(nonnegative("rho", rho))


@checked
@at_once
def ode_sampler(sigma_min: ArrayLike, sigma_max: ArrayLike) -> ODESampler:
    """g(λ) = σ₁ √((λ+σ₀²)/(λ+σ₁²)), with 0 <= σ₀ < σ₁ noise standard deviations."""
    low, high = nonnegative("sigma_min", sigma_min), positive("sigma_max", sigma_max)
    if not is_traced((low, high)) and np.any(np.asarray(low) >= np.asarray(high)):
        raise ValueError(f"sigma_min must be below sigma_max = {sigma_max}, got {sigma_min}")
    return ODESampler(low, high)


@checked
@at_once
def pca(rank: int | None = None, *, fraction: ArrayLike | None = None, floor: ArrayLike = 0.0) -> PCA:
    """g(λ) = √λ on the `rank` largest eigenvalues (or the given `fraction` of them), else √floor."""
    if (rank is None) == (fraction is None):
        raise ValueError(f"rank or fraction must be given, not both, got rank={rank}, fraction={fraction}")
    share = None if fraction is None else bounded("fraction", fraction, 0.0, 1.0)
    kept = rank if rank is None or is_traced(rank) else integer("rank", rank, low=1)
    return PCA(kept, share, nonnegative("floor", floor))


@checked
@at_once
def denoiser(noise: ArrayLike) -> Denoiser:
    """g(λ) = λ/(λ+s), s > 0 the noise variance."""
    return Denoiser(positive("noise", noise))


@checked
@at_once
def early_stopped(time: ArrayLike, noise: ArrayLike) -> EarlyStopped:
    """g(λ) = λ/(λ+s) (1 − e^{−2t(λ+s)}), t > 0 in units of inverse variance, s > 0 the noise variance."""
    return EarlyStopped(positive("time", time), positive("noise", noise))


@checked
def noise_of(filter: Denoiser | None, noise: ArrayLike | None) -> Any:
    """s, given either as that of a denoiser or as a number; `ValueError` for both or neither."""
    if (noise is None) == (filter is None):
        raise ValueError(f"noise or a denoiser must be given, not both, got noise={noise}, filter={filter}")
    return noise if filter is None else filter.noise


@checked
@at_once
def parse(text: str) -> Filter:
    """The filter written as `name` or `name:number[:number]`, such as `ridge:0.1` or `ode_sampler:0.01:80`.

    `pca:10` keeps ten eigenvalues, `pca:0.25` a quarter of them. `ddpm:50` and `ddim:50` take 50 steps of
    the linear schedule, `euler:50` and `heun:50` 50 steps of Karras' from σ = 80 to 0.002.
    """
    name, *parts = text.strip().split(":")
    makers: dict[str, tuple[int, Any]] = {
        "gaussian": (0, gaussian),
        "ridge": (1, ridge),
        "ode_sampler": (2, ode_sampler),
        "pca": (1, lambda x: pca(fraction=x) if 0 < x < 1 else pca(_whole("rank", x))),
        "denoiser": (1, denoiser),
        "early_stopped": (2, early_stopped),
        "balanced": (3, balanced),
        "ddpm": (1, lambda x: ddpm(schedules.linear(_whole("steps", x)))),
        "ddim": (1, lambda x: ddim(schedules.linear(_whole("steps", x)))),
        "euler": (1, lambda x: euler(schedules.karras(_whole("steps", x)))),
        "heun": (1, lambda x: heun(schedules.karras(_whole("steps", x)))),
    }
    known = ", ".join(k + ":number" * count for k, (count, _) in makers.items())
    if name not in makers or makers[name][0] != len(parts):
        raise ValueError(f"filter must be one of {known}, got {text!r}")
    try:
        numbers = [float(part) for part in parts]
    except ValueError:
        raise ValueError(f"filter must be one of {known}, with plain numbers, got {text!r}") from None
    try:
        made: Filter = makers[name][1](*numbers)
    except ValueError as error:
        raise ValueError(f"filter must have numbers that it can take, got {text!r}: {error}") from None
    return made


def _whole(name: str, number: float) -> int:
    if not number.is_integer():
        raise ValueError(f"{name} must be a whole number, got {number:g}")
    return int(number)
