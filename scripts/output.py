"""Files of a run: a folder that is known to be writable, files that are never half written."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

__all__ = ["open_folder", "replace_file"]


def open_folder(option: str, folder: Path, names: Iterable[str]) -> Path:
    """Make the folder of a run and see that it can be written, before anything is computed.

    Args:
        option: how the folder was asked for, such as `--report`.
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


def replace_file(path: Path, content: str | bytes) -> None:
    """Write a file in one step: a reader sees the old one or the new one, never half of either."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as new:
        try:
            new.write(content.encode() if isinstance(content, str) else content)
            new.close()
            Path(new.name).chmod(0o666 & ~_umask())
            os.replace(new.name, path)
        except BaseException:
            Path(new.name).unlink(missing_ok=True)
            raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
