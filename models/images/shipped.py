"""Data sets inside scikit-learn: 1,797 digits of 8x8 pixels, and two photographs of 427x640 pixels."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from lingen.boundary import checked
from lingen.machine.extras import absent

__all__ = ["NAMES", "read"]

PATCH = 8


@checked
def read(name: str) -> tuple[np.ndarray, int | None]:
    """The images of a name in `NAMES`, and the side of the patches that they are cut into.

    Raises:
        ValueError: for another name, or if scikit-learn is not installed.
    """
    if name not in NAMES:
        raise ValueError(f"name must be one of {', '.join(NAMES)}, got {name!r}")
    if missing := absent("sklearn"):
        raise ValueError(f"data must be a folder or a file here, got {name!r}: {missing}")
    return NAMES[name]()


def _digits() -> tuple[np.ndarray, int | None]:
    table = np.loadtxt(_file("data/digits.csv.gz"), delimiter=",")
    return table[:, :-1].reshape(-1, 8, 8) / 16.0, None


def _photos(*names: str) -> Callable[[], tuple[np.ndarray, int | None]]:
    def read() -> tuple[np.ndarray, int | None]:
        from PIL import Image

        return np.stack([np.asarray(Image.open(_file(f"images/{name}"))) for name in names]), PATCH

    return read


def _file(name: str) -> Path:
    """A file of scikit-learn, found without importing it, which takes longer than all else here."""
    found = find_spec("sklearn")
    folders = found.submodule_search_locations if found else None
    if not folders:  # `read` has looked already
        raise ValueError("data must be a folder or a file here: scikit-learn is not installed")
    return Path(folders[0]) / "datasets" / name


NAMES: dict[str, Callable[[], tuple[np.ndarray, int | None]]] = {
    "digits": _digits,
    "photos": _photos("china.jpg", "flower.jpg"),
    "china": _photos("china.jpg"),
    "flower": _photos("flower.jpg"),
}
"""What reads them, by name."""
