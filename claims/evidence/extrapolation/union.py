"""One interval from several shapes of the finite-size term: it covers those of all that the draws do not refute."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from lingen.claims.evidence.extrapolation.intervals import Intervals, Limit, each, shares

__all__ = ["SHAPE_SHARE", "SLACK", "Fitted", "union"]

Numbers = np.ndarray

SHAPE_SHARE = 0.5
"""Part of an interval's level that is spent on refuting shapes."""
SLACK = 0.01
"""A shape is trusted to this part of the drift between dimensions: higher terms, and the step of the catalogue."""


class Fitted(NamedTuple):
    """What each shape says of the limit; arrays of shape (shapes, *shape)."""

    value: Float[Numbers, "shapes ..."]
    low: Float[Numbers, "shapes ..."]
    high: Float[Numbers, "shapes ..."]
    excess: Float[Numbers, "shapes ..."]
    """How far residuals lie outside their intervals; the shape is refuted where that is positive."""
    blunt: Float[Numbers, "shapes ..."]
    """Whether more draws could not tell."""


def union(source: Intervals, fitted: Fitted, best: Numbers, weights: Numbers, last: bool) -> Limit:
    """The limit by all shapes that fit; where none does, by all of them and by the means themselves.

    Args:
        source: the means.
        fitted: what each shape says.
        best: by component, the shape that gives the estimate.
        weights: of the means in that estimate, shape (dims, *shape).
        last: whether the mean at the largest size may be the limit as well.
    """
    value, low, high, excess, blunt = fitted
    fits = excess <= 0
    misfit = ~fits.any(axis=0)
    allowed = fits | misfit
    inner_low, inner_high = (np.where(allowed, end, sign * np.inf) for end, sign in ((low, 1), (high, -1)))
    lowest, highest = inner_low.min(axis=0), inner_high.max(axis=0)
    alone = each(source)
    ends = alone.low, alone.high
    if last:
        lowest, highest = np.minimum(lowest, ends[0][-1]), np.maximum(highest, ends[1][-1])
    lowest = np.where(misfit, np.minimum(lowest, ends[0].min(axis=0)), lowest)
    highest = np.where(misfit, np.maximum(highest, ends[1].max(axis=0)), highest)
    chosen = lambda field: np.take_along_axis(field, best[None], axis=0)[0]  # noqa: E731
    middle, drawn = chosen(value), chosen((high - low) / 2)
    wide = np.asarray((highest - lowest) / 2 > 2 * drawn)
    even = source.errors**2 / np.maximum((source.errors**2).sum(axis=0), np.finfo(float).tiny)
    return Limit(
        middle, source.standard_error(weights), lowest, highest, drawn,
        np.where(wide, even, shares(weights, source.errors)), np.asarray(misfit),
        np.asarray(chosen(blunt) | last),
    )  # fmt: skip
