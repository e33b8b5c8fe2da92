"""What the draws say at one point of a claim: an interval, what it rests on, and the outcome it gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from lingen.boundary import checked
from lingen.words import plain, short

__all__ = ["Outcome", "Point", "PointEvidence", "describe", "largest", "percent"]

Numbers = np.ndarray
Point = dict[str, Any]
"""A value for each parameter."""


class Outcome(StrEnum):
    """What the draws say of a claim, of one of its points, or of a rival."""

    HOLDS = "holds"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    BROKEN = "broken"


@dataclass(frozen=True, eq=False)
class PointEvidence:
    """What was measured at one point, beside what was predicted.

    Arrays over dimensions have shape (dims, *shape), where shape is the prediction's. The comparison is for
    the limit d → ∞, shape (*shape), or for exact claims at each dimension, shape (dims, *shape).
    """

    point: Point
    dims: tuple[int, ...]
    draws: tuple[int, ...]
    """Draws at each dimension."""
    means: Numbers
    """Mean at each dimension."""
    standard_errors: Numbers
    """Its standard error."""
    estimate: Numbers
    """What is compared: the extrapolated value, or the means of an exact claim."""
    standard_error: Numbers
    low: Numbers
    """Lower end of the simultaneous confidence interval; −∞ where the draws allow none."""
    high: Numbers
    """Upper end."""
    prediction: Numbers
    scale: Numbers
    """What errors are measured against."""
    rivals: Mapping[str, Numbers]
    """The rivals' predictions."""
    drawn: Numbers
    """The part of `half_width` that is owed to the number of draws; the rest is extrapolation."""
    shares: Numbers
    """Each dimension's share of the variance of what keeps the interval wide, shape (dims, *shape)."""
    resolution: float
    misfit: bool = False
    """Whether no shape of the finite-size term fits the means."""
    settled: bool = True
    """Whether more draws would tell no more about the shape of the finite-size term."""
    tail: float = np.inf
    """The smallest index of a tail."""
    contradicted: bool = False
    """Whether that contradicts what was declared of the observable."""
    orders: tuple[tuple[float, ...], ...] = ()
    """The candidates for the finite-size term that the draws do not refute, where several were stated."""
    rival_ends: Mapping[str, tuple[Numbers, Numbers]] = field(default_factory=dict)
    """Intervals for rivals that foretell another effect of rounded parameters."""
    drawn_points: tuple[Point, ...] = ()
    """What was drawn at each dimension, where it is not `point` itself."""

    measure = "error"
    """What is compared with the resolution."""

    @property
    def error(self) -> Numbers:
        """(estimate − prediction)/scale."""
        return (self.estimate - self.prediction) / self.scale

    @property
    def half_width(self) -> Numbers:
        """The longer side of the interval, seen from `estimate`."""
        return np.maximum(self.high - self.estimate, self.estimate - self.low)

    @property
    def margin(self) -> Numbers:
        """half_width/scale."""
        return self.half_width / self.scale

    @property
    def undecided(self) -> Numbers:
        """Where the interval reaches over ±resolution."""
        return self.largest > self.resolution

    @property
    def extrapolation(self) -> Numbers:
        """The part of `half_width` that is owed to the unknown shape of the finite-size term."""
        with np.errstate(invalid="ignore"):
            return np.nan_to_num(np.maximum(self.half_width - self.drawn, 0.0), nan=0.0, posinf=0.0)

    @property
    def doubtful(self) -> bool:
        """Whether no number of draws can decide: the shape of the finite-size term stays open at these sizes.

        It does where the interval without the part that is owed to the number of draws is undecided still. Where a tail
        leaves no interval more draws may still see a rare class often enough.
        """
        if self.outcome is not Outcome.UNDECIDED or not self.settled or not np.isfinite(self.bound):
            return False
        if np.any((self.drawn / self.scale >= self.resolution / 4)[self.undecided]):
            return False
        low = np.minimum(self.low + self.drawn, self.estimate)
        high = np.maximum(self.high - self.drawn, self.estimate)
        return self._judge(self.prediction, low, high) is Outcome.UNDECIDED

    @property
    def largest(self) -> Numbers:
        """The largest error that the interval allows."""
        return np.maximum(self.high - self.prediction, self.prediction - self.low) / self.scale

    @property
    def bound(self) -> float:
        """Errors larger than this are excluded: the farthest end of an interval from its prediction."""
        return float(np.max(self.largest))

    @property
    def outcome(self) -> Outcome:
        """Of the claim at this point."""
        return self._judge(self.prediction, self.low, self.high)

    def judge(self, rival: str) -> Outcome:
        """Of a rival at this point."""
        return self._judge(self.rivals[rival], *self.ends(rival))

    def ends(self, rival: str) -> tuple[Numbers, Numbers]:
        """The interval that a rival is compared with."""
        return self.rival_ends.get(rival, (self.low, self.high))

    def gap(self, rival: str) -> float:
        """The largest difference of a rival from the claim, relative to the scale."""
        return float(np.max(np.abs(self.rivals[rival] - self.prediction) / self.scale))

    def beyond(self, rival: str) -> Numbers:
        """How far the estimate is from a rival, beyond the resolution and relative to the scale."""
        return np.abs(self.estimate - self.rivals[rival]) / self.scale - self.resolution

    def against(self, where: tuple[int, ...]) -> str:
        """What speaks against the claim in this place, in words."""
        measured, predicted, half = (a[where] for a in (self.estimate, self.prediction, self.half_width))
        off = f"off by {percent(abs(self.error[where]))} ± {percent(self.margin[where])}"
        return f"{measured:.5g} ± {half:.2g} where {predicted:.5g} is predicted, {off}"

    def _judge(self, prediction: Numbers, low: Numbers, high: Numbers) -> Outcome:
        """Equivalence test: refuted if an interval lies outside ±resolution, holds if all lie inside."""
        room = self.resolution * self.scale
        if np.any((low - prediction > room) | (prediction - high > room)):
            return Outcome.REFUTED
        inside = (high - prediction <= room) & (prediction - low <= room)
        return Outcome.HOLDS if np.all(inside) else Outcome.UNDECIDED

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and lists."""
        arrays = (
            "means",
            "standard_errors",
            "estimate",
            "standard_error",
            "half_width",
            "low",
            "high",
            "prediction",
            "scale",
            "drawn",
            "extrapolation",
        )
        return {
            "point": plain(self.point),
            "outcome": str(self.outcome),
            "dims": list(self.dims),
            "draws": list(self.draws),
            **{name: plain(getattr(self, name)) for name in arrays},
            "misfit": self.misfit,
            "tail_index": plain(self.tail),
            "contradicted": self.contradicted,
            "orders": plain(self.orders),
            "rivals": plain(self.rivals),
            "drawn_points": plain(self.drawn_points),
        }


@checked
def describe(point: Point) -> str:
    """`load=0.5, dim=64`: a point for people, whole numbers to the last digit."""
    return ", ".join(f"{name}={_value(value)}" for name, value in point.items()) or "its only point"


@checked
def percent(value: float) -> str:
    """A relative error for people, with two digits: `0.42 %`."""
    return f"{100 * value:.2g} %"


def _value(value: Any) -> str:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return short(value, "d" if whole else "g")


def largest(values: Iterable[float]) -> float | None:
    """The largest of some numbers; None where there is none, or no bound."""
    found = max(values, default=np.inf)
    return float(found) if np.isfinite(found) else None
