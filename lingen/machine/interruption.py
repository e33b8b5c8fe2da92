"""Interrupts, which the main thread alone hears: work that they do not stop midway, errors they became."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import TypeVar

__all__ = ["Apart", "interrupted", "settle"]

T = TypeVar("T")


class Apart:
    """Does actions one after the other, each to its end: what is made halfway leaves things behind."""

    def __init__(self) -> None:
        self.lock = Lock()

    def __call__(self, action: Callable[[], T]) -> T:
        """`action()` by a thread, after any other that is still under way."""
        done: Future[T] = Future()

        def act() -> None:
            with self.lock:
                settle(done, action)

        try:
            Thread(target=act).start()
        except RuntimeError:  # at the end of the interpreter, which starts no threads any more
            act()
        return done.result()


def settle(result: Future[T], action: Callable[[], T]) -> None:
    """Put what `action()` gives, or raises, into `result`."""
    try:
        result.set_result(action())
    except BaseException as error:
        result.set_exception(error)


def interrupted(error: BaseException) -> bool:
    """Whether an error was an interrupt, to which code between gave another name (as JAX does)."""
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, KeyboardInterrupt):
        cause = cause.__cause__
    return cause is not None
