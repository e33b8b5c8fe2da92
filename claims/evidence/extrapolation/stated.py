"""The limit where several orders of the finite-size term are stated, one of which is right.

Each candidate is a set of powers of 1/d, fitted together by weighted least squares. Half the level of the interval goes to
refuting candidates by their residuals, half to their limits: the right one is refuted, or its interval misses, with at most
that level, and the interval that is given covers those of all candidates that are left.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lingen.claims.evidence.extrapolation.intervals import (
    Intervals,
    Limit,
    least_squares,
    residuals,
    rounding,
)
from lingen.claims.evidence.extrapolation.union import SHAPE_SHARE, Fitted, union

__all__ = ["stated"]

Numbers = np.ndarray


def stated(source: Intervals, dims: Sequence[int], orders: Sequence[tuple[float, ...]]) -> Limit:
    """The limit d → ∞ by every candidate that fits.

    Args:
        source: the means.
        dims: the dimensions, more than any candidate has powers.
        orders: the candidates.
    """
    found, weights = zip(*(_fit(source, dims, order) for order in orders), strict=True)
    fitted = Fitted(*(np.stack(field) for field in zip(*found, strict=True)))
    best = fitted.excess.argmin(axis=0)
    chosen = np.take_along_axis(np.stack(weights), best[None, None], axis=0)[0]
    fits = np.asarray(fitted.excess <= 0).reshape(len(orders), -1)
    left = tuple(order for order, fit in zip(orders, fits, strict=True) if fit.any())
    return union(source, fitted, best, chosen, last=False)._replace(left=left)


def _fit(source: Intervals, dims: Sequence[int], order: tuple[float, ...]) -> tuple[Fitted, Numbers]:
    weights, rows = least_squares(source, dims, order)
    value = (weights * source.means).sum(axis=0)
    below, above = source.spread(weights, axis=0, share=1 - SHAPE_SHARE)
    beyond, half = residuals(source, rows, axis=1, share=SHAPE_SHARE / len(dims))
    excess = (beyond - rounding(source)).max(axis=0)
    blunt = np.asarray((half <= rounding(source)).all(axis=0))
    return Fitted(value, value - below, value + above, excess, blunt), weights
