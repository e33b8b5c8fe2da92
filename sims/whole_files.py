"""Files that are on the disk whole or not at all, and folders that go as a whole."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from lingen.boundary import checked

__all__ = ["BLANK", "remove", "write"]

BLANK = ".new-"
"""What the name of a file begins with until it is whole."""


@checked
def write(path: Path, fill: Callable[[IO[bytes]], Any]) -> None:
    """A file in one step, on the disk before it has its name; nothing is left of one that fails."""
    new = path.with_name(f"{BLANK}{path.name}")
    try:
        with new.open("wb") as stream:
            fill(stream)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(new, path)
    except BaseException:
        with contextlib.suppress(OSError):
            new.unlink(missing_ok=True)
        raise
    with _folder(path.parent) as descriptor:
        os.fsync(descriptor)


@checked
def remove(folder: Path) -> None:
    """Remove a folder and all in it, if it is there."""
    if folder.exists():
        shutil.rmtree(folder)


@contextlib.contextmanager
def _folder(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
