"""What a sweep shows while it runs: cells, rate and time left, live on a terminal, plain lines elsewhere."""

from __future__ import annotations

from types import TracebackType
from typing import Self

import numpy as np
from rich.console import Console

from lingen.display import Display
from lingen.experiments.grid.draws import without_seed
from lingen.experiments.grid.sweep import Sweep
from lingen.words import left

__all__ = ["Progress"]

WEIGHED = 100_000


class Progress:
    """The progress of a sweep; the time left weighs cells by the work they are expected to take."""

    def __init__(self, console: Console, sweep: Sweep, done: np.ndarray, quiet: bool = False):
        self.sweep, self.total = sweep, sweep.size
        self.finished, self.before = int(done.sum()), int(done.sum())
        missing = np.flatnonzero(~done)
        self.weigh = missing.size <= WEIGHED
        self.left = float(sum(self._work(int(index)) for index in missing)) if self.weigh else missing.size
        self.worth = self.spent = 0.0
        self.display = Display(console, quiet)
        self.bar = self.display.bar("cells", self.total, self.finished, "compiling", counted=True)

    def __enter__(self) -> Self:
        self.display.__enter__()
        if self.before and not self.display.live:
            self.display.say(f"{self.before:,} of {self.total:,} cells are done already")
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.display.__exit__(kind, error, trace)

    @property
    def seconds(self) -> float:
        """Time since the beginning."""
        return self.display.seconds

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
        words = self._words()
        self.bar.show(self.finished, words, f"{self.finished:,}/{self.total:,} cells, {words}")

    def _words(self) -> str:
        if self.spent == 0:
            return "compiling"
        rate = f"{self.worth / self.seconds:.3g} cells/s"
        return f"{rate}, {left(self.seconds, self.spent, self.left - self.spent)}"

    def _work(self, index: int) -> float:
        work = self.sweep.experiment.work
        if work is None or not self.weigh:
            return 1.0
        return work(**without_seed(self.sweep.cell(index)))
