"""What is done at the end of a process, also where it is ended at once and `atexit` is not asked."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Callable
from contextlib import suppress
from threading import Thread

__all__ = ["at_the_end", "finish"]

SECONDS = 3.0
"""Until an end waits no longer for what is to be done."""
_ACTIONS: list[Callable[[], None]] = []


def at_the_end(action: Callable[[], None]) -> Callable[[], None]:
    """Have `action` done, which may be done twice; returns it."""
    _ACTIONS.append(action)
    return atexit.register(action)


def finish() -> None:
    """Do it now, by another thread: this one may end the process whose main thread hangs."""
    doing = Thread(target=_all, daemon=True)
    doing.start()
    doing.join(SECONDS)


def _all() -> None:
    for action in (*_ACTIONS, _children):
        with suppress(Exception):
            action()


def _children() -> None:
    """What `multiprocessing` does at exit: its children end, and names of semaphores are given back."""
    if "multiprocessing.util" not in sys.modules:
        return
    from multiprocessing import active_children, util

    for child in active_children():
        child.kill()
    util._run_finalizers(0)  # type: ignore[attr-defined]
