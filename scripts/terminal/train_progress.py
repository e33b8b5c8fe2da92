"""What a training shows while it runs: rungs, steps, loss and time left, live or as plain lines."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich.console import Console

from lingen.display import Display
from lingen.words import left

if TYPE_CHECKING:
    from lingen.experiments.ladder.plan import Rung

__all__ = ["TrainProgress"]


class TrainProgress:
    """The progress of a ladder: every rung takes the same number of steps."""

    def __init__(self, console: Console, samples: Sequence[int], steps: int, quiet: bool = False):
        self.steps = steps
        self.total, self.before, self.at, self.n, self.made = steps * len(samples), 0, 0, 0, 0
        self.began: float | None = None
        self.display = Display(console, quiet)
        self.bar = self.display.bar("training", self.total, words="compiling")

    def __enter__(self) -> Self:
        self.display.__enter__()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.display.__exit__(kind, error, trace)

    def start(self, samples: int) -> None:
        """The turn of one n begins."""
        self.n, self.at = samples, 0
        self._show("compiling")

    def tell(self, step: int, loss: float) -> None:
        """So many steps of this n are done; NaN for a loss that is not known."""
        if self.began is None:  # what an earlier run did, and compiling, tell nothing about the time left
            self.began = time.monotonic()
        elif loss == loss:
            self.made += step - self.at
        self.at = step
        self._show(
            "generating" if step >= self.steps else f"loss {loss:.3g}" if loss == loss else "compiling"
        )

    def done(self, rung: Rung) -> None:
        """The order parameters of this n are measured."""
        self.before, self.at = self.before + self.steps, 0
        if rung.flow:
            q = sum(p.convergence for p in rung.flow) / len(rung.flow)
            near = sum(p.closest for p in rung.flow) / len(rung.flow)
            self.display.say(f"n = {rung.samples:,}: q = {q:.3f}, closest training image {near:.3f}")

    def _show(self, words: str) -> None:
        line = f"n = {self.n:,}, step {self.at:,}/{self.steps:,}, {words}"
        if self.began is not None and self.made:
            seconds = time.monotonic() - self.began
            line += f", {left(seconds, self.made, self.total - self.before - self.at)}"
        self.bar.show(self.before + self.at, line, line)
