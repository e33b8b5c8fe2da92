"""The cells of a sweep, run: those of one compiled shape together, in calls of a few seconds.

A cell's draws are those of `ensemble(sampler, key, draws)`. On the same devices its numbers are the same bit
for bit whichever cells share a call, and alone: the compiled function loops over pairs of a cell and a group
of draws, their number traced, and every group has the width that `ensemble` gives it. (Code compiled for
another number of devices may round the last bit differently.)
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import jax
import numpy as np

from lingen.blame import told, where
from lingen.boundary import checked
from lingen.experiments.grid.call import Cell, call, compile_shape, layout_of
from lingen.experiments.grid.draws import sampler_at
from lingen.experiments.grid.keys import key_words
from lingen.experiments.grid.part import Part, Tell, part
from lingen.experiments.grid.python_cells import run_python
from lingen.experiments.grid.sweep import Sweep
from lingen.machine.interruption import interrupted

__all__ = ["Runner", "first_draws", "run_cells", "see_that_it_draws"]

CHUNK = 4096
CHUNK_BYTES = 1 << 28
SECONDS = 2.0

Runner = Callable[..., Iterator[Part]]
"""Runs the cells of these indices, in any order, here or elsewhere: `run_cells`, or one for a cluster."""


class _Shape(NamedTuple):
    """What cells that share compiled calls have in common."""

    tree: Any
    arrays: Any
    start: int
    """The first draw that is wanted: draws before it are there already."""


@checked
def run_cells(
    sweep: Sweep,
    indices: Sequence[int],
    tell: Tell = lambda index, cells: None,
    *,
    starts: Sequence[int] | None = None,
    devices: Sequence[jax.Device] | None = None,
    seconds: float | None = None,
    workers: int | None = None,
) -> Iterator[Part]:
    """Run the cells with these flat indices, and give them out as they are finished.

    Args:
        sweep: the grid.
        indices: which of its cells.
        tell: called after each call of compiled code with the index of a cell it ran and the number of cells
            that its draws are worth.
        starts: the first draw wanted of each of these cells, 0 when absent.
        devices: where to run; all local devices when absent.
        seconds: about how long a call may take, two when absent: how often there is something to keep.
        workers: processes for draws in plain Python, one a core when absent, none for 0.

    Raises:
        ValueError: if a cell cannot be drawn; the message names its coordinates.
    """
    starts = first_draws(indices, starts)
    if sweep.experiment.kind == "numpy":
        yield from run_python(sweep, indices, starts, tell, workers)
        return
    seconds = SECONDS if seconds is None else seconds
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        for chunk in _chunks(sweep, indices, starts):
            ready = [
                pool.submit(compile_shape, shape.tree, cells[0], devices) for shape, cells in chunk.items()
            ]
            for (shape, cells), compiled in zip(chunk.items(), ready, strict=True):
                _attempt(sweep, cells[0].place, compiled.result)
                yield from _run_shape(sweep, shape, cells, devices, seconds, tell)
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@checked
def see_that_it_draws(sweep: Sweep, index: int) -> None:
    """See that a cell can be drawn, without a draw; `ValueError` that names the cell if it cannot."""
    experiment, point = sweep.experiment, sweep.cell(index)
    if experiment.kind == "numpy":
        return
    sampler = _attempt(sweep, index, lambda: sampler_at(experiment, point))
    _attempt(sweep, index, lambda: jax.eval_shape(sampler, jax.random.key(0)))


@checked
def first_draws(indices: Sequence[int], starts: Sequence[int] | None) -> Sequence[int]:
    """The first draw wanted of each of these cells: `starts`, or 0; `ValueError` where one is missing."""
    starts = [0] * len(indices) if starts is None else starts
    if len(starts) != len(indices):
        raise ValueError(f"starts must be as many as indices ({len(indices)}), got {len(starts)}")
    return starts


def _chunks(
    sweep: Sweep, indices: Sequence[int], starts: Sequence[int]
) -> Iterator[dict[_Shape, list[Cell]]]:
    """Cells by their compiled shape, as many at once as fit into memory."""
    shapes: dict[_Shape, list[Cell]] = {}
    held = count = 0
    for index, start in zip(indices, starts, strict=True):
        shape, cell = _cell(sweep, int(index), int(start))
        shapes.setdefault(shape, []).append(cell)
        held, count = held + sum(leaf.nbytes for leaf in cell.leaves), count + 1
        if held > CHUNK_BYTES or count >= CHUNK:
            yield shapes
            shapes, held, count = {}, 0, 0
    yield shapes


def _cell(sweep: Sweep, index: int, start: int) -> tuple[_Shape, Cell]:
    point, experiment = sweep.cell(index), sweep.experiment
    sampler = _attempt(sweep, index, lambda: sampler_at(experiment, point))
    written = _attempt(sweep, index, lambda: experiment.hashed(point))
    leaves, tree = jax.tree.flatten(sampler)
    arrays = tuple(np.asarray(leaf) for leaf in leaves)
    shape = _Shape(tree, tuple((a.shape, a.dtype) for a in arrays), start)
    return shape, Cell(index, key_words(experiment.key_name, written, int(point["seed"])), arrays)


def _attempt(sweep: Sweep, index: int, action: Callable[[], Any]) -> Any:
    """`action()`; what a cell's own functions raise becomes one line that names the cell."""
    try:
        return action()
    except (Exception, SystemExit) as error:
        if interrupted(error):
            raise KeyboardInterrupt from error
        at = f"{sweep.experiment.name} at {sweep.where(index)}"
        if isinstance(error, ValueError | NotImplementedError):
            raise ValueError(f"{at}: {error}") from None
        if os.environ.get("LINGEN_DEBUG"):
            raise
        raise ValueError(f"{at}: the draw {told(error)}{where(error)}") from error


def _run_shape(
    sweep: Sweep,
    shape: _Shape,
    cells: Sequence[Cell],
    devices: Sequence[jax.Device] | None,
    seconds: float,
    tell: Tell,
) -> Iterator[Part]:
    """All cells of one compiled shape, item after item: item k is group k mod g of cell k div g."""
    layout = _attempt(sweep, cells[0].place, lambda: layout_of(shape.tree, cells[0], devices))
    before = shape.start // layout.width
    groups = -(-sweep.draws // layout.width) - before
    total, item, fast = len(cells) * groups, 0, float(layout.mesh.size)
    rows = slice(shape.start - before * layout.width, sweep.draws - before * layout.width)
    held: dict[str, np.ndarray] = {}
    while item < total:
        first = item // groups
        window = (first + layout.cells) * groups - item
        count = max(1, min(int(fast), total - item, window, layout.slots * layout.mesh.size))
        began = time.monotonic()
        some = cells[first : first + layout.cells]
        made = call(shape.tree, some, layout, item - first * groups, groups, count, before)
        fast = min(8.0 * count, max(1.0, count * seconds / max(time.monotonic() - began, 1e-6)))
        held = {k: np.concatenate([held[k], v]) if held else v for k, v in made.items()}
        item += count
        tell(cells[first].place, count / groups)
        whole = item // groups - first
        if whole:
            each = groups * layout.width
            places = [cell.place for cell in cells[first : first + whole]]
            yield part(places, [{k: v[i * each :][rows] for k, v in held.items()} for i in range(whole)])
            held = {k: v[whole * each :] for k, v in held.items()}
