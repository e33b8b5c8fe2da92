"""Many draws: vmapped over keys, sharded over devices, batched to a memory bound.

Draw i of an ensemble is `draw(fold_in(key, i))`. Draws run in groups of a width that depends on the draw
alone, each group aligned to a multiple of it, so that the numbers are the same bit for bit whatever the
batch size, the number of devices and the stretch of indices asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Int, Key
from threadpoolctl import ThreadpoolController

from lingen.checks import integer
from lingen.sims import hosts

__all__ = ["ensemble", "group_width", "stream"]

Draw = Callable[[Key[Array, ""]], Any]

GROUP_BYTES = 1 << 28
GROUP_LARGEST = {"cpu": 32, "gpu": 256, "tpu": 256}
GROUPS_LARGEST = 32
FACTORISATIONS = frozenset(
    {
        "cholesky", "eig", "eigh", "geqrf", "hessenberg", "householder_product", "lu", "ormqr", "qr", "schur",
        "svd", "triangular_solve", "tridiagonal", "tridiagonal_solve",
    }
)  # fmt: skip


class Traits(NamedTuple):
    """What of a draw decides how it runs: sizes, and whether it factorises (stacks of) matrices."""

    largest_bytes: int
    output_bytes: int
    factorises: bool
    factorises_stacks: bool


def ensemble(
    draw: Draw,
    key: Key[Array, ""],
    draws: int,
    devices: Sequence[jax.Device] | None = None,
    batch_size: int | None = None,
    start: int = 0,
) -> Any:
    """Stack `draws` draws along a new first axis, as NumPy arrays.

    Nothing is raised for a draw that is not finite: the arrays say so, and a claim reports it.

    Args:
        draw: a pure function of a key; a `jax.tree_util.Partial` is compiled once for all its numbers.
        key: key of the ensemble; draw i uses `fold_in(key, i)`.
        draws: number of draws.
        devices: where to run; all devices of all processes when absent (`lingen.sims.hosts`). On CPU a
            draw that factorises stacks of matrices runs on the first one only: on several host devices it
            can wait for itself for ever.
        batch_size: draws per compiled call, over all devices, rounded down to whole groups
            (`group_width`) on each device, but at least one; 32 groups on each when absent.
        start: index of the first draw, so that an ensemble can be continued.

    Raises:
        ValueError: if `draws`, `batch_size` or `start` is out of range, `key` is not one typed key, `draw`
            is not callable or `devices` is empty.
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
    batch_size = None if batch_size is None else integer("batch_size", batch_size, low=1)
    draw, mesh = _partial(draw), _mesh(_devices(devices))
    traits = _traits(draw, _typed(key))
    if traits.factorises_stacks and _platform(mesh) == "cpu":
        mesh = _mesh((mesh.devices.flat[0],))
    width = _width(traits, _platform(mesh))
    room = max(1, min(GROUPS_LARGEST, GROUP_BYTES // (width * max(1, traits.output_bytes))))
    largest = room if batch_size is None else min(room, max(1, batch_size // (width * mesh.size)))
    run = partial(_run, draw, key, mesh=mesh, width=width, room=room)
    return _batches(run, draws, start, mesh.size, width, largest, together=devices is None)


def group_width(draw: Draw, key: Key[Array, ""]) -> int:
    """Draws vmapped together: a power of two set by the draw's largest array and the kind of device.

    On CPU a draw that factorises matrices stays alone: a stack of factorisations there shares one pool of
    threads with the other host devices and can wait for itself for ever.
    """
    return _width(_traits(_partial(draw), _typed(key)), jax.default_backend())


def _batches(
    run: Callable[[Array, Array], Any],
    draws: int,
    start: int,
    devices: int,
    width: int,
    largest: int,
    together: bool,
) -> Iterator[Any]:
    processes, process = (hosts.count(), hosts.index()) if together else (1, 0)
    low, stop = start - start % width, start + draws
    while low < stop:
        groups = min(largest, -(-(stop - low) // (width * devices * processes)))
        ours = process * devices + jnp.arange(devices)
        with _one_blas_thread():
            stack = run(low + ours * (groups * width), jnp.asarray(groups))
            share = jax.tree.map(partial(_joined, devices=devices, each=groups * width), stack)
        kept = slice(max(start - low, 0), stop - low)
        yield jax.tree.map(lambda leaf, kept=kept: leaf[kept], hosts.gather(share) if together else share)
        low += groups * width * devices * processes


def _one_blas_thread() -> AbstractContextManager[Any]:
    """Keep the host's BLAS to one thread, while the devices use the cores.

    Its threads and XLA's wait for each other by spinning: left alone, a factorisation of a small matrix can
    take forty times as long, and its last bits depend on the number of threads.
    """
    return _controller().limit(limits=1, user_api="blas")


@lru_cache
def _controller() -> ThreadpoolController:
    import scipy.linalg  # noqa: F401  (the LAPACK that JAX calls on CPU; a library must be loaded to be limited)

    return ThreadpoolController()


def _joined(leaf: Array, devices: int, each: int) -> np.ndarray:
    """The draws of all devices one after the other: the first `each` of every device count."""
    shards = np.asarray(leaf).reshape(devices, -1, *leaf.shape[1:])[:, :each]
    return shards.reshape(devices * each, *leaf.shape[1:])


@partial(jax.jit, static_argnames=("mesh", "width", "room"))
def _run(
    draw: Any,
    key: Key[Array, ""],
    firsts: Int[Array, "devices"],
    groups: Int[Array, ""],
    *,
    mesh: Mesh,
    width: int,
    room: int,
) -> Any:
    """`groups` groups of draws on each device, from its first index on, in stacks with `room` for more.

    The number of groups is traced, so that one compilation serves every number of draws, and so that the
    loop stays a loop: unrolled, a single group would be fused differently and differ in its last bits.
    """
    everywhere, along = PartitionSpec(), PartitionSpec("draws")

    def local(draw: Any, key: Array, first: Array, groups: Array) -> Any:
        def one(index: Array) -> Any:
            return draw(jr.fold_in(key, index))

        def group(number: Array, stacks: Any) -> Any:
            indices = first[0] + number * width + jnp.arange(width)
            made = jax.vmap(one)(indices) if width > 1 else _with_axis(one(indices[0]))
            return jax.tree.map(
                lambda stack, new: jax.lax.dynamic_update_slice_in_dim(stack, new, number * width, axis=0),
                stacks,
                made,
            )

        shapes = jax.eval_shape(one, first[0])
        empty = jax.tree.map(lambda leaf: jnp.zeros((room * width, *leaf.shape), leaf.dtype), shapes)
        return jax.lax.fori_loop(0, groups, group, empty)

    mapped = jax.shard_map(
        local,
        mesh=mesh,
        in_specs=(everywhere, everywhere, along, everywhere),
        out_specs=along,
        check_vma=False,
    )
    return mapped(draw, key, firsts, groups)


def _with_axis(tree: Any) -> Any:
    return jax.tree.map(lambda leaf: jnp.asarray(leaf)[None], tree)


def _width(traits: Traits, platform: str) -> int:
    if platform == "cpu" and traits.factorises:
        return 1
    fitting = max(1, GROUP_BYTES // max(traits.largest_bytes, 1))
    return min(GROUP_LARGEST.get(platform, 8), 1 << (fitting.bit_length() - 1))


def _traits(draw: Any, key: Array) -> Traits:
    leaves, tree = jax.tree.flatten((draw, key))
    return _traced_traits(tree, tuple((np.shape(leaf), jnp.result_type(leaf)) for leaf in leaves))


@lru_cache(maxsize=256)
def _traced_traits(tree: Any, shapes: tuple[tuple[tuple[int, ...], Any], ...]) -> Traits:
    """Traits by tracing the draw on shapes alone, once for all its numbers."""

    def call(leaves: list[Any]) -> Any:
        draw, key = jax.tree.unflatten(tree, leaves)
        return draw(key)

    arguments = [jax.ShapeDtypeStruct(shape, dtype) for shape, dtype in shapes]
    jaxpr = jax.make_jaxpr(call)(arguments).jaxpr
    equations = list(_equations(jaxpr))
    operands = [e.invars[0].aval.ndim for e in equations if e.primitive.name in FACTORISATIONS]
    largest = max((_bytes(v.aval) for e in equations for v in e.outvars), default=8)
    output = sum(_bytes(v.aval) for v in jaxpr.outvars)
    return Traits(largest, output, bool(operands), any(axes > 2 for axes in operands))


def _equations(jaxpr: Any) -> Iterator[Any]:
    for equation in jaxpr.eqns:
        yield equation
        for parameter in jax.tree.leaves(equation.params, is_leaf=_holds_equations):
            inner = getattr(parameter, "jaxpr", parameter)
            if hasattr(inner, "eqns"):
                yield from _equations(inner)


def _holds_equations(parameter: Any) -> bool:
    return hasattr(parameter, "jaxpr") or hasattr(parameter, "eqns")


def _partial(draw: Draw) -> Any:
    if not callable(draw):
        raise ValueError(f"draw must be a function of a key, got {draw!r}")
    return draw if isinstance(draw, jax.tree_util.Partial) else jax.tree_util.Partial(draw)


def _typed(key: Any) -> Array:
    dtype = getattr(key, "dtype", None)
    if dtype is None or not jnp.issubdtype(dtype, jax.dtypes.prng_key) or key.shape != ():
        raise ValueError(f"key must be one typed key, as of jax.random.key(0), got {key!r}")
    return key


def _devices(devices: Sequence[jax.Device] | None) -> tuple[jax.Device, ...]:
    chosen = tuple(jax.local_devices() if devices is None else devices)
    if not chosen:
        raise ValueError("devices must hold at least one device, got none")
    return chosen


@lru_cache
def _mesh(devices: tuple[jax.Device, ...]) -> Mesh:
    return Mesh(np.asarray(devices), ("draws",))


def _platform(mesh: Mesh) -> str:
    return str(mesh.devices.flat[0].platform)


def _bytes(aval: Any) -> int:
    return int(np.prod(getattr(aval, "shape", ()), dtype=np.int64)) * 8
