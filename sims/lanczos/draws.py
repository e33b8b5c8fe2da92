"""Convergence without a matrix, for any spectrum: `method="lanczos"`.

q = tr(g(S₁)g(S₂)) / √(tr g(S₁)² tr g(S₂)²) is estimated by x̂ = g(S)z, the traces replaced by sums of
⟨x̂₁,x̂₂⟩, ‖x̂₁‖², ‖x̂₂‖² over p seeds z shared by the two models. The seeds have independent signs ±1 in the
eigenbasis of Σ: the expectation is that of Gaussian seeds, the noise smaller, since only entries of
g(S₁)g(S₂) off the diagonal contribute to it. It is O(1/√(dp)) a draw and averages out over draws.

Three kinds of training set: `lanczos_plan`. Recovery: `lanczos_recovery`, under the same name here.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.sharding import Mesh
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import positive
from lingen.models.filters import PCA, Filter
from lingen.models.observables import Convergence
from lingen.models.population import Population
from lingen.sims.dense import wishart
from lingen.sims.dense.wishart import DataSource
from lingen.sims.lanczos import process as lanczos_process
from lingen.sims.lanczos.plan import STORAGES, LanczosPlan, plan, without_rows
from lingen.sims.lanczos.process import Krylov
from lingen.sims.lanczos.recovery import recovery_sampler
from lingen.sims.lanczos.steps import needed

__all__ = ["STORAGES", "convergence_sampler", "overlap", "recovery_sampler", "seeds", "steps_for"]


@checked
@at_once
def convergence_sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    filter: Filter | None = None,
    steps: int | None = None,
    *,
    probes: int | None = None,
    accuracy: float = 1e-4,
    storage: str = "revealed",
    data_dtype: Any = "float64",
    block: int | None = None,
    mesh: Mesh | None = None,
    entries: str = "gaussian",
) -> Partial:
    """A draw of q, matrix-free: a function of a key.

    Args:
        population: the truth, of any spectrum.
        dim: d.
        load: γ = n/d of each of the two training sets.
        filter: the model, a function of single eigenvalues; the Gaussian one when absent.
        steps: Lanczos steps; chosen by a pilot (`steps_for`) when absent.
        probes: seeds p that share each product; 1 for revealed data, else 8, when absent.
        accuracy: relative truncation error of q, root mean square over draws, that the pilot aims at.
        storage: "revealed", "stored" or "regenerated".
        data_dtype: float32 or float64 data (stored or regenerated).
        block: rows a block; X in one piece when absent (stored only).
        mesh: devices that share the blocks, an axis "rows" (`matrix_free.row_mesh`).
        entries: the law of the whitened data, one of `wishart.ENTRIES`; only stored data in one piece may be
            other than Gaussian.

    Raises:
        ValueError: for PCA, which needs ranks, and for arguments out of range.
    """
    source = wishart.source(population, dim, load, entries, laid_out=False)
    filter = _analytic(wishart.check_filter(filter, dim))
    probes = (1 if storage == "revealed" else 8) if probes is None else probes
    count = 1 if steps is None else steps
    sizes = plan(source, count, probes, storage, data_dtype, block, mesh)
    source = without_rows(source, storage)
    if steps is None:
        sizes = sizes.replace(steps=steps_for(source, filter, accuracy))  # type: ignore[attr-defined]
    return Partial(_convergence, sizes, source, filter)


@checked
def steps_for(source: DataSource, filter: Filter, accuracy: float) -> int:
    """Lanczos steps for q to a relative `accuracy`, from a pilot draw (see `lanczos_steps`)."""

    def arguments(source: DataSource) -> tuple:
        return seeds(jr.key(2), 1, source.spectrum.size), filter

    return needed(source, _overlap_measure, arguments, float(positive("accuracy", accuracy)))


@checked
def seeds(key: Key[Array, ""], probes: int, dim: int) -> Float[Array, "p d"]:
    """Seeds of independent signs, E zzᵀ = I."""
    return jr.rademacher(key, (probes, dim), dtype=float)


@checked
def overlap(one: Float[Array, "*p d"], two: Float[Array, "*p d"]) -> Float[Array, ""]:
    """q = Σ⟨x̂₁,x̂₂⟩ / √(Σ‖x̂₁‖² Σ‖x̂₂‖²), sums over the seeds."""
    return jnp.sum(one * two) / jnp.sqrt(jnp.sum(one**2) * jnp.sum(two**2))


def _analytic(filter: Filter) -> Filter:
    if isinstance(filter, PCA):
        raise ValueError("filter must be a function of single eigenvalues for lanczos, got pca: use dense")
    return filter


def _convergence(sizes: LanczosPlan, source: DataSource, filter: Filter, key: Key[Array, ""]) -> Convergence:
    # the two data keys are those of a dense draw from the same key
    one, two = jr.split(key)
    z = seeds(jr.fold_in(key, 2), sizes.probes, source.spectrum.size)
    samples = [lanczos_process.apply(sizes.model(source, k), filter, z, sizes.steps) for k in (one, two)]
    return Convergence(overlap(*samples))


def _overlap_measure(arguments: tuple, one: Krylov, two: Krylov) -> Float[Array, ""]:
    precision = float(jnp.finfo(float).eps)
    return overlap(*(lanczos_process.expand(krylov, arguments[1], precision) for krylov in (one, two)))
