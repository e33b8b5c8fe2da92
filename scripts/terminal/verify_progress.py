"""What a run of claims shows: the claim at work and how far it is, verdicts as they fall, time gone by."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Self

from rich.console import Console

from lingen.claims.claim import Claim
from lingen.claims.verdict import Verdict
from lingen.display import Bar, Display
from lingen.scripts.terminal.verdict_table import line_of

__all__ = ["Screen"]


MOST = 8
"""Claims at work that have a bar; more would fill a terminal."""


class Screen:
    """The progress of a run of claims.

    Args:
        console: where it is shown.
        total: claims in all.
        quiet: show nothing.
        places: how many are at work at once.
    """

    def __init__(self, console: Console, total: int, quiet: bool = False, places: int = 1):
        self.console, self.total, self.quiet = console, total, quiet
        self.found: Counter[str] = Counter()
        self.done = 0
        self.display = Display(console, quiet)
        self.idle = [self.display.bar("starting", 1.0) for _ in range(min(places, MOST))]
        self.busy: dict[str, Bar] = {}
        self.claims = self.display.bar("claims", total, counted=True)

    def __enter__(self) -> Self:
        self.display.__enter__()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.display.__exit__(kind, error, trace)

    def start(self, claim: Claim) -> None:
        """A claim's turn begins."""
        if claim.name not in self.busy and self.idle:
            self.busy[claim.name] = self.idle.pop(0)
            self.busy[claim.name].restart(claim.name)
        self.tell(claim.name, 0.0, "starting")

    def tell(self, name: str, fraction: float, message: str) -> None:
        """Where a claim stands; the callback of `check`."""
        if name in self.busy:
            self.busy[name].show(fraction, message)

    def decided(self, verdict: Verdict) -> None:
        """A verdict fell."""
        if verdict.name in self.busy:
            self.idle.append(self.busy.pop(verdict.name))
        self.done += 1
        self.found[str(verdict.outcome)] += 1
        if not self.quiet:
            self.console.print(line_of(verdict, self.done, self.total), soft_wrap=True)
        self.claims.show(self.done, ", ".join(f"{count} {word}" for word, count in self.found.items()))
