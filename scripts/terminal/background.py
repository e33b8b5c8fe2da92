"""Long computations beside the main thread, so that ^C is heard while compiled code runs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

from lingen.machine.interruption import settle
from lingen.scripts.terminal.interrupts import end

__all__ = ["wait_for"]

T = TypeVar("T")


def wait_for(work: Callable[[], T], doing: str, stopped: str) -> T:
    """The result of `work`, or what it raised.

    Python hears ^C in its main thread only, and there not before compiled code is through. Here the main
    thread waits; interrupted, it says so and ends the process at once, as nothing else stops the computation.
    So `work` must not write anything.

    Args:
        work: what takes long.
        doing: shown beside a spinner on a terminal.
        stopped: what an interruption leaves, in words.
    """
    from rich.console import Console

    result: Future[T] = Future()
    try:
        Thread(target=settle, args=(result, work), daemon=True).start()
        with Console(stderr=True).status(doing):
            return result.result()
    except KeyboardInterrupt:
        if result.done():
            raise
        end(f"interrupted: {stopped}")
