"""At which number of samples a level is crossed, from what splits measured at a few numbers of samples.

Each measured value is the prediction at some other number of samples n': what n samples of these data are
worth. log n' rises with log n and is nearly parallel to it, so a straight line joins neighbours well even
where they are a factor of two apart; noise that lets it fall is pooled (isotonic regression). Beyond the
splits n'/n is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

__all__ = ["Crossing", "Point", "crossing", "inverse"]

DRAWS = 400
SMALLEST = 1e-4  # relative error of n': that of the table that it is read from


class Point(NamedTuple):
    """What n samples of the data are worth."""

    samples: float
    worth: float
    """n': the number of samples at which the prediction is what was measured."""
    error: float
    """Standard error of log n'."""


class Crossing(NamedTuple):
    """Where a level is crossed, and in which interval, 95 %."""

    samples: float
    low: float
    high: float
    side: int
    """0 between the splits, −1 below the first of them, 1 beyond the last."""


def crossing(points: Sequence[Point], wanted: float) -> Crossing:
    """The n whose n' is `wanted`; its interval by redrawing the measured values within their errors.

    Args:
        points: at least one, in increasing order of n.
        wanted: n at which the prediction crosses the level.
    """
    x, told, error = (np.asarray(column, float) for column in zip(*points, strict=True))
    x, told, error = np.log(x), np.log(told), np.maximum(error, SMALLEST)
    noise = np.random.default_rng(0).standard_normal((DRAWS, x.size))
    rows = np.vstack([told, told + error * noise])
    level = float(np.log(wanted))
    rising = _rising(rows, error)
    found, best = _crossed(x, rising, level), rising[0]
    low, high = np.quantile(found[1:], [0.025, 0.975])
    side = -1 if level < best[0] else 1 if level > best[-1] else 0
    low, high = min(low, found[0]), max(high, found[0])
    return Crossing(float(np.exp(found[0])), float(np.exp(low)), float(np.exp(high)), side)


def inverse(
    coordinate: Float[np.ndarray, "m"], samples: Float[np.ndarray, "m"], value: float, error: float
) -> tuple[float, float]:
    """log n' at which a rising coordinate of the prediction is `value`, and its error from that of the value.

    Values beyond the table are taken as its ends.
    """
    rising, log = np.maximum.accumulate(coordinate), np.log(samples)
    low, middle, high = np.interp([value - error, value, value + error], rising, log)
    return float(middle), float(high - low) / 2.0


def _rising(rows: Float[np.ndarray, "m k"], error: Float[np.ndarray, "k"]) -> Float[np.ndarray, "m k"]:
    """Each row pooled until it falls nowhere; most rise as they are."""
    falling = np.flatnonzero(~(np.diff(rows, axis=1) > 0.0).all(axis=1))
    if falling.size == 0:
        return rows
    from scipy.optimize import isotonic_regression

    best = rows.copy()
    for i in falling:
        best[i] = isotonic_regression(rows[i], weights=1.0 / error**2).x
    return best


def _crossed(
    x: Float[np.ndarray, "k"], best: Float[np.ndarray, "m k"], level: float
) -> Float[np.ndarray, "m"]:
    """Where each row crosses the level: on lines between its points, with its own n'/n beyond them."""
    first, last = best[:, 0], best[:, -1]
    beyond = np.where(level <= first, x[0] + level - first, x[-1] + level - last)
    if x.size == 1:
        return beyond
    steps = best + 1e-12 * np.arange(x.size)
    left = np.clip(np.sum(steps <= level, axis=1) - 1, 0, x.size - 2)
    every = np.arange(len(best))
    low, high = steps[every, left], steps[every, left + 1]
    between = (x[left + 1] - x[left]) / (high - low) * (level - low) + x[left]
    return np.where((level <= first) | (level >= last), beyond, between)
