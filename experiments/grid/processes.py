"""Draws in plain Python, in worker processes: the same numbers for any number of them, in any order.

Draw i of a cell has a generator seeded with the words of the cell's key and i. Workers get the function by
value and need neither JAX nor lingen, unless it uses them.
"""

from __future__ import annotations

import os
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import suppress
from functools import partial
from multiprocessing import active_children
from threading import Thread
from typing import Any, NamedTuple
from weakref import WeakSet

import numpy as np

from lingen.experiments.by_value import packed
from lingen.machine.cores import cores
from lingen.machine.ending import at_the_end
from lingen.machine.interruption import Apart

__all__ = ["DrawFailed", "Stretch", "Workers", "draw_here"]

SECONDS = 0.25
"""About how long a task takes: long beside sending it, short beside a cell."""
BETWEEN = 0.5
"""Seconds between two looks of a worker whether its parent is there."""
WAITING = 3
"""Tasks a worker, running and waiting."""


class DrawFailed(Exception):
    """A draw raised something; the message says which draw, what and where."""

    place = 0
    """The number of its stretch."""


class Stretch(NamedTuple):
    """Draws `first` to `first + length` of a cell."""

    words: tuple[int, ...]
    """Of the cell's key."""
    point: Mapping[str, Any]
    first: int
    length: int


def draw_here(function: Callable[..., Any], stretch: Stretch) -> list[Any]:
    """The draws of a stretch, one after the other, in this process."""
    made = []
    for index in range(stretch.first, stretch.first + stretch.length):
        try:
            made.append(function(np.random.default_rng([*stretch.words, index]), **stretch.point))
        except Exception as error:
            raise DrawFailed(f"draw {index} raised {_told(error, function)}") from error
    return made


class Workers:
    """Processes that draw; a context manager.

    No interrupt stops what makes or ends processes: semaphores would be left.

    Args:
        function: `function(rng, **point)`.
        count: how many processes; as many as cores granted when absent, none for 0: draws are made here then.
        folders: where the function's own modules are found.
    """

    def __init__(self, function: Callable[..., Any], count: int | None = None, folders: Sequence[str] = ()):
        self.function = function
        self.count = cores() if count is None else count
        self.pool: Any = None
        self.apart = Apart()
        _LIVING.add(self)
        if self.count:
            self.apart(partial(self._open, (os.getpid(), packed(function), tuple(folders))))

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: Any) -> None:
        """End them, whatever they do."""
        self.apart(self._close)

    def _open(self, facts: tuple[Any, ...]) -> None:
        from joblib.externals import loky  # its workers do not run the caller's script again

        self.pool = loky.ProcessPoolExecutor(self.count, initializer=_prepare, initargs=facts)

    def _close(self) -> None:
        """A pool that finds its workers dead closes in order; told to kill them, it stumbles over its tasks.

        A process that two threads wait for is known, with its semaphore, until someone asks who is there.
        """
        if self.pool is None:
            return
        from joblib.externals.loky.backend.utils import kill_process_tree

        for process in list(self.pool._processes.values()):
            with suppress(ProcessLookupError):
                kill_process_tree(process)
        self.pool.shutdown(wait=True)
        active_children()

    def run(self, stretches: Sequence[Stretch]) -> Iterator[tuple[int, list[Any]]]:
        """The draws of stretches in their order, in pieces: the number of its stretch with each.

        Raises:
            DrawFailed: if a draw raises.
        """
        if self.pool is None:
            for place, stretch in enumerate(stretches):
                yield place, _placed(place, partial(draw_here, self.function, stretch))
            return
        yield from self._spread(stretches)

    def _spread(self, stretches: Sequence[Stretch]) -> Iterator[tuple[int, list[Any]]]:
        """Pieces of about `SECONDS`, a few a worker under way, given back in order."""
        assert self.pool is not None
        under_way: deque[tuple[int, int, Future[tuple[float, list[Any]]]]] = deque()
        place = first = 0
        rate = 0.0
        try:
            while under_way or place < len(stretches):
                while place < len(stretches) and len(under_way) < WAITING * self.count:
                    stretch = stretches[place]
                    left = stretch.length - first
                    size = min(left, max(1, int(rate * SECONDS))) if rate else 1
                    piece = stretch._replace(first=stretch.first + first, length=size)
                    submit = partial(self.apart, partial(self.pool.submit, _task, piece))
                    under_way.append((place, size, _placed(place, submit)))
                    first += size
                    if first == stretch.length:
                        place, first = place + 1, 0
                where, size, future = under_way.popleft()
                seconds, made = _placed(where, future.result)
                rate = size / max(seconds, 1e-7)
                yield where, made
        finally:
            for *_, future in under_way:
                future.cancel()


def _placed(place: int, action: Callable[[], Any]) -> Any:
    """`action()`; a draw that fails in it knows its stretch."""
    try:
        return action()
    except DrawFailed as error:
        error.place = place
        raise
    except BrokenExecutor:
        lost = DrawFailed("a worker process was ended from outside, perhaps for lack of memory")
        lost.place = place
        raise lost from None


def _told(error: BaseException, function: Callable[..., Any]) -> str:
    """What was raised, with the last line of the function's own file on the way."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    file = getattr(getattr(function, "__code__", None), "co_filename", "")
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == file]
    where = f" ({os.path.basename(file)}, line {frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}{': ' + lines[0] if lines else ''}{where}"


_LIVING: WeakSet[Workers] = WeakSet()


@at_the_end
def _close_all() -> None:
    for workers in list(_LIVING):
        workers.__exit__()


_FUNCTION: Callable[..., Any] | None = None


def _prepare(parent: int, payload: bytes, folders: tuple[str, ...]) -> None:
    """In a worker: one thread for its matrices, the modules of the user's folder, the function."""
    global _FUNCTION
    import sys

    import cloudpickle
    from threadpoolctl import threadpool_limits

    Thread(target=_end_with, args=(parent,), daemon=True).start()
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    sys.path[:0] = list(folders)
    threadpool_limits(1)
    _FUNCTION = cloudpickle.loads(payload)


def _end_with(parent: int) -> None:
    """End this process once its parent has ended: workers of one that was killed would wait for ever."""
    while os.getppid() == parent:
        time.sleep(BETWEEN)
    os._exit(0)


def _task(stretch: Stretch) -> tuple[float, list[Any]]:
    assert _FUNCTION is not None
    began = time.perf_counter()
    made = draw_here(_FUNCTION, stretch)
    return time.perf_counter() - began, made
