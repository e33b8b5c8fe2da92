"""What Zarr leaves behind when it fails: tasks that nobody waits for, of which asyncio prints tracebacks.

Zarr reads the arrays of a group, and the chunks of an array, side by side. The first error is raised, and
told by lingen in one line. Those of the others would follow it on the terminal when they are forgotten, or
when the process ends while they are at work.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

__all__ = ["nothing_left"]

SECONDS = 10.0
"""To wait for tasks at most: other threads may use Zarr for long."""


@contextmanager
def nothing_left() -> Iterator[None]:
    """What fails inside is raised, without a word about what failed beside it."""
    _folder()
    logging.getLogger("asyncio").addFilter(_wanted)  # once: a logger knows its filters
    try:
        yield
    except Exception:
        with suppress(Exception):  # an inner part of Zarr: it may move
            from zarr.core.sync import sync

            sync(_ended())
        raise


async def _ended() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        done, _ = await asyncio.wait(others, timeout=SECONDS)
        for task in done:
            if not task.cancelled():
                task.exception()  # asked for, it is not printed


def _wanted(record: logging.LogRecord) -> bool:
    """Whether a record of asyncio's is about anything else than an error of Zarr's that nobody asked for."""
    error = record.exc_info[1] if record.exc_info else None
    if error is None or "exception was never retrieved" not in record.getMessage():
        return True
    frames = traceback.walk_tb(error.__traceback__)
    return not any(frame.f_code.co_filename.startswith(_folder()) for frame, _ in frames)


@cache
def _folder() -> str:
    import zarr

    return str(Path(zarr.__file__).parent)
