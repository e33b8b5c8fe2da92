"""The axes of a sweep: values of a parameter, written as numbers, words, ranges or lists of them."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from lingen.boundary import checked
from lingen.checks import integer, shown
from lingen.experiments.parameters import Parameter, Value

__all__ = ["Axis", "Range", "axis"]


@checked
@dataclass(frozen=True)
class Range:
    """`size` numbers from `low` to `high`, both included, in equal steps or (log) in equal ratios."""

    low: float
    high: float
    size: int
    log: bool = False

    def values(self) -> np.ndarray:
        """The numbers; the end points are exact."""
        if self.size == 1:
            return np.asarray([self.low])
        space = np.geomspace if self.log else np.linspace
        return space(self.low, self.high, self.size)


@checked
@dataclass(frozen=True)
class Axis:
    """One parameter and the pieces its values come from; nothing is laid out before `values` is called."""

    name: str
    parameter: Parameter
    pieces: tuple[Range | Value, ...]

    @property
    def size(self) -> int:
        """Number of values."""
        return sum(piece.size if isinstance(piece, Range) else 1 for piece in self.pieces)

    def values(self) -> tuple[Value, ...]:
        """The values in order, as plain numbers or words.

        Raises:
            ValueError: if one is out of range or comes twice.
        """
        found: list[Value] = []
        for piece in self.pieces:
            parts = piece.values().tolist() if isinstance(piece, Range) else [piece]
            found += [self.parameter.value(self.name, part, isinstance(piece, Range)) for part in parts]
        (often,) = Counter(found).most_common(1)
        if often[1] > 1:
            raise ValueError(f"{self.name} must hold distinct values, got {often[0]} {often[1]} times")
        return tuple(found)


@checked
def axis(name: str, parameter: Parameter, given: Any) -> Axis:
    """The axis of a parameter, written as text, a number or several of them.

    Args:
        name: of the parameter.
        parameter: what it may be.
        given: `low:high:N` (linear), `low:high:log:N`, a single value, or several of these with commas
            between; a number; a list, tuple or array of numbers or texts.

    Raises:
        ValueError: for no value, an empty or reversed range, N < 1, a logarithmic range with bounds that are
            not positive, or what is no number.
    """
    if isinstance(given, np.ndarray) or hasattr(given, "__jax_array__"):
        given = np.asarray(given).ravel().tolist()
    listed = given if isinstance(given, list | tuple) else [given]
    for item in listed:
        if isinstance(item, bool) or not isinstance(item, str | int | float | np.number):
            raise ValueError(f"{name} must be a number, a text or a list of them, got {shown(given)}")
    pieces = [piece for item in listed for piece in _pieces(name, parameter, item)]
    if not pieces:
        raise ValueError(f"{name} must have at least one value, got none")
    return Axis(name, parameter, tuple(pieces))


def _pieces(name: str, parameter: Parameter, item: Any) -> list[Range | Value]:
    if not isinstance(item, str):
        return [parameter.value(name, item.item() if isinstance(item, np.number) else item)]
    parts = [part.strip() for part in item.split(",")]
    if not any(parts):
        return []
    if "" in parts:
        raise ValueError(f"{name} must have a value on either side of a comma, got {item!r}")
    return list(parts) if parameter.kind == "word" else [_piece(name, part) for part in parts]


def _piece(name: str, text: str) -> Range | Value:
    parts = text.split(":")
    if len(parts) == 1:
        return _number(name, text)
    if len(parts) not in (3, 4) or (len(parts) == 4 and parts[2] != "log"):
        raise ValueError(f"{name} must be a number, low:high:N or low:high:log:N, got {text!r}")
    low, high = _number(name, parts[0]), _number(name, parts[1])
    count, log = _number(name, parts[-1]), len(parts) == 4
    size = integer(f"N of {name}", int(count) if count.is_integer() else count, low=1)
    if low > high or (low == high and size > 1):
        kind = "reversed" if low > high else "empty"
        raise ValueError(f"{name} must rise from low to high in low:high:N, got the {kind} range {text!r}")
    if log and low <= 0:
        raise ValueError(f"{name} must have positive bounds in low:high:log:N, got {text!r}")
    return Range(low, high, size, log)


def _number(name: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{name} must be a number, low:high:N or low:high:log:N, got {text!r}") from None
    if not math.isfinite(value):
        raise ValueError(f"{name} must be finite, got {text!r}")
    return value
