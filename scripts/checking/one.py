"""One claim of a run: its part of the time, its verdict and its figure, whatever it does to the process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import jax

    from lingen.claims import Budget
    from lingen.claims.claim import Claim
    from lingen.claims.verdict import Verdict

__all__ = ["RunTerms", "part_of_time"]

SHARE, LEAST_PART, LARGEST_PART = 4.0, 0.25, 0.5
"""A claim may take this many times its equal share of the time left, within these parts of all of it."""
LEAST_SECONDS = 0.5


@dataclass(frozen=True)
class RunTerms:
    """What all claims of a run share.

    Attributes:
        budget: resolution, error rate, draws.
        seed: of the key.
        claims: how many share the error rate.
    """

    budget: Budget
    seed: int
    claims: int

    def about(self) -> dict[str, Any]:
        """What a report says of it."""
        from lingen.claims.checking import RESOLUTION

        resolution = self.budget.resolution or RESOLUTION
        return {"resolution": resolution, "error_rate": self.budget.error_rate, "seed": self.seed}

    def check(
        self,
        claim: Claim,
        seconds: float,
        tell: Callable[[str, float, str], None],
        devices: Sequence[jax.Device] | None = None,
    ) -> Verdict:
        """The verdict on one claim, within so many seconds; then room is made for the next."""
        import jax

        from lingen.claims.checking import check
        from lingen.machine.crowding import make_room
        from lingen.scripts.terminal.no_exit import no_exit

        own = replace(self.budget, seconds=max(seconds, LEAST_SECONDS))
        with no_exit():
            verdict = check(
                claim, jax.random.key(self.seed), own, tell, comparisons=self.claims, devices=devices
            )
        make_room()
        return verdict


def part_of_time(claims: int) -> float:
    """The part of the time left that the next of so many claims may take."""
    return 1.0 if claims == 1 else min(LARGEST_PART, max(LEAST_PART, SHARE / claims))
