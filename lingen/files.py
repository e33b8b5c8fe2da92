"""Files that are on the disk whole or not at all, and folders known to be writable."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from lingen.boundary import checked

__all__ = ["BLANK", "open_folder", "remove", "replace_file", "write"]

BLANK = ".new-"
"""What the name of a file begins with until it is whole."""


@checked
def write(path: Path, fill: Callable[[IO[bytes]], Any]) -> None:
    """A file in one step, on the disk before it has its name; nothing is left of one that fails."""
    new = path.with_name(f"{BLANK}{path.name}")
    try:
        new.unlink(missing_ok=True)  # a link of this name would lead elsewhere
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


def replace_file(path: Path, content: str | bytes) -> None:
    """Write a file in one step: a reader sees the old one or the new one, never half of either."""
    write(path, lambda stream: stream.write(content.encode() if isinstance(content, str) else content))


def open_folder(option: str, folder: Path, names: Iterable[str]) -> Path:
    """Make the folder of a run and see that it can be written, before anything is computed.

    Args:
        option: how the folder was asked for, such as `--out`.
        folder: the folder; made when absent.
        names: the files that will be written there.

    Raises:
        ValueError: if it cannot be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".probe-"):
            pass
    except OSError as error:
        raise ValueError(f"{option} {folder}: cannot write there ({error.strerror or error})") from None
    for name in names:
        if (folder / name).is_dir():
            raise ValueError(f"{option} {folder}: cannot write {name} there (is a folder)")
    return folder


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
