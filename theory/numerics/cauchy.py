"""Sums Σ_j q_j/(x_k−x_j) and Σ_j q_j/(x_k−x_j)² over all pairs of many points, in O(k) instead of O(k²).

A binary tree of the sorted points: what a cluster of sources sends to a cluster of targets whose
distance is at least the wider one's width is interpolated at Chebyshev points on both sides (the fast
multipole method on a line, in its black-box form: Fong & Darve 2009). Seen from there both kernels are
analytic within the Bernstein ellipse of ρ = 3 + √8 = 5.83 about a cluster: NODES nodes leave an error of
about ρ^{−NODES} = 5e-16 of Σ|terms|.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float

__all__ = ["sums"]

Numbers = np.ndarray
NODES = 20
LEAF = 32
"""Points of a leaf, at least: neighbouring leaves are summed directly."""
PAIRS = 1 << 13
"""Pairs of clusters taken together."""


def sums(
    points: Float[Numbers, "k"], charges: Float[Numbers, "k"], squares: Float[Numbers, "k"]
) -> tuple[Float[Numbers, "k"], Float[Numbers, "k"]]:
    """Σ_{j≠k} charges_j/(x_k−x_j) and Σ_{j≠k} squares_j/(x_k−x_j)².

    Args:
        points: x, all different, in increasing order.
        charges: of the first sum.
        squares: of the second.
    """
    levels = max(0, int(np.log2(max(1, points.size // LEAF))))
    edges = np.linspace(0, points.size, (1 << levels) + 1).astype(int)
    # every leaf the same size: the last point is repeated, without a charge
    width = int(np.max(np.diff(edges)))
    index = np.minimum(edges[:-1, None] + np.arange(width), points.size - 1)
    real = edges[:-1, None] + np.arange(width) < edges[1:, None]
    index = np.where(real, index, edges[1:, None] - 1)
    x = points[index]
    both = np.where(real, np.stack([charges[index], squares[index]]), 0.0)
    near, far = _pairs(x, levels)
    found = _direct(x, both, near) + _through_tree(x, both, far, levels)
    return found[0][real], found[1][real]


def _spans(x: Numbers, levels: int) -> list[tuple[Numbers, Numbers]]:
    """First and last point of each cluster, level by level from the root."""
    low, high = x[:, 0], x[:, -1]
    spans = [(low, high)]
    for _ in range(levels):
        low, high = low[::2], high[1::2]
        spans.append((low, high))
    return spans[::-1]


def _pairs(x: Numbers, levels: int) -> tuple[Numbers, list[Numbers]]:
    """Pairs of leaves too near to be interpolated, and on each level pairs of clusters far enough."""
    pairs, far = np.zeros((1, 2), int), []
    for level, (low, high) in enumerate(_spans(x, levels)):
        one, two = pairs.T
        gap = np.maximum(low[one] - high[two], low[two] - high[one])
        apart = (gap > 0) & (gap >= np.maximum(high[one] - low[one], high[two] - low[two]))
        far.append(pairs[apart])
        pairs = pairs[~apart]
        if level < levels:
            children = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
            pairs = (2 * pairs[:, None, :] + children).reshape(-1, 2)
    return pairs, far


def _direct(x: Numbers, both: Numbers, pairs: Numbers) -> Numbers:
    found = np.zeros(both.shape)
    for start in range(0, len(pairs), PAIRS):
        one, two = pairs[start : start + PAIRS].T
        gap = x[one][:, :, None] - x[two][:, None, :]
        inverse = np.where(gap == 0, 0.0, 1.0 / np.where(gap == 0, 1.0, gap))
        np.add.at(found[0], one, np.einsum("pij,pj->pi", inverse, both[0][two]))
        np.add.at(found[1], one, np.einsum("pij,pj->pi", inverse**2, both[1][two]))
    return found


def _through_tree(x: Numbers, both: Numbers, far: list[Numbers], levels: int) -> Numbers:
    """What far clusters add: up the tree, across, and down again."""
    spans = _spans(x, levels)
    centres = [0.5 * (low + high) for low, high in spans]
    nodes = [_offsets(low, high) for low, high in spans]
    leaf = _interpolation(x - centres[levels][:, None], nodes[levels])
    inside = [
        _interpolation(_seen(level, centres, nodes), nodes[level - 1]) for level in range(1, levels + 1)
    ]
    up = [np.einsum("cij,kci->kcj", leaf, both)]
    for level in range(levels, 0, -1):
        up.append(np.einsum("cij,kci->kcj", inside[level - 1], up[-1].reshape(2, -1, 2 * NODES)))
    up.reverse()
    down = np.zeros((2, 1, NODES))
    for level in range(levels + 1):
        if level:
            down = np.einsum("cij,kcj->kci", inside[level - 1], down).reshape(2, -1, NODES)
        for start in range(0, len(far[level]), PAIRS):
            one, two = far[level][start : start + PAIRS].T
            between = (centres[level][one] - centres[level][two])[:, None, None]
            inverse = 1.0 / (between + (nodes[level][one][:, :, None] - nodes[level][two][:, None, :]))
            np.add.at(down[0], one, np.einsum("pij,pj->pi", inverse, up[level][0][two]))
            np.add.at(down[1], one, np.einsum("pij,pj->pi", inverse**2, up[level][1][two]))
    return np.einsum("cij,kcj->kci", leaf, down)


def _offsets(low: Numbers, high: Numbers) -> Numbers:
    """Chebyshev points of each interval from its centre, so that near ones keep their digits."""
    return 0.5 * (high - low)[:, None] * np.cos(np.pi * (np.arange(NODES) + 0.5) / NODES)


def _seen(level: int, centres: list[Numbers], nodes: list[Numbers]) -> Numbers:
    """The nodes of both children from the centre of each parent."""
    moved = centres[level] - np.repeat(centres[level - 1], 2)
    return (moved[:, None] + nodes[level]).reshape(-1, 2 * NODES)


def _interpolation(x: Numbers, nodes: Numbers) -> Numbers:
    """Lagrange's polynomials of each cluster's nodes at points of it, by the barycentric formula."""
    angle = np.pi * (np.arange(NODES) + 0.5) / NODES
    weight = np.sin(angle) * (-1.0) ** np.arange(NODES)
    gap = x[:, :, None] - nodes[:, None, :]
    hit = gap == 0
    terms = weight / np.where(hit, 1.0, gap)
    value = terms / np.sum(terms, axis=2, keepdims=True)
    # at a node, or where an interval has no width, the first polynomial that is one there
    first = hit & (np.cumsum(hit, axis=2) == 1)
    return np.where(hit.any(axis=2, keepdims=True), first, value)
