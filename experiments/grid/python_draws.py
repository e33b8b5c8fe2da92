"""Draws in plain Python as an ensemble: draw i of a key, the same for any number of workers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jax.random as jr
import numpy as np

from lingen.experiments.experiment import Experiment, Point
from lingen.experiments.grid.draws import picked, without_seed
from lingen.experiments.grid.processes import DrawFailed, Stretch, Workers
from lingen.experiments.grid.python_cells import whole
from lingen.experiments.source import folders_of

__all__ = ["PythonDraw"]

BATCH = 256
"""Draws that come back together."""
_POOLS: dict[int, tuple[Experiment, Workers]] = {}


class PythonDraw:
    """The draws of an experiment in plain Python at a point, one observable of them.

    Args:
        experiment: what is drawn.
        point: where.
        observable: what is kept.
        workers: processes, one a core when absent, none for 0.
    """

    def __init__(self, experiment: Experiment, point: Point, observable: str, workers: int | None = None):
        self.experiment, self.point, self.observable = experiment, without_seed(point), observable
        self.workers = workers

    def stream(self, key: Any, draws: int, start: int = 0) -> Iterator[np.ndarray]:
        """Draws `start` to `start + draws` under this key, in batches.

        Raises:
            ValueError: if a draw raises, or gives what is no observable; with its number.
        """
        words = tuple(int(word) for word in np.asarray(jr.key_data(key)).ravel())
        firsts = range(start, start + draws, BATCH)
        stretches = [Stretch(words, self.point, f, min(BATCH, start + draws - f)) for f in firsts]
        try:
            for _, found in whole(self.experiment, _pool(self.experiment, self.workers), stretches):
                yield picked(found, self.observable)
        except DrawFailed as error:
            raise ValueError(str(error)) from error


def _pool(experiment: Experiment, workers: int | None) -> Workers:
    """One pool of processes for all draws of an experiment; the last one only is kept."""
    known = _POOLS.get(id(experiment))
    if known is None or known[0] is not experiment:
        for _, former in _POOLS.values():
            former.__exit__()
        _POOLS.clear()
        assert experiment.numpy is not None
        known = experiment, Workers(experiment.numpy, workers, folders_of(experiment))
        _POOLS[id(experiment)] = known
    return known[1]
