"""What a figure draws beside its points: predictions on fine grids, at the parameters of the points."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from scipy.interpolate import PchipInterpolator

from lingen.experiments import library
from lingen.experiments.grid.sweep import Sweep
from lingen.experiments.grid.theory import predictions
from lingen.experiments.truths import population_at
from lingen.scripts.figures.points import Points
from lingen.theory import recovery

__all__ = ["curve", "few", "fine", "latents", "smooth"]

CURVE = 300


def curve(points: Points, name: str, loads: Any, **at: Any) -> tuple[np.ndarray, np.ndarray]:
    """The prediction of an observable at loads, at the other parameters given: loads n/d, and values.

    Of what has no theory the values are NaN.
    """
    known = {
        k: v
        for k, v in (points.fixed | at).items()
        if k in library.get(points.topic).parameters and k not in ("method", "load")
    }
    dim = int(known["dim"])
    drawn = np.unique(np.maximum(1, np.rint(np.asarray(loads, float) * dim))) / dim
    found = _predicted(points.topic, tuple(sorted(known.items())), tuple(drawn.tolist()))
    values = found.get(name)
    return drawn, np.full(drawn.shape, np.nan) if values is None else values


def latents(points: Points, spikes: np.ndarray, loads: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """γ_c of each spike strength, and Q at every load (rows) of each: infinite and 0 inside the bulk."""
    truth = population_at(points.fixed | {"spike": 1.0}, points.topic != "denoising")
    values = np.asarray(spikes) + float(truth.spikes[0]) - 1.0
    order = np.argsort(-values)
    order = order[values[order] > float(truth.eigenvalues[0])]
    thresholds, known = np.full(values.size, np.inf), np.zeros((np.size(loads), values.size))
    if order.size:
        truth = truth.with_spikes(values[order])
        thresholds[order] = np.asarray(recovery.threshold(truth))
        known[:, order] = np.asarray(recovery.recovery(truth, loads))
    return thresholds, known


def few(values: np.ndarray) -> np.ndarray:
    """The values of an axis that a panel of one curve each shows: at most four, of more the larger ones."""
    if values.size <= 4:
        return values
    return values[np.rint(np.linspace(0, values.size - 1, 5)).astype(int)[2:]]


def fine(loads: np.ndarray, widen: float = 1.0) -> np.ndarray:
    """Loads of a smooth line over the range of these."""
    return np.geomspace(loads.min() / widen, loads.max() * widen, CURVE)


def smooth(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A monotone curve in log x through values at whole numbers of samples: the small are far apart."""
    between = np.geomspace(x[0], x[-1], CURVE)
    return between, PchipInterpolator(np.log(x), y)(np.log(between))


@lru_cache(maxsize=256)
def _predicted(
    topic: str, known: tuple[tuple[str, Any], ...], loads: tuple[float, ...]
) -> dict[str, np.ndarray]:
    axes = {"load": list(loads)} | dict(known)
    arrays, _ = predictions(Sweep.of(library.get(topic), axes, 2))
    return {k.removesuffix("_theory"): np.asarray(v.squeeze(), float).reshape(-1) for k, v in arrays.items()}
