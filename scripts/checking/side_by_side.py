"""Claims side by side, each in a process that has a core or more to itself.

Draws, and with them verdicts, are the same for any number of processes. One that ends on its way, for lack
of memory or by what a claim does, costs that claim a second try and no other claim anything.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, NamedTuple

from lingen.checks import memory
from lingen.machine.cores import cores
from lingen.machine.crowding import ROOM
from lingen.machine.interruption import Apart
from lingen.scripts.checking.one import RunTerms, part_of_time
from lingen.scripts.checking.worker import Asked, Checked, Failed, Told, serve

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    from lingen.claims.claim import Claim
    from lingen.claims.verdict import Verdict
    from lingen.scripts.report.entry import Drawing

__all__ = ["Checkers", "Decided", "crowd"]

CLAIMS_EACH = 4
"""Claims for a process at least: its start takes as long as one or two of them."""
TRIES = 2
"""How often a claim is tried whose process ends."""
ENDING = 5.0
"""Seconds that a process gets to end before it is killed."""


class Decided(NamedTuple):
    """A claim that is done with: its verdict and figure; none if this process must check it itself."""

    claim: Claim
    verdict: Verdict | None = None
    drawing: Drawing | None = None


def crowd(claims: Sequence[Claim], count: int | None, granted: int | None) -> int:
    """How many processes check these claims; 0 if this one does.

    Args:
        claims: what is to be checked.
        count: as many as the user says; if absent, one a core where there are claims and memory enough.
        granted: cores that may be used; all that are granted if absent.
    """
    import jax

    many = sum(not in_python(claim) for claim in claims)
    if count is not None:
        return 0 if count < 2 or many < 2 else min(count, many)
    if jax.default_backend() != "cpu":  # an accelerator is one, and its memory is taken once
        return 0
    chosen = min(granted or cores(), many // CLAIMS_EACH, int(memory() // ROOM))
    return chosen if chosen > 1 else 0


def in_python(claim: Claim) -> bool:
    """Whether its draws are plain Python, which has processes of its own."""
    return getattr(getattr(claim, "of", None), "numpy", None) is not None


class Checkers:
    """Processes that check claims; a context manager.

    Args:
        count: how many.
        select: gives the claims, in any process: a function of a module, or a `partial` of one.
        terms: how they check them.
        granted: cores for all of them; all that are granted if absent.
    """

    def __init__(
        self, count: int, select: Callable[[], list[Claim]], terms: RunTerms, granted: int | None = None
    ):
        self.count, self.select, self.terms = count, select, terms
        self.devices = max(1, (granted or cores()) // count)
        self.processes: dict[Connection, SpawnProcess] = {}
        self.asked: dict[Connection, Claim] = {}
        self.apart = Apart()

    def __enter__(self) -> Checkers:
        return self

    def __exit__(self, *_: object) -> None:
        self.apart(self._end)

    def _end(self) -> None:
        for asks in list(self.processes):
            self.processes[asks].terminate()
            self._forget(asks)

    def check(
        self,
        claims: Sequence[Claim],
        deadline: float,
        start: Callable[[Claim], None],
        tell: Callable[..., None],
    ) -> Iterator[Decided]:
        """The claims as they are decided.

        Args:
            claims: what is to be checked.
            deadline: when all must be decided, on the monotonic clock.
            start: called when a claim's turn begins.
            tell: told how far each is; the callback of `check`.
        """
        left, tries = deque(claims), Counter[str]()
        while left or self.asked:
            while left and len(self.asked) < self.count:
                claim = left.popleft()
                tries[claim.name] += 1
                start(claim)
                seconds = (deadline - time.monotonic()) * part_of_time(1 + len(left) // self.count)
                self._ask(claim, seconds)
            ready = wait(list(self.asked))
            for asks in [one for one in self.asked if one in ready]:
                said = self._heard(asks)
                if isinstance(said, Told):
                    tell(*said)
                    continue
                claim = self.asked.pop(asks)
                if said is not None:
                    yield _decided(claim, said)
                elif tries[claim.name] < TRIES:
                    self._forget(asks)
                    left.appendleft(claim)
                else:
                    yield Decided(claim, _lost(claim, self._forget(asks), self.terms))

    def _ask(self, claim: Claim, seconds: float) -> None:
        """Let an idle process check a claim, or a new one."""
        idle = [asks for asks in self.processes if asks not in self.asked]
        asks = idle[0] if idle else self.apart(self._new)
        self.asked[asks] = claim
        with suppress(OSError):  # it ended meanwhile: its end is heard
            asks.send(Asked(claim.name, seconds))

    def _new(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        asks, answers = context.Pipe()
        process = context.Process(target=serve, args=(answers, self.select, self.terms, self.devices))
        process.start()
        answers.close()
        self.processes[asks] = process
        return asks

    def _heard(self, asks: Connection) -> Told | Checked | Failed | None:
        """What a process says; None if it has ended."""
        try:
            said: Told | Checked | Failed = asks.recv()
            return said
        except (EOFError, OSError):
            return None

    def _forget(self, asks: Connection) -> int:
        """See a process end, and how it did."""
        process = self.processes.pop(asks)
        asks.close()
        process.join(ENDING)
        if process.is_alive():
            process.kill()
            process.join()
        return process.exitcode or 0


def _decided(claim: Claim, said: Checked | Failed) -> Decided:
    if isinstance(said, Failed):
        return Decided(claim)
    from lingen.claims.verdict import Verdict

    return Decided(claim, Verdict(**{**pickle.loads(said.verdict), "claim": claim}), said.drawing)


def _lost(claim: Claim, code: int, terms: RunTerms) -> Verdict:
    """The verdict on a claim whose process ended each time."""
    import jax

    from lingen.claims.checking import broken

    how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    memory = ", perhaps for lack of memory" if -code == getattr(signal, "SIGKILL", 9) else ""
    reason = f"the process that checked it ended {how}, {TRIES} times{memory}"
    return broken(claim, reason, jax.random.key(terms.seed), terms.budget)
