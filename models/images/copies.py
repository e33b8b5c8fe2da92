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

from lingen.boundary import checked
from lingen.models.images.rows import Rows, Tell, as_rows, mean_of, silent
from lingen.models.readers.found import spread

__all__ = ["NEAR", "labels", "tolerance"]

NEAR = 0.01
_LOOKED_AT, _SKETCH, _MISS, _BLOCK = 1024, 16, 2.0, 256


@checked
def tolerance(rows: Rows | Float[np.ndarray, "N d"]) -> float:
    """ε of these rows."""
    some = as_rows(rows).take(spread(len(rows), _LOOKED_AT))
    some = some - some.mean(axis=0)
    some = some / max(float(np.abs(some).max()), np.finfo(float).tiny)
    gram = some @ some.T if len(some) <= some.shape[1] else some.T @ some
    square = float(np.sum(gram**2))
    ratio = float(np.trace(gram)) ** 2 / square if square > 0 else 1.0
    return float(min(NEAR, float(len(rows)) ** (-4.0 / ratio)))


@checked
def labels(
    rows: Rows | Float[np.ndarray, "N d"],
    near: float,
    exempt: Bool[np.ndarray, "N"] | None = None,
    centre: Float[np.ndarray, "d"] | None = None,
    tell: Tell = silent,
) -> Int[np.ndarray, "N"]:
    """For each row the number of the first row that it repeats: its own for a row that repeats none.

    Args:
        rows: the data.
        near: ε, from `tolerance`; 0 for exact copies alone.
        exempt: rows that are no copies even if they equal others.
        centre: from where distances count; the mean row when absent.
        tell: called with what is done and the share of it that is.
    """
    rows, count = as_rows(rows), len(rows)
    free = np.zeros(count, bool) if exempt is None else exempt
    exact = _first_equal(rows, tell)
    exact[free] = np.flatnonzero(free)
    distinct = np.flatnonzero((exact == np.arange(count)) & ~free)
    if near <= 0:
        return exact
    centre = mean_of(rows, tell) if centre is None else centre
    linked = _near_pairs(rows, centre, distinct, near, tell)
    if linked.size == 0:
        return exact
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    edges = (np.ones(len(linked), bool), (linked[:, 0], linked[:, 1]))
    _, part = connected_components(coo_array(edges, shape=(count, count)), directed=False)
    part = part[exact]
    _, lead, back = np.unique(part, return_index=True, return_inverse=True)
    return lead[back.ravel()]


def _first_equal(rows: Rows, tell: Tell) -> np.ndarray:
    """For each row the number of the first one that equals it."""
    met: dict[bytes, int] = {}
    found = np.empty(len(rows), int)
    i = 0
    for block in rows.blocks(tell, "copies"):
        block = np.ascontiguousarray(block + 0.0)  # makes −0 and 0 the same bytes
        for row in block:
            found[i] = met.setdefault(blake2b(row, digest_size=16).digest(), i)
            i += 1
    return found


def _near_pairs(rows: Rows, centre: np.ndarray, chosen: np.ndarray, near: float, tell: Tell) -> np.ndarray:
    """Pairs of near copies among the chosen rows.

    A random sketch in 16 dimensions keeps a distance to a factor of two but for some 1e-8 of all pairs; what
    is near in the sketch is compared in full.
    """
    seen, contrast, norm = (part[chosen] for part in _sketch(rows, centre, tell))
    alive = norm > 0
    chosen, norm, contrast, seen = chosen[alive], norm[alive], contrast[alive], seen[alive]
    if len(chosen) < 2:
        return np.zeros((0, 2), int)
    from scipy.spatial import cKDTree

    tree = cKDTree(np.column_stack([seen, np.log(contrast)]))
    radius = _MISS * 2.0 * near
    found = []
    for start in range(0, len(chosen), _BLOCK):
        block = np.arange(start, min(start + _BLOCK, len(chosen)))
        tell("near copies compared", (start + len(block)) / len(chosen))
        for i, others in zip(block, tree.query_ball_point(tree.data[block], radius), strict=True):
            later = np.array([j for j in others if j > i], int) if len(others) > 1 else np.zeros(0, int)
            if later.size == 0:
                continue
            apart = np.linalg.norm(rows.take(chosen[later]) - rows.take(chosen[[i]]), axis=1)
            kept = later[apart <= near * np.minimum(norm[later], norm[i])]
            found.append(np.column_stack([np.full(kept.size, chosen[i]), chosen[kept]]))
    return np.concatenate(found) if found else np.zeros((0, 2), int)


def _sketch(rows: Rows, centre: np.ndarray, tell: Tell) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each row its sketch over its contrast, its contrast, and the lesser of that and its distance."""
    random = np.random.default_rng(0).normal(size=(rows.dim, _SKETCH)) / np.sqrt(_SKETCH)
    seen, contrast, norm = np.empty((len(rows), _SKETCH)), np.empty(len(rows)), np.empty(len(rows))
    start = 0
    for block in rows.blocks(tell, "near copies"):
        here = slice(start, start + len(block))
        start += len(block)
        own = block - block.mean(axis=1, keepdims=True)
        contrast[here] = np.linalg.norm(own, axis=1)
        norm[here] = np.minimum(contrast[here], np.linalg.norm(block - centre, axis=1))
        seen[here] = (own @ random) / np.where(contrast[here] > 0, contrast[here], 1.0)[:, None]
    return seen, contrast, norm
