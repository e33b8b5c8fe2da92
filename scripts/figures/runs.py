"""Points on demand that are cheaper than the same cells of a sweep: few compiled functions, no matrices.

A sweep takes as many Krylov rows as its accuracy of 1e-6 needs, each number of rows compiled by itself. A
figure needs 1e-4: one number of rows serves all loads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import product
from typing import Any

import jax.random as jr
import numpy as np
import xarray as xr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import Key

from lingen.models import population
from lingen.sims import power_laws as power_law_sim
from lingen.sims.engine.averages import mean_and_error
from lingen.sims.engine.ensemble import ensemble
from lingen.sims.krylov import draws as krylov
from lingen.sims.krylov import extremes

__all__ = ["distances", "edges", "memory", "plane", "power_laws"]

ROWS = 128
"""Rows of a Krylov band: q is biased by less than 1e-4 at every load."""
AXES = ("load", "spike", "dim", "exponent")
COLLAPSED, LARGEST = 1.25, 1024
"""The power law shown at several dimensions, and the dimension at which all are shown."""

Grid = Mapping[str, Any]
Draw = Callable[..., Any]


def plane(grid: Grid, draws: int, seed: int) -> xr.Dataset:
    """q, Q and the largest eigenvalue over load and spike strength, each with its exact law."""
    return _measured(_pair, ("load", "spike"), tuple(grid.items()), draws, seed)


def edges(grid: Grid, draws: int, seed: int) -> xr.Dataset:
    """Q and the largest eigenvalue over load, spike strength and dimension."""
    return _measured(_edge, ("load", "spike", "dim"), tuple(grid.items()), draws, seed)


def memory(grid: Grid, draws: int, seed: int) -> xr.Dataset:
    """Variances of the cosines with training and with fresh points over the load."""
    return _measured(_memory, ("load",), tuple(grid.items()), draws, seed)


def distances(grid: Grid, draws: int, seed: int) -> xr.Dataset:
    """W2²/d over the load."""
    return _measured(_distance, ("load",), tuple(grid.items()), draws, seed)


def power_laws(grid: Grid, draws: int, seed: int) -> xr.Dataset:
    """q of power laws over load, dimension and exponent, from n × n matrices; two samples at least."""
    return _measured(_disagreement, ("load", "dim", "exponent"), tuple(grid.items()), draws, seed)


@lru_cache(maxsize=16)
def _measured(
    sampler: Draw, dims: tuple[str, ...], items: tuple[tuple[str, Any], ...], draws: int, seed: int
) -> xr.Dataset:
    """Means and standard errors on the product of the axes; cells that a sampler leaves out are NaN."""
    grid = dict(items)
    shape = tuple(len(grid[name]) for name in dims)
    arrays: dict[str, np.ndarray] = {}
    for number, values in enumerate(product(*(grid[name] for name in dims))):
        at = {name: v[0] for name, v in grid.items() if name in AXES} | dict(zip(dims, values, strict=True))
        found: dict[str, Any] = {}
        for which, draw in enumerate(sampler(**at)):
            found |= ensemble(draw, jr.fold_in(jr.fold_in(jr.key(seed), number), which), draws)
        for name, value in found.items():
            pair = mean_and_error(np.asarray(value, float).reshape(draws))
            for key, what in zip((name, name + "_error"), pair, strict=True):
                arrays.setdefault(key, np.full(shape, np.nan)).flat[number] = what
    variables = {name: (dims, array) for name, array in arrays.items()}
    return xr.Dataset(variables, {name: list(grid[name]) for name in dims})


def _pair(load: float, spike: float, dim: int) -> list[Partial]:
    bulk = krylov.convergence_sampler(population.spiked([spike]), dim, load, rows=ROWS)
    return [Partial(_fields, bulk), *_edge(load, spike, dim)]


def _edge(load: float, spike: float, dim: int) -> list[Partial]:
    return [Partial(_top, extremes.sampler(population.spiked([spike]), dim, load))]


def _top(sampler: Partial, key: Key[Array, ""]) -> dict[str, Array]:
    found = sampler(key)
    return {"recovery": found.recovery, "outlier": found.largest}


def _memory(load: float, dim: int) -> list[Partial]:
    return [Partial(_fields, krylov.memorisation_sampler(population.isotropic(), dim, load, rows=ROWS))]


def _distance(load: float, dim: int) -> list[Partial]:
    return [Partial(_fields, krylov.distances_sampler(population.isotropic(), dim, load, rows=ROWS))]


def _fields(sampler: Partial, key: Key[Array, ""]) -> dict[str, Array]:
    return {name: value for name, value in sampler(key)._asdict().items() if value is not None}


def _disagreement(load: float, dim: int, exponent: float) -> list[Partial]:
    samples = round(load * dim)
    if samples < 2 or (dim < LARGEST and exponent != COLLAPSED):
        return []
    return [Partial(_converged, power_law_sim.sampler(population.power_law(exponent, dim), dim, samples))]


def _converged(sampler: Partial, key: Key[Array, ""]) -> dict[str, Array]:
    return {"convergence": 1.0 - sampler(key).disagreement}
