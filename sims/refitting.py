"""Refitting measured: each generation is trained on samples of the last, drawn in full.

The state is a training set X_t (n × d). The model fitted to it, N(0, X_tᵀX_t/n), is sampled by the Cholesky
factor of its covariance; up to n = d, where there is none, by the rows of Z X_t/√n with Z an n × n matrix of
independent normals, which have the same law.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Int, Key

from lingen.boundary import at_once, checked
from lingen.checks import bounded, finite, integer, length, positive
from lingen.models.filters import gaussian
from lingen.models.population import Population
from lingen.models.systems import Curation, Lineages, Refitting
from lingen.sims.convergence import overlap
from lingen.sims.dense import wishart
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine.single import draw_of

__all__ = ["curation_sampler", "draw", "lines_sampler", "sampler"]


@checked
@at_once
def sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    *,
    generations: int = 1,
    synthetic: float = 1.0,
    volume: bool = True,
) -> Partial:
    """A draw of a line of models: a function of a key.

    Args:
        population: the truth Σ_0.
        dim: d.
        load: γ = n/d of each generation.
        generations: t, the number of fits.
        synthetic: the fraction of each training set that the last model made; the rest is from the truth.
        volume: whether to measure log det Σ_t / d.

    Raises:
        ValueError: for an argument out of range.
    """
    source = wishart.source(population, dim, load)
    made = round(float(bounded("synthetic", synthetic, 0.0, 1.0)) * int(source.samples))
    rounds = integer("generations", generations, low=1)
    measured = Partial(_with_volume if volume else _moment_alone)
    return Partial(_line, measured, _maker(source), source, jnp.asarray(made, int), jnp.asarray(rounds, int))


draw = draw_of(sampler, Refitting)


@checked
@at_once
def lines_sampler(population: Population, dim: int, load: ArrayLike, *, generations: int = 1) -> Partial:
    """A draw of q between the t-th generations of two lines (Gaussian filter, symmetric square roots).

    Arguments and errors as for `sampler`.
    """
    source, rounds = wishart.source(population, dim, load), integer("generations", generations, low=1)
    return Partial(_lines, _maker(source), source, jnp.asarray(rounds, int))


@checked
@at_once
def curation_sampler(
    samples: int,
    *,
    generations: int = 1,
    curvature: ArrayLike = 1.0,
    slope: ArrayLike = 0.0,
    mean: ArrayLike = 0.0,
    variance: ArrayLike = 1.0,
) -> Partial:
    """A draw of a one-dimensional Gaussian refitted t times to those of its samples that users kept.

    Each generation makes `samples` samples, keeps each with probability e^{r(x) − max r}, r = bx − ρx²/2, and
    fits mean and variance to what is kept.

    Args:
        samples: made in each generation, at least 16.
        generations: t, the number of fits.
        curvature: ρ > 0.
        slope: b.
        mean: m₀.
        variance: v₀ > 0.

    Raises:
        ValueError: for an argument out of range.
    """
    positions = jnp.arange(length("samples", samples, low=16))
    rounds = jnp.asarray(integer("generations", generations, low=1), int)
    reward = positive("curvature", curvature), finite("slope", slope)
    return Partial(
        _curated, positions, rounds, reward, (finite("mean", mean), positive("variance", variance))
    )


def _maker(source: DataSource) -> Partial:
    """How a model makes new samples: by the factor of its covariance, where there is one."""
    regular = int(source.samples) > source.spectrum.size and bool(np.all(np.asarray(source.spectrum) > 0))
    return Partial(_by_factor if regular else _by_data)


def _by_factor(key: Key[Array, ""], x: Float[Array, "n d"], scale: Array) -> Float[Array, "n d"]:
    return jr.normal(key, x.shape) @ jnp.linalg.cholesky(x.T @ x * scale**2).T


def _by_data(key: Key[Array, ""], x: Float[Array, "n d"], scale: Array) -> Float[Array, "n d"]:
    return jr.normal(key, (x.shape[0], x.shape[0])) @ x * scale


def _training_set(
    make: Partial, source: DataSource, made: Array, generations: Array, key: Key[Array, ""]
) -> Float[Array, "n d"]:
    """X_t: `made` of its rows from the model of X_{t−1}, the rest from the truth."""
    place = jnp.arange(source.rows)[:, None]
    scale = 1.0 / jnp.sqrt(source.samples.astype(float))

    def refit(number: Array, x: Array) -> Array:
        noise, truth = jr.split(jr.fold_in(key, number))
        return jnp.where(place < made, make(noise, x, scale), source.data(truth))

    return jax.lax.fori_loop(1, generations, refit, source.data(jr.fold_in(key, 0)))


def _line(
    measure: Partial,
    make: Partial,
    source: DataSource,
    made: Int[Array, ""],
    generations: Int[Array, ""],
    key: Key[Array, ""],
) -> Refitting:
    x = _training_set(make, source, made, generations, key)
    return measure(source, wishart.second_moment(x, source.samples))


def _moment_alone(source: DataSource, covariance: Float[Array, "d d"]) -> Refitting:
    return Refitting(jnp.sum(covariance**2) / covariance.shape[0], None)


def _with_volume(source: DataSource, covariance: Float[Array, "d d"]) -> Refitting:
    dim = covariance.shape[0]
    diagonal = jnp.diagonal(jnp.linalg.cholesky(covariance))
    volume = 2.0 * jnp.mean(jnp.log(jnp.maximum(diagonal, jnp.finfo(float).tiny)))
    singular = source.samples < dim
    return Refitting(jnp.sum(covariance**2) / dim, jnp.where(singular, -jnp.inf, volume))


def _lines(make: Partial, source: DataSource, generations: Int[Array, ""], key: Key[Array, ""]) -> Lineages:
    def model(one: Array) -> wishart.Spectral:
        x = _training_set(make, source, source.samples, generations, one)
        rank = jnp.minimum(source.samples, source.spectrum.size)
        return wishart.decompose(wishart.second_moment(x, source.samples), rank)

    first, second = jr.split(key)
    return Lineages(overlap(model(first), model(second), gaussian()))


def _curated(
    positions: Int[Array, "n"],
    generations: Int[Array, ""],
    reward: tuple[Array, Array],
    start: tuple[Array, Array],
    key: Key[Array, ""],
) -> Curation:
    curvature, slope = reward
    best = slope / curvature  # r(x) − max r = −ρ(x − b/ρ)²/2

    def refit(number: Array, model: tuple[Array, Array]) -> tuple[Array, Array]:
        noise, choice = jr.split(jr.fold_in(key, number))
        x = model[0] + jnp.sqrt(model[1]) * jr.normal(noise, positions.shape)
        liked = jnp.exp(-curvature * (x - best) ** 2 / 2.0)
        kept = jnp.where(jr.uniform(choice, positions.shape) < liked, 1.0, 0.0)
        count = jnp.maximum(jnp.sum(kept), 2.0)
        mean = jnp.sum(kept * x) / count
        return mean, jnp.sum(kept * (x - mean) ** 2) / (count - 1.0)

    return Curation(*jax.lax.fori_loop(0, generations, refit, start))
