"""Tables of smooth functions of several parameters, as coefficients of Chebyshev polynomials.

Each parameter has a coordinate in which the function is smooth; kinks are ends of a table. The page that
reads a table maps parameters to coordinates and sums polynomials, and knows nothing of what they mean.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.polynomial import chebyshev

__all__ = ["SCALES", "Side", "Tabulated", "coefficients", "values"]

SCALES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "plain": (lambda value: value, lambda coordinate: coordinate),
    "log": (np.log, np.exp),
    "above": (lambda value: np.sqrt(np.log(value)), lambda coordinate: np.exp(coordinate**2)),
    "below": (lambda value: np.sqrt(-np.log(value)), lambda coordinate: np.exp(-(coordinate**2))),
    "root": (np.sqrt, np.square),
    "fourth": (lambda value: value**0.25, lambda coordinate: coordinate**4),
}
"""Coordinates by name: of a parameter, and back. `above` and `below` resolve what changes fast near 1."""


class Side(NamedTuple):
    """One parameter of a table.

    Attributes:
        name: of the parameter.
        scale: one of `SCALES`.
        low: the least value.
        high: the largest.
        degrees: how many polynomials, of degrees 0 to count − 1.
    """

    name: str
    scale: str
    low: float
    high: float
    degrees: int

    @property
    def ends(self) -> tuple[float, float]:
        """The coordinates at −1 and 1."""
        forth = SCALES[self.scale][0]
        first, last = float(forth(self.low)), float(forth(self.high))
        return first, last


class Tabulated(NamedTuple):
    """A function on a product of parameters.

    Attributes:
        name: of the function.
        sides: its parameters.
        coefficients: one axis a parameter; further axes are of several functions.
        log: whether it is the logarithm that is tabulated, above `shift`.
        shift: what is added after the exponential.
    """

    name: str
    sides: tuple[Side, ...]
    coefficients: np.ndarray
    log: bool = False
    shift: float = 0.0


def values(side: Side) -> np.ndarray:
    """The parameter where a function must be known, inside its range: an end may be a limit."""
    low, high = side.ends
    points = chebyshev.chebpts1(side.degrees)
    return np.asarray(SCALES[side.scale][1](low + (high - low) * (points + 1.0) / 2.0), float)


def coefficients(known: np.ndarray, axes: int) -> np.ndarray:
    """Those of the polynomials through values at `values` of the first `axes` axes."""
    found = np.asarray(known, float)
    for axis in range(axes):
        count = found.shape[axis]
        basis = chebyshev.chebvander(chebyshev.chebpts1(count), count - 1)
        weights = np.full(count, 2.0 / count)
        weights[0] = 1.0 / count
        found = np.moveaxis(np.tensordot(weights[:, None] * basis.T, found, (1, axis)), 0, axis)
    return found
