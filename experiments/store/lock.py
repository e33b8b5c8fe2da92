"""The lock of a store: one process writes it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
from pathlib import Path
from typing import IO

from lingen.experiments.store.manifest import MANIFEST
from lingen.files import BLANK

__all__ = ["claim"]

LOCK = ".lock"


def claim(path: Path) -> IO[str]:
    """The lock of this store, held until it is closed.

    Raises:
        ValueError: if the folder cannot be written, holds something else, or is being written.
    """
    try:
        if path.exists() and not path.is_dir():
            raise ValueError(f"out {path}: is a file, not a sweep's folder")
        found = [item.name for item in path.iterdir()] if path.exists() else []
        if MANIFEST not in found and any(n != LOCK and not n.startswith(BLANK) for n in found):
            raise ValueError(f"out {path}: holds something else than a sweep")
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / LOCK).open("a+", encoding="utf-8")
    except OSError as error:
        raise ValueError(f"out {path}: cannot write there ({error.strerror or error})") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise ValueError(f"out {path}: another process writes it ({owner})") from None
    except OSError as error:
        lock.close()
        raise ValueError(f"out {path}: cannot be locked ({error.strerror})") from None
    with contextlib.suppress(OSError):  # who holds the lock is a courtesy
        lock.truncate(0)
        lock.write(f"process {os.getpid()} on {socket.gethostname()}")
        lock.flush()
    return lock
