"""The lock of a store: one process writes it."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import IO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

from lingen.experiments.store.manifest import COPY, MANIFEST
from lingen.files import BLANK

__all__ = ["LOCKS", "HeldLock", "claim"]

LOCK = ".lock"
MARKER = ".lock-file"
"""A file that is there while a process writes, where the file system knows no locks of its own."""
LOCKS = {LOCK, MARKER}


@dataclasses.dataclass(frozen=True)
class HeldLock:
    """The lock of a store, held until it is closed; `note` says so where it is not the file system's own."""

    close: Callable[[], object]
    note: str = ""


def claim(path: Path) -> HeldLock:
    """The lock of this store, held until it is closed.

    By the file system's own lock; by a file created exclusively where there is none (some Lustre, NFS and DVS
    mounts; Windows), or with LINGEN_LOCK=file. The file names its process: one of this host that has ended is
    replaced.

    Raises:
        ValueError: if the folder cannot be written, holds something else or links to it, or is being written.
    """
    try:
        if path.exists() and not path.is_dir():
            raise ValueError(f"out {path}: is a file, not a sweep's folder")
        found = [item.name for item in path.iterdir()] if path.exists() else []
        strange = [n for n in found if n not in LOCKS and not n.startswith(BLANK)]
        if strange and not {MANIFEST, COPY} & set(found):
            raise ValueError(f"out {path}: holds something else than a sweep")
        linked = [name for name in sorted(found) if (path / name).is_symlink()]
        if linked:
            raise ValueError(f"out {path}: holds a link, {linked[0]}: nothing is written to other places")
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / LOCK).open("a+", encoding="utf-8")
    except OSError as error:
        raise ValueError(f"out {path}: cannot write there ({error.strerror or error})") from None
    if fcntl is None or os.environ.get("LINGEN_LOCK") == "file":
        lock.close()
        return _marked(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        owner = lock.read().strip() or "unknown"
        lock.close()
        raise ValueError(f"out {path}: another process writes it ({owner})") from None
    except OSError as error:
        lock.close()
        return _marked(
            path, f"the file system of {path} has no locks ({error.strerror}): {MARKER} stands for one"
        )
    _sign(lock)
    return HeldLock(lock.close)


def _sign(lock: IO[str]) -> None:
    """Say who holds the lock: a courtesy."""
    with contextlib.suppress(OSError):
        lock.truncate(0)
        lock.write(f"process {os.getpid()} on {socket.gethostname()}")
        lock.flush()


def _marked(path: Path, note: str = "") -> HeldLock:
    from filelock import SoftFileLock, Timeout

    marker = SoftFileLock(path / MARKER, thread_local=False)
    try:
        marker.acquire(timeout=0)
    except Timeout:
        raise ValueError(
            f"out {path}: another process writes it ({_owner(path / MARKER)}); if it has ended, "
            f"remove {MARKER} there"
        ) from None
    except OSError as error:
        raise ValueError(f"out {path}: cannot be locked ({error.strerror or error})") from None
    return HeldLock(marker.release, note)


def _owner(marker: Path) -> str:
    """Which process has made the marker, as its first two lines say."""
    with contextlib.suppress(OSError, ValueError):
        number, host, *_ = marker.read_text(encoding="utf-8").split("\n")
        return f"process {number} on {host}"
    return "unknown"
