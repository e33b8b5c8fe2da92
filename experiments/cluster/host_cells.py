"""The cells of a sweep, shared between processes: each runs its own on its own devices, all get all of them.

Cell i of the missing ones goes to process i mod P. A cell's key depends on its coordinates alone, so who runs
it does not matter. After each round the processes exchange what they have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import jax
import numpy as np

from lingen.boundary import checked
from lingen.experiments.grid.axes import Sweep
from lingen.experiments.grid.cells import OBSERVABLES
from lingen.experiments.grid.run import Part, Tell, run_cells
from lingen.sims.engine import hosts

__all__ = ["ROUND", "run_shared"]

ROUND = 512
"""Cells of one process between two exchanges."""
NAMES = tuple(OBSERVABLES)


@checked
def run_shared(
    sweep: Sweep,
    indices: Sequence[int],
    tell: Tell = lambda index, cells: None,
    *,
    devices: Sequence[jax.Device] | None = None,
    seconds: float | None = None,
) -> Iterator[Part]:
    """As `run_cells`, by all processes that joined (`lingen.sims.engine.hosts`); every one gets every part.

    All processes must give the same sweep and indices. A cell that cannot be drawn ends the run everywhere.

    Raises:
        ValueError: if a cell cannot be drawn.
    """
    processes, process = hosts.count(), hosts.index()
    local = list(jax.local_devices() if devices is None else devices)
    for first in range(0, len(indices), ROUND * processes):
        shares = [list(indices[first + p : first + ROUND * processes : processes]) for p in range(processes)]
        table, trouble = _table(sweep, shares[process], tell, local, seconds)
        if any(hosts.gather(np.asarray([trouble is not None]))):
            raise ValueError(trouble or "a cell of another process cannot be drawn")
        tables = hosts.gather(table[None])
        for share, rows in zip(shares, tables, strict=True):
            yield from _parts(share, rows)


def _table(
    sweep: Sweep,
    share: Sequence[int],
    tell: Tell,
    devices: Sequence[jax.Device],
    seconds: float | None,
) -> tuple[np.ndarray, str | None]:
    """(present, mean, error) of each observable, a row a cell; and why it is not whole, if it is not."""
    table = np.zeros((ROUND, len(NAMES), 3))
    row = {index: place for place, index in enumerate(share)}
    try:
        for part in run_cells(sweep, share, tell, devices=devices, seconds=seconds):
            rows = [row[int(cell)] for cell in part.cells]
            for name, (mean, error) in part.observables.items():
                table[rows, NAMES.index(name)] = np.stack([np.ones_like(mean), mean, error], axis=1)
    except ValueError as error:
        return table, str(error)
    return table, None


def _parts(share: Sequence[int], table: np.ndarray) -> Iterator[Part]:
    """Cells that have the same observables, together."""
    present = table[: len(share), :, 0] > 0
    for pattern in np.unique(present, axis=0):
        rows = np.flatnonzero((present == pattern).all(axis=1))
        found = {
            NAMES[i]: (table[rows, i, 1].copy(), table[rows, i, 2].copy()) for i in np.flatnonzero(pattern)
        }
        if found:
            yield Part(np.asarray(share)[rows], found)
