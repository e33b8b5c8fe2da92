"""A stored grid that grows: more values on its axes, new axes, more draws; its cells keep what they have."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np

from lingen.experiments.grid.sweep import Sweep
from lingen.experiments.parameters import Value

__all__ = ["extended", "moved"]

NEAR = 1e-9
"""Values so close, relatively, are one: a finer range meets those of a coarser one up to rounding."""


def extended(before: Sweep, sweep: Sweep) -> Sweep:
    """The smallest grid that holds both, with the larger number of draws.

    Raises:
        ValueError: if an axis is new whose parameter has no default, so that the old cells have no place on
        it.
    """
    axes = {}
    for name, parameter in sweep.experiment.coordinates.items():
        old, new = before.axes.get(name), sweep.axes.get(name)
        if old is None and new is None:
            continue
        if (old is None or new is None) and parameter.default is None:
            there, here = ("without", "with") if old is None else ("with", "without")
            raise ValueError(
                f"extend: the store is {there} {name}, this sweep {here}: cells of both have no grid"
            )
        default = () if parameter.default is None else (parameter.default,)
        axes[name] = _union(default if old is None else old, default if new is None else new)
    return Sweep(sweep.experiment, axes, max(before.draws, sweep.draws))


def moved(before: Sweep, after: Sweep) -> np.ndarray:
    """The flat index in the larger grid of every cell of the smaller one, in its order."""
    places = []
    for name, values in after.axes.items():
        default = after.experiment.coordinates[name].default
        old = before.axes.get(name, (default,))
        places.append([values.index(value) for value in old])
    shape = after.shape
    return np.asarray([np.ravel_multi_index(p, shape) if p else 0 for p in product(*places)])


def _union(old: Sequence[Value], new: Sequence[Value]) -> tuple[Value, ...]:
    """All values, numbers in rising order; a new one that is an old one up to rounding is that one."""
    if any(isinstance(value, str) for value in (*old, *new)):
        return tuple(dict.fromkeys((*old, *new)))
    known = np.asarray(old, float)
    fresh = [
        v
        for v in new
        if not np.any(np.abs(known - float(v)) <= NEAR * np.maximum(np.abs(known), abs(float(v))))
    ]
    return tuple(sorted((*old, *fresh), key=float))
