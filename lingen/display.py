"""The progress of anything that takes long: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from importlib.util import find_spec
from types import TracebackType
from typing import Self

from rich import progress as rich_progress
from rich.console import Console

__all__ = ["Bar", "Display", "moves"]

LINE_SECONDS = 10.0
"""How often a line is said where there is no live bar."""


def moves(console: Console) -> bool:
    """Whether bars can move there: on a terminal, and in a notebook that has widgets."""
    return bool(find_spec("ipywidgets")) if console.is_jupyter else console.is_terminal


class Display:
    """Bars below each other on a terminal; elsewhere a line every ten seconds; nothing if quiet.

    A context manager. Bars are gone when it ends: what is to stay is said.

    Args:
        console: where to show them.
        quiet: show nothing.
    """

    def __init__(self, console: Console, quiet: bool = False):
        self.console, self.quiet = console, quiet
        self.began, self.said = time.monotonic(), time.monotonic()
        self.live: rich_progress.Progress | None = None
        if moves(console) and not quiet:
            self.live = rich_progress.Progress(
                rich_progress.TextColumn("{task.description}", style="bold", markup=False),
                rich_progress.BarColumn(bar_width=24),
                rich_progress.TextColumn("{task.fields[counted]}", markup=False),
                rich_progress.TimeElapsedColumn(),
                rich_progress.TextColumn("{task.fields[words]}", markup=False),
                console=console,
                transient=True,
            )

    def __enter__(self) -> Self:
        if self.live:
            self.live.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.live:
            self.live.stop()

    @property
    def seconds(self) -> float:
        """Time since the beginning."""
        return time.monotonic() - self.began

    def bar(self, title: str, total: float, done: float = 0, words: str = "", counted: bool = False) -> Bar:
        """A new bar below the others.

        Args:
            title: what is counted.
            total: how many there are to be done.
            done: how many are done already.
            words: beside it.
            counted: whether the numbers themselves are shown.
        """
        return Bar(self, title, total, done, words, counted)

    def say(self, line: str) -> None:
        """A line that stays, above the bars."""
        if not self.quiet:
            self.console.print(line, soft_wrap=True, markup=False, highlight=False)


class Bar:
    """One bar of a display."""

    def __init__(self, display: Display, title: str, total: float, done: float, words: str, counted: bool):
        self.display, self.total, self.counted = display, total, counted
        if display.live:
            self.task = display.live.add_task(title, total=total, words=words, counted=self._count(done))
            display.live.update(self.task, completed=done)

    def restart(self, title: str) -> None:
        """Begin anew, with another title."""
        if self.display.live:
            self.display.live.reset(self.task, description=title)

    def show(self, done: float, words: str, line: str = "") -> None:
        """How much is done, with words beside it.

        Args:
            done: of the total.
            words: beside the bar.
            line: said, where there are no bars, when the last line is ten seconds old; nothing
                if empty, or when all is done.
        """
        display = self.display
        if display.live:
            display.live.update(self.task, completed=done, words=words, counted=self._count(done))
        elif line and done < self.total and time.monotonic() - display.said > LINE_SECONDS:
            display.said = time.monotonic()
            display.say(line)

    def _count(self, done: float) -> str:
        return f"{done:,.0f}/{self.total:,.0f}" if self.counted else f"{done / max(self.total, 1e-9):4.0%}"
