"""Convergence and recovery of one and the same pair of models: the two objectives side by side."""

from __future__ import annotations

from typing import NamedTuple

import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.models.filters import Filter
from lingen.models.population import Population
from lingen.sims import convergence, recovery, wishart
from lingen.sims.wishart import Source

__all__ = ["Decoupling", "draw", "sampler"]


class Decoupling(NamedTuple):
    """q and Q of one pair of models."""

    convergence: Float[Array, "..."]
    """q, as in `Convergence`."""
    recovery: Float[Array, "... r"]
    """Q, as in `Recovery`, the mean over the two models."""


def sampler(population: Population, dim: int, load: ArrayLike, filter: Filter | None = None) -> Partial:
    """A draw of (q, Q) from the same two training sets.

    Args:
        population: the truth, with at least one spike.
        dim: d.
        load: γ = n/d of each of the two training sets.
        filter: the model for q; the Gaussian one when absent.

    Raises:
        ValueError: for a population without spikes, a load or a dimension out of range.
    """
    if population.spikes.size == 0:
        raise ValueError("population must have at least one spike, got none")
    return Partial(
        _dense, wishart.source(population, dim, load), population.spikes, wishart.check_filter(filter, dim)
    )


def draw(
    key: Key[Array, ""], population: Population, dim: int, load: ArrayLike, filter: Filter | None = None
) -> Decoupling:
    """One draw; see `sampler`."""
    return sampler(population, dim, load, filter)(key)


def _dense(source: Source, spikes: Float[Array, "r"], filter: Filter, key: Key[Array, ""]) -> Decoupling:
    one, two = (source.model(k) for k in jr.split(key))
    latents = recovery.compare(one, two, source.spectrum, spikes)
    return Decoupling(convergence.overlap(one, two, filter), latents.recovery)
