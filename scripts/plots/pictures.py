"""Vectors of images as pictures."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np

from lingen.sims.engine.layout import light_blas

__all__ = ["leading", "picture"]


def picture(vector: np.ndarray) -> np.ndarray:
    """RGB in [0, 1]: zero is white (grey for colours), the signs are purple and orange."""
    scaled = vector / np.abs(vector).max()
    if vector.ndim == 3 and vector.shape[-1] in (3, 4):
        return 0.5 + 0.5 * scaled[..., :3]
    flat = scaled if vector.ndim == 2 else scaled[..., 0]
    return np.asarray(mpl.colormaps["PuOr"](0.5 + 0.5 * flat))


def leading(vectors: np.ndarray, most: int) -> np.ndarray:
    """The leading right singular vectors, shape (k, d), signed so that the largest entry is positive."""
    from scipy.sparse.linalg import svds

    count = min(most, min(vectors.shape) - 1)
    if count < 1:
        return np.zeros((0, vectors.shape[1]))
    with light_blas(vectors.shape[1]):
        _, values, rows = svds(vectors, k=count, v0=np.ones(min(vectors.shape)))
    rows = rows[np.argsort(-values)]
    largest = np.take_along_axis(rows, np.abs(rows).argmax(axis=1)[:, None], axis=1)
    return rows * np.sign(largest)
