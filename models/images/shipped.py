"""Data sets inside scikit-learn: 1,797 digits of 8x8 pixels, and two photographs of 427x640 pixels."""

from __future__ import annotations

from collections.abc import Callable

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
    from sklearn.datasets import load_digits

    return load_digits().images / 16.0, None


def _photos(*names: str) -> Callable[[], tuple[np.ndarray, int | None]]:
    def read() -> tuple[np.ndarray, int | None]:
        from sklearn.datasets import load_sample_image

        return np.stack([load_sample_image(n) for n in names]), PATCH

    return read


NAMES: dict[str, Callable[[], tuple[np.ndarray, int | None]]] = {
    "digits": _digits,
    "photos": _photos("china.jpg", "flower.jpg"),
    "china": _photos("china.jpg"),
    "flower": _photos("flower.jpg"),
}
"""What reads them, by name."""
