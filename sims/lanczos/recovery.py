"""Recovery without a matrix, for any spectrum: the leading eigenvectors of S from its Krylov space.

The Lanczos process (`lanczos_process`) starts near the wanted population directions, at Σ^{1/2}z with their
coordinates raised to order one, so that few steps find the sample eigenvectors that belong to them.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.sharding import Mesh
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Int, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, positive
from lingen.models.observables import Recovery
from lingen.models.population import Population
from lingen.sims.dense import wishart
from lingen.sims.dense.groups import groups, shared
from lingen.sims.dense.wishart import DataSource
from lingen.sims.lanczos import process as lanczos_process
from lingen.sims.lanczos.plan import LanczosPlan, plan, without_rows
from lingen.sims.lanczos.process import Krylov
from lingen.sims.lanczos.steps import needed

__all__ = ["recovery_sampler"]


@checked
@at_once
def recovery_sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    leading: int | None = None,
    steps: int | None = None,
    *,
    accuracy: float = 1e-4,
    storage: str = "revealed",
    data_dtype: Any = "float64",
    block: int | None = None,
    mesh: Mesh | None = None,
    entries: str = "gaussian",
) -> Partial:
    """A draw of Q, outliers and agreement, matrix-free: a function of a key.

    One entry a spike; with `leading`, one entry for each of the leading population eigenvalues instead: the
    overlap of the k-th sample eigenvector with the k-th population direction (R8).

    Args:
        population: the truth, of any spectrum.
        dim: d.
        load: γ = n/d of each of the two training sets.
        leading: how many leading eigenvectors; the spikes when absent.
        steps: Lanczos steps; chosen by a pilot when absent.
        accuracy: absolute truncation error of Q and of the agreement that the pilot aims at.
        storage: as in `lanczos.convergence_sampler`, and so are `data_dtype`, `block`, `mesh` and `entries`.
        data_dtype: see there.
        block: see there.
        mesh: see there.
        entries: see there.

    Raises:
        ValueError: for a population without spikes when `leading` is absent, and arguments out of range.
    """
    source = wishart.source(population, dim, load, entries, laid_out=False)
    if leading is None and population.spikes.size == 0:
        raise ValueError("population must have at least one spike where leading is absent, got none")
    wanted = _wanted(source, population.spikes.size, leading)
    last = int(np.max(np.asarray(wanted[1]))) + 1
    count = last if steps is None else integer("steps", steps, low=last, high=dim)
    sizes = plan(source, count, 1, storage, data_dtype, block, mesh)
    source = without_rows(source, storage)
    if steps is None:
        arguments = (_start(source, wanted[0], jr.key(2)), source, *wanted)
        found = needed(source, _recovery_measure, arguments, float(positive("accuracy", accuracy)), False)
        sizes = sizes.replace(steps=max(found, last))  # type: ignore[attr-defined]
    return Partial(_recovery, sizes, source, *wanted)


def _wanted(source: DataSource, spikes: int, leading: int | None) -> tuple[Int[Array, "m"], Int[Array, "m"]]:
    """The coordinates of the wanted population directions, and their ranks among all eigenvalues."""
    order = np.argsort(-np.asarray(source.spectrum), kind="stable")
    if leading is not None:
        count = integer("leading", leading, low=1, high=source.spectrum.size)
        return jax.device_put(order[:count]), jax.device_put(np.arange(count))
    return jax.device_put(np.arange(spikes)), jax.device_put(np.argsort(order)[:spikes])


def _start(source: DataSource, coordinates: Int[Array, "m"], key: Key[Array, ""]) -> Float[Array, "1 d"]:
    """A start near the wanted directions: Σ^{1/2}z/√tr Σ, with those coordinates of order one."""
    z = jr.normal(key, source.spectrum.shape)
    vector = z * jnp.sqrt(source.spectrum / jnp.sum(source.spectrum))
    return vector.at[coordinates].add(jnp.sign(z[coordinates]))[None]


def _recovery(
    sizes: LanczosPlan,
    source: DataSource,
    coordinates: Int[Array, "m"],
    ranks: Int[Array, "m"],
    key: Key[Array, ""],
) -> Recovery:
    one, two = jr.split(key)
    z = _start(source, coordinates, jr.fold_in(key, 2))
    spaces = [lanczos_process.decompose(sizes.model(source, k), z, sizes.steps) for k in (one, two)]
    return _compare(source, coordinates, ranks, *spaces)


def _recovery_measure(arguments: tuple, one: Krylov, two: Krylov) -> Float[Array, "2 m"]:
    found = _compare(*arguments[1:], one, two)  # type: ignore[call-arg]
    return jnp.stack([found.recovery, found.agreement])


def _compare(
    source: DataSource, coordinates: Int[Array, "m"], ranks: Int[Array, "m"], one: Krylov, two: Krylov
) -> Recovery:
    (first, left), (second, right) = (lanczos_process.leading(space, ranks) for space in (one, two))
    together = groups(source.spectrum[coordinates])
    known = shared(left[:, coordinates].T, together) + shared(right[:, coordinates].T, together)
    return Recovery(known / 2, (first + second) / 2, shared(left @ right.T, together))
