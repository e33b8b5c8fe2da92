"""Parameters of an experiment: what values each may have, how it is written, and whether it sets shapes."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

import numpy as np

from lingen.boundary import checked
from lingen.checks import integer

__all__ = ["SEED", "Parameter", "Value", "real", "whole", "word"]

Value = float | int | str
LARGEST_WHOLE = (1 << 63) - 1


@dataclass(frozen=True)
class Parameter:
    """What one parameter of an experiment may be; made by `real`, `whole` or `word`.

    Attributes:
        kind: "real", "whole" or "word".
        low, high: the ends of a number's range.
        open_low, open_high: whether the ends themselves are left out.
        words: what a word may be; any, if empty.
        read: brings a word to the one form in which it is kept; raises `ValueError` for what is none.
        default: its value where none is given.
        optional: whether it may be left out with no value at all: the draw does not get it then.
        shapes: whether it sets shapes or choices, each value compiled for itself; else it is traced.
        unit: of a number, for axes of figures; "1" for none.
        symbol: how it is written in formulas, such as γ.
        title: in words; its name if empty.
    """

    kind: str
    _: KW_ONLY
    low: float = -math.inf
    high: float = math.inf
    open_low: bool = False
    open_high: bool = False
    words: tuple[str, ...] = ()
    read: Callable[[str], str] | None = None
    default: Value | None = None
    optional: bool = False
    shapes: bool = False
    unit: str = "1"
    symbol: str = ""
    title: str = ""

    @property
    def needed(self) -> bool:
        """Whether a point must give it."""
        return self.default is None and not self.optional

    @property
    def allowed(self) -> str:
        """What it may be, in words."""
        if self.kind == "word":
            return f"one of {', '.join(self.words)}" if self.words else "a word"
        ends = []
        if math.isfinite(self.low):
            ends.append(f"{'above' if self.open_low else 'at least'} {self.low:g}")
        if math.isfinite(self.high):
            ends.append(f"{'below' if self.open_high else 'at most'} {self.high:g}")
        return " and ".join(ends)

    def value(self, name: str, given: Any, rounded: bool = False) -> Value:
        """`given` as a plain number or word of this parameter.

        Args:
            name: of the parameter, for what is said of a wrong value.
            given: the value.
            rounded: whether a number may be rounded to a whole one, as those of a range are.

        Raises:
            ValueError: if it is none.
        """
        if self.kind == "word":
            return self._word(name, given)
        if self.kind == "whole":
            number = round(given) if rounded else given
            low = -LARGEST_WHOLE if math.isinf(self.low) else int(self.low)
            if math.isfinite(self.high):
                return int(integer(name, number, low=low, high=int(self.high)))
            return int(integer(name, integer(name, number, low=low), low=low, high=LARGEST_WHOLE))
        plain = isinstance(given, int | float | np.number) and not isinstance(given, bool)
        number = float(given) if plain else math.nan
        low_ok = number > self.low if self.open_low else number >= self.low
        high_ok = number < self.high if self.open_high else number <= self.high
        if not math.isfinite(number) or not low_ok or not high_ok:
            allowed = f"finite and {self.allowed}" if self.allowed else "finite"
            raise ValueError(f"{name} must be {allowed}, got {given!r}")
        return number

    def _word(self, name: str, given: Any) -> str:
        if not isinstance(given, str) or (self.words and given not in self.words):
            raise ValueError(f"{name} must be {self.allowed}, got {given!r}")
        return self.read(given) if self.read is not None else given


@checked
def real(
    *,
    above: float | None = None,
    at_least: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
    default: float | None = None,
    optional: bool = False,
    shapes: bool = False,
    unit: str = "1",
    symbol: str = "",
    title: str = "",
) -> Parameter:
    """A real parameter, traced: all its values share one compiled draw.

    Args:
        above: the lower end of its range, left out; this or
        at_least: the lower end, included.
        below: the upper end, left out; this or
        at_most: the upper end, included.
        default: its value where none is given; without it a value must be given.
        optional: whether it may be left out altogether.
        shapes: whether each value is compiled for itself after all.
        unit: such as "K"; "1" for none.
        symbol: such as "T".
        title: in words.

    Raises:
        ValueError: for two ends of one side, an empty range, or a default outside it.
    """
    low, open_low = _end("above", above, "at_least", at_least, -math.inf)
    high, open_high = _end("below", below, "at_most", at_most, math.inf)
    made = Parameter(
        "real", low=low, high=high, open_low=open_low, open_high=open_high, optional=optional,
        shapes=shapes, unit=unit, symbol=symbol, title=title,
    )  # fmt: skip
    return _with_default(made, default)


@checked
def whole(
    *,
    at_least: int | None = None,
    at_most: int | None = None,
    default: int | None = None,
    optional: bool = False,
    shapes: bool = True,
    unit: str = "1",
    symbol: str = "",
    title: str = "",
) -> Parameter:
    """A whole parameter. It sets shapes, and each value is compiled for itself, unless `shapes=False`.

    Args:
        at_least: the lower end of its range, included.
        at_most: the upper end, included.
        default: its value where none is given; without it a value must be given.
        optional: whether it may be left out altogether.
        shapes: whether it sets shapes.
        unit: as for `real`.
        symbol: likewise.
        title: likewise.

    Raises:
        ValueError: for an empty range, or a default outside it.
    """
    low = -math.inf if at_least is None else integer("at_least", at_least, low=-LARGEST_WHOLE)
    high = math.inf if at_most is None else integer("at_most", at_most, low=-LARGEST_WHOLE)
    made = Parameter(
        "whole", low=low, high=high, optional=optional, shapes=shapes, unit=unit, symbol=symbol, title=title
    )
    return _with_default(made, default)


@checked
def word(
    *choices: str,
    default: str | None = None,
    optional: bool = False,
    read: Callable[[str], str] | None = None,
    symbol: str = "",
    title: str = "",
) -> Parameter:
    """A parameter that is one of several words, each compiled for itself.

    Args:
        choices: the words; any word, if none is given.
        default: the word where none is given.
        optional: whether it may be left out altogether.
        read: brings a word to the form in which it is kept, or raises `ValueError`.
        symbol: as for `real`.
        title: likewise.

    Raises:
        ValueError: for a default that is not among them.
    """
    made = Parameter(
        "word", words=tuple(choices), read=read, optional=optional, shapes=True, symbol=symbol, title=title
    )
    return _with_default(made, default)


def _end(
    open_name: str, open_end: float | None, name: str, end: float | None, none: float
) -> tuple[float, bool]:
    if open_end is not None and end is not None:
        raise ValueError(f"{open_name} or {name} must be given, not both, got {open_end!r} and {end!r}")
    given = end if open_end is None else open_end
    if given is None:
        return none, False
    if isinstance(given, bool) or not isinstance(given, int | float | np.number) or math.isnan(given):
        raise ValueError(f"{name if open_end is None else open_name} must be a number, got {given!r}")
    return float(given), open_end is not None


def _with_default(parameter: Parameter, default: Any) -> Parameter:
    empty = parameter.low > parameter.high
    touching = parameter.low == parameter.high and (parameter.open_low or parameter.open_high)
    if empty or touching:
        raise ValueError(f"a parameter must have a value that it may have, got {parameter.allowed}")
    if default is None:
        return parameter
    if parameter.optional:
        raise ValueError(f"optional must be False where there is a default, got default={default!r}")
    return replace(parameter, default=parameter.value("default", default))


SEED = whole(at_least=0, default=0, title="seed of the key")
"""Every experiment has it: independent repetitions of the same cells."""
