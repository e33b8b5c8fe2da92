"""The sizes of a matrix-free draw, and the three kinds of training set it can take.

"revealed": no X at all, exact in law, O(dk) memory, any n. "stored": X in memory, for float64 the same X as a
dense draw of the same key. "regenerated": blocks of X drawn anew at every step, O(dk) memory, O(nd) Gaussians
a step.
"""

from __future__ import annotations

from typing import Any

from flax import struct
from jax import Array
from jax.sharding import Mesh
from jaxtyping import Key

from lingen.boundary import checked
from lingen.checks import integer, room
from lingen.sims.dense.wishart import DataSource
from lingen.sims.lanczos import products as matrix_free
from lingen.sims.lanczos.revealed import Revealed

__all__ = ["STORAGES", "LanczosPlan", "plan", "without_rows"]

STORAGES = ("revealed", "stored", "regenerated")
BLOCK_BYTES = 1 << 22


@struct.dataclass
class LanczosPlan:
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

    def model(self, source: DataSource, key: Key[Array, ""]) -> Any:
        """One training set, as products with its covariance."""
        if self.storage == "revealed":
            return Revealed(key, source.spectrum, source.samples)
        if self.block is None:
            return matrix_free.stored(source, key, self.dtype)
        data: Any = matrix_free.blocked(source, key, self.block, self.dtype)
        data = data if self.mesh is None else matrix_free.sharded(data, self.mesh)
        return data.store() if self.storage == "stored" else data


@checked
def plan(
    source: DataSource,
    steps: int,
    probes: int,
    storage: str,
    dtype: Any,
    block: int | None,
    mesh: Mesh | None,
) -> LanczosPlan:
    """The plan of a draw from `source`; one `ValueError` for what does not fit.

    Args:
        source: where training sets come from.
        steps: Lanczos steps, at most d.
        probes: seeds.
        storage: one of `STORAGES`.
        dtype: float32 or float64.
        block: rows a block; chosen where absent and needed.
        mesh: devices that share the rows, or None.
    """
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
        block = _block_for(source.rows, dim, 1 if mesh is None else mesh.size)
    if block is not None:
        block = integer("block", block, low=1, high=source.rows)
    if source.entries != "gaussian" and (storage != "stored" or block is not None):
        raise ValueError(
            f"entries must be gaussian unless data are stored in one piece, got {source.entries}"
        )
    if mesh is not None and -(-source.rows // (block or 1)) % mesh.size:
        blocks = -(-source.rows // (block or 1))
        raise ValueError(f"mesh must divide the {blocks} blocks of rows, got {mesh.size} devices")
    if storage == "stored":
        room("dim", dim, float(source.rows) * dim, 'storage "revealed" needs no rows')
    return LanczosPlan(steps, probes, storage, name, block, mesh)


@checked
def without_rows(source: DataSource, storage: str) -> DataSource:
    """The same source; where no rows are laid out, of one number of them: one program serves all loads."""
    return source.replace(rows=0) if storage == "revealed" else source  # type: ignore[attr-defined]


def _block_for(rows: int, dim: int, devices: int) -> int:
    """Rows that fit the cache, 16 to 512 of them, the same number of blocks on each device."""
    largest = max(16, min(512, BLOCK_BYTES // (8 * dim)))
    each = -(-rows // (largest * devices))
    return -(-rows // (each * devices))
