"""Diffusion samplers as they run: loops over time on vectors, with the linear score of a training set.

The model knows its data through S alone: at step t it sees x_t and solves for the score
−(a S + v)^{-1} x_t of noisy data √a x + √v z (a = ᾱ_t, v = 1−ᾱ_t if variance preserving; a = 1, v = σ_t²
if exploding). Two models run with the same seeds and, if the sampler is stochastic, the same noise.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.scipy.linalg import cho_factor, cho_solve
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer
from lingen.models import schedules
from lingen.models.filters import DDIM, DDPM, Heun, Sampler
from lingen.models.observables import Sampling
from lingen.models.population import Population
from lingen.sims.dense import wishart
from lingen.sims.dense.wishart import DataSource, Spectral
from lingen.sims.lanczos.draws import overlap

__all__ = ["ddim", "ddpm", "draw", "euler", "heun", "linear_score", "run", "sampler"]

Score = Callable[[Array, ArrayLike, ArrayLike], Array]
Pair = tuple[Array, ...]


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
    spread = jnp.sqrt(_added(betas, kind))

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
def euler(score: Score, sigmas: Float[Array, "T+1"], x: Float[Array, "m d"]) -> Float[Array, "m d"]:
    """Euler's steps on the probability flow dx/dσ = −σ ∇log p_σ(x), from σ_T down to σ_0."""

    def step(x: Array, at: Pair) -> tuple[Array, None]:
        sigma, tau = at
        return x - (tau - sigma) * sigma * score(x, 1.0, sigma**2), None

    return jax.lax.scan(step, x, (sigmas[1:], sigmas[:-1]), reverse=True)[0]


@checked
def heun(score: Score, sigmas: Float[Array, "T+1"], x: Float[Array, "m d"]) -> Float[Array, "m d"]:
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
@at_once
def sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    filter: Sampler,
    method: str = "dense",
    *,
    seeds: int | None = None,
) -> Partial:
    """A draw of two models trained on disjoint data and run with the same seeds and noise.

    A draw is exact in z and in the noise of the steps: a deterministic sampler runs on all d unit vectors,
    DDPM on the covariance of the pair in the eigenvectors of the models or, if given, on `seeds` seeds.

    Args:
        population: the truth.
        dim: d.
        load: γ = n/d of each training set.
        filter: ddpm, ddim, euler or heun.
        method: "dense".
        seeds: seeds of a draw of DDPM; none for the exact covariance.

    Raises:
        ValueError: for a load or a dimension out of range, another filter, another method.
    """
    if not isinstance(filter, Sampler):
        raise ValueError(f"filter must be ddpm, ddim, euler or heun, got {filter!r}")
    if method not in ("auto", "dense"):
        raise ValueError(f"method must be auto or dense for diffusion, got {method!r}")
    source = wishart.source(population, dim, load)
    seeds = None if seeds is None else integer("seeds", seeds, low=1)
    if isinstance(filter, DDPM):
        if seeds is None:
            return Partial(_ancestral, source, filter)
        return Partial(_stochastic, source, filter, jnp.zeros(seeds))
    return Partial(_deterministic, source, filter)


@checked
def draw(
    key: Key[Array, ""],
    population: Population,
    dim: int,
    load: ArrayLike,
    filter: Sampler,
    method: str = "dense",
    *,
    seeds: int | None = None,
) -> Sampling:
    """One draw; see `sampler`."""
    return sampler(population, dim, load, filter, method, seeds=seeds)(key)


def _deterministic(source: DataSource, filter: Sampler, key: Key[Array, ""]) -> Sampling:
    def model(key: Array) -> tuple[Array, Array]:
        trained = source.model(key)
        made = run(filter, _covariance(trained), jnp.eye(source.spectrum.size))
        exact = (trained.vectors * filter.flow(trained.eigenvalues)) @ trained.vectors.T
        return made, jnp.mean(jnp.sum((made - exact) ** 2, axis=1))

    made, error = jax.lax.map(model, jr.split(key))
    return Sampling(overlap(*made), jnp.mean(error))


def _ancestral(source: DataSource, filter: DDPM, key: Key[Array, ""]) -> Sampling:
    one, two = (source.model(k) for k in jr.split(jr.split(key, 3)[0]))
    law, other, cross = _pair(filter, one, two)
    q = jnp.sum(cross * (one.vectors.T @ two.vectors)) / jnp.sqrt(jnp.sum(law) * jnp.sum(other))
    return Sampling(q, _step_error(filter, (law, other), (one, two)))


def _step_error(filter: DDPM, laws: Pair, models: tuple[Spectral, Spectral]) -> Float[Array, ""]:
    """W2²/d from the variances of the samples, the mean of both models."""
    gaps = [jnp.sqrt(law) - filter.flow(model.eigenvalues) for law, model in zip(laws, models, strict=True)]
    return jnp.mean(jnp.stack(gaps) ** 2)


def _pair(filter: DDPM, one: Spectral, two: Spectral) -> Pair:
    """Variances of both models' samples and E V₁ᵀx̂₁x̂₂ᵀV₂, through the loop: P ← A₁ P A₂ + var V₁ᵀV₂."""
    shared = one.vectors.T @ two.vectors

    def step(laws: Pair, at: Pair) -> tuple[Pair, None]:
        beta, bar, fresh = at
        a, b = ((1.0 - beta / (bar * m.eigenvalues + 1.0 - bar)) / jnp.sqrt(1.0 - beta) for m in (one, two))
        law, other, cross = laws
        return (a**2 * law + fresh, b**2 * other + fresh, a[:, None] * cross * b + fresh * shared), None

    start: Pair = (jnp.ones_like(one.eigenvalues), jnp.ones_like(two.eigenvalues), shared)
    along: Pair = (filter.betas, schedules.alpha_bars(filter.betas)[1:], _added(filter.betas, filter.noise))
    return jax.lax.scan(step, start, along, reverse=True)[0]


def _stochastic(source: DataSource, filter: DDPM, seeds: Float[Array, "m"], key: Key[Array, ""]) -> Sampling:
    models, start, path = jr.split(key, 3)
    shape = (seeds.size, source.spectrum.size)
    z, noise = jr.normal(start, shape), jr.normal(path, (filter.steps, *shape))

    def model(key: Array) -> tuple[Array, Spectral]:
        trained = source.model(key)
        return run(filter, _covariance(trained), z, noise), trained

    made, trained = jax.lax.map(model, jr.split(models))
    one, two = (jax.tree.map(lambda leaf, i=i: leaf[i], trained) for i in range(2))
    return Sampling(overlap(*made), _step_error(filter, _pair(filter, one, two)[:2], (one, two)))


def _covariance(model: Spectral) -> Float[Array, "d d"]:
    return (model.vectors * model.eigenvalues) @ model.vectors.T


def _added(betas: Float[Array, "T"], kind: str) -> Float[Array, "T"]:
    """Variance of the noise that each step adds; the last one, t = 1, adds none."""
    bars = schedules.alpha_bars(betas)
    kept = betas if kind == "beta" else betas * (1.0 - bars[:-1]) / (1.0 - bars[1:])
    return kept.at[0].set(0.0)
