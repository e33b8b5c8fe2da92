"""^C while compiled code runs: Python's main thread hears it only when that code is through."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from threading import Event, Thread, current_thread, main_thread
from types import FrameType
from typing import NoReturn

from lingen.scripts.terminal.exit_codes import INTERRUPTED

__all__ = ["KEPT", "end", "leave", "listen"]

END = os._exit  # before a run keeps claims from calling it
KEPT = "interrupted: what was finished is kept"
DEAF, ENDING = 10.0, 120.0
"""Seconds until a process is ended whose main thread has not heard ^C, and one whose main thread has: it may
still have a report to write."""


def listen(deaf: float = DEAF, ending: float = ENDING) -> Callable[[], None]:
    """End this process some time after ^C, or at the second one, if it has not ended by then.

    What is finished is on disk at any moment, whole, so that nothing is lost. Returns a function that stops
    listening; does nothing beside the main thread, where signals cannot be watched.
    """
    ours = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # a background job may ignore ^C
    if current_thread() is not main_thread() or not ours:
        return lambda: None
    noticed, (inside, outside) = Event(), socket.socketpair()

    def interrupt(number: int, frame: FrameType | None) -> None:
        noticed.set()
        signal.default_int_handler(number, frame)

    outside.setblocking(False)
    handler = signal.signal(signal.SIGINT, interrupt)
    descriptor = signal.set_wakeup_fd(outside.fileno(), warn_on_full_buffer=False)
    Thread(target=_wait, args=(inside, outside, noticed, deaf, ending), daemon=True).start()

    def stop() -> None:
        signal.set_wakeup_fd(descriptor)
        signal.signal(signal.SIGINT, handler)
        outside.close()

    return stop


def leave(code: int) -> int:
    """`code`; an interruption ends the process here, without waiting for threads that compile."""
    if code == INTERRUPTED:
        end()
    return code


def end(message: str = "") -> NoReturn:
    """End this process as interrupted, at once; with an error message, if given."""
    if message:
        print(f"error: {message}", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    END(INTERRUPTED)


def _wait(signals: socket.socket, _open: socket.socket, noticed: Event, deaf: float, ending: float) -> None:
    """Wait for the byte that the handler of a signal writes to the other end, and then for the end."""
    while (byte := signals.recv(1)) and byte[0] != signal.SIGINT:
        pass
    if not byte:
        return
    again = _another(signals, deaf)
    if again is None and noticed.is_set():
        again = _another(signals, ending - deaf)
    if again is not False:
        end(KEPT)


def _another(signals: socket.socket, seconds: float) -> bool | None:
    """Whether another signal comes; None if nothing happens."""
    signals.settimeout(seconds)
    try:
        return bool(signals.recv(1))
    except TimeoutError:
        return None
