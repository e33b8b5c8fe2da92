"""What a run of claims shows: the claim at work and how far it is, verdicts as they fall, time gone by."""

from __future__ import annotations

from collections import Counter
from types import TracebackType
from typing import Self

from rich.console import Console

from lingen.claims.claim import Claim
from lingen.claims.verdict import Verdict
from lingen.display import Display
from lingen.scripts.terminal.verdict_table import line_of

__all__ = ["Screen"]


class Screen:
    """The progress of a run of claims."""

    def __init__(self, console: Console, total: int, quiet: bool = False):
        self.console, self.total, self.quiet = console, total, quiet
        self.found: Counter[str] = Counter()
        self.done = 0
        self.display = Display(console, quiet)
        self.current = self.display.bar("starting", 1.0)
        self.claims = self.display.bar("claims", total, counted=True)

    def __enter__(self) -> Self:
        self.display.__enter__()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.display.__exit__(kind, error, trace)

    def start(self, claim: Claim) -> None:
        """A claim's turn begins."""
        self.current.restart(claim.name)
        self.tell(claim.name, 0.0, "starting")

    def tell(self, name: str, fraction: float, message: str) -> None:
        """Where a claim stands; the callback of `check`."""
        self.current.show(fraction, message)

    def decided(self, verdict: Verdict) -> None:
        """A verdict fell."""
        self.done += 1
        self.found[str(verdict.outcome)] += 1
        if not self.quiet:
            self.console.print(line_of(verdict, self.done, self.total), soft_wrap=True)
        self.claims.show(self.done, ", ".join(f"{count} {word}" for word, count in self.found.items()))
