"""Sample covariances as products: V ↦ V S, S = XᵀX/n, without a d×d array.

X has n rows of covariance Σ = diag(spectrum). It is `Stored`, in one piece or in blocks of rows that several
devices may share, or `Regenerated`: each block of rows is drawn again from its key at every visit, and one
visit gives both products, V X_bᵀ and (V X_bᵀ) X_b. A third form, which needs no rows at all, is `revealed`.

Vectors are rows, (p, d): the p of them share every pass over the data. Products run in the dtype of the
data, everything around them in double precision. With float32 data S is that of a slightly rounded X (an
entry by 6e-8 of itself), and a product is off by about 1e-7 of ‖S‖ in a random direction.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from flax import struct
from jax import Array
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from jaxtyping import Float, Int, Key

from lingen.boundary import checked
from lingen.checks import integer
from lingen.sims.dense.wishart import DataSource

__all__ = ["Regenerated", "Stored", "blocked", "row_mesh", "sharded", "stored"]

State = Any

STRETCH_BYTES = 1 << 20
LEAST_STRETCH = 16


@struct.dataclass
class Stored:
    """S = XᵀX/n with X in memory.

    Attributes:
        rows: X, rows beyond n zero, shape (m, d); split along m over `mesh` when there is one.
        samples: n.
        mesh: the devices that share the rows, along an axis "rows", or None (static).
    """

    rows: Float[Array, "m d"]
    samples: Int[Array, ""]
    mesh: Mesh | None = struct.field(pytree_node=False, default=None)

    @property
    def precision(self) -> float:
        """Round-off of the products, relative to ‖S‖."""
        return float(jnp.finfo(self.rows.dtype).eps)

    def start(self, products: int) -> State:
        """What a sequence of `products` products carries along: nothing."""
        return ()

    def apply(self, state: State, vectors: Float[Array, "p d"]) -> tuple[State, Float[Array, "p d"]]:
        """V S."""
        return state, _over(self.mesh, _through, self.rows, vectors) / self.samples


@struct.dataclass
class Regenerated:
    """S = XᵀX/n with blocks of rows of X drawn again whenever they are needed; no row depends on the blocks.

    Attributes:
        key: key of the data.
        spectrum: eigenvalues of Σ, shape (d,).
        samples: n.
        blocks: the numbers b of the blocks, shape (blocks,).
        block: rows a block (static).
        dtype: of the rows (static).
        mesh: the devices that share the blocks, along an axis "rows", or None (static).
    """

    key: Key[Array, ""]
    spectrum: Float[Array, "d"]
    samples: Int[Array, ""]
    blocks: Int[Array, "blocks"]
    block: int = struct.field(pytree_node=False)
    dtype: Any = struct.field(pytree_node=False)
    mesh: Mesh | None = struct.field(pytree_node=False, default=None)

    @property
    def precision(self) -> float:
        """Round-off of the products, relative to ‖S‖."""
        return float(jnp.finfo(self.dtype).eps)

    def start(self, products: int) -> State:
        """What a sequence of `products` products carries along: nothing."""
        return ()

    def apply(self, state: State, vectors: Float[Array, "p d"]) -> tuple[State, Float[Array, "p d"]]:
        """V S."""

        def through(blocks: Array, vectors: Array) -> Array:
            return jax.lax.fori_loop(
                0,
                blocks.size,
                lambda i, total: total + _through(self.rows_of(blocks[i]), vectors),
                jnp.zeros_like(vectors),
            )

        return state, _over(self.mesh, through, self.blocks, vectors) / self.samples

    def rows_of(self, number: Int[Array, ""]) -> Float[Array, "block d"]:
        """The rows of block `number`, row i of X from `fold_in(key, i)`; those beyond n are zero."""
        index = number * self.block + jnp.arange(self.block)
        noise = jax.lax.platform_dependent(index, cpu=self._one_by_one, default=jax.vmap(self._row))
        return jnp.where((index < self.samples)[:, None], noise, 0.0)

    def _one_by_one(self, index: Int[Array, "block"]) -> Float[Array, "block d"]:
        """In the cache; and finished before a product, which would otherwise draw every entry many times."""
        return jax.lax.map(self._row, index)

    def _row(self, index: Int[Array, ""]) -> Float[Array, "d"]:
        noise = jr.normal(jr.fold_in(self.key, index), self.spectrum.shape, self.dtype)
        return noise * jnp.sqrt(self.spectrum).astype(self.dtype)

    def store(self) -> Stored:
        """The same matrix, kept."""
        rows = _everywhere(self.mesh, lambda blocks: jax.lax.map(self.rows_of, blocks), self.blocks)
        return Stored(rows.reshape(-1, self.spectrum.size), self.samples, self.mesh)


@checked
def stored(source: DataSource, key: Key[Array, ""], dtype: Any = jnp.float64) -> Stored:
    """One training set in one piece: the very data a dense draw takes from this key, rounded to `dtype`."""
    return Stored(source.data(key).astype(dtype), source.samples)


@checked
def blocked(source: DataSource, key: Key[Array, ""], block: int, dtype: Any = jnp.float64) -> Regenerated:
    """One training set in blocks of rows that are drawn again at every visit."""
    count = -(-source.rows // block)
    return Regenerated(key, source.spectrum, source.samples, jnp.arange(count), block, jnp.dtype(dtype))


@checked
def sharded(operator: Stored | Regenerated, mesh: Mesh) -> Stored | Regenerated:
    """The same matrix with its rows shared by the devices of `mesh`; products are summed over them.

    Raises:
        ValueError: if the mesh has no axis "rows", or its size does not divide the rows (or blocks).
    """
    if mesh.axis_names != ("rows",):
        raise ValueError(f"mesh must have one axis 'rows', got {mesh.axis_names}")
    name, leaf = ("rows", operator.rows) if isinstance(operator, Stored) else ("blocks", operator.blocks)
    if leaf.shape[0] % mesh.size:
        raise ValueError(f"mesh must divide the {leaf.shape[0]} {name}, got {mesh.size} devices")
    placement = NamedSharding(mesh, PartitionSpec("rows"))
    placed = (
        jax.lax.with_sharding_constraint(leaf, placement)
        if isinstance(leaf, jax.core.Tracer)
        else jax.device_put(leaf, placement)
    )
    return operator.replace(**{name: placed, "mesh": mesh})  # type: ignore[union-attr]


@checked
def row_mesh(devices: int | None = None) -> Mesh:
    """A mesh of the first `devices` devices (all when absent) along an axis "rows"."""
    available = jax.devices()
    count = len(available) if devices is None else integer("devices", devices, low=1, high=len(available))
    return Mesh(np.asarray(available[:count]), ("rows",))


def _through(rows: Float[Array, "m d"], vectors: Float[Array, "p d"]) -> Float[Array, "p d"]:
    """(V Xᵀ) X in the dtype of X, returned in that of V."""
    given = vectors.astype(rows.dtype)
    found = jax.lax.platform_dependent(rows, given, cpu=_by_stretches, default=_twice)
    return found.astype(vectors.dtype)


def _by_stretches(rows: Float[Array, "m d"], vectors: Float[Array, "p d"]) -> Float[Array, "p d"]:
    """A stretch of rows at a time, met twice while it is in the cache: one pass over memory, not two."""
    count, dim = rows.shape
    stretch = min(count, max(LEAST_STRETCH, STRETCH_BYTES // (dim * rows.dtype.itemsize)))
    whole = count - count % stretch

    def add(i: Array, total: Array) -> Array:
        return total + _twice(jax.lax.dynamic_slice_in_dim(rows, i * stretch, stretch), vectors)

    total = jax.lax.fori_loop(0, whole // stretch, add, jnp.zeros_like(vectors))
    return total if whole == count else total + _twice(rows[whole:], vectors)


def _twice(rows: Float[Array, "m d"], vectors: Float[Array, "p d"]) -> Float[Array, "p d"]:
    if vectors.shape[0] == 1:
        # as a matrix times a vector: as a thin matrix product the same would take ten times as long
        return _exactly(_exactly(rows, vectors[0]), rows)[None]
    return _exactly(_exactly(vectors, rows.T), rows)


_exactly = partial(jnp.matmul, precision="highest")
"""To the round-off of the numbers: some accelerators take single precision for three digits if they may."""


def _over(mesh: Mesh | None, product: Any, shared: Array, vectors: Array) -> Array:
    """`product` of the local part of `shared` with `vectors`, summed over the devices of `mesh`."""
    if mesh is None:
        return product(shared, vectors)
    return jax.shard_map(
        lambda part, vectors: jax.lax.psum(product(part, vectors), "rows"),
        mesh=mesh,
        in_specs=(PartitionSpec("rows"), PartitionSpec()),
        out_specs=PartitionSpec(),
        check_vma=False,
    )(shared, vectors)


def _everywhere(mesh: Mesh | None, make: Any, shared: Array) -> Array:
    """`make` of the local part of `shared` on each device, left where it is made."""
    if mesh is None:
        return make(shared)
    return jax.shard_map(
        make, mesh=mesh, in_specs=PartitionSpec("rows"), out_specs=PartitionSpec("rows"), check_vma=False
    )(shared)
