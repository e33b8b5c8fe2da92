"""Convergence measured: two models trained on disjoint data, sampled with the same seed z.

Given S₁ and S₂ the expectation over z is exact. A draw is one pair of training sets, with two summaries.
`sampler` gives the cosine tr(g(S₁)g(S₂)) / √(tr g(S₁)² · tr g(S₂)²) of that pair; its mean is the q
of theory, a ratio of expectations, up to the fluctuations of the traces, O(1/nd) where many modes count and
tr Σ²/2n(tr Σ)² for the gaussian filter. `traces_sampler` gives numerator and denominator: the ratio of their
means is the q of theory at every size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Int, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer
from lingen.models.filters import Filter
from lingen.models.observables import Averaging, Convergence, Traces
from lingen.models.population import Population
from lingen.sims.dense import splits, wishart
from lingen.sims.dense.roots import gauges, root
from lingen.sims.dense.wishart import DataSource, Spectral
from lingen.sims.engine import methods
from lingen.sims.engine.single import draw_of
from lingen.sims.krylov import draws as krylov
from lingen.sims.lanczos import draws as lanczos

__all__ = [
    "METHODS", "average_sampler", "draw", "gauge_sampler", "overlap", "ratio_of_means", "sampler",
    "split_sampler", "traces_sampler",
]  # fmt: skip

METHODS = methods.Methods("convergence", ("dense", "krylov", "lanczos"))


@checked
@at_once
def sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    filter: Filter | None = None,
    method: str = "dense",
    *,
    entries: str = "gaussian",
) -> Partial:
    """A draw of q, the cosine of one pair: a function of a key, to be given to `ensemble`.

    Args:
        population: the truth.
        dim: d.
        load: γ = n/d of each of the two training sets.
        filter: the model; the Gaussian one when absent.
        method: one of `methods.METHODS`; "auto" takes the fastest valid one. "dense" measures the trace over
            all seeds z, "krylov" and "lanczos" estimate it with a few.
        entries: the law of the whitened data, one of `wishart.ENTRIES` (universality, U1).

    Raises:
        ValueError: for a load or a dimension out of range, an unknown method or unknown entries.
    """
    match methods.choose(METHODS, method, population, dim, filter, entries).method:
        case "krylov":
            return krylov.convergence_sampler(population, dim, load, filter)
        case "lanczos":
            return lanczos.convergence_sampler(population, dim, load, filter, entries=entries)
    source = wishart.source(population, dim, load, entries)
    return Partial(_dense, source, wishart.check_filter(filter, dim))


draw = draw_of(sampler, Convergence)


@checked
@at_once
def traces_sampler(
    population: Population, dim: int, load: ArrayLike, filter: Filter | None = None
) -> Partial:
    """A draw of the traces that q is a ratio of, on the data of `sampler` with the same key; exact in z.

    Arguments and errors are those of `sampler`.
    """
    return Partial(_traces, wishart.source(population, dim, load), wishart.check_filter(filter, dim))


@checked
def ratio_of_means(draws: Traces) -> tuple[float, float]:
    """q = E shared / E energy from many draws, and its standard error by the linearised ratio."""
    shared, energy = np.asarray(draws.shared), np.asarray(draws.energy)
    q = shared.mean() / energy.mean()
    return float(q), float(np.std(shared - q * energy, ddof=1) / energy.mean() / np.sqrt(shared.size))


@checked
@at_once
def average_sampler(
    population: Population, dim: int, load: ArrayLike, filter: Filter | None = None, *, models: int = 2
) -> Partial:
    """A draw of E‖mean of k same-seed models‖² / E‖x̂‖², exact in z (C6).

    Args:
        population: the truth.
        dim: d.
        load: γ = n/d of each training set.
        filter: the model; the Gaussian one when absent.
        models: k, each trained on its own data.
    """
    models = integer("models", models, low=1)
    source = wishart.source(population, dim, load)
    return Partial(_average, source, wishart.check_filter(filter, dim), jnp.arange(models))


@checked
@at_once
def gauge_sampler(population: Population, dim: int, load: ArrayLike) -> Partial:
    """A draw of q for three square roots of the same S₁, S₂ (C7): the law learnt is the same, q is not.

    Raises:
        ValueError: if n < d, where S has no Cholesky factor.
    """
    source = wishart.source(population, dim, load)
    if int(source.samples) < dim:
        raise ValueError(f"load must give at least dim = {dim} samples, got {int(source.samples)}")
    return Partial(gauges, source)


@checked
@at_once
def split_sampler(
    data: ArrayLike,
    samples: int,
    filter: Filter | None = None,
    *,
    groups: Sequence[Any] | np.ndarray | None = None,
) -> Partial:
    """A draw of q on real data: two models trained on random disjoint subsets of it.

    Args:
        data: shape (N, d), with its mean removed by the caller.
        samples: n of each subset, at most N/2.
        filter: the model; the Gaussian one when absent.
        groups: N labels, see `lingen.sims.dense.splits.sampler`.

    Raises:
        ValueError: if `data` is not a finite array of two axes or `samples` is above what a half holds.
    """
    array, samples = splits.check_halves(data, samples, groups)
    total, dim = array.shape
    rows = min(wishart.rows_for(samples, dim), total)
    positions = jnp.arange(rows)
    choose = splits.chooser(groups, total)
    return Partial(
        _split, array, choose, jnp.asarray(samples, int), positions, wishart.check_filter(filter, dim)
    )


@checked
def overlap(first: Spectral, second: Spectral, filter: Filter) -> Float[Array, ""]:
    """q = Σ_ij g₁ᵢ g₂ⱼ (V₁ᵢ·V₂ⱼ)² / √(Σ g₁² Σ g₂²) of two trained models."""
    shared, one, two = _shared(first, second, filter)
    return shared / jnp.sqrt(one * two)


def _shared(first: Spectral, second: Spectral, filter: Filter) -> tuple[Array, Array, Array]:
    """tr(g(S₁)g(S₂)), tr g(S₁)² and tr g(S₂)²."""
    one, two = wishart.gains(first, filter), wishart.gains(second, filter)
    shared = one @ (first.vectors.T @ second.vectors) ** 2 @ two
    return shared, jnp.sum(one**2), jnp.sum(two**2)


def _traces(source: DataSource, filter: Filter, key: Key[Array, ""]) -> Traces:
    first, second = jr.split(key)
    shared, one, two = _shared(source.model(first), source.model(second), filter)
    dim = source.spectrum.size
    return Traces(shared / dim, (one + two) / 2.0 / dim)


def _dense(source: DataSource, filter: Filter, key: Key[Array, ""]) -> Convergence:
    one, two = jr.split(key)
    return Convergence(overlap(source.model(one), source.model(two), filter))


def _average(source: DataSource, filter: Filter, models: Int[Array, "k"], key: Key[Array, ""]) -> Averaging:
    def add(total: tuple[Array, Array], model: Array) -> tuple[tuple[Array, Array], None]:
        part, energy = root(source.model(jr.fold_in(key, model)), filter)
        return (total[0] + part, total[1] + energy), None

    dim = source.spectrum.size
    (total, energy), _ = jax.lax.scan(add, (jnp.zeros((dim, dim)), jnp.zeros(())), models)
    return Averaging(jnp.sum(total**2) / (models.size * energy))


def _split(
    data: Float[Array, "N d"],
    choose: Partial,
    samples: Int[Array, ""],
    positions: Int[Array, "rows"],
    filter: Filter,
    key: Key[Array, ""],
) -> Convergence:
    first, second = choose(key)

    def model(order: Array, shift: ArrayLike) -> Spectral:
        chosen = jnp.take(order, positions + shift, mode="clip")
        x = jnp.where(positions[:, None] < samples, data[chosen], 0.0)
        return wishart.decompose(wishart.second_moment(x, samples), jnp.minimum(samples, data.shape[1]))

    other = model(first, samples) if second is None else model(second, 0)
    return Convergence(overlap(model(first, 0), other, filter))
