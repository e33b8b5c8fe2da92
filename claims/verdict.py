"""The answer to a claim: an outcome, the evidence it rests on, and where that came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lingen.claims.claim import Claim
from lingen.claims.evidence.answer import Drawn, Evidence
from lingen.claims.evidence.assumptions import Assumption
from lingen.claims.evidence.point import Outcome, PointEvidence
from lingen.watching import figure_of, in_notebook
from lingen.words import plain

__all__ = ["Verdict"]


@dataclass(frozen=True, eq=False, repr=False)
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
        assumptions: what the verdict rests on beside the draws.
        evidence: how what it rests on is shown: its figure, its words, its diagnostics.
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
    assumptions: tuple[Assumption, ...] = ()
    evidence: Evidence = field(default_factory=Drawn)

    @property
    def name(self) -> str:
        """Name of the claim."""
        return self.claim.name

    def __bool__(self) -> bool:
        """Whether it passed, so that `assert check(claim)` can fail."""
        return self.passed

    @property
    def passed(self) -> bool:
        """Whether nothing is amiss: a claim passes if it holds, a measurement unless it is broken.

        What a measurement (`Claim.exploratory`) finds is a finding, whatever it is. This is the one rule: the exit code of
        `lingen verify`, `lingen.testing`, the plugin of pytest and `bool(verdict)` all follow it.
        """
        if self.claim.exploratory:
            return self.outcome is not Outcome.BROKEN
        return self.outcome is Outcome.HOLDS

    @property
    def draws(self) -> int:
        """Draws in all."""
        return int(self.provenance["draws"])

    @property
    def summary(self) -> str:
        """One line: name, outcome, reason."""
        return f"{self.name}: {self.outcome}, {self.reason}"

    def __repr__(self) -> str:
        return self.summary

    _repr_html_ = in_notebook

    plot = figure_of

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file: finite numbers, None for what is missing."""
        about = ("name", "title", "statement", "reference", "section", "label", "exact", "exploratory")
        return {
            **{name: plain(getattr(self.claim, name)) for name in about},
            "order": list(self.claim.order),
            "orders": plain(self.claim.orders),
            "components": plain(self.claim.components),
            "size": self.claim.size._asdict(),
            "outcome": str(self.outcome),
            "resolution": self.resolution,
            "bound": plain(self.bound),
            "half_width": plain(self.half_width),
            "reason": self.reason,
            "rivals": {name: str(outcome) for name, outcome in self.rivals.items()},
            "points": [point.to_json() for point in self.points],
            "assumptions": [assumption._asdict() for assumption in self.assumptions],
            "provenance": plain(self.provenance),
            "inference": plain(self.evidence.diagnostics()),
        }
