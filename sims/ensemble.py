"""Many draws: vmapped over keys, sharded over devices, batched to a memory bound.

Draw i of an ensemble is `draw(fold_in(key, i))`. Draws run in groups of a width that depends on the draw
alone, each group aligned to a multiple of it, so that the numbers are the same bit for bit whatever the
batch size, the number of devices and the stretch of indices asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Int, Key

from lingen.checks import integer

__all__ = ["ensemble", "group_width", "stream"]

Draw = Callable[[Key[Array, ""]], Any]

GROUP_BYTES = 1 << 28
GROUP_LARGEST = {"cpu": 32, "gpu": 256, "tpu": 256}
FACTORISATIONS = {"eigh", "eig", "svd", "qr", "geqrf", "householder_product", "cholesky", "lu", "schur", "triangular_solve"}


def ensemble(
    draw: Draw,
    key: Key[Array, ""],
    draws: int,
    devices: Sequence[jax.Device] | None = None,
    batch_size: int | None = None,
    start: int = 0,
) -> Any:
    """Stack `draws` draws along a new first axis, as NumPy arrays.

    Args:
        draw: a pure function of a key; a `jax.tree_util.Partial` is compiled once for all its numbers.
        key: key of the ensemble; draw i uses `fold_in(key, i)`.
        draws: number of draws.
        devices: where to run; all local devices when absent.
        batch_size: draws per compiled call over all devices; a bound on memory, rounded up to whole groups.
        start: index of the first draw, so that an ensemble can be continued.

    Raises:
        ValueError: if `draws`, `batch_size` or `start` is out of range.
    """
    parts = list(stream(draw, key, draws, devices, batch_size, start))
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)


def stream(
    draw: Draw,
    key: Key[Array, ""],
    draws: int,
    devices: Sequence[jax.Device] | None = None,
    batch_size: int | None = None,
    start: int = 0,
) -> Iterator[Any]:
    """The batches of `ensemble`, one after the other, so that a caller can show progress or stop."""
    draws = integer("draws", draws, low=1)
    start = integer("start", start, low=0)
    if batch_size is not None:
        batch_size = integer("batch_size", batch_size, low=1)
    mesh = _mesh(tuple(devices if devices is not None else jax.local_devices()))
    width = group_width(draw, key)
    batch = _batch(draws, width, mesh.size, batch_size)
    first = start - start % width
    for low in range(first, start + draws, batch):
        stack = _run(draw, key, jnp.arange(low, low + batch), mesh=mesh, width=width)
        keep = slice(max(start - low, 0), min(start + draws - low, batch))
        yield jax.tree.map(lambda leaf, keep=keep: np.asarray(leaf)[keep], stack)


def group_width(draw: Draw, key: Key[Array, ""]) -> int:
    """Draws vmapped together: a power of two set by the draw's largest array and the kind of device.

    On CPU a draw that factorises matrices stays alone: a stack of factorisations there shares one pool of
    threads with the other host devices and can wait for itself for ever.
    """
    equations = list(_equations(jax.make_jaxpr(draw)(key).jaxpr))
    backend = jax.default_backend()
    if backend == "cpu" and any(e.primitive.name in FACTORISATIONS for e in equations):
        return 1
    largest = max((_bytes(v.aval) for e in equations for v in e.outvars), default=8)
    fitting = max(1, GROUP_BYTES // max(largest, 1))
    return min(GROUP_LARGEST.get(backend, 8), 1 << (fitting.bit_length() - 1))


def _equations(jaxpr: Any) -> Iterator[Any]:
    for equation in jaxpr.eqns:
        yield equation
        for parameter in jax.tree.leaves(equation.params, is_leaf=lambda p: hasattr(p, "jaxpr") or hasattr(p, "eqns")):
            inner = getattr(parameter, "jaxpr", parameter)
            if hasattr(inner, "eqns"):
                yield from _equations(inner)


def _batch(draws: int, width: int, devices: int, batch_size: int | None) -> int:
    """Draws per compiled call: a power of two of groups on each device, so that few sizes are compiled."""
    groups = -(-min(draws, batch_size or draws) // (width * devices))
    bound = 1 << (groups - 1).bit_length()
    return width * devices * min(bound, 32)


@partial(jax.jit, static_argnames=("mesh", "width"))
def _run_partial(draw: Any, key: Key[Array, ""], indices: Int[Array, "b"], *, mesh: Mesh, width: int) -> Any:
    everywhere = PartitionSpec()
    along = PartitionSpec("draws")

    def local(draw: Any, key: Array, indices: Array) -> Any:
        return jax.lax.map(lambda i: draw(jr.fold_in(key, i)), indices, batch_size=width)

    mapped = jax.shard_map(local, mesh=mesh, in_specs=(everywhere, everywhere, along), out_specs=along, check_vma=False)
    return mapped(draw, key, indices)


def _run(draw: Draw, key: Array, indices: Array, *, mesh: Mesh, width: int) -> Any:
    as_pytree = draw if isinstance(draw, jax.tree_util.Partial) else jax.tree_util.Partial(draw)
    return _run_partial(as_pytree, key, indices, mesh=mesh, width=width)


@lru_cache
def _mesh(devices: tuple[jax.Device, ...]) -> Mesh:
    return Mesh(np.asarray(devices), ("draws",))


def _bytes(aval: Any) -> int:
    return int(np.prod(getattr(aval, "shape", ()), dtype=np.int64)) * 8
