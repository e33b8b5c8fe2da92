"""Files of a run: a folder that is known to be writable, files that are never half written."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["open_folder", "replace_file"]


def open_folder(folder: Path) -> Path:
    """Make the report's folder and see that it can be written, before anything is computed.

    Raises:
        ValueError: if it cannot be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".probe-"):
            pass
    except OSError as error:
        raise ValueError(f"--report {folder}: cannot write there ({error.strerror})") from None
    for name in ("index.html", "verdicts.json"):
        if (folder / name).is_dir():
            raise ValueError(f"--report {folder}: cannot write {name} there (is a folder)")
    return folder


def replace_file(path: Path, text: str) -> None:
    """Write a file in one step: a reader sees the old one or the new one, never half of either."""
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=".new-", delete=False
    ) as new:
        try:
            new.write(text)
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
