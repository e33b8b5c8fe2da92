"""Disagreement measured: two samplers of disjoint training sets, run from the same seeds z.

Given S₁ and S₂ the distance for a seed is exact; over an eigenspace of Σ it is a trace.
"""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import finite
from lingen.models.filters import Filter
from lingen.models.observables import SeedDisagreement, SeedDistances
from lingen.models.population import Population
from lingen.sims.dense import wishart
from lingen.sims.dense.eigenspaces import Eigenspaces, eigenspaces
from lingen.sims.dense.roots import root
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine import methods
from lingen.sims.engine.single import draw_of

__all__ = ["METHODS", "draw", "sampler", "seed_sampler"]

METHODS = methods.Methods("disagreement")


@checked
@at_once
def sampler(
    population: Population, dim: int, load: ArrayLike, filter: Filter | None = None, method: str = "dense"
) -> Partial:
    """A draw of the relative disagreement of two samplers in each eigenspace of the bulk.

    Args:
        population: the truth.
        dim: d; every bulk atom must have an eigenvalue there.
        load: γ = n/d of each of the two training sets.
        filter: the model; the Gaussian one when absent.
        method: "dense" or "auto".

    Raises:
        ValueError: for an argument out of range, another method, a dimension too small for the bulk.
    """
    methods.choose(METHODS, method, population, dim, filter)
    source = wishart.source(population, dim, load)
    return Partial(_modes, source, wishart.check_filter(filter, dim), eigenspaces(population, dim))


draw = draw_of(sampler, SeedDisagreement)


@checked
@at_once
def seed_sampler(
    population: Population, load: ArrayLike, seeds: Float[Array, "m d"], filter: Filter | None = None
) -> Partial:
    """A draw of ‖x̂₁−x̂₂‖²/2d for each of the seeds.

    Args:
        population: the truth.
        load: γ = n/d of each of the two training sets.
        seeds: z in the eigenbasis of Σ, as `population.spectrum(d)` orders it, shape (m, d).
        filter: the model; the Gaussian one when absent.

    Raises:
        ValueError: for an argument out of range, or seeds that are not finite.
    """
    z = finite("seeds", seeds)
    source = wishart.source(population, z.shape[-1], load)
    return Partial(_seeds, source, wishart.check_filter(filter, z.shape[-1]), z)


def _models(source: DataSource, filter: Filter, key: Array) -> tuple[Array, Array]:
    one, two = jr.split(key)
    return root(source.model(one), filter)[0], root(source.model(two), filter)[0]


def _modes(source: DataSource, filter: Filter, spaces: Eigenspaces, key: Key[Array, ""]) -> SeedDisagreement:
    one, two = _models(source, filter, key)
    apart = spaces.mean(jnp.sum((one - two) ** 2, axis=0))
    energy = spaces.mean(jnp.sum(one**2 + two**2, axis=0))
    return SeedDisagreement(jnp.where(energy > 0, apart / jnp.where(energy > 0, energy, 1.0), 0.0))


def _seeds(source: DataSource, filter: Filter, seeds: Array, key: Key[Array, ""]) -> SeedDistances:
    one, two = _models(source, filter, key)
    return SeedDistances(0.5 * jnp.mean((seeds @ (one - two)) ** 2, axis=-1))
