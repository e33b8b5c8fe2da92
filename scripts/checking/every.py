"""All claims of a run, shown and recorded as their verdicts fall."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lingen.scripts.checking.one import RunTerms, part_of_time
from lingen.scripts.checking.side_by_side import Checkers, in_python
from lingen.scripts.terminal.verify_progress import Screen

if TYPE_CHECKING:
    import jax
    from rich.console import Console

    from lingen.claims.claim import Claim
    from lingen.claims.verdict import Verdict
    from lingen.scripts.report.entry import Drawing
    from lingen.scripts.report.write import Report

__all__ = ["Every"]


@dataclass(frozen=True)
class Every:
    """The claims of a record, checked.

    Attributes:
        record: takes the verdicts.
        terms: how they are checked.
        deadline: when all must be decided, on the monotonic clock.
        console: where it is shown.
        quiet: show nothing.
    """

    record: Report
    terms: RunTerms
    deadline: float
    console: Console
    quiet: bool

    def here(self, devices: Sequence[jax.Device] | None) -> None:
        """One by one, in this process."""
        with self._screen(1) as screen:
            self._here(screen, self.record.claims, devices)

    def side_by_side(self, count: int, select: Callable[[], list[Claim]], granted: int | None = None) -> None:
        """In so many processes, which find the claims by `select`; the rest is checked here."""
        others = [claim for claim in self.record.claims if not in_python(claim)]
        left = [claim for claim in self.record.claims if in_python(claim)]
        with self._screen(count) as screen:
            with Checkers(count, select, self.terms, granted) as checkers:
                for found in checkers.check(others, self.deadline, screen.start, screen.tell):
                    if found.verdict is None:
                        left.append(found.claim)
                    else:
                        self._decided(screen, found.verdict, found.drawing)
            self._here(screen, left, None)

    def _screen(self, places: int) -> Screen:
        return Screen(self.console, len(self.record.claims), self.quiet, places)

    def _here(self, screen: Screen, claims: Sequence[Claim], devices: Sequence[jax.Device] | None) -> None:
        for number, claim in enumerate(claims):
            screen.start(claim)
            seconds = (self.deadline - time.monotonic()) * part_of_time(len(claims) - number)
            self._decided(screen, self.terms.check(claim, seconds, screen.tell, devices))

    def _decided(self, screen: Screen, verdict: Verdict, drawing: Drawing | None = None) -> None:
        self.record.add(verdict, drawing)
        screen.decided(verdict)
