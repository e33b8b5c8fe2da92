"""What a training shows while it runs: rungs, steps, loss and time left, live or as plain lines."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rich import progress as bars
from rich.console import Console

from lingen.scripts.terminal.clock import LINE_SECONDS, clock

if TYPE_CHECKING:
    from lingen.experiments.ladder.plan import Rung

__all__ = ["Progress"]


class Progress:
    """The progress of a ladder: every rung takes the same number of steps."""

    def __init__(self, console: Console, samples: Sequence[int], steps: int, quiet: bool = False):
        self.console, self.quiet, self.steps = console, quiet, steps
        self.total, self.before, self.at, self.n = steps * len(samples), 0, 0, 0
        self.made, self.said = 0, 0.0
        self.began: float | None = None
        self.bar: bars.Progress | None = None
        if console.is_terminal and not quiet:
            words = bars.TextColumn("{task.fields[words]}", markup=False)
            columns = (bars.TextColumn("[bold]training"), bars.BarColumn(), bars.TaskProgressColumn(), words)
            self.bar = bars.Progress(*columns, console=console, transient=True)
            self.task = self.bar.add_task("steps", total=self.total, words="compiling")

    def __enter__(self) -> Self:
        if self.bar:
            self.bar.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.bar:
            self.bar.stop()

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
        if not self.quiet and rung.flow:
            q = sum(p.convergence for p in rung.flow) / len(rung.flow)
            near = sum(p.closest for p in rung.flow) / len(rung.flow)
            line = f"n = {rung.samples:,}: q = {q:.3f}, closest training image {near:.3f}"
            self.console.print(line, markup=False, highlight=False)

    def _show(self, words: str) -> None:
        line = f"n = {self.n:,}, step {self.at:,}/{self.steps:,}, {words}{self._left()}"
        if self.bar:
            self.bar.update(self.task, completed=self.before + self.at, words=line)
        elif not self.quiet and time.monotonic() - self.said > LINE_SECONDS:
            self.said = time.monotonic()
            self.console.print(line, soft_wrap=True, markup=False, highlight=False)

    def _left(self) -> str:
        if not self.made or self.began is None:
            return ""
        seconds = (time.monotonic() - self.began) / self.made * (self.total - self.before - self.at)
        return f", {clock(seconds)} left"
