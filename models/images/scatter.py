"""Covariance of rows that come in blocks: one pass, whatever their number; and spectra of parts of them.

About a pilot p near the mean, S = Σ(x−p)(x−p)ᵀ and o = Σ(x−p) of n rows give Σ(x−x̄)(x−x̄)ᵀ = S − ooᵀ/n with
no loss of digits. Sums of disjoint sets of rows add. Where there are fewer rows than dimensions their Gram
matrix XXᵀ has the same eigenvalues but for zeros, and a part of it is that of a part of the rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int
from scipy.linalg.blas import dsyrk

from lingen.boundary import checked
from lingen.models.covariance import Population
from lingen.models.empirical import from_scatter

__all__ = ["Scatter", "accumulate", "gram", "part_of_gram"]

WAITING = 2**22
"""Numbers of rows of a part that wait to be multiplied."""
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
    sums = [_Sum(len(pilot)) for _ in range(parts)]
    start = 0
    for block in blocks:
        own = np.zeros(len(block), int) if labels is None else labels[start : start + len(block)]
        start += len(block)
        block = block - pilot
        for part, one in enumerate(sums):
            one.add(block if parts == 1 else block[own == part])
    return [one.scatter() for one in sums]


class _Sum:
    """A scatter that grows; rows wait until they are so many that adding their product pays."""

    def __init__(self, dim: int):
        self.hosted = jax.default_backend() == "cpu"
        self.samples, self.offset, self.waiting = 0, np.zeros(dim), list[np.ndarray]()
        self.square: Any = np.zeros((dim, dim), order="F") if self.hosted else jnp.zeros((dim, dim))
        self.most = max(256, WAITING // dim)

    def add(self, rows: np.ndarray) -> None:
        """More rows."""
        self.samples += len(rows)
        self.offset += rows.sum(axis=0)
        self.waiting.append(rows)
        if sum(map(len, self.waiting)) >= self.most:
            self._multiply()

    def _multiply(self) -> None:
        rows, self.waiting = np.concatenate(self.waiting), []
        if self.hosted:  # in place, and one triangle alone
            self.square = dsyrk(1.0, rows.T, beta=1.0, c=self.square, overwrite_c=True)
        else:
            self.square = _added(self.square, jnp.asarray(rows))

    def scatter(self) -> Scatter:
        """Of all rows that came."""
        if self.waiting:
            self._multiply()
        square = np.asarray(self.square)
        if self.hosted:
            square = np.triu(square) + np.triu(square, 1).T
        return Scatter(self.samples, self.offset, square)


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
