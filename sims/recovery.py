"""Recovery of the latent factors measured: what the sample eigenvectors know of the spiked directions.

The spikes sit on the first r coordinates. A spike is compared with the sample eigenvectors of the same
rank as it has in the population, below the bulk and in its gaps too: the sample spectrum separates exactly
as many eigenvalues. Equal spikes are compared as a subspace, in which single vectors rotate, and a rank
beyond the number of samples has the mean over the null space, where no vector is set apart.
"""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Int, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer
from lingen.models.observables import Extremes, Recovery
from lingen.models.population import Population
from lingen.sims.dense import wishart
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
    one, two = first.vectors[:, order], second.vectors[:, order]
    known = _known(first, order, together) + _known(second, order, together)
    outlier = first.eigenvalues[order] + second.eigenvalues[order]
    return Recovery(known / 2, outlier / 2, shared(one.T @ two, together))


def _known(model: Spectral, order: Int[Array, "r"], together: Float[Array, "r r"]) -> Float[Array, "r"]:
    """Q of one model."""
    coordinates = model.vectors[: order.size]
    null = model.eigenvalues == 0
    unseen = coordinates**2 @ (null / jnp.maximum(jnp.sum(null), 1))
    return jnp.where(null[order], together @ unseen, shared(coordinates[:, order], together))


def _dense(source: DataSource, spikes: Float[Array, "r"], key: Key[Array, ""]) -> Recovery:
    first, second = (source.model(k) for k in jr.split(key))
    return compare(first, second, source.spectrum, spikes)


def _extreme(source: DataSource, order: Int[Array, "m"], key: Key[Array, ""]) -> Extremes:
    x = source.data(key)
    values = jnp.linalg.eigvalsh(x.T @ x * (1.0 / jnp.asarray(source.samples, x.dtype)))
    return Extremes(jnp.maximum(values[::-1][order], 0.0))
