"""The end of a Krylov chain, closed analytically, and how many rows to keep before it.

After k rows what is left is a Gaussian matrix of n − k rows and d − k columns. Its resolvent seen from the
next direction concentrates on the constant chain, whose continued fraction is a quadratic equation:

    m = 1 / (t + a/(1 + b m)),   a = σ(n−k)/n,   b = σ(d−k)/n.

The tail contributes little, and this value of it leaves an error of mean O(1/(k d)) at load one and
geometrically small elsewhere; n <= k or d <= k make the chain complete and the result exact. Derived.
"""

from __future__ import annotations

from functools import lru_cache

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float
from scipy.linalg import eigh_tridiagonal

from lingen.models.filters import Denoiser, Filter, Gaussian, ODESampler, Ridge
from lingen.sims.quadrature import square_root_rule

__all__ = ["FIRST_ROWS", "free_tail", "outlier_rows", "rows_for", "truncation_bias"]

FIRST_ROWS = 64
MOST_RITZ = 512
MOST_ROWS = 1 << 17
EDGE_LENGTHS = 16.0


def free_tail(
    shifts: Float[Array, "m"], left: Float[Array, ""], right: Float[Array, ""]
) -> tuple[Float[Array, "m"], Float[Array, "m"]]:
    """m(t) and 1 − t m(t) = a m/(1 + b m) of the constant chain with squares a = left, b = right."""
    e = shifts + left - right
    root = jnp.hypot(e, 2.0 * jnp.sqrt(right * shifts))
    above = 2.0 / jnp.where(e > 0, e + root, 1.0)
    below = (root - e) / jnp.where(e > 0, 1.0, 2.0 * right * shifts)
    m = jnp.where(e > 0, above, below)
    return m, left * m / (1.0 + right * m)


@lru_cache(maxsize=256)
def truncation_bias(dim: float, samples: float, rows: int) -> float:
    """Error of τ(√S), relative to √τ(S), when the mean chain (every χ² at its mean) is closed after `rows` rows.

    Measured against twice the rows. No operator-monotone filter does worse than the square root, which is
    singular at the edge of the spectrum. Zero for a complete chain.
    """
    if rows >= min(dim, samples):
        return 0.0
    longer = min(2 * rows, int(min(dim, samples)))
    return abs(_mean_root(dim, samples, rows) - _mean_root(dim, samples, longer))


def rows_for(dim: float, samples: float, width: int, filter: Filter, accuracy: float) -> int:
    """Rows to keep so that the truncation bias stays below `accuracy`: p times a power of two, or all.

    Raises:
        ValueError: if a filter that only the eigenvalues of the band can treat would need more than 512 rows.
    """
    complete = int(min(dim, samples))
    closed = _closes(filter)
    rows = FIRST_ROWS
    while rows < complete and _bias(dim, samples, rows, filter, closed) > accuracy:
        rows *= 2
        if not closed and rows > MOST_RITZ:
            raise ValueError(
                f"accuracy must be reachable with {MOST_RITZ} Krylov rows, got {accuracy:g} for {filter.name}"
            )
    return min(rows * width, complete)


@lru_cache(maxsize=256)
def outlier_rows(dim: float, samples: float, width: int, ratio: float, accuracy: float) -> int:
    """Rows that hold the top eigenvector of S, but for `accuracy` of its squared norm, on the mean chain.

    One spike of `ratio` times the bulk variance. A vector that stands out of the bulk decays geometrically,
    another over the d^{1/3} rows of the spectrum's edge.

    Raises:
        ValueError: if more rows are needed than fit (131,072).
    """
    complete = int(min(dim, samples))
    length = (samples * dim) ** (1 / 3) / (np.sqrt(samples) + np.sqrt(dim)) ** (2 / 3)
    longest = min(complete, FIRST_ROWS + int(EDGE_LENGTHS * length))
    if longest * width > MOST_ROWS and longest < complete:
        raise ValueError(
            f"dim must need at most {MOST_ROWS} Krylov rows at the edge, got {dim:g} ({longest * width} rows)"
        )
    index = np.arange(longest)
    alpha2, beta2 = (samples - index) / samples, np.maximum(dim - 1 - index, 0.0) / samples
    alpha2[0] *= ratio
    before = np.concatenate([[0.0], beta2[:-1]])
    _, vector = eigh_tridiagonal(
        alpha2 + before, np.sqrt(alpha2 * beta2)[:-1], select="i", select_range=(longest - 1, longest - 1)
    )
    beyond = 1.0 - np.cumsum(vector[:, 0] ** 2)
    needed = int(np.argmax(beyond <= accuracy)) + 1 if np.any(beyond <= accuracy) else longest
    rows = FIRST_ROWS * -(-int(1.25 * needed + 16) // FIRST_ROWS)
    return min(rows * width, complete)


def _closes(filter: Filter) -> bool:
    return isinstance(filter, Gaussian | Ridge | ODESampler | Denoiser)


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
    part = np.zeros_like(t)
    left, right = max(samples - rows, 0.0) / samples, max(dim - rows, 0.0) / samples
    e = t + left - right
    root = np.hypot(e, 2.0 * np.sqrt(right * t))
    m = np.where(
        e > 0, 2.0 / np.where(e > 0, e + root, 1.0), (root - e) / np.where(e > 0, 1.0, 2.0 * right * t)
    )
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
