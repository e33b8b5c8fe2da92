"""The grid of a sweep: axes of parameters, their product, and the key of every cell.

A cell is a point of the product of axes. It draws under fold_in(fold_in(key(seed), h₁), h₀), h the 64-bit
hash of its coordinates written out in full; so any part of a grid gives the numbers of the whole.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jaxtyping import Key

from lingen.boundary import checked
from lingen.checks import integer, shown
from lingen.models import filters
from lingen.sims.engine.methods import METHODS

__all__ = ["PARAMETERS", "Axis", "Parameter", "Range", "Sweep", "axis", "cell_hash", "cell_key", "key_words"]

Value = float | int | str


class Parameter(NamedTuple):
    """What an axis may hold: "real", "whole" or "word" values, not below `low` (not at it where `open`)."""

    kind: str
    low: float
    open: bool
    units: str
    long_name: str


PARAMETERS: dict[str, Parameter] = {
    "load": Parameter("real", 0.0, True, "1", "load γ = n/d"),
    "dim": Parameter("whole", 1, False, "1", "dimension d"),
    "spike": Parameter("real", 0.0, True, "variance", "spike strength θ, ℓ = 1 + θ"),
    "exponent": Parameter("real", 0.0, True, "1", "power-law exponent a, σ_k = k^−a"),
    "ridge": Parameter("real", 0.0, False, "variance", "ridge ρ of the filter √(λ+ρ)"),
    "noise": Parameter("real", 0.0, False, "variance", "noise variance s"),
    "filter": Parameter("word", 0.0, False, "1", "filter g"),
    "method": Parameter("word", 0.0, False, "1", "simulation method"),
    "seed": Parameter("whole", 0, False, "1", "seed of the key"),
}
DEFAULTS: dict[str, Value] = {"load": 1.0, "dim": 256, "method": "auto", "seed": 0}
LARGEST_WHOLE = (1 << 63) - 1


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
            found += [_value(self.name, part, round_it=isinstance(piece, Range)) for part in parts]
        (often,) = Counter(found).most_common(1)
        if often[1] > 1:
            raise ValueError(f"{self.name} must hold distinct values, got {often[0]} {often[1]} times")
        return tuple(found)


@checked
def axis(name: str, given: Any) -> Axis:
    """The axis written as text, a number or a list of them.

    Args:
        name: one of `PARAMETERS`.
        given: `low:high:N` (linear), `low:high:log:N`, a single value, or several of these with commas
            between; a number; a list of numbers or texts.

    Raises:
        ValueError: for an unknown name, no value, an empty or reversed range, N < 1, a logarithmic range
            with bounds that are not positive, or what is no number.
    """
    if name not in PARAMETERS:
        raise ValueError(f"parameter must be one of {', '.join(PARAMETERS)}, got {name!r}")
    listed = given if isinstance(given, list | tuple) else [given]
    for item in listed:
        if isinstance(item, bool) or not isinstance(item, str | int | float | np.number):
            raise ValueError(f"{name} must be a number, a text or a list of them, got {shown(given)}")
    pieces = [piece for item in listed for piece in _pieces(name, item)]
    if not pieces:
        raise ValueError(f"{name} must have at least one value, got none")
    return Axis(name, tuple(pieces))


@checked
@dataclass(frozen=True)
class Sweep:
    """A grid of one topic's draws.

    Attributes:
        topic: which simulation.
        axes: values of each parameter that was given, in the order of `PARAMETERS`.
        draws: draws a cell.
    """

    topic: str
    axes: Mapping[str, tuple[Value, ...]]
    draws: int

    @classmethod
    def of(cls, topic: str, axes: Sequence[Axis], draws: int) -> Sweep:
        """The sweep over the product of `axes`, their values checked."""
        by_name = {a.name: a for a in axes}
        ordered = {name: by_name[name].values() for name in PARAMETERS if name in by_name}
        return cls(topic, ordered, integer("draws", draws, low=2))

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values along each axis."""
        return tuple(len(values) for values in self.axes.values())

    @property
    def size(self) -> int:
        """Number of cells."""
        return math.prod(self.shape)

    def cell(self, index: int) -> dict[str, Value]:
        """Coordinates of the cell with this flat index, defaults included."""
        places = np.unravel_index(index, self.shape) if self.shape else ()
        given = {name: v[i] for (name, v), i in zip(self.axes.items(), places, strict=True)}
        return DEFAULTS | given

    def cells(self) -> Iterator[dict[str, Value]]:
        """The coordinates of all cells, in order."""
        return (self.cell(i) for i in range(self.size))

    def config(self) -> dict[str, Any]:
        """What decides the numbers, as plain values."""
        axes = {name: list(values) for name, values in self.axes.items()}
        return {"topic": self.topic, "draws": self.draws, **axes}


@checked
def cell_hash(topic: str, coordinates: Mapping[str, Value]) -> int:
    """A 64-bit hash of the topic and of every coordinate but the seed, whatever their order."""
    parts = [f"{k}={v!r}" for k, v in sorted(coordinates.items()) if k != "seed"]
    text = ";".join([f"topic={topic!r}", *parts])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


@checked
def key_words(topic: str, coordinates: Mapping[str, Value]) -> tuple[int, int, int]:
    """Seed and the two halves of the hash: all that `cell_key` needs, as numbers that can be traced."""
    whole = cell_hash(topic, coordinates)
    return int(coordinates["seed"]), whole >> 32, whole & 0xFFFFFFFF


@checked
def cell_key(seed: Any, high: Any, low: Any) -> Key[Array, ""]:
    """The key of a cell; traced or known numbers alike."""
    key = jr.fold_in(jr.key(jnp.asarray(seed, np.int64)), jnp.asarray(high, np.uint32))
    return jr.fold_in(key, jnp.asarray(low, np.uint32))


def _pieces(name: str, item: Any) -> list[Range | Value]:
    if not isinstance(item, str):
        return [item]
    if PARAMETERS[name].kind == "word":
        return [part.strip() for part in item.split(",") if part.strip()]
    return [_piece(name, part.strip()) for part in item.split(",") if part.strip()]


def _piece(name: str, text: str) -> Range | Value:
    parts = text.split(":")
    if len(parts) == 1:
        return _number(name, text)
    if len(parts) not in (3, 4) or (len(parts) == 4 and parts[2] != "log"):
        raise ValueError(f"{name} must be a number, low:high:N or low:high:log:N, got {text!r}")
    low, high = _number(name, parts[0]), _number(name, parts[1])
    size, log = integer(f"N of {name}", _number(name, parts[-1]), low=1), len(parts) == 4
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


def _value(name: str, given: Any, round_it: bool) -> Value:
    parameter = PARAMETERS[name]
    if parameter.kind == "word":
        return _word(name, given)
    if parameter.kind == "whole":
        return integer(name, round(given) if round_it else given, low=int(parameter.low), high=LARGEST_WHOLE)
    number = given if isinstance(given, int | float) and not isinstance(given, bool) else math.nan
    if not math.isfinite(number) or number < parameter.low or (parameter.open and number == parameter.low):
        allowed = f"above {parameter.low:g}" if parameter.open else f"at least {parameter.low:g}"
        raise ValueError(f"{name} must be finite and {allowed}, got {given!r}")
    return float(number)


def _word(name: str, given: Any) -> str:
    if name == "method":
        if given not in METHODS:
            raise ValueError(f"method must be one of {', '.join(METHODS)}, got {given!r}")
        return str(given)
    text = str(given)
    filters.parse(text)
    head, *numbers = text.strip().split(":")
    return ":".join([head, *(repr(float(x)) for x in numbers)])
