"""The Bayesian factor model measured: overlaps with the planted latent, the predictive as a generator.

A draw is a pair of disjoint data sets, each with its posterior by NUTS or SVI. The predictive √C_w z, w a
posterior sample, is a generator: two of them with one seed z have q = tr(G₁G₂)/√(tr C₁ tr C₂), G and C the
posterior means of √C_w and C_w. Eigenvectors come by squaring: factorisations would not run side by side.
"""

from __future__ import annotations

from functools import lru_cache, partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer
from lingen.models import bayesian
from lingen.models.bayesian import Factors, Statistics
from lingen.models.population import Population
from lingen.sims.dense import wishart
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "sampler", "variational_sampler"]

SQUARINGS = 14
CHAINS, WARMUP, DRAWS = 2, 300, 200


class Learnt(NamedTuple):
    """One model's posterior, or its maximum likelihood, in what the order parameters need."""

    axes: Float[Array, "m d"]
    """Unit vectors u = W/‖W‖ of samples."""
    root: Float[Array, "d d"]
    """Mean of C^{1/2}."""
    covariance: Float[Array, "d d"]
    """Mean of C."""


@checked
@at_once
def sampler(
    population: Population, dim: int, load: ArrayLike, *, warmup: int = WARMUP, draws: int = DRAWS
) -> Partial:
    """A draw of `Factors` by NUTS, means over the two models of a pair.

    Args:
        population: isotropic bulk with one spike, which lies along the first axis.
        dim: d; time grows as d² times the steps.
        load: γ = n/d of each of the two training sets.
        warmup: steps of adaptation of each of the two chains of a posterior.
        draws: samples of each chain.

    Raises:
        ValueError: if there is not one spike, or a number is out of range.
    """
    warmup, draws = integer("warmup", warmup, low=1), integer("draws", draws, low=2)
    return Partial(_compiled(warmup, draws), _source(population, dim, load))


draw = draw_of(sampler, Factors)


@checked
@at_once
def variational_sampler(population: Population, dim: int, load: ArrayLike, *, steps: int = 2000) -> Partial:
    """The same draw with the mean-field approximation by SVI in place of NUTS."""
    return Partial(_variational(integer("steps", steps, low=1)), _source(population, dim, load))


def _source(population: Population, dim: int, load: ArrayLike) -> DataSource:
    if population.spikes.size != 1 or population.eigenvalues.size != 1:
        raise ValueError(
            "population must be isotropic with one spike, got "
            f"{population.eigenvalues.size} bulk eigenvalues and {population.spikes.size} spikes"
        )
    return wishart.source(population, dim, load)


@lru_cache
def _compiled(warmup: int, draws: int):
    def learn(seen: Statistics, key: Array) -> Learnt:
        found = bayesian.posterior(seen, key, count=CHAINS, warmup=warmup, draws=draws).samples
        flat = {name: values.reshape(-1, *values.shape[2:]) for name, values in found.items()}
        return _learnt(flat["loadings"][..., 0], flat["noise"])

    return partial(_draw, learn)


@lru_cache
def _variational(steps: int):
    def learn(seen: Statistics, key: Array) -> Learnt:
        found = bayesian.variational(seen, key, steps=steps)
        return _learnt(found["loadings"][..., 0], found["noise"])

    return partial(_draw, learn)


def _draw(learn, source: DataSource, key: Key[Array, ""]) -> Factors:
    known, bayes, maximum = jax.vmap(partial(_one, learn, source))(jr.split(key))
    means = jax.tree.map(lambda pair: jnp.mean(pair, axis=0), known)
    return means._replace(convergence=_agreement(bayes), maximum_convergence=_agreement(maximum))


def _one(learn, source: DataSource, key: Array) -> tuple[Factors, Learnt, Learnt]:
    """What one data set tells of the latent, and both generators trained on it."""
    data_key, chain_key = jr.split(key)
    x = source.data(data_key)
    count = source.samples.astype(x.dtype)
    seen = Statistics(x.T @ x * (1.0 / count), count, jnp.zeros((x.shape[1], 1)))
    bayes, maximum = learn(seen, chain_key), _maximum(seen)
    moment = bayes.axes.T @ bayes.axes / bayes.axes.shape[0]
    number = bayes.axes.shape[0]
    return (
        Factors(
            sample_overlap=moment[0, 0],
            replica_overlap=(number * jnp.sum(moment**2) - 1.0) / (number - 1.0),
            mean_overlap=_projector(moment)[0, 0],
            maximum_overlap=jnp.mean(maximum.axes[:, 0] ** 2),
            convergence=None,
            maximum_convergence=None,
            memorisation=_memorisation(bayes, seen, source.spectrum),
            maximum_memorisation=_memorisation(maximum, seen, source.spectrum),
        ),
        bayes,
        maximum,
    )


def _learnt(loadings: Float[Array, "m d"], noise: Float[Array, "m"]) -> Learnt:
    """C = s I + WWᵀ and its root √s I + (√(s+‖W‖²) − √s) uuᵀ, averaged."""
    strength = jnp.sum(loadings**2, axis=1)
    axes = loadings / jnp.sqrt(jnp.maximum(strength, jnp.finfo(strength.dtype).tiny))[:, None]
    eye = jnp.eye(loadings.shape[1])
    gain = jnp.sqrt(noise + strength) - jnp.sqrt(noise)
    root = jnp.mean(jnp.sqrt(noise)) * eye + (axes * gain[:, None]).T @ axes / noise.size
    covariance = jnp.mean(noise) * eye + loadings.T @ loadings / noise.size
    return Learnt(axes, root, covariance)


def _maximum(seen: Statistics) -> Learnt:
    """The maximum-likelihood factor model: the leading eigenvector, and the mean of the other eigenvalues."""
    dim = seen.covariance.shape[0]
    projector = _projector(seen.covariance)
    top = jnp.sum(projector * seen.covariance)
    noise = (jnp.trace(seen.covariance) - top) / (dim - 1)
    column = projector[:, jnp.argmax(jnp.diagonal(projector))]
    axis = column / jnp.linalg.norm(column)
    return _learnt((axis * jnp.sqrt(jnp.maximum(top - noise, 0.0)))[None], noise[None])


def _projector(matrix: Float[Array, "d d"]) -> Float[Array, "d d"]:
    """On the leading eigenvector, by squaring: exact to round-off where the relative gap is above 1/400."""

    def square(_, m: Array) -> Array:
        m = m @ m
        return m / jnp.trace(m)

    return jax.lax.fori_loop(0, SQUARINGS, square, matrix / jnp.trace(matrix))


def _agreement(pair: Learnt) -> Float[Array, ""]:
    """q of two models, stacked along the first axis."""
    powers = jnp.trace(pair.covariance, axis1=1, axis2=2)
    return jnp.sum(pair.root[0] * pair.root[1]) / jnp.sqrt(powers[0] * powers[1])


def _memorisation(model: Learnt, seen: Statistics, spectrum: Float[Array, "d"]) -> Float[Array, ""]:
    known = jnp.sum(seen.covariance * model.covariance) / jnp.trace(seen.covariance)
    fresh = jnp.sum(spectrum * jnp.diagonal(model.covariance)) / jnp.sum(spectrum)
    return known / fresh
