"""The loops of diffusion samplers on vectors, given a score: DDPM, DDIM, Euler's and Heun's steps."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.linalg import cho_factor, cho_solve
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.models import schedules
from lingen.models.filters import DDIM, DDPM, Heun, Sampler

__all__ = ["Pair", "added_variance", "ddim", "ddpm", "euler", "heun", "linear_score", "run"]

Score = Callable[[Array, ArrayLike, ArrayLike], Array]
Pair = tuple[Array, ...]
"""What a loop carries or is given at each step."""


@checked
def linear_score(covariance: Float[Array, "d d"]) -> Score:
    """(x, a, v) ↦ −(a S + v)^{-1} x, rows x, by a Cholesky factorisation at each call."""
    identity = jnp.eye(covariance.shape[0])

    def score(x: Array, signal: ArrayLike, noise: ArrayLike) -> Array:
        return -cho_solve(cho_factor(signal * covariance + noise * identity), x.T).T

    return score


@checked
def ddpm(
    score: Score,
    betas: Float[Array, "T"],
    x: Float[Array, "m d"],
    noise: Float[Array, "T m d"],
    kind: str = "posterior",
) -> Float[Array, "m d"]:
    """Ancestral sampling (Ho, Jain & Abbeel 2020, algorithm 2): x ← (x − β ε̂/√(1−ᾱ))/√α + √var z.

    Args:
        score: of noisy data, see `linear_score`.
        betas: β_1..β_T.
        x: x_T, one seed a row.
        noise: z_1..z_T; z_1 is not used.
        kind: variance of the noise, "posterior" (β̃_t) or "beta" (β_t).
    """
    bars = schedules.alpha_bars(betas)
    spread = jnp.sqrt(added_variance(betas, kind))

    def step(x: Array, at: Pair) -> tuple[Array, None]:
        beta, bar, root, z = at
        epsilon = -jnp.sqrt(1.0 - bar) * score(x, bar, 1.0 - bar)
        return (x - beta / jnp.sqrt(1.0 - bar) * epsilon) / jnp.sqrt(1.0 - beta) + root * z, None

    return jax.lax.scan(step, x, (betas, bars[1:], spread, noise), reverse=True)[0]


@checked
def ddim(score: Score, betas: Float[Array, "T"], x: Float[Array, "m d"]) -> Float[Array, "m d"]:
    """Deterministic DDIM (Song, Meng & Ermon 2021, eq. 12 with η = 0): predict x_0 and noise it again."""
    bars = schedules.alpha_bars(betas)

    def step(x: Array, at: Pair) -> tuple[Array, None]:
        bar, before = at
        epsilon = -jnp.sqrt(1.0 - bar) * score(x, bar, 1.0 - bar)
        clean = (x - jnp.sqrt(1.0 - bar) * epsilon) / jnp.sqrt(bar)
        return jnp.sqrt(before) * clean + jnp.sqrt(1.0 - before) * epsilon, None

    return jax.lax.scan(step, x, (bars[1:], bars[:-1]), reverse=True)[0]


@checked
def euler(score: Score, sigmas: Float[Array, "levels"], x: Float[Array, "m d"]) -> Float[Array, "m d"]:
    """Euler's steps on the probability flow dx/dσ = −σ ∇log p_σ(x), from σ_T down to σ_0."""

    def step(x: Array, at: Pair) -> tuple[Array, None]:
        sigma, tau = at
        return x - (tau - sigma) * sigma * score(x, 1.0, sigma**2), None

    return jax.lax.scan(step, x, (sigmas[1:], sigmas[:-1]), reverse=True)[0]


@checked
def heun(score: Score, sigmas: Float[Array, "levels"], x: Float[Array, "m d"]) -> Float[Array, "m d"]:
    """Heun's steps on the same flow (Karras et al. 2022, algorithm 1): Euler's where they end at σ = 0."""

    def step(x: Array, at: Pair) -> tuple[Array, None]:
        sigma, tau = at
        slope = -sigma * score(x, 1.0, sigma**2)
        guess = x + (tau - sigma) * slope
        end = jnp.where(tau > 0, tau, 1.0)
        better = x + 0.5 * (tau - sigma) * (slope - end * score(guess, 1.0, end**2))
        return jnp.where(tau > 0, better, guess), None

    return jax.lax.scan(step, x, (sigmas[1:], sigmas[:-1]), reverse=True)[0]


@checked
def run(
    sampler: Sampler,
    covariance: Float[Array, "d d"],
    seeds: Float[Array, "m d"],
    noise: Float[Array, "T m d"] | None = None,
) -> Float[Array, "m d"]:
    """x_0 of each seed z by the loop of `sampler` with the score of `covariance`.

    Args:
        sampler: ddpm, ddim, euler or heun, of `lingen.models.filters`.
        covariance: S.
        seeds: z, of unit variance: x_T = z if variance preserving, σ_T z if exploding.
        noise: z_1..z_T of DDPM; the others use none.

    Raises:
        ValueError: if DDPM comes without noise.
    """
    score = linear_score(covariance)
    if isinstance(sampler, DDPM):
        if noise is None:
            raise ValueError("noise must be given for ddpm, one array of the shape of seeds a step, got None")
        return ddpm(score, sampler.betas, seeds, noise, sampler.noise)
    if isinstance(sampler, DDIM):
        return ddim(score, sampler.betas, seeds)
    sigmas = sampler.sigmas_in_data_units
    loop = heun if isinstance(sampler, Heun) else euler
    return loop(score, sigmas, sigmas[-1] * seeds)


@checked
def added_variance(betas: Float[Array, "T"], kind: str) -> Float[Array, "T"]:
    """Variance of the noise that each step adds; the last one, t = 1, adds none."""
    bars = schedules.alpha_bars(betas)
    kept = betas if kind == "beta" else betas * (1.0 - bars[:-1]) / (1.0 - bars[1:])
    return kept.at[0].set(0.0)
