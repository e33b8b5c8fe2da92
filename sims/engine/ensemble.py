"""Many draws: vmapped over keys, sharded over devices, batched to a memory bound.

Draw i of an ensemble is `draw(fold_in(key, i))`. Draws run in groups of a width that depends on the draw
alone, each group aligned to a multiple of it, so that the numbers are the same bit for bit whatever the
batch size, the number of devices and the stretch of indices asked for (but for a last bit that XLA may round
differently in the programs of one device and of several, on some processors, in some draws).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias, TypeVar

import chex
import jax
import jax.extend.core
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Int, Key

from lingen.boundary import checked
from lingen.checks import integer
from lingen.checks import room as fits
from lingen.sims.engine import hosts, stopping
from lingen.sims.engine.layout import (
    GROUP_BYTES,
    mesh_for,
    one_blas_thread,
    platform_of,
    traits_of,
    width_for,
    with_axis,
)

__all__ = ["depends_on_key", "ensemble", "group_width", "stream"]

T = TypeVar("T")
Draw: TypeAlias = Callable[[Key[Array, ""]], T]
"""A pure function of a key; what it gives, `ensemble` stacks."""
GROUPS_LARGEST = 32
MOST = 1_000_000
"""Draws at which `ensemble(..., until=...)` ends."""


@checked
def ensemble(
    draw: Draw[T],
    key: Key[Array, ""],
    draws: int,
    devices: Sequence[jax.Device] | None = None,
    batch_size: int | None = None,
    start: int = 0,
    *,
    until: float | Mapping[str, float] | None = None,
    most: int = MOST,
) -> T:
    """Stack `draws` draws along a new first axis, as NumPy arrays in the kind of tuple that a draw gives.

    Nothing is raised for a draw that is not finite: the arrays say so, and a claim reports it.

    Args:
        draw: a pure function of a key; a `jax.tree_util.Partial` is compiled once for all its numbers.
        key: key of the ensemble; draw i uses `fold_in(key, i)`.
        draws: number of draws; with `until` the least number.
        devices: where to run; all devices of all processes when absent (`lingen.sims.engine.hosts`). On CPU a
            draw that factorises stacks of matrices runs on the first one only: on several host devices it
            can wait for itself for ever.
        batch_size: draws per compiled call, over all devices, rounded down to whole groups
            (`group_width`) on each device, but at least one; 32 groups on each when absent.
        start: index of the first draw, so that an ensemble can be continued.
        until: draw on until the standard error of the mean of every number is at most this, or that of each
            observable at most what stands here by its name; all draws made are given, the same ones that a
            fixed number gives.
        most: with `until`, the number of draws at which it ends in any case, with a warning.

    Raises:
        ValueError: if `draws`, `batch_size`, `start`, `until` or `most` is out of range, `key` is not one
            typed key, `draw` is not callable or `devices` is empty.
    """
    drawn = partial(stream, draw, key, devices=devices, batch_size=batch_size)
    if until is None:
        return _stacked(drawn(draws=draws, start=start))
    aim = stopping.aim(until)
    least, most = integer("draws", draws, low=2), integer("most", most, low=draws)
    made = _stacked(drawn(draws=least, start=start))
    while (wanted := stopping.draws_for(aim, made, most)) > (count := stopping.count(made)):
        made = _stacked([made, *drawn(draws=wanted - count, start=start + count)])
    return made


def _stacked(parts: Iterable[T]) -> T:
    return jax.tree.map(lambda *leaves: np.concatenate(leaves), *parts)


@checked
def stream(
    draw: Draw[T],
    key: Key[Array, ""],
    draws: int,
    devices: Sequence[jax.Device] | None = None,
    batch_size: int | None = None,
    start: int = 0,
) -> Iterator[T]:
    """The batches of `ensemble`, one after the other, so that a caller can show progress or stop."""
    draws = integer("draws", draws, low=1)
    start = integer("start", start, low=0)
    batch_size = None if batch_size is None else integer("batch_size", batch_size, low=1)
    draw = _partial(draw)
    traits = traits_of(draw, _typed(key))
    fits("draw", draw, traits.largest_bytes / 8)
    mesh = mesh_for(traits, devices)
    width = width_for(traits, platform_of(mesh))
    room = max(1, min(GROUPS_LARGEST, GROUP_BYTES // (width * max(1, traits.output_bytes))))
    largest = room if batch_size is None else min(room, max(1, batch_size // (width * mesh.size)))
    run = partial(_run, draw, key, mesh=mesh, width=width, room=room)
    return _batches(run, draws, start, mesh.size, width, largest, together=devices is None)


@checked
def depends_on_key(draw: Draw, key: Key[Array, ""]) -> bool:
    """Whether any result of a draw is computed from its key, as far as its program tells."""
    program = jax.make_jaxpr(draw)(key).jaxpr
    touched = set(program.invars)
    for equation in program.eqns:
        if any(not isinstance(v, jax.extend.core.Literal) and v in touched for v in equation.invars):
            touched.update(equation.outvars)
    return any(not isinstance(v, jax.extend.core.Literal) and v in touched for v in program.outvars)


@checked
def group_width(draw: Draw, key: Key[Array, ""]) -> int:
    """Draws vmapped together: a power of two set by the draw's largest array and the kind of device.

    On CPU a draw that factorises matrices stays alone: a stack of factorisations there shares one pool of
    threads with the other host devices and can wait for itself for ever.
    """
    return width_for(traits_of(_partial(draw), _typed(key)), jax.default_backend())


def _batches(
    run: Callable[[np.ndarray, np.ndarray], Any],
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
        ours = process * devices + np.arange(devices)
        with one_blas_thread():
            stack = run(low + ours * (groups * width), np.asarray(groups))
            share = jax.tree.map(partial(_joined, devices=devices, each=groups * width), stack)
        kept = slice(max(start - low, 0), stop - low)
        made = hosts.gather(share) if together else share
        chex.assert_tree_shape_prefix(made, (groups * width * devices * processes,))
        yield jax.tree.map(lambda leaf, kept=kept: leaf[kept], made)
        low += groups * width * devices * processes


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
            made = jax.vmap(one)(indices) if width > 1 else with_axis(one(indices[0]))
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


def _partial(draw: Draw) -> Any:
    if not callable(draw):
        raise ValueError(f"draw must be a function of a key, got {draw!r}")
    return draw if isinstance(draw, jax.tree_util.Partial) else jax.tree_util.Partial(draw)


def _typed(key: Any) -> Array:
    dtype = getattr(key, "dtype", None)
    if dtype is None or not jnp.issubdtype(dtype, jax.dtypes.prng_key) or key.shape != ():
        raise ValueError(f"key must be one typed key, as of jax.random.key(0), got {key!r}")
    return key
