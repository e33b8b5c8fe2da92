"""A process that checks the claims it is asked for, and ends with the process that asks.

It loads them itself, from the words of the command line: functions of a claim cannot travel, its words can.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from contextlib import redirect_stdout, suppress
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

from lingen.scripts.checking.one import RunTerms
from lingen.scripts.terminal.interrupts import END

if TYPE_CHECKING:
    from lingen.claims.claim import Claim
    from lingen.scripts.report.entry import Drawing

__all__ = ["Asked", "Checked", "Failed", "Told", "serve"]


class Asked(NamedTuple):
    """A claim to be checked, and the time for it."""

    name: str
    seconds: float


class Told(NamedTuple):
    """How far a claim is."""

    name: str
    fraction: float
    message: str


class Checked(NamedTuple):
    """The fields of a verdict, its claim left out, packed by value; and its figure."""

    verdict: bytes
    drawing: Drawing


class Failed(NamedTuple):
    """The verdict on a claim cannot be had here: it is not found again, or its numbers do not travel."""


def serve(asks: Connection, select: Callable[[], list[Claim]], terms: RunTerms, devices: int) -> None:
    """Check what is asked for, until nobody asks any more."""
    for number in (signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT)):
        signal.signal(number, signal.SIG_IGN)  # the process that asks hears them, and decides
    Thread(target=_end_with_parent, daemon=True).start()
    from lingen.scripts.terminal.runtime import prepare

    prepare(devices)
    claims = _loaded(select)
    with suppress(EOFError, OSError):  # nobody listens
        while True:
            asked: Asked = asks.recv()
            claim = claims.get(asked.name)
            asks.send(Failed() if claim is None else _answer(asks, asked, claim, terms))
    _end()


def _loaded(select: Callable[[], list[Claim]]) -> dict[str, Claim]:
    """The claims by name, those that are found again; what a file prints was seen already."""
    try:
        with open(os.devnull, "w") as nothing, redirect_stdout(nothing):
            return {claim.name: claim for claim in select()}
    except (Exception, SystemExit):
        return {}


def _answer(asks: Connection, asked: Asked, claim: Claim, terms: RunTerms) -> Checked | Failed:
    from lingen.experiments.by_value import packed
    from lingen.scripts.report.entry import drawn

    def tell(name: str, fraction: float, message: str) -> None:
        asks.send(Told(name, fraction, message))

    verdict = terms.check(claim, asked.seconds, tell)
    drawing = drawn(verdict)
    try:
        return Checked(packed({**vars(verdict), "claim": None}), drawing)
    except Exception:  # numbers of a claim may be anything
        return Failed()


def _end_with_parent() -> None:
    asking = parent_process()
    if asking is not None:
        wait([asking.sentinel])
        _end()


def _end() -> None:
    """At once: threads that compile are not waited for."""
    with suppress(OSError, ValueError):
        sys.stdout.flush()
    END(0)
