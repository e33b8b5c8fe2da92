"""Covariance of rows that come in blocks: one pass, whatever their number; and spectra of parts of them.

About a pilot p near the mean, S = Σ(x−p)(x−p)ᵀ and o = Σ(x−p) of n rows give Σ(x−x̄)(x−x̄)ᵀ = S − ooᵀ/n with
no loss of digits. Sums of disjoint sets of rows add. Where there are fewer rows than dimensions their Gram
matrix XXᵀ has the same eigenvalues but for zeros, and a part of it is that of a part of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int

from lingen.boundary import checked
from lingen.models.covariance import Population
from lingen.models.empirical import from_scatter

__all__ = ["Scatter", "accumulate", "gram", "part_of_gram"]

TOGETHER = 2**24
"""Numbers of a block that the others are multiplied with."""


class Scatter(NamedTuple):
    """What a covariance needs of a set of rows; those of disjoint sets are joined by `join`."""

    samples: int
    offset: Float[np.ndarray, "d"]
    """Σ(x−p)."""
    square: Float[np.ndarray, "d d"]
    """Σ(x−p)(x−p)ᵀ."""

    def join(self, other: Scatter) -> Scatter:
        """Of both sets of rows."""
        return Scatter(self.samples + other.samples, self.offset + other.offset, self.square + other.square)

    @property
    def population(self) -> Population:
        """The spectrum of the covariance about the mean of these rows, divisor n − 1."""
        about = self.square - np.outer(self.offset, self.offset / self.samples)
        return from_scatter(about, self.samples, len(self.offset))


@checked
def accumulate(
    blocks: Iterable[np.ndarray],
    pilot: Float[np.ndarray, "d"],
    labels: Int[np.ndarray, "N"] | None = None,
    parts: int = 1,
) -> list[Scatter]:
    """The scatter of each part of the rows, by one pass over blocks (m, d).

    Args:
        blocks: all rows in their order.
        pilot: p, any point among the rows: the nearer the mean the more digits.
        labels: the part 0..parts−1 of each row; all of one part when absent.
        parts: how many there are.
    """
    hosted = jax.default_backend() == "cpu"
    dim = len(pilot)
    counts, offsets = np.zeros(parts, int), np.zeros((parts, dim))
    squares = [np.zeros((dim, dim)) if hosted else jnp.zeros((dim, dim)) for _ in range(parts)]
    start = 0
    for block in blocks:
        own = np.zeros(len(block), int) if labels is None else labels[start : start + len(block)]
        start += len(block)
        block = block - pilot
        for part in range(parts):
            rows = block if parts == 1 else block[own == part]
            counts[part] += len(rows)
            offsets[part] += rows.sum(axis=0)
            if hosted:  # by its symmetry in half the products, which XLA makes all
                squares[part] += rows.T @ rows
            else:
                squares[part] = _added(squares[part], jnp.asarray(rows))
    return [Scatter(int(n), o, np.asarray(s)) for n, o, s in zip(counts, offsets, squares, strict=True)]


@jax.jit
def _added(total: jax.Array, rows: jax.Array) -> jax.Array:
    return total + rows.T @ rows


@checked
def gram(
    take: Callable[[np.ndarray], np.ndarray], count: int, dim: int, tell: Callable[[float], None]
) -> np.ndarray:
    """XXᵀ of rows about whatever point `take` gives them, shape (N, N), by blocks.

    Args:
        take: rows (m, d) by their numbers.
        count: N.
        dim: d.
        tell: called with the share that is done.
    """
    out, step = np.empty((count, count)), max(1, TOGETHER // max(dim, 1))
    for start in range(0, count, step):
        left = take(np.arange(start, min(start + step, count)))
        for other in range(0, start + 1, step):
            right = left if other == start else take(np.arange(other, min(other + step, count)))
            products = left @ right.T
            out[start : start + len(left), other : other + len(right)] = products
            out[other : other + len(right), start : start + len(left)] = products.T
        tell((start + len(left)) / count)
    return out


@checked
def part_of_gram(whole: Float[np.ndarray, "N N"], numbers: Int[np.ndarray, "n"], dim: int) -> Population:
    """The spectrum of the covariance of some of the rows, about their own mean."""
    part = whole[np.ix_(numbers, numbers)]
    rows = part.mean(axis=1)
    return from_scatter(part - rows[:, None] - rows[None] + rows.mean(), len(numbers), dim)
