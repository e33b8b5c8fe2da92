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
from typing import Any, NamedTuple

import jax
import numpy as np
from jaxtyping import Float, Int

from lingen.boundary import checked
from lingen.experiments.grid.axes import Sweep, key_words
from lingen.experiments.grid.call import Cell, call, compile_shape, layout_of
from lingen.experiments.grid.cells import identity, sampler_at
from lingen.sims.engine.averages import mean_and_error

__all__ = ["Part", "Runner", "Tell", "run_cells"]

CHUNK = 4096
CHUNK_BYTES = 1 << 28
SECONDS = 2.0


class Part(NamedTuple):
    """Finished cells: their flat indices, and of each observable the means and their standard errors."""

    cells: Int[np.ndarray, "m"]
    observables: dict[str, tuple[Float[np.ndarray, "m"], Float[np.ndarray, "m"]]]


Tell = Callable[[int, float], None]
Runner = Callable[..., Iterator[Part]]
"""Runs the cells of these indices, in any order, here or elsewhere: `run_cells`, or one for a cluster."""


@checked
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
            ready = [
                pool.submit(compile_shape, tree, cells[0], devices) for (tree, _), cells in chunk.items()
            ]
            for ((tree, _), cells), compiled in zip(chunk.items(), ready, strict=True):
                compiled.result()
                yield from _run_shape(tree, cells, sweep.draws, devices, seconds, tell)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def _chunks(sweep: Sweep, indices: Sequence[int]) -> Iterator[dict[Any, list[Cell]]]:
    """Cells by their compiled shape, as many at once as fit into memory."""
    shapes: dict[Any, list[Cell]] = {}
    held = count = 0
    for index in indices:
        shape, cell = _cell(sweep, int(index))
        shapes.setdefault(shape, []).append(cell)
        held, count = held + sum(leaf.nbytes for leaf in cell.leaves), count + 1
        if held > CHUNK_BYTES or count >= CHUNK:
            yield shapes
            shapes, held, count = {}, 0, 0
    yield shapes


def _cell(sweep: Sweep, index: int) -> tuple[Any, Cell]:
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
    return shape, Cell(index, key_words(sweep.topic, written), arrays)


def _run_shape(
    tree: Any,
    cells: Sequence[Cell],
    draws: int,
    devices: Sequence[jax.Device] | None,
    seconds: float,
    tell: Tell,
) -> Iterator[Part]:
    """All cells of one compiled shape, item after item: item k is group k mod g of cell k div g."""
    layout = layout_of(tree, cells[0], devices)
    groups = -(-draws // layout.width)
    total, item, fast = len(cells) * groups, 0, float(layout.mesh.size)
    held: dict[str, np.ndarray] = {}
    while item < total:
        first = item // groups
        window = (first + layout.cells) * groups - item
        count = max(1, min(int(fast), total - item, window, layout.slots * layout.mesh.size))
        began = time.monotonic()
        made = call(tree, cells[first : first + layout.cells], layout, item - first * groups, groups, count)
        fast = min(8.0 * count, max(1.0, count * seconds / max(time.monotonic() - began, 1e-6)))
        held = {k: np.concatenate([held[k], v]) if held else v for k, v in made.items()}
        item += count
        tell(cells[first].place, count / groups)
        whole = item // groups - first
        if whole:
            yield _part(cells[first : first + whole], held, draws, groups * layout.width)
            held = {k: v[whole * groups * layout.width :] for k, v in held.items()}


def _part(cells: Sequence[Cell], values: dict[str, np.ndarray], draws: int, each: int) -> Part:
    """Means and standard errors, one cell at a time: a sum over many at once would be rounded otherwise."""
    rows = [slice(i * each, i * each + draws) for i in range(len(cells))]
    found = {k: np.asarray([mean_and_error(v[row]) for row in rows]) for k, v in values.items()}
    indices = np.asarray([cell.place for cell in cells])
    return Part(indices, {name: (pair[:, 0], pair[:, 1]) for name, pair in found.items()})
