"""What a sweep shows while it runs: cells, rate and time left, live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

import numpy as np
from rich import progress as bars
from rich.console import Console

from lingen.experiments.grid.draws import without_seed
from lingen.experiments.grid.sweep import Sweep
from lingen.scripts.terminal.clock import LINE_SECONDS, clock

__all__ = ["Progress"]

WEIGHED = 100_000


class Progress:
    """The progress of a sweep; the time left weighs cells by the work they are expected to take."""

    def __init__(self, console: Console, sweep: Sweep, done: np.ndarray, quiet: bool = False):
        self.console, self.sweep, self.total, self.quiet = console, sweep, sweep.size, quiet
        self.finished, self.before = int(done.sum()), int(done.sum())
        missing = np.flatnonzero(~done)
        self.weigh = missing.size <= WEIGHED
        self.left = float(sum(self._work(int(index)) for index in missing)) if self.weigh else missing.size
        self.worth = self.spent = 0.0
        self.began = self.said = time.monotonic()
        self.bar: bars.Progress | None = None
        if console.is_terminal and not quiet:
            self.bar = bars.Progress(
                bars.TextColumn("[bold]cells"),
                bars.BarColumn(),
                bars.MofNCompleteColumn(),
                bars.TextColumn("{task.fields[words]}", markup=False),
                console=console,
                transient=True,
            )
            self.task = self.bar.add_task(
                "cells", total=self.total, completed=self.finished, words="compiling"
            )

    def __enter__(self) -> Self:
        if self.bar:
            self.bar.start()
        elif not self.quiet and self.before:
            self.console.print(f"{self.before:,} of {self.total:,} cells are done already", markup=False)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.bar:
            self.bar.stop()

    @property
    def seconds(self) -> float:
        """Time since the beginning."""
        return time.monotonic() - self.began

    def tell(self, index: int, cells: float) -> None:
        """Draws worth so many cells like the one at `index` are made."""
        self.worth += cells
        self.spent += cells * self._work(index)
        self._show()

    def done(self, cells: int) -> None:
        """So many cells are kept."""
        self.finished += cells
        self._show()

    def _show(self) -> None:
        if self.quiet:
            return
        if self.bar:
            self.bar.update(self.task, completed=self.finished, words=self._words())
        elif time.monotonic() - self.said > LINE_SECONDS:
            self.said = time.monotonic()
            line = f"{self.finished:,}/{self.total:,} cells, {self._words()}"
            self.console.print(line, soft_wrap=True, markup=False)

    def _words(self) -> str:
        if self.spent == 0:
            return "compiling"
        left = max(self.left - self.spent, 0.0) * self.seconds / self.spent
        return f"{self.worth / self.seconds:.3g} cells/s, {clock(left)} left"

    def _work(self, index: int) -> float:
        work = self.sweep.experiment.work
        if work is None or not self.weigh:
            return 1.0
        return work(**without_seed(self.sweep.cell(index)))
