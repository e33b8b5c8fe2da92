"""Convergence and recovery without a matrix, for any spectrum: `method="lanczos"`.

q = tr(g(S₁)g(S₂)) / √(tr g(S₁)² tr g(S₂)²) is estimated by x̂ = g(S)z, the traces replaced by sums of
⟨x̂₁,x̂₂⟩, ‖x̂₁‖², ‖x̂₂‖² over p seeds z shared by the two models. The seeds have independent signs ±1 in the
eigenbasis of Σ: the expectation is that of Gaussian seeds, the noise smaller, since only entries of
g(S₁)g(S₂) off the diagonal contribute to it. It is O(1/√(dp)) a draw and averages out over draws.

Three kinds of data: "revealed" (no X at all, exact in law, O(dk) memory, any n), "stored" (X in memory: for
float64 the same X as a dense draw of the same key) and "regenerated" (blocks of X drawn anew at every step).
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from flax import struct
from jax import Array
from jax.sharding import Mesh
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Int, Key

from lingen.checks import integer, positive
from lingen.models.filters import PCA, Filter
from lingen.models.observables import Convergence, Recovery
from lingen.models.population import Population
from lingen.sims import lanczos_process, matrix_free, wishart
from lingen.sims.lanczos_process import Krylov
from lingen.sims.lanczos_steps import needed
from lingen.sims.revealed import Revealed
from lingen.sims.wishart import Source

__all__ = ["STORAGES", "Plan", "convergence_sampler", "overlap", "recovery_sampler", "seeds", "steps_for"]

STORAGES = ("revealed", "stored", "regenerated")


@struct.dataclass
class Plan:
    """The sizes of a draw, all static.

    Attributes:
        steps: Lanczos steps k.
        probes: seeds p.
        storage: one of `STORAGES`.
        dtype: of the data, "float32" or "float64".
        block: rows a block, or None for X in one piece.
        mesh: devices that share the rows, or None.
    """

    steps: int = struct.field(pytree_node=False)
    probes: int = struct.field(pytree_node=False)
    storage: str = struct.field(pytree_node=False)
    dtype: str = struct.field(pytree_node=False)
    block: int | None = struct.field(pytree_node=False)
    mesh: Mesh | None = struct.field(pytree_node=False)

    def model(self, source: Source, key: Key[Array, ""]) -> Any:
        """One training set, as products with its covariance."""
        if self.storage == "revealed":
            return Revealed(key, source.spectrum, source.samples)
        if self.block is None:
            return matrix_free.stored(source, key, self.dtype)
        data: Any = matrix_free.blocked(source, key, self.block, self.dtype)
        data = data if self.mesh is None else matrix_free.sharded(data, self.mesh)
        return data.store() if self.storage == "stored" else data


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
    source = wishart.source(population, dim, load, entries)
    filter = _analytic(wishart.check_filter(filter, dim))
    probes = (1 if storage == "revealed" else 8) if probes is None else probes
    count = 1 if steps is None else steps
    plan = _plan(source, count, probes, storage, data_dtype, block, mesh)
    if steps is None:
        plan = plan.replace(steps=steps_for(source, filter, accuracy))  # type: ignore[attr-defined]
    return Partial(_convergence, plan, source, filter)


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
        storage: as in `convergence_sampler`, and so are `data_dtype`, `block`, `mesh` and `entries`.
        data_dtype: see there.
        block: see there.
        mesh: see there.
        entries: see there.

    Raises:
        ValueError: for a population without spikes when `leading` is absent, and arguments out of range.
    """
    source = wishart.source(population, dim, load, entries)
    if leading is None and population.spikes.size == 0:
        raise ValueError("population must have at least one spike where leading is absent, got none")
    wanted = _wanted(source, population.spikes.size, leading)
    last = int(np.max(np.asarray(wanted[1]))) + 1
    count = last if steps is None else integer("steps", steps, low=last, high=dim)
    plan = _plan(source, count, 1, storage, data_dtype, block, mesh)
    if steps is None:
        arguments = (_start(source, wanted[0], jr.key(2)), source, *wanted)
        found = needed(source, _recovery_measure, arguments, float(positive("accuracy", accuracy)), False)
        plan = plan.replace(steps=max(found, last))  # type: ignore[attr-defined]
    return Partial(_recovery, plan, source, *wanted)


def steps_for(source: Source, filter: Filter, accuracy: float) -> int:
    """Lanczos steps for q to a relative `accuracy`, from a pilot draw (see `lanczos_steps`)."""
    seed = seeds(jr.key(2), 1, source.spectrum.size)
    return needed(source, _overlap_measure, (seed, filter), float(positive("accuracy", accuracy)))


def seeds(key: Key[Array, ""], probes: int, dim: int) -> Float[Array, "p d"]:
    """Seeds of independent signs, E zzᵀ = I."""
    return jr.rademacher(key, (probes, dim), dtype=float)


def overlap(one: Float[Array, "p d"], two: Float[Array, "p d"]) -> Float[Array, ""]:
    """q = Σ⟨x̂₁,x̂₂⟩ / √(Σ‖x̂₁‖² Σ‖x̂₂‖²), sums over the seeds."""
    return jnp.sum(one * two) / jnp.sqrt(jnp.sum(one**2) * jnp.sum(two**2))


def _plan(
    source: Source, steps: int, probes: int, storage: str, dtype: Any, block: int | None, mesh: Mesh | None
) -> Plan:
    dim = source.spectrum.size
    steps = integer("steps", steps, low=1, high=dim)
    probes = integer("probes", probes, low=1)
    if storage not in STORAGES:
        raise ValueError(f"storage must be one of {', '.join(STORAGES)}, got {storage!r}")
    name = getattr(dtype, "__name__", str(dtype))
    if name not in ("float32", "float64"):
        raise ValueError(f"data_dtype must be float32 or float64, got {dtype!r}")
    if storage == "revealed" and (block is not None or mesh is not None):
        raise ValueError("block and mesh must be absent for revealed data, which has no rows")
    if block is None and (storage == "regenerated" or mesh is not None):
        block = _block_for(source.rows, 1 if mesh is None else mesh.size)
    if block is not None:
        block = integer("block", block, low=1, high=source.rows)
    if source.entries != "gaussian" and (storage != "stored" or block is not None):
        raise ValueError(
            f"entries must be gaussian unless data are stored in one piece, got {source.entries}"
        )
    if mesh is not None and -(-source.rows // (block or 1)) % mesh.size:
        blocks = -(-source.rows // (block or 1))
        raise ValueError(f"mesh must divide the {blocks} blocks of rows, got {mesh.size} devices")
    return Plan(steps, probes, storage, name, block, mesh)


def _block_for(rows: int, devices: int) -> int:
    """At most 512 rows a block, the same number of blocks on each device."""
    each = -(-rows // (512 * devices))
    return -(-rows // (each * devices))


def _analytic(filter: Filter) -> Filter:
    if isinstance(filter, PCA):
        raise ValueError("filter must be a function of single eigenvalues for lanczos, got pca: use dense")
    return filter


def _convergence(plan: Plan, source: Source, filter: Filter, key: Key[Array, ""]) -> Convergence:
    # the two data keys are those of a dense draw from the same key
    one, two = jr.split(key)
    z = seeds(jr.fold_in(key, 2), plan.probes, source.spectrum.size)
    samples = [lanczos_process.apply(plan.model(source, k), filter, z, plan.steps) for k in (one, two)]
    return Convergence(overlap(*samples))


def _overlap_measure(arguments: tuple, one: Krylov, two: Krylov) -> Float[Array, ""]:
    precision = float(jnp.finfo(float).eps)
    return overlap(*(lanczos_process.expand(krylov, arguments[1], precision) for krylov in (one, two)))


def _wanted(source: Source, spikes: int, leading: int | None) -> tuple[Int[Array, "m"], Int[Array, "m"]]:
    """The coordinates of the wanted population directions, and their ranks among all eigenvalues."""
    order = jnp.argsort(-source.spectrum, stable=True)
    if leading is not None:
        count = integer("leading", leading, low=1, high=source.spectrum.size)
        return order[:count], jnp.arange(count)
    return jnp.arange(spikes), jnp.argsort(order)[:spikes]


def _start(source: Source, coordinates: Int[Array, "m"], key: Key[Array, ""]) -> Float[Array, "1 d"]:
    """A start near the wanted directions: Σ^{1/2}z/√tr Σ, with those coordinates of order one."""
    z = jr.normal(key, source.spectrum.shape)
    vector = z * jnp.sqrt(source.spectrum / jnp.sum(source.spectrum))
    return vector.at[coordinates].add(jnp.sign(z[coordinates]))[None]


def _recovery(
    plan: Plan, source: Source, coordinates: Int[Array, "m"], ranks: Int[Array, "m"], key: Key[Array, ""]
) -> Recovery:
    one, two = jr.split(key)
    z = _start(source, coordinates, jr.fold_in(key, 2))
    spaces = [lanczos_process.decompose(plan.model(source, k), z, plan.steps) for k in (one, two)]
    return _compare(source, coordinates, ranks, *spaces)


def _recovery_measure(arguments: tuple, one: Krylov, two: Krylov) -> Float[Array, "2 m"]:
    found = _compare(*arguments[1:], one, two)  # type: ignore[call-arg]
    return jnp.stack([found.recovery, found.agreement])


def _compare(
    source: Source, coordinates: Int[Array, "m"], ranks: Int[Array, "m"], one: Krylov, two: Krylov
) -> Recovery:
    (first, left), (second, right) = (lanczos_process.leading(space, ranks) for space in (one, two))
    values = source.spectrum[coordinates]
    together = jnp.abs(values[:, None] - values) <= 1e-9 * jnp.maximum(values[:, None], values)
    known = _shared(left[:, coordinates].T, together) + _shared(right[:, coordinates].T, together)
    return Recovery(known / 2, (first + second) / 2, _shared(left @ right.T, together))


def _shared(overlaps: Float[Array, "m m"], together: Float[Array, "m m"]) -> Float[Array, "m"]:
    """Σ_{j,k in the group of i} (overlap of j and k)², divided by the size of the group."""
    same = together.astype(float)
    return jnp.einsum("ij,jk,ik->i", same, overlaps**2, same) / jnp.sum(same, axis=1)
