"""Finished cells: the mean of the draws of each observable, its standard error, and their number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from lingen.sims.engine.averages import mean_and_error

__all__ = ["Part", "Tell", "merged", "part"]

Tell = Callable[[int, float], None]


class Part(NamedTuple):
    """Finished cells."""

    cells: Int[np.ndarray, "m"]
    """Their flat indices."""
    observables: dict[str, tuple[Float[np.ndarray, "m ..."], Float[np.ndarray, "m ..."]]]
    """Means and standard errors, a row a cell."""
    draws: Int[np.ndarray, "m"]
    """How many draws of each they are of."""


def part(places: Sequence[int], cells: Sequence[Mapping[str, np.ndarray]]) -> Part:
    """Means and errors of the draws of cells that have the same observables.

    One cell at a time: a sum over many at once would be rounded otherwise.
    """
    found = {name: [_told(draws[name]) for draws in cells] for name in cells[0]}
    counts = [len(next(iter(draws.values()))) for draws in cells]
    stacked = {
        name: (np.stack([m for m, _ in pairs]), np.stack([e for _, e in pairs]))
        for name, pairs in found.items()
    }
    return Part(np.asarray(places), stacked, np.asarray(counts))


def _told(draws: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and error; a single draw, which only adds to others, has none of its own."""
    if len(draws) > 1:
        mean, error = mean_and_error(draws)
        return np.asarray(mean), np.asarray(error)
    return np.asarray(draws[0], float), np.zeros(np.shape(draws[0]))


def merged(
    first: tuple[np.ndarray, np.ndarray, int], second: tuple[np.ndarray, np.ndarray, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard error of two sets of draws together, from those of each and their numbers."""
    (one, wide, n), (two, narrow, m) = first, second
    with np.errstate(invalid="ignore"):
        mean = one + (two - one) * (m / (n + m))
        squares = wide**2 * (n * (n - 1)) + (narrow**2 * (m * (m - 1)) if m > 1 else 0.0)
        squares = squares + (two - one) ** 2 * (n * m / (n + m))
        error = np.sqrt(squares / ((n + m) * (n + m - 1)))
    return mean, np.where(np.isfinite(mean), error, np.abs(mean))
