"""Diffusion samplers as they run: loops over time on vectors, with the linear score of a training set.

The model knows its data through S alone: at step t it sees x_t and solves for the score
−(a S + v)^{-1} x_t of noisy data √a x + √v z (a = ᾱ_t, v = 1−ᾱ_t if variance preserving; a = 1, v = σ_t²
if exploding). Two models run with the same seeds and, if the sampler is stochastic, the same noise.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer
from lingen.models import schedules
from lingen.models.filters import DDPM, Sampler
from lingen.models.observables import Sampling
from lingen.models.population import Population
from lingen.sims.dense import wishart
from lingen.sims.dense.samplers import Pair, added_variance, ddim, ddpm, euler, heun, linear_score, run
from lingen.sims.dense.wishart import DataSource, Spectral
from lingen.sims.engine.single import draw_of
from lingen.sims.lanczos.draws import overlap

__all__ = ["ddim", "ddpm", "draw", "euler", "heun", "linear_score", "run", "sampler"]


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


draw = draw_of(sampler, Sampling)


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
    along: Pair = (
        filter.betas,
        schedules.alpha_bars(filter.betas)[1:],
        added_variance(filter.betas, filter.noise),
    )
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
