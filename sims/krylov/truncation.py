"""How many rows of a Krylov chain to keep for a requested accuracy, and the bias that cutting it leaves.

Both are found on the mean chain, in which every χ² has its mean: the bias is a property of the numbers n, d
and rows alone. What one draw misses beyond that is a fluctuation of mean zero: at load one and 64 rows, about
1e-3 of the draw's own standard deviation; elsewhere geometrically small.
"""

from __future__ import annotations

from functools import lru_cache

import jax.numpy as jnp
import numpy as np
from scipy.linalg import eigh_tridiagonal

from lingen.boundary import checked
from lingen.models.filters import Filter
from lingen.sims.krylov.extremes import edge_length
from lingen.sims.krylov.forms import closes
from lingen.sims.krylov.root_nodes import square_root_rule
from lingen.sims.krylov.terminator import free_tail

__all__ = ["outlier_rows", "rows_for", "truncation_bias"]

FIRST_ROWS = 64
MOST_RITZ = 512
MOST_ROWS = 1 << 17
EDGE_LENGTHS = 16.0


@checked
@lru_cache(maxsize=256)
def truncation_bias(dim: float, samples: float, rows: int) -> float:
    """Error of q when chains are closed after `rows` rows: twice that of τ(√S)/√τ(S) on the mean chain.

    The mean chain has every χ² at its mean; it is compared with twice the rows. No operator-monotone filter
    does worse than the square root, singular at the edge of the spectrum. Zero for a complete chain.
    """
    if rows >= min(dim, samples):
        return 0.0
    longer = min(2 * rows, int(min(dim, samples)))
    return 2.0 * abs(_mean_root(dim, samples, rows) - _mean_root(dim, samples, longer))


@checked
def rows_for(dim: float, samples: float, width: int, filter: Filter, accuracy: float) -> int:
    """Rows to keep so that the truncation bias stays below `accuracy`: p times a power of two, or all.

    Raises:
        ValueError: if a filter that only the eigenvalues of the band can treat would need more than 512 rows.
    """
    complete = int(min(dim, samples))
    closed = closes(filter)
    rows = FIRST_ROWS
    while rows < complete and _bias(dim, samples, rows, filter, closed) > accuracy:
        rows *= 2
        if not closed and rows > MOST_RITZ:
            raise ValueError(
                f"accuracy must be reachable with {MOST_RITZ} Krylov rows, got {accuracy:g} for {filter.name}"
            )
    return min(rows * width, complete)


@checked
@lru_cache(maxsize=256)
def outlier_rows(dim: float, samples: float, width: int, ratio: float, accuracy: float) -> int:
    """Rows that hold the top eigenvector of S, but for `accuracy` of its squared norm.

    One spike of `ratio` times the bulk variance. A vector that stands out of the bulk decays geometrically,
    at the rate of the mean chain; another lives on the d^{1/3} rows of the spectrum's edge and fluctuates
    there, which 16 Airy lengths hold. Rows beyond a complete chain are zero and change nothing.

    Raises:
        ValueError: if more rows are needed than fit (131,072).
    """
    complete = int(min(dim, samples))
    length = edge_length(samples, dim)
    most = min(complete, int(8.0 * length), MOST_ROWS)
    needed: float = most
    rows = FIRST_ROWS
    while rows < most and needed == most:
        needed = min(most, _rows_to_decay(dim, samples, ratio, accuracy, rows))
        rows *= 4
    wanted = 1.25 * needed + 16 if needed < min(most, 2.0 * length) else FIRST_ROWS + EDGE_LENGTHS * length
    rows = _round_up(min(int(wanted) * width, complete))
    if rows > MOST_ROWS:
        raise ValueError(
            f"dim must need at most {MOST_ROWS} Krylov rows for a spike so weak, got {dim:g} ({rows})"
        )
    return rows


def _round_up(rows: int) -> int:
    """At least `rows`: one of few numbers, each compiled once, at most half as large again from 128 on."""
    step = FIRST_ROWS
    while rows > 4 * step:
        step *= 2
    return step * -(-rows // step)


def _rows_to_decay(dim: float, samples: float, ratio: float, accuracy: float, rows: int) -> float:
    """Rows beyond which the mean chain's top eigenvector has squared norm `accuracy`; inf if none."""
    alpha2, beta2 = _mean_chain(dim, samples, rows)
    alpha2[0] *= ratio
    before = np.concatenate([[0.0], beta2[:-1]])
    _, vector = eigh_tridiagonal(
        alpha2 + before, np.sqrt(alpha2 * beta2)[:-1], select="i", select_range=(rows - 1, rows - 1)
    )
    beyond = np.cumsum(vector[::-1, 0] ** 2)[::-1]
    needed = int(np.sum(beyond > accuracy))
    return needed if needed < 0.8 * rows else np.inf


def _bias(dim: float, samples: float, rows: int, filter: Filter, closed: bool) -> float:
    if closed:
        return truncation_bias(dim, samples, rows)
    gain = _mean_ritz(dim, samples, 2 * rows, filter)
    return abs(_mean_ritz(dim, samples, rows, filter) - gain) / max(abs(gain), 1e-300)


def _mean_chain(dim: float, samples: float, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean squared diagonal and superdiagonal of B/√n, p = 1."""
    index = np.arange(rows)
    return np.maximum(samples - index, 0.0) / samples, np.maximum(dim - 1 - index, 0.0) / samples


def _mean_root(dim: float, samples: float, rows: int) -> float:
    """(√S)₁₁ of the mean chain closed after `rows` rows."""
    alpha2, beta2 = _mean_chain(dim, samples, rows)
    nodes, weights = square_root_rule()
    scale = (1.0 + np.sqrt(dim / samples)) ** 2
    t = scale * nodes
    left, right = max(samples - rows, 0.0) / samples, max(dim - rows, 0.0) / samples
    m, part = (np.asarray(x) for x in free_tail(jnp.asarray(t), jnp.asarray(left), jnp.asarray(right)))
    for a, b in zip(alpha2[::-1], beta2[::-1], strict=True):
        grown = 1.0 + b * m
        part = a / (t * grown + a)
        m = grown / (t * grown + a)
    return float(np.sqrt(scale) * np.sum(weights * part))


def _mean_ritz(dim: float, samples: float, rows: int, filter: Filter) -> float:
    """g(S)₁₁ of the mean chain cut after `rows` rows."""
    alpha2, beta2 = _mean_chain(dim, samples, rows)
    before = np.concatenate([[0.0], beta2[:-1]])
    values, vectors = eigh_tridiagonal(alpha2 + before, np.sqrt(alpha2 * beta2)[:-1])
    return float(np.sum(vectors[0] ** 2 * np.asarray(filter(jnp.asarray(np.maximum(values, 0.0))))))
