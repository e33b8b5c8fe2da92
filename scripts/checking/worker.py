"""A process that checks the claims it is asked for, and ends with the process that asks.

It loads them itself, from the words of the command line: functions of a claim cannot travel, its words can.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import redirect_stdout, suppress
from multiprocessing import parent_process
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

from lingen.scripts.checking.one import RunTerms
from lingen.scripts.checking.selected import Selected
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

    name: str
    verdict: bytes
    drawing: Drawing


class Failed(NamedTuple):
    """A claim whose verdict cannot be had here."""

    name: str
    why: str


def serve(asks: Connection, selected: Selected, terms: RunTerms, devices: int) -> None:
    """Check what is asked for, until nobody asks any more."""
    for number in (signal.SIGINT, getattr(signal, "SIGHUP", signal.SIGINT)):
        signal.signal(number, signal.SIG_IGN)  # the process that asks hears them, and decides
    Thread(target=_end_with_parent, daemon=True).start()
    from lingen.scripts.terminal.runtime import prepare

    prepare(devices)
    claims, why = _loaded(selected)
    with suppress(EOFError, OSError):  # nobody listens
        while True:
            asked: Asked = asks.recv()
            claim = claims.get(asked.name)
            asks.send(Failed(asked.name, why) if claim is None else _answer(asks, asked, claim, terms))
    _end()


def _loaded(selected: Selected) -> tuple[dict[str, Claim], str]:
    """The claims by name, and why others are not among them; what a file prints was seen already."""
    try:
        with open(os.devnull, "w") as nothing, redirect_stdout(nothing):
            return {claim.name: claim for claim in selected.claims()}, "its file gave it once, and not again"
    except (Exception, SystemExit) as error:
        return {}, f"{type(error).__name__}: {error}"


def _answer(asks: Connection, asked: Asked, claim: Claim, terms: RunTerms) -> Checked | Failed:
    from lingen.experiments.by_value import packed
    from lingen.scripts.report.entry import drawn

    def tell(name: str, fraction: float, message: str) -> None:
        asks.send(Told(name, fraction, message))

    verdict = terms.check(claim, asked.seconds, tell)
    drawing = drawn(verdict)
    try:
        return Checked(asked.name, packed({**vars(verdict), "claim": None}), drawing)
    except Exception as error:  # numbers of a claim may be anything
        return Failed(asked.name, f"{type(error).__name__}: {error}")


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
