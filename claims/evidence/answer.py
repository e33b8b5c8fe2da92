"""What `check` asks of any claim, and what any claim answers, whatever its evidence is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from lingen.claims.budget import RESOLUTION, Budget
from lingen.claims.evidence.assumptions import Assumption
from lingen.claims.evidence.point import Outcome, PointEvidence
from lingen.claims.evidence.size import Size

if TYPE_CHECKING:
    from lingen.claims.claim import Claim

__all__ = ["Answer", "Drawn", "Engine", "Evidence", "Tell", "Terms"]

Tell = Callable[[float, str], None]
"""Called with how far it is, from 0 to 1, and a message."""
Engine = Callable[..., Any]
"""Makes draws in batches, with the signature of `lingen.sims.engine.ensemble.stream`."""


class Terms(NamedTuple):
    """How a claim is to be checked."""

    key: Any
    budget: Budget
    comparisons: int
    devices: Sequence[Any] | None
    engine: Engine
    tell: Tell

    @property
    def level(self) -> float:
        """The claim's part of the error rate."""
        return self.budget.error_rate / self.comparisons

    def resolution(self, claim: Claim) -> float:
        """The relative error to tell apart: what was asked for, the claim's own, or 1 %."""
        return self.budget.resolution or claim.resolution or RESOLUTION


class Evidence(Protocol):
    """What an answer rests on. Whoever shows it asks these, and never which class it is."""

    @property
    def figure(self) -> str:
        """Which figure shows it: `draws`, `law` or `posterior`."""

    @property
    def shown(self) -> str:
        """What that figure shows, in words."""

    @property
    def method(self) -> str:
        """What was compared, in one sentence without its stop."""

    def diagnostics(self) -> Mapping[str, Any] | None:
        """Of the chains, if there are any."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What a claim answers when it is checked.

    Attributes:
        outcome: HOLDS, REFUTED, UNDECIDED or BROKEN.
        reason: one sentence.
        resolution: the errors told apart.
        bound: errors larger than this are excluded; None without data.
        points: the evidence, point by point, as far as there is any.
        rivals: what the draws say of each rival.
        draws: how many were made.
        assumptions: what the answer rests on beside them.
        evidence: how all this is shown.
    """

    outcome: Outcome
    reason: str
    resolution: float
    bound: float | None
    points: tuple[PointEvidence, ...]
    rivals: Mapping[str, Outcome]
    draws: int
    assumptions: tuple[Assumption, ...]
    evidence: Evidence


class Drawn(NamedTuple):
    """Means or other estimates of draws, at their dimensions."""

    dims: tuple[int, ...] = ()
    exact: bool = False
    size: Size = Size()
    figure: str = "draws"
    shown: str = "prediction as a line, simulation as points with error bars"

    @property
    def method(self) -> str:
        """What was compared, in one sentence without its stop."""
        if not self.dims:
            return "Nothing was drawn"
        if not self.size.name:
            return "Compared at each point"
        sizes = f"{self.size.symbol} = {', '.join(map(str, self.dims))}"
        if self.exact:
            return f"Compared at {'each of ' * (len(self.dims) > 1)}{sizes}"
        if len(self.dims) == 1:
            return f"Simulated at {sizes}, taken for the limit"
        return f"Simulated at {sizes}; the finite-size term is fitted and removed, its order as far as it is known"

    def diagnostics(self) -> None:
        """There are no chains."""
