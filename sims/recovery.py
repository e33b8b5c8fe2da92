"""Recovery of the latent factors measured: what the sample eigenvectors know of the spiked directions.

The spikes sit on the first r coordinates. A spike is compared with the sample eigenvectors of the same
rank as it has in the population, below the bulk and in its gaps too: the sample spectrum separates exactly
as many eigenvalues. Equal spikes are compared as a subspace, in which single vectors rotate, and a rank
beyond the number of samples has the mean over the null space, where no vector is set apart.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Int, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer
from lingen.models.observables import Extremes, Recovery
from lingen.models.population import Population
from lingen.sims.dense import leading, wishart
from lingen.sims.dense.groups import groups, shared
from lingen.sims.dense.wishart import DataSource, Spectral
from lingen.sims.engine import methods
from lingen.sims.engine.single import draw_of
from lingen.sims.krylov import draws as krylov
from lingen.sims.lanczos import draws as lanczos

__all__ = ["METHODS", "draw", "extreme_sampler", "ranks", "sampler"]

METHODS = methods.Methods("recovery", ("dense", "krylov", "lanczos"), leading=True)


@checked
@at_once
def sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    filter: object = None,
    method: str = "dense",
    *,
    entries: str = "gaussian",
) -> Partial:
    """A draw of Q, the outliers and the agreement of two models, one entry a spike.

    Recovery and outlier are means over the two models. No filter changes eigenvectors, so `filter` is
    ignored.

    Args:
        population: the truth, with at least one spike.
        dim: d.
        load: γ = n/d of each of the two training sets.
        filter: ignored; present so that every topic has one signature.
        method: one of `methods.METHODS`; "auto" takes the fastest valid one.
        entries: the law of the whitened data, one of `wishart.ENTRIES`.

    Raises:
        ValueError: for a population without spikes, a load or a dimension out of range, an unknown method.
    """
    chosen = methods.choose(METHODS, method, population, dim, None, entries).method
    if population.spikes.size == 0:
        raise ValueError("population must have at least one spike, got none")
    if chosen == "krylov":
        return krylov.recovery_sampler(population, dim, load)
    if chosen == "lanczos":
        return lanczos.recovery_sampler(population, dim, load, entries=entries)
    return Partial(_dense, wishart.source(population, dim, load, entries), population.spikes)


draw = draw_of(sampler, Recovery)


@checked
@at_once
def extreme_sampler(
    population: Population, dim: int, load: ArrayLike, count: int = 1, *, entries: str = "gaussian"
) -> Partial:
    """A draw of the `count` largest eigenvalues of one sample covariance (R5).

    Raises:
        ValueError: if `count` is above the dimension, or an argument of `sampler` is out of range.
    """
    source = wishart.source(population, dim, load, entries)
    return Partial(_extreme, source, jnp.arange(integer("count", count, low=1, high=dim)))


@checked
def ranks(spectrum: Float[Array, "d"], spikes: int) -> Int[Array, "r"]:
    """The rank, from 0 for the largest, of each of the first `spikes` eigenvalues among all of them."""
    return jnp.argsort(jnp.argsort(-spectrum, stable=True), stable=True)[:spikes]


def compare(
    first: Spectral, second: Spectral, spectrum: Float[Array, "d"], spikes: Float[Array, "r"]
) -> Recovery:
    """Recovery and outliers, means over two trained models, and their agreement."""
    order = spectrum.size - 1 - ranks(spectrum, spikes.size)
    together = groups(spikes)
    return _both(_all_seen(first, order, together), _all_seen(second, order, together), together)


class _Seen(NamedTuple):
    """What one model knows of the spikes."""

    values: Float[Array, "r"]
    vectors: Float[Array, "d r"]
    known: Float[Array, "r"]
    """Q."""


def _both(first: _Seen, second: _Seen, together: Float[Array, "r r"]) -> Recovery:
    agreement = shared(first.vectors.T @ second.vectors, together)
    return Recovery((first.known + second.known) / 2, (first.values + second.values) / 2, agreement)


def _all_seen(model: Spectral, order: Int[Array, "r"], together: Float[Array, "r r"]) -> _Seen:
    """From all eigenvectors."""
    coordinates = model.vectors[: order.size]
    null = model.eigenvalues == 0
    unseen = coordinates**2 @ (null / jnp.maximum(jnp.sum(null), 1))
    known = jnp.where(null[order], together @ unseen, shared(coordinates[:, order], together))
    return _Seen(model.eigenvalues[order], model.vectors[:, order], known)


def _seen(source: DataSource, key: Key[Array, ""], order: Array, together: Array) -> _Seen:
    """From the wanted eigenvectors alone, unless one is of the null space, whose mean needs all of it."""
    covariance, rank = source.covariance(key)

    def few(covariance: Array) -> _Seen:
        values, vectors = leading.selected(covariance, order)
        return _Seen(jnp.maximum(values, 0.0), vectors, shared(vectors[: order.size], together))

    def every(covariance: Array) -> _Seen:
        return _all_seen(wishart.decompose(covariance, rank), order, together)

    return jax.lax.cond(jnp.any(order < source.spectrum.size - rank), every, few, covariance)


def _dense(source: DataSource, spikes: Float[Array, "r"], key: Key[Array, ""]) -> Recovery:
    order = source.spectrum.size - 1 - ranks(source.spectrum, spikes.size)
    together = groups(spikes)
    first, second = (_seen(source, k, order, together) for k in jr.split(key))
    return _both(first, second, together)


def _extreme(source: DataSource, order: Int[Array, "m"], key: Key[Array, ""]) -> Extremes:
    values = leading.eigenvalues(source.covariance(key)[0])
    return Extremes(jnp.maximum(values[::-1][order], 0.0))
