"""How well to check a claim, and how long."""

from __future__ import annotations

from dataclasses import dataclass

from lingen.boundary import checked
from lingen.checks import bounded, integer, positive, single

__all__ = ["RESOLUTION", "Budget"]

RESOLUTION = 0.01
"""Relative error told apart where neither the budget nor the claim says another."""


@checked
@dataclass(frozen=True)
class Budget:
    """How well to check, and how long.

    Attributes:
        resolution: the relative error to tell apart; if absent the claim's own, or 1 %.
        error_rate: probability of a wrong verdict, over all claims that share it.
        first: draws at each point and dimension before the first look, at least: more where nothing is known of the
            observable (`Claim.bounds`, `Claim.concentration`).
        max_draws: draws at one point and dimension at most.
        seconds: wall time for one claim; what runs when it ends is finished.

    Raises:
        ValueError: if a field is out of range.
    """

    resolution: float | None = None
    error_rate: float = 0.01
    first: int = 16
    max_draws: int = 1 << 17
    seconds: float = 60.0

    def __post_init__(self) -> None:
        if self.resolution is not None:
            positive("resolution", single("resolution", self.resolution))
        positive("error_rate", single("error_rate", self.error_rate))
        bounded("error_rate", self.error_rate, 0.0, 0.5)
        integer("first", self.first, low=2)
        integer("max_draws", self.max_draws, low=self.first)
        positive("seconds", single("seconds", self.seconds))
