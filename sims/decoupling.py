"""Convergence and recovery of a pair of models: the two objectives side by side.

Dense matrices give q and Q of one and the same pair. Without matrices each has its own chain: the two numbers
of a draw come from independent pairs, every one with its exact law.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.models.filters import Filter
from lingen.models.population import Population
from lingen.sims import convergence, recovery
from lingen.sims.dense import wishart
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine import methods
from lingen.sims.engine.single import draw_of
from lingen.sims.krylov import extremes

__all__ = ["METHODS", "Decoupling", "apart", "draw", "sampler"]

METHODS = methods.Methods("decoupling", ("dense", "krylov", "lanczos"), leading=True)


class Decoupling(NamedTuple):
    """q and Q of a pair of models."""

    convergence: Float[Array, "..."]
    """q, as in `Convergence`."""
    recovery: Float[Array, "... r"]
    """Q, as in `Recovery`, the mean over the two models."""


@checked
@at_once
def sampler(
    population: Population, dim: int, load: ArrayLike, filter: Filter | None = None, method: str = "dense"
) -> Partial:
    """A draw of (q, Q).

    Args:
        population: the truth, with at least one spike.
        dim: d.
        load: γ = n/d of each of the two training sets.
        filter: the model for q; the Gaussian one when absent.
        method: one of `methods.METHODS`; "auto" takes the fastest valid one.

    Raises:
        ValueError: for a population without spikes, a load or a dimension out of range, a method that cannot
            draw this.
    """
    if population.spikes.size == 0:
        raise ValueError("population must have at least one spike, got none")
    chosen = methods.choose(METHODS, method, population, dim, filter).method
    if chosen == "dense":
        source = wishart.source(population, dim, load)
        return Partial(_dense, source, population.spikes, wishart.check_filter(filter, dim))
    bulk = convergence.sampler(population, dim, load, filter, chosen)
    if chosen == "krylov" and population.spikes.size == 1:
        return Partial(_with_edge, bulk, extremes.sampler(population, dim, load))
    return Partial(apart, bulk, recovery.sampler(population, dim, load, None, chosen))


draw = draw_of(sampler, Decoupling)


@checked
def apart(bulk: Partial, latents: Partial, key: Key[Array, ""]) -> Decoupling:
    """q and Q of two independent pairs of models: each has its own law, together they are not one pair's."""
    one, two = jr.split(key)
    return Decoupling(bulk(one).convergence, latents(two).recovery)


def _dense(source: DataSource, spikes: Float[Array, "r"], filter: Filter, key: Key[Array, ""]) -> Decoupling:
    one, two = (source.model(k) for k in jr.split(key))
    latents = recovery.compare(one, two, source.spectrum, spikes)
    return Decoupling(convergence.overlap(one, two, filter), latents.recovery)


def _with_edge(bulk: Partial, edge: Partial, key: Key[Array, ""]) -> Decoupling:
    """The bidiagonal model keeps the rows that a latent near its threshold needs."""
    one, two, three = jr.split(key, 3)
    return Decoupling(bulk(one).convergence, (edge(two).recovery + edge(three).recovery)[None] / 2)
