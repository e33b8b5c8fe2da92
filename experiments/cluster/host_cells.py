"""The cells of a sweep, shared between processes: each runs its own on its own devices, all get all of them.

Cell i of the missing ones goes to process i mod P. A cell's key depends on its coordinates alone, so who runs
it does not matter. After each round the processes exchange what they have.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Sequence
from typing import Any

import jax
import numpy as np

from lingen.boundary import checked
from lingen.experiments.grid.part import Part, Tell
from lingen.experiments.grid.run import first_draws, run_cells
from lingen.experiments.grid.sweep import Sweep
from lingen.sims.engine import hosts

__all__ = ["ROUND", "exchanged", "run_shared"]

ROUND = 512
"""Cells of one process between two exchanges."""


@checked
def run_shared(
    sweep: Sweep,
    indices: Sequence[int],
    tell: Tell = lambda index, cells: None,
    *,
    starts: Sequence[int] | None = None,
    devices: Sequence[jax.Device] | None = None,
    **how: Any,
) -> Iterator[Part]:
    """As `run_cells`, by all processes that joined (`lingen.sims.engine.hosts`); every one gets every part.

    All processes must give the same sweep and indices. A cell that cannot be drawn ends the run everywhere,
    after every process has given out what is finished.

    Args:
        sweep: the grid.
        indices: which of its cells.
        tell: as in `run_cells`.
        starts: as in `run_cells`.
        devices: where this process runs its share; all of its own when absent.
        how: `seconds` and `workers` of `run_cells`.

    Raises:
        ValueError: if a cell cannot be drawn.
    """
    processes, process = hosts.count(), hosts.index()
    starts = first_draws(indices, starts)
    local = list(jax.local_devices() if devices is None else devices)
    for first in range(0, len(indices), ROUND * processes):
        ours = slice(first + process, first + ROUND * processes, processes)
        parts: list[Part] = []
        trouble: str | None = None
        try:
            for part in run_cells(sweep, indices[ours], tell, starts=starts[ours], devices=local, **how):
                parts.append(part)
        except ValueError as error:
            trouble = str(error)
        told = exchanged((parts, trouble))
        for theirs, _ in told:
            yield from theirs
        troubles = [words for _, words in told if words is not None]
        if troubles:
            raise ValueError(troubles[0])


@checked
def exchanged(given: Any) -> list[Any]:
    """What every process gives, in their order."""
    if hosts.count() == 1:
        return [given]
    data = np.frombuffer(pickle.dumps(given), np.uint8)
    sizes = np.asarray(hosts.gather(np.asarray([data.size])))
    padded = np.zeros((1, int(sizes.max())), np.uint8)
    padded[0, : data.size] = data
    rows = np.asarray(hosts.gather(padded))
    return [pickle.loads(row[:size].tobytes()) for row, size in zip(rows, sizes.ravel(), strict=True)]
