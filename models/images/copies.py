"""Rows of a data set that repeat others: copies, to the last digit or nearly.

Two rows are near copies if they differ by at most ε of their distance from the mean row and of their
contrast, the distance of their entries from their own mean: dark pictures are not copies of each other. So
that chance never makes two independent rows copies, ε = min(1 %, N^{−4/r}), r the participation ratio
(tr Σ)²/tr Σ² of the spectrum: of N²/2 pairs in r dimensions some N^{−2} are that near (derived). Rows linked
by copies are one.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from jaxtyping import Bool, Float, Int
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from lingen.boundary import checked

__all__ = ["NEAR", "labels", "tolerance"]

NEAR = 0.01
_LOOKED_AT, _SKETCH, _MISS, _BLOCK = 1024, 16, 2.0, 256


@checked
def tolerance(rows: Float[np.ndarray, "N d"]) -> float:
    """ε of these rows."""
    some = rows[np.linspace(0, len(rows) - 1, min(len(rows), _LOOKED_AT)).round().astype(int)]
    some = some - some.mean(axis=0)
    some = some / max(float(np.abs(some).max()), np.finfo(float).tiny)
    gram = some @ some.T if len(some) <= some.shape[1] else some.T @ some
    square = float(np.sum(gram**2))
    ratio = float(np.trace(gram)) ** 2 / square if square > 0 else 1.0
    return float(min(NEAR, float(len(rows)) ** (-4.0 / ratio)))


@checked
def labels(
    rows: Float[np.ndarray, "N d"],
    near: float,
    exempt: Bool[np.ndarray, "N"] | None = None,
    centre: Float[np.ndarray, "d"] | None = None,
) -> Int[np.ndarray, "N"]:
    """For each row the number of the first row that it repeats: its own for a row that repeats none.

    Args:
        rows: the data.
        near: ε, from `tolerance`; 0 for exact copies alone.
        exempt: rows that are no copies even if they equal others.
        centre: from where distances count; the mean row when absent.
    """
    count = len(rows)
    free = np.zeros(count, bool) if exempt is None else exempt
    exact = _first_equal(rows)
    exact[free] = np.flatnonzero(free)
    distinct = np.flatnonzero((exact == np.arange(count)) & ~free)
    centre = rows.mean(axis=0) if centre is None else centre
    linked = _near_pairs(rows, centre, distinct, near) if near > 0 else np.zeros((0, 2), int)
    if linked.size == 0:
        return exact
    edges = (np.ones(len(linked), bool), (linked[:, 0], linked[:, 1]))
    _, part = connected_components(coo_array(edges, shape=(count, count)), directed=False)
    part = part[exact]
    _, lead, back = np.unique(part, return_index=True, return_inverse=True)
    return lead[back.ravel()]


def _first_equal(rows: np.ndarray) -> np.ndarray:
    """For each row the number of the first one that equals it."""
    met: dict[bytes, int] = {}
    # adding 0 makes −0 and 0 the same bytes
    digests = (blake2b((row + 0.0).tobytes(), digest_size=16).digest() for row in rows)
    return np.array([met.setdefault(digest, i) for i, digest in enumerate(digests)])


def _near_pairs(rows: np.ndarray, centre: np.ndarray, chosen: np.ndarray, near: float) -> np.ndarray:
    """Pairs of near copies among the chosen rows.

    A random sketch in 16 dimensions keeps a distance to a factor of two but for some 1e-8 of all pairs; what
    is near in the sketch is compared in full.
    """
    sketch = np.random.default_rng(0).normal(size=(rows.shape[1], _SKETCH)) / np.sqrt(_SKETCH)
    own = rows.mean(axis=1)[chosen]
    contrast = np.array([np.linalg.norm(rows[i] - m) for i, m in zip(chosen, own, strict=True)])
    norm = np.minimum(contrast, [np.linalg.norm(rows[i] - centre) for i in chosen])
    alive = norm > 0
    chosen, norm, own, contrast = chosen[alive], norm[alive], own[alive], contrast[alive]
    if len(chosen) < 2:
        return np.zeros((0, 2), int)
    seen = ((rows @ sketch)[chosen] - own[:, None] * sketch.sum(axis=0)) / contrast[:, None]
    tree = cKDTree(np.column_stack([seen, np.log(contrast)]))
    radius = _MISS * 2.0 * near
    found = []
    for start in range(0, len(chosen), _BLOCK):
        block = np.arange(start, min(start + _BLOCK, len(chosen)))
        for i, others in zip(block, tree.query_ball_point(tree.data[block], radius), strict=True):
            later = np.array([j for j in others if j > i], int)
            if later.size == 0:
                continue
            apart = np.linalg.norm(rows[chosen[later]] - rows[chosen[i]], axis=1)
            kept = later[apart <= near * np.minimum(norm[later], norm[i])]
            found.append(np.column_stack([np.full(kept.size, chosen[i]), chosen[kept]]))
    return np.concatenate(found) if found else np.zeros((0, 2), int)
