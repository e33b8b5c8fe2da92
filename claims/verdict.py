"""The answer to a claim: an outcome, the evidence it rests on, and where that came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from lingen.claims.claim import Claim, Point

__all__ = ["Outcome", "PointEvidence", "Verdict", "describe", "percent"]

Numbers = np.ndarray

SETTLED = 256
"""Draws at each dimension before a misfit of the finite-size term is believed."""


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
    half_width: Numbers
    """Half the width of the simultaneous confidence interval of `estimate`."""
    prediction: Numbers
    scale: Numbers
    """What errors are measured against."""
    rivals: Mapping[str, Numbers]
    """The rivals' predictions."""
    lack_of_fit: Numbers
    """Probability of the finite-size residuals; one where there was nothing to fit."""
    widening: Numbers
    """The part of `half_width` that is there because the finite-size term is in doubt; else zero."""
    shares: Numbers
    """Each dimension's share of the variance of `estimate`, shape (dims, *shape)."""
    resolution: float

    @property
    def error(self) -> Numbers:
        """(estimate − prediction)/scale."""
        return (self.estimate - self.prediction) / self.scale

    @property
    def margin(self) -> Numbers:
        """half_width/scale."""
        return self.half_width / self.scale

    @property
    def undecided(self) -> Numbers:
        """Where the interval reaches over ±resolution."""
        return np.abs(self.error) + self.margin > self.resolution

    @property
    def doubtful(self) -> bool:
        """Whether only doubt of the finite-size term keeps the interval over ±resolution.

        One misfit among few draws is chance: it counts when every dimension has `SETTLED` of them.
        """
        if min(self.draws) < SETTLED:
            return False
        drawn = self.margin - self.widening / self.scale
        return (
            bool(np.all((drawn < self.resolution / 4)[self.undecided])) and self.outcome is Outcome.UNDECIDED
        )

    @property
    def bound(self) -> float:
        """Errors larger than this are excluded: the largest |error| + margin."""
        return float(np.max(np.abs(self.error) + self.margin))

    @property
    def outcome(self) -> Outcome:
        """Of the claim at this point."""
        return self.judge(self.prediction)

    def judge(self, prediction: Numbers) -> Outcome:
        """Equivalence test: refuted if an interval lies outside ±resolution, holds if all lie inside."""
        error = np.abs(self.estimate - prediction) / self.scale
        if np.any(error - self.margin > self.resolution):
            return Outcome.REFUTED
        return Outcome.HOLDS if np.all(error + self.margin <= self.resolution) else Outcome.UNDECIDED

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and lists."""
        arrays = (
            "means",
            "standard_errors",
            "estimate",
            "standard_error",
            "half_width",
            "prediction",
            "scale",
        )
        return {
            "point": _plain(self.point),
            "outcome": str(self.outcome),
            "dims": list(self.dims),
            "draws": list(self.draws),
            **{name: _plain(getattr(self, name)) for name in (*arrays, "lack_of_fit", "widening")},
            "rivals": _plain(self.rivals),
        }


@dataclass(frozen=True, eq=False)
class Verdict:
    """The answer to a claim.

    Attributes:
        claim: what was checked.
        outcome: HOLDS, REFUTED, UNDECIDED or BROKEN.
        resolution: the errors told apart, relative to the scale.
        bound: errors larger than this are excluded by the data; None without data.
        half_width: half the widest confidence interval, relative to the scale; None without data.
        points: the evidence, point by point, as far as it was drawn.
        rivals: what the draws say of each rival; REFUTED is what a claim needs.
        reason: one sentence.
        provenance: key, versions, devices, dtype, wall seconds, draws, date.
        inference: the posterior of an inferred claim (`lingen.claims.inferred.Inference`).
    """

    claim: Claim
    outcome: Outcome
    resolution: float
    bound: float | None
    half_width: float | None
    points: tuple[PointEvidence, ...]
    rivals: Mapping[str, Outcome]
    reason: str
    provenance: Mapping[str, Any]
    inference: Any = None

    @property
    def name(self) -> str:
        """Name of the claim."""
        return self.claim.name

    @property
    def passed(self) -> bool:
        """Whether nothing is amiss: it holds, or it is a measurement that came to a result."""
        return self.outcome is Outcome.HOLDS or (self.claim.exploratory and self.outcome is Outcome.REFUTED)

    @property
    def draws(self) -> int:
        """Draws in all."""
        return int(self.provenance["draws"])

    @property
    def summary(self) -> str:
        """One line: name, outcome, reason."""
        return f"{self.name}: {self.outcome}, {self.reason}"

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file: finite numbers, None for what is missing."""
        about = ("name", "title", "statement", "reference", "section", "label", "exact", "exploratory")
        return {
            **{name: _plain(getattr(self.claim, name)) for name in about},
            "order": list(self.claim.order),
            "outcome": str(self.outcome),
            "resolution": self.resolution,
            "bound": _plain(self.bound),
            "half_width": _plain(self.half_width),
            "reason": self.reason,
            "rivals": {name: str(outcome) for name, outcome in self.rivals.items()},
            "points": [point.to_json() for point in self.points],
            "provenance": _plain(self.provenance),
            "inference": self._diagnostics(),
        }

    def _diagnostics(self) -> dict[str, Any] | None:
        """R-hat and effective sample size of every parameter, and the number of divergences."""
        if self.inference is None:
            return None
        found = self.inference.posterior
        return _plain({name: getattr(found, name) for name in ("r_hat", "effective", "divergences")})


def describe(point: Point, dim: int | None = None) -> str:
    """`load=0.5, dim=64`: a point for people."""
    parts = [f"{name}={_short(value)}" for name, value in point.items()]
    return ", ".join(parts if dim is None else [*parts, f"dim={dim}"]) or "its only point"


def percent(value: float) -> str:
    """A relative error for people, with two digits: `0.42 %`."""
    return f"{100 * value:.2g} %"


def _short(value: Any) -> str:
    if isinstance(value, int | float | np.number):
        return f"{value:g}"
    name = getattr(value, "name", None)
    text = name if isinstance(name, str) else " ".join(str(value).split())
    return text if len(text) <= 60 else text[:57] + "..."


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    try:
        array = np.asarray(value)
    except Exception:
        return _short(value)
    if array.dtype.kind not in "biuf":
        return _short(value)
    if array.ndim:
        return [_plain(item) for item in array]
    number = array.item()
    return number if np.isfinite(number) else None
