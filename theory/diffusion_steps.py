"""Step errors: how far the law of T reverse steps lies from that of infinitely many, and of which order.

Both laws are N(0, g(S)²) for two filters of the same S, so W2²/d = τ((g_T(S) − g_∞(S))²). Per eigendirection

    Euler, DDIM   log g_T − log g_∞ ≈ −½ Σ_t Δ_t² λ/(λ+σ_t²)²          first order in 1/T
    Heun          log g_T − log g_∞ ≈ +½ Σ_t Δ_t³ σ_t λ/(λ+σ_t²)³      second order
    DDPM          g_T² − g_∞² ≈ −λ³ Σ_t (Δs_t)²/(s_t(λ+s_t)³)          first order, times log T if s_0 = 0

with Δ_t = σ_t − σ_{t−1} (derived in docs/derivations, statement N6).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float, Num

from lingen.boundary import checked
from lingen.checks import positive, representable
from lingen.models import schedules
from lingen.models.filters import DDPM, Heun, Sampler
from lingen.models.population import Population
from lingen.theory.moments.contour import ALONG, expect_one
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.compression import compress

__all__ = ["gain_error", "leading_step_error", "order", "step_error"]

ORDERS = {"Euler": 1, "DDIM": 1, "Heun": 2, "DDPM": 1}


@checked
def order(sampler: Sampler) -> int:
    """The power p of 1/T with which W2 falls; a logarithm aside for DDPM."""
    return ORDERS[type(sampler).__name__]


@checked
@representable
def step_error(population: Population, load: ArrayLike, sampler: Sampler) -> Float[Array, "..."]:
    """W2²/d between the law of the sampler and that of infinitely many steps with the same score.

    Args:
        population: bulk law of Σ.
        load: γ = n/d > 0, any shape.
        sampler: ddpm, ddim, euler or heun.

    Raises:
        ValueError: if a load is not positive.
    """
    return _expected(compress(population, np.pi / 2), positive("load", load), sampler, False)


@checked
@representable
def leading_step_error(population: Population, load: ArrayLike, sampler: Sampler) -> Float[Array, "..."]:
    """The same to leading order in 1/T, T^{−2p} times a constant; see `order`.

    Arguments and errors are those of `step_error`.
    """
    return _expected(compress(population, np.pi / 2), positive("load", load), sampler, True)


@checked
def gain_error(sampler: Sampler, eigenvalues: Num[Array, "..."]) -> Num[Array, "..."]:
    """g_T(λ) − g_∞(λ) to leading order in 1/T, elementwise, real or complex λ."""
    value = jnp.asarray(eigenvalues) * 1.0
    sigmas = sampler.sigmas_in_data_units
    if isinstance(sampler, DDPM):
        levels = schedules.levels(sampler.betas)
        kept = value * (1.0 + 2.0 * levels[-1]) + levels[-1] ** 2  # g_∞² = λ kept/(λ+s_T)²
        relative = _along(_ddpm, levels, value) * (value + levels[-1]) ** 2 / kept
        return 0.5 * sampler.flow(value) * relative
    density = _heun if isinstance(sampler, Heun) else _euler
    return sampler.flow(value) * _along(density, sigmas, value)


def _euler(value: Array, low: Array, high: Array) -> Array:
    middle = 0.5 * (low + high)
    return -0.5 * (high - low) ** 2 * value / (value + middle**2) ** 2


def _heun(value: Array, low: Array, high: Array) -> Array:
    middle = 0.5 * (low + high)
    return 0.5 * (high - low) ** 3 * middle * value / (value + middle**2) ** 3


def _ddpm(value: Array, low: Array, high: Array) -> Array:
    return -((high - low) ** 2) * value**2 / (high * (value + high) ** 3)


@partial(jax.jit, static_argnums=0)
def _along(density: Callable[[Array, Array, Array], Array], grid: Array, value: Array) -> Array:
    """Σ_t density(λ; grid_{t−1}, grid_t), one step at a time."""

    def add(total: Array, pair: tuple[Array, Array]) -> tuple[Array, None]:
        return total + density(value, *pair), None

    return jax.lax.scan(add, jnp.zeros_like(value), (grid[:-1], grid[1:]))[0]


@partial(jax.jit, static_argnums=3)
def _expected(population: Population, load: Array, sampler: Sampler, leading: bool) -> Array:
    """τ(E f(S)) of the squared gain error, analytic where the gains are.

    The exact flow has its cut from −σ_0² on, further in than the poles of the steps.
    """
    reach = jnp.minimum(sampler.sigmas_in_data_units[0] ** 2, jnp.asarray(sampler.singularity))

    def squared(z: Array) -> Array:
        return (gain_error(sampler, z) if leading else sampler(z) - sampler.flow(z)) ** 2

    def one(load: Array) -> Array:
        return expect_one(population, load, squared, reach) @ population.weights

    return over_batch(one, ALONG * population.eigenvalues.size, load)
