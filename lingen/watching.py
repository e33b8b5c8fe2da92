"""Whether somebody watches, on a terminal or in a notebook, and what is shown to whom."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from lingen.words import left

__all__ = ["figure_of", "in_notebook", "shown_bar", "timed", "watched"]

FIRST = 0.01
"""What must be done before the rest can be told from it."""


def watched() -> bool:
    """Whether output goes to a terminal or into a notebook."""
    if "ipykernel" in sys.modules:
        return True
    return bool(getattr(sys.stdout, "isatty", lambda: False)())


@contextmanager
def shown_bar(title: str) -> Iterator[Callable[[float, str], None]]:
    """A bar that goes when its work is done: told how far it is (0 to 1), and in which words."""
    if not watched():
        yield lambda fraction, words: None
        return
    from rich.console import Console

    from lingen.display import Display

    with Display(Console()) as display:
        bar = display.bar(title, 1.0)
        yield lambda fraction, words: bar.show(fraction, words, f"{title}: {fraction:.0%} {words}")


def timed(show: Callable[[float, str], None]) -> Callable[[str, float], None]:
    """What tells how much of what is done, from what shows a share (0 to 1) with words beside it.

    The words are what is done, its share, and how long the rest of it will take: `covariance 40% 2:10 left`;
    a hundredth must be done before that is told.
    """
    now, done, last, began = "", 0.0, time.monotonic(), 0.0

    def tell(what: str, share: float) -> None:
        nonlocal now, done, last, began
        if what != now or share < done:  # the same may be done again
            began = last
        now, done, last = what, share, time.monotonic()
        rest = left(last - began, share, 1.0 - share) if share >= FIRST else ""
        show(share, f"{what} {share:.0%} {rest}".rstrip())

    return tell


def in_notebook(value: Any) -> str:
    """A result as HTML, in the form of the report: loaded by name, as it stands above all that it shows."""
    return str(import_module("lingen.scripts.report.notebook").shown(value))


def figure_of(value: Any) -> Any:
    """Its figure, all panels, of matplotlib; `lingen.plot` draws the one that tells the most on axes.

    Raises:
        ValueError: for a verdict that holds no evidence.
    """
    # by name, as it stands above all that it shows
    return import_module("lingen.scripts.plots.plot").figure(value)
