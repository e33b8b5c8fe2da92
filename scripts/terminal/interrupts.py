"""^C, SIGTERM and SIGHUP while compiled code runs: the main thread hears them only when that is through."""

from __future__ import annotations

import _thread
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from threading import Event, Thread, Timer, current_thread, main_thread
from types import FrameType
from typing import NoReturn

from lingen.machine.characters import visible
from lingen.machine.ending import finish
from lingen.scripts.terminal.exit_codes import INTERRUPTED

__all__ = ["KEPT", "end", "leave", "listen"]

END = os._exit  # before a run keeps claims from calling it
KEPT = "interrupted: what was finished is kept"
SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""The end of a job's time and of a terminal are as ^C: what is finished is kept and published."""
DEAF, ENDING = 10.0, 120.0
"""Seconds until a process is ended whose main thread has not heard ^C, and one whose main thread has: it may
still have a report to write."""
AGAIN = 0.05
"""Seconds until an interrupt comes once more that could not be raised, or was lost, where it came."""
IMPORTLIB = "<frozen importlib._bootstrap>"
CLOSING = 1.0
"""Seconds for the thread that waits for signals to hear that nobody listens any more."""


def listen(deaf: float = DEAF, ending: float = ENDING) -> Callable[[], None]:
    """End this process some time after ^C, SIGTERM or SIGHUP, or at the second ^C, if it is still there.

    What is finished is on disk at any moment, whole, so that nothing is lost. Returns a function that stops
    listening; does nothing beside the main thread, where signals cannot be watched. Signals that are ignored,
    as ^C in a background job and SIGHUP under nohup, stay so.
    """
    ours = [s for s in SIGNALS if signal.getsignal(s) in (signal.default_int_handler, signal.SIG_DFL)]
    if current_thread() is not main_thread() or not ours:
        return lambda: None
    noticed, (inside, outside) = Event(), socket.socketpair()
    again = signal.SIGTERM if signal.SIGTERM in ours else ours[0]

    def once_more() -> None:
        noticed.clear()
        sending = Timer(AGAIN, _send, (again, interrupt))
        sending.daemon = True
        sending.start()

    def interrupt(number: int, frame: FrameType | None) -> None:
        first = not noticed.is_set()
        noticed.set()
        if not first and number != signal.SIGINT:  # a scheduler may repeat itself while the report is written
            return
        if _importing(frame):  # extensions in C++ abort where their initialisation raises
            once_more()
        else:
            signal.default_int_handler(number, frame)

    def ignored(unraisable: sys.UnraisableHookArgs) -> None:
        if unraisable.exc_type is KeyboardInterrupt:  # raised in a finaliser or by the collector of garbage
            once_more()
        else:
            unraisablehook(unraisable)

    outside.setblocking(False)
    handlers = {number: signal.signal(number, interrupt) for number in ours}
    unraisablehook, sys.unraisablehook = sys.unraisablehook, ignored
    descriptor = signal.set_wakeup_fd(outside.fileno(), warn_on_full_buffer=False)
    waiting = Thread(target=_wait, args=(inside, outside, noticed, deaf, ending), daemon=True)
    waiting.start()

    def stop() -> None:
        signal.set_wakeup_fd(descriptor)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        sys.unraisablehook = unraisablehook
        outside.close()
        waiting.join(CLOSING)

    return stop


def leave(code: int) -> int:
    """`code`; an interruption ends the process here, without waiting for threads that compile."""
    if code == INTERRUPTED:
        end()
    return code


def end(message: str = "") -> NoReturn:
    """End this process as interrupted, at once; with an error message, if given."""
    if message:
        print(f"error: {visible(message)}", file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    finish()
    END(INTERRUPTED)


def _send(number: signal.Signals, handler: Callable[[int, FrameType | None], None]) -> None:
    """A signal to the main thread, which wakes it too where the system can, if this is still its handler."""
    if signal.getsignal(number) is not handler:
        return
    if hasattr(signal, "pthread_kill"):
        signal.pthread_kill(main_thread().ident or 0, number)
    else:
        _thread.interrupt_main(number)


def _importing(frame: FrameType | None) -> bool:
    """Whether a module is being imported."""
    while frame is not None and frame.f_code.co_filename != IMPORTLIB:
        frame = frame.f_back
    return frame is not None


def _wait(signals: socket.socket, _open: socket.socket, noticed: Event, deaf: float, ending: float) -> None:
    """Wait for the byte that the handler of a signal writes to the other end, and then for the end."""
    with signals:
        while (byte := signals.recv(1)) and byte[0] not in SIGNALS:
            pass
        if not byte:
            return
        again = _another(signals, deaf)
        if again is None and noticed.is_set():
            again = _another(signals, ending - deaf)
    if again is not False:
        end(KEPT)


def _another(signals: socket.socket, seconds: float) -> bool | None:
    """Whether ^C comes, again or after another signal; False when nobody listens, None if nothing happens."""
    end = time.monotonic() + seconds
    try:
        while (left := end - time.monotonic()) > 0:
            signals.settimeout(left)
            byte = signals.recv(1)
            if not byte or byte[0] == signal.SIGINT:
                return bool(byte)
    except TimeoutError:
        pass
    return None
