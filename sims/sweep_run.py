"""The cells of a sweep, run: those of one compiled shape together, in calls of a few seconds.

A cell's draws are those of `ensemble(sampler, key, draws)`. On the same devices its numbers are the same bit
for bit whichever cells share a call, and alone: the compiled function loops over pairs of a cell and a group
of draws, their number traced, and every group has the width that `ensemble` gives it. (Code compiled for
another number of devices may round the last bit differently.)
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Float, Int

from lingen.sims.layout import mesh_for, one_blas_thread, platform_of, traits_of, width_for, with_axis
from lingen.sims.sweep_cells import identity, sampler_at
from lingen.sims.sweep_grid import Sweep, cell_key, key_words

__all__ = ["Part", "Runner", "Tell", "compilations", "run_cells"]

CHUNK = 4096
CHUNK_BYTES = 1 << 28
CELLS_BYTES = 1 << 26
CELLS_LARGEST = 512
SLOTS_LARGEST = 2048
SLOTS_BYTES = 1 << 25
SECONDS = 2.0


class Part(NamedTuple):
    """Finished cells: their flat indices, and of each observable the means and their standard errors."""

    cells: Int[np.ndarray, "m"]
    observables: dict[str, tuple[Float[np.ndarray, "m"], Float[np.ndarray, "m"]]]


Tell = Callable[[int, float], None]
Runner = Callable[..., Iterator[Part]]
"""Runs the cells of these indices, in any order, here or elsewhere: `run_cells`, or one for a cluster."""


class _Cell(NamedTuple):
    place: int
    words: tuple[int, int, int]
    leaves: tuple[np.ndarray, ...]


class _Layout(NamedTuple):
    """How one compiled function is laid out: it depends on the shape of a draw, never on the cells."""

    mesh: Mesh
    width: int
    slots: int
    cells: int


def run_cells(
    sweep: Sweep,
    indices: Sequence[int],
    tell: Tell = lambda index, cells: None,
    *,
    devices: Sequence[jax.Device] | None = None,
    seconds: float | None = None,
) -> Iterator[Part]:
    """Run the cells with these flat indices, and give them out as they are finished.

    Args:
        sweep: the grid.
        indices: which of its cells.
        tell: called after each call of compiled code with the index of a cell it ran and the number of cells
            that its draws are worth.
        devices: where to run; all local devices when absent.
        seconds: about how long a call may take, two when absent: how often there is something to keep.

    Raises:
        ValueError: if a cell cannot be drawn; the message names its coordinates.
    """
    seconds = SECONDS if seconds is None else seconds
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        for chunk in _chunks(sweep, indices):
            ready = [pool.submit(_compile, tree, cells[0], devices) for (tree, _), cells in chunk.items()]
            for ((tree, _), cells), compiled in zip(chunk.items(), ready, strict=True):
                compiled.result()
                yield from _run_shape(tree, cells, sweep.draws, devices, seconds, tell)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def compilations() -> int:
    """How many functions have been compiled for cells in this process."""
    return int(_run._cache_size())  # type: ignore[attr-defined]


def _chunks(sweep: Sweep, indices: Sequence[int]) -> Iterator[dict[Any, list[_Cell]]]:
    """Cells by their compiled shape, as many at once as fit into memory."""
    shapes: dict[Any, list[_Cell]] = {}
    held = count = 0
    for index in indices:
        shape, cell = _cell(sweep, int(index))
        shapes.setdefault(shape, []).append(cell)
        held, count = held + sum(leaf.nbytes for leaf in cell.leaves), count + 1
        if held > CHUNK_BYTES or count >= CHUNK:
            yield shapes
            shapes, held, count = {}, 0, 0
    yield shapes


def _cell(sweep: Sweep, index: int) -> tuple[Any, _Cell]:
    coordinates = sweep.cell(index)
    try:
        sampler = sampler_at(sweep.topic, coordinates)
        written = identity(sweep.topic, coordinates)
    except ValueError as error:
        where = ", ".join(f"{name}={coordinates[name]}" for name in sweep.axes)
        raise ValueError(f"{sweep.topic} at {where}: {error}") from None
    leaves, tree = jax.tree.flatten(sampler)
    arrays = tuple(np.asarray(leaf) for leaf in leaves)
    shape = (tree, tuple((a.shape, a.dtype) for a in arrays))
    return shape, _Cell(index, key_words(sweep.topic, written), arrays)


def _run_shape(
    tree: Any,
    cells: Sequence[_Cell],
    draws: int,
    devices: Sequence[jax.Device] | None,
    seconds: float,
    tell: Tell,
) -> Iterator[Part]:
    """All cells of one compiled shape, item after item: item k is group k mod g of cell k div g."""
    layout = _layout(tree, cells[0], devices)
    groups = -(-draws // layout.width)
    total, item, fast = len(cells) * groups, 0, float(layout.mesh.size)
    held: dict[str, np.ndarray] = {}
    while item < total:
        first = item // groups
        window = (first + layout.cells) * groups - item
        count = max(1, min(int(fast), total - item, window, layout.slots * layout.mesh.size))
        began = time.monotonic()
        made = _call(tree, cells[first : first + layout.cells], layout, item - first * groups, groups, count)
        fast = min(8.0 * count, max(1.0, count * seconds / max(time.monotonic() - began, 1e-6)))
        held = {k: np.concatenate([held[k], v]) if held else v for k, v in made.items()}
        item += count
        tell(cells[first].place, count / groups)
        whole = item // groups - first
        if whole:
            yield _part(cells[first : first + whole], held, draws, groups * layout.width)
            held = {k: v[whole * groups * layout.width :] for k, v in held.items()}


def _compile(tree: Any, cell: _Cell, devices: Sequence[jax.Device] | None) -> None:
    """Compile a shape by running none of its draws, while another shape is at work."""
    layout = _layout(tree, cell, devices)
    stack, words = _arguments(tree, [cell], layout)
    none = np.zeros(layout.slots * layout.mesh.size, np.int64)
    counts = np.zeros(layout.mesh.size, np.int64)
    jax.block_until_ready(_run(stack, words, none, none, counts, mesh=layout.mesh, width=layout.width))


def _arguments(tree: Any, cells: Sequence[_Cell], layout: _Layout) -> tuple[Any, np.ndarray]:
    """The numbers of the cells' draws and keys, one beside the other."""
    leaves = zip(*(cell.leaves for cell in cells), strict=True)
    stack = jax.tree.unflatten(tree, [_stack(several, layout.cells) for several in leaves])
    words = np.zeros((layout.cells, 3), np.int64)
    words[: len(cells)] = [cell.words for cell in cells]
    return stack, words


def _call(
    tree: Any, cells: Sequence[_Cell], layout: _Layout, first: int, groups: int, count: int
) -> dict[str, np.ndarray]:
    """The draws of `count` items from `first` on, the devices one after the other."""
    used = cells[: -(-(first + count) // groups)]
    stack, words = _arguments(tree, used, layout)
    devices = layout.mesh.size
    share = -(-count // devices)
    counts = np.clip(count - share * np.arange(devices), 0, share)
    items = first + share * np.arange(devices)[:, None] + np.arange(layout.slots)
    items = np.minimum(items, first + count - 1).ravel()
    with one_blas_thread():
        made = _run(
            stack, words, items // groups, items % groups, counts, mesh=layout.mesh, width=layout.width
        )
        host = {name: np.asarray(value) for name, value in made.items()}
    return {name: _joined(value, counts, layout) for name, value in host.items()}


def _joined(value: np.ndarray, counts: np.ndarray, layout: _Layout) -> np.ndarray:
    shards = value.reshape(layout.mesh.size, layout.slots * layout.width)
    return np.concatenate([s[: c * layout.width] for s, c in zip(shards, counts, strict=True)])


def _stack(leaves: Sequence[np.ndarray], room: int) -> np.ndarray:
    stack = np.empty((room, *leaves[0].shape), leaves[0].dtype)
    stack[: len(leaves)] = leaves
    stack[len(leaves) :] = leaves[0]
    return stack


def _part(cells: Sequence[_Cell], values: dict[str, np.ndarray], draws: int, each: int) -> Part:
    """Means and standard errors, one cell at a time: a sum over many at once would be rounded otherwise."""
    rows = [slice(i * each, i * each + draws) for i in range(len(cells))]
    found = {k: np.asarray([_mean_and_error(v[row]) for row in rows]) for k, v in values.items()}
    indices = np.asarray([cell.place for cell in cells])
    return Part(indices, {name: (pair[:, 0], pair[:, 1]) for name, pair in found.items()})


def _mean_and_error(values: np.ndarray) -> tuple[float, float]:
    """An infinite mean has an infinite error; what is not a number stays so, for the caller to report."""
    mean = float(np.mean(values))
    if not np.isfinite(mean):
        return mean, abs(mean)
    return mean, float(np.std(values, ddof=1) / np.sqrt(values.size))


def _layout(tree: Any, cell: _Cell, devices: Sequence[jax.Device] | None) -> _Layout:
    draw = jax.tree.unflatten(tree, cell.leaves)
    traits = traits_of(draw, jr.key(0))
    mesh = mesh_for(traits, devices)
    width = width_for(traits, platform_of(mesh))
    slots = max(1, min(SLOTS_LARGEST, SLOTS_BYTES // (width * max(8, traits.output_bytes))))
    stored = sum(leaf.nbytes for leaf in cell.leaves)
    return _Layout(mesh, width, slots, max(1, min(CELLS_LARGEST, CELLS_BYTES // max(1, stored))))


@partial(jax.jit, static_argnames=("mesh", "width"))
def _run(
    stack: Any,
    words: Int[Array, "cells 3"],
    which: Int[Array, "items"],
    groups: Int[Array, "items"],
    counts: Int[Array, "devices"],
    *,
    mesh: Mesh,
    width: int,
) -> dict[str, Float[Array, "draws"]]:
    """On each device the first `counts` of its items: group `groups[i]` of the draws of cell `which[i]`."""
    everywhere, along = PartitionSpec(), PartitionSpec("draws")

    def local(stack: Any, words: Array, which: Array, groups: Array, counts: Array) -> Any:
        def draws(item: Any) -> Any:
            cell = which[item]
            sampler = jax.tree.map(lambda leaf: leaf[cell], stack)
            indices = groups[item] * width + jnp.arange(width)
            key = cell_key(*words[cell])
            if width == 1:
                return with_axis(sampler(jr.fold_in(key, indices[0])))
            return jax.vmap(lambda index: sampler(jr.fold_in(key, index)))(indices)

        def step(item: Any, made: Any) -> Any:
            return jax.tree.map(
                lambda all_, new: jax.lax.dynamic_update_slice_in_dim(all_, new, item * width, axis=0),
                made,
                draws(item),
            )

        shapes = jax.eval_shape(draws, 0)
        empty = jax.tree.map(lambda s: jnp.zeros((which.size * width, *s.shape[1:]), s.dtype), shapes)
        return jax.lax.fori_loop(0, counts[0], step, empty)

    mapped = jax.shard_map(
        local,
        mesh=mesh,
        in_specs=(everywhere, everywhere, along, along, along),
        out_specs=along,
        check_vma=False,
    )
    return mapped(stack, words, which, groups, counts)
