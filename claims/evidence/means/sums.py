"""What is kept of the draws of one cell: their number, mean, moments and extremes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

__all__ = ["KEPT", "RunningSums"]

Numbers = np.ndarray

KEPT = 512
"""Highest and lowest draws of every component that are kept."""


class RunningSums(NamedTuple):
    """Running number of draws, mean, sums of squared and cubed deviations and extremes, by component."""

    draws: int
    mean: Float[Numbers, "*shape"]
    squares: Float[Numbers, "*shape"]
    cubes: Float[Numbers, "*shape"]
    highest: Float[Numbers, "kept ..."]
    """The largest draws, in no order: all of them, or `KEPT`."""
    lowest: Float[Numbers, "kept ..."]
    centre: Float[Numbers, "*shape"]
    """The median of the largest batch: tails are told from it, as rare outcomes move the mean."""
    batch: int
    """Its number of draws."""

    @classmethod
    def empty(cls, shape: tuple[int, ...]) -> RunningSums:
        """No draws of an observable of this shape."""
        none = np.zeros((0, *shape))
        zero = np.zeros(shape)
        return cls(0, zero, zero, zero, none, none, zero, 0)

    def add(self, values: Float[Numbers, "draws ..."]) -> RunningSums:
        """These sums with more draws, by Chan's pairwise update (numerically stable)."""
        old, new = self.draws, len(values)
        total = old + new
        mean = values.mean(axis=0)
        apart = values - mean
        squared = apart * apart
        squares, cubes = squared.sum(axis=0), (squared * apart).sum(axis=0)
        shift = mean - self.mean
        mixed = 3 * shift * (old * squares - new * self.squares) / total
        return RunningSums(
            total,
            self.mean + shift * (new / total),
            self.squares + squares + shift**2 * (old * new / total),
            self.cubes + cubes + mixed + shift**3 * (old * new * (old - new) / total**2),
            -_least(np.concatenate([-self.highest, -values])),
            _least(np.concatenate([self.lowest, values])),
            np.median(values, axis=0) if new > self.batch else self.centre,
            max(new, self.batch),
        )

    @property
    def nbytes(self) -> int:
        """Bytes that grow with the number of draws: none."""
        return 0

    @property
    def variance(self) -> Float[Numbers, "*shape"]:
        """The unbiased s², for n >= 2."""
        return self.squares / (self.draws - 1)

    @property
    def standard_error(self) -> Float[Numbers, "*shape"]:
        """s/√n, for n >= 2."""
        return np.sqrt(self.variance / self.draws)

    @property
    def alike(self) -> Float[Numbers, "*shape"]:
        """Whether all draws of a component are one number, bit for bit."""
        return self.highest.max(axis=0) == self.lowest.min(axis=0)


def _least(values: Float[Numbers, "draws ..."]) -> Float[Numbers, "kept ..."]:
    return values if len(values) <= KEPT else np.partition(values, KEPT - 1, axis=0)[:KEPT]
