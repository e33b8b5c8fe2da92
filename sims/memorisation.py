"""Memorisation measured: cosines of samples x̂ = g(S)z with the training points of S, and with fresh points.

A draw is one training set, one eigendecomposition and several seeds z. For a fixed small number of
samples the n × n Gram matrix takes the place of S, and d may be very large.
"""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Int, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer
from lingen.models.filters import PCA, Filter
from lingen.models.observables import Memorisation
from lingen.models.population import Population
from lingen.sims.dense import wishart
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine import methods
from lingen.sims.engine.single import draw_of
from lingen.sims.krylov import draws as krylov

__all__ = ["METHODS", "cosines", "draw", "sampler", "sampler_thin"]

METHODS = methods.Methods("memorisation", ("dense", "krylov"))

SEEDS = 8
THIN_ROWS = 16  # rows at least, so that few sizes are compiled


@checked
@at_once
def sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    filter: Filter | None = None,
    method: str = "dense",
    *,
    seeds: int = SEEDS,
) -> Partial:
    """A draw of the cosines of `seeds` samples with the n training points and with d fresh ones.

    Args:
        population: the truth.
        dim: d.
        load: γ = n/d.
        filter: the model; the Gaussian one when absent.
        method: one of `methods.METHODS`; "krylov" gives the variances alone, `nearest_cosine` is None.
        seeds: seeds z for each model, averaged.

    Raises:
        ValueError: for a load, a dimension or a number of seeds out of range, an unknown method.
    """
    if methods.choose(METHODS, method, population, dim, filter).method == "krylov":
        return krylov.memorisation_sampler(population, dim, load, filter, seeds=seeds)
    source = wishart.source(population, dim, load)
    return Partial(_dense, source, wishart.check_filter(filter, dim), _count(seeds))


draw = draw_of(sampler, Memorisation)


@checked
@at_once
def sampler_thin(
    population: Population, dim: int, samples: int, filter: Filter | None = None, *, seeds: int = SEEDS
) -> Partial:
    """The same draw for n ≪ d samples, through the n × n Gram matrix: time and memory n·d.

    Args:
        population: the truth.
        dim: d.
        samples: n, at most d.
        filter: the model; the Gaussian one when absent. A PCA may keep n eigenvalues at most.
        seeds: seeds z for each model, averaged.

    Raises:
        ValueError: for a number of samples above the dimension or below a PCA's rank.
    """
    samples = integer("samples", samples, low=1, high=integer("dim", dim, low=1))
    rows = min(dim, max(THIN_ROWS, 1 << (samples - 1).bit_length()))
    source = wishart.source(population, dim, samples / dim, laid_out=False)
    source = source.replace(rows=rows)  # type: ignore[attr-defined]
    filter = wishart.check_filter(filter, dim)
    if isinstance(filter, PCA) and filter.count(dim) > samples:
        raise ValueError(f"samples must be at least the rank {filter.count(dim)} of the PCA, got {samples}")
    return Partial(_thin, source, filter, _count(seeds))


@checked
def cosines(samples: Float[Array, "m d"], points: Float[Array, "n d"]) -> Float[Array, "m n"]:
    """Cosines of each sample with each point; 0 with a point at the origin."""
    norms = jnp.linalg.norm(samples, axis=-1)[:, None] * jnp.linalg.norm(points, axis=-1)
    return samples @ points.T / jnp.where(norms > 0, norms, 1.0)


def _count(seeds: int) -> Int[Array, "m"]:
    return jnp.arange(integer("seeds", seeds, low=1))


def _dense(source: DataSource, filter: Filter, seeds: Int[Array, "m"], key: Key[Array, ""]) -> Memorisation:
    training, noise, other = jr.split(key, 3)
    x, model = source.train(training)
    z = jr.normal(noise, (seeds.size, source.spectrum.size))
    fresh = jr.normal(other, x.shape[1:] * 2) * jnp.sqrt(source.spectrum)
    return _measure(wishart.apply(model, filter, z), x, source.samples, fresh)


def _thin(source: DataSource, filter: Filter, seeds: Int[Array, "m"], key: Key[Array, ""]) -> Memorisation:
    training, noise, other = jr.split(key, 3)
    x = source.data(training)
    z = jr.normal(noise, (seeds.size, source.spectrum.size))
    fresh = jr.normal(other, x.shape) * jnp.sqrt(source.spectrum)
    return _measure(_apply_thin(x, source.samples, filter, z), x, source.samples, fresh)


def _apply_thin(
    x: Float[Array, "rows d"], samples: Int[Array, ""], filter: Filter, z: Float[Array, "m d"]
) -> Float[Array, "m d"]:
    """The samples x̂ = g(0) z + W (g(λ) − g(0)) Wᵀ z, W the eigenvectors in the span of the data."""
    rows, dim = x.shape
    n = samples.astype(x.dtype)
    values, turn = jnp.linalg.eigh(x @ x.T * (1.0 / n))
    present = values > dim * jnp.finfo(x.dtype).eps * values[-1]
    values = jnp.where(present, values, 0.0)
    g = filter.on_spectrum(jnp.concatenate([jnp.zeros(dim - rows), values]))
    null = g[0]  # any value serves where W spans everything
    w = (x.T @ turn) * jnp.where(present, 1.0, 0.0) / jnp.sqrt(jnp.where(present, n * values, 1.0))
    return null * z + ((z @ w) * (g[dim - rows :] - null)) @ w.T


def _measure(
    made: Float[Array, "m d"], x: Float[Array, "rows d"], samples: Int[Array, ""], fresh: Float[Array, "p d"]
) -> Memorisation:
    dim = x.shape[1]
    known = cosines(made, x)
    nearest = jnp.mean(jnp.max(jnp.abs(known), axis=1))
    variance = dim * jnp.sum(known**2) / (made.shape[0] * samples.astype(x.dtype))
    return Memorisation(nearest, variance, dim * jnp.mean(cosines(made, fresh) ** 2))
