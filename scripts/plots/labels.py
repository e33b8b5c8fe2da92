"""What axes and legends say: names, symbols and units as a dataset tells them; which axes are logarithmic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from lingen.checks import shown
from lingen.experiments.symbols import SYMBOLS
from lingen.scripts.plots.marks import number
from lingen.scripts.plots.style import styled
from lingen.words import formula, literal

__all__ = ["SIZE", "geometric", "letter", "logarithmic", "on_axes", "titled", "valued", "words_along"]

SIZE = (5.4, 3.4)
"""Inches of a figure of one panel."""
LEAST_SPAN, DECADES = 4.0, 2.0
"""Largest over smallest value from which an axis may be logarithmic; decades below which 2 and 5 are told."""


@contextmanager
def on_axes(ax: Axes | None) -> Iterator[Axes]:
    """The axes given, in their owner's style; else a figure of pyplot's in that of lingen."""
    if ax is not None:
        if not isinstance(ax, Axes):
            raise ValueError(f"ax must be matplotlib Axes, got {shown(ax)}")
        yield ax
        return
    from matplotlib import pyplot

    with styled():
        yield pyplot.subplots(figsize=SIZE)[1]


def titled(name: str, about: Mapping[str, Any]) -> str:
    """The label of an axis: `long_name symbol [units]`, as far as the dataset tells them."""
    written = formula(name)
    words = str(about.get("long_name", "")) or (_formula(written) if written else name.replace("_", " "))
    symbol = str(about.get("symbol", "")).strip("$")
    if symbol and symbol not in words.split():
        words += f" {_formula(symbol)}"
    units = str(about.get("units", ""))
    return words if units in ("", "1") else f"{words} [{units}]"


def letter(name: str, about: Mapping[str, Any]) -> str:
    """A name within a formula: its symbol, else its letters upright."""
    symbol = str(about.get("symbol", "")).strip("$") or SYMBOLS.get(name) or formula(name) or ""
    if "_" in symbol:
        return f"{{{symbol}}}"  # it may get another index
    return symbol or rf"\mathrm{{{''.join(c if c.isalnum() else chr(92) + ' ' for c in name)}}}"


def valued(name: str, value: Any, about: Mapping[str, Any]) -> str:
    """One value of an axis, for a legend: `d = 64`."""
    if isinstance(value, str | np.str_):
        return literal(str(value))
    return f"${letter(name, about)} = {number(value)}$"


def geometric(values: Any) -> bool:
    """Whether positive numbers lie more evenly by their ratios than by their differences."""
    x = np.unique(np.asarray(values, float))
    x = x[np.isfinite(x)]
    if x.size < 3 or x[0] <= 0 or x[-1] < LEAST_SPAN * x[0]:
        return False
    return _uneven(np.diff(np.log(x))) < _uneven(np.diff(x))


def logarithmic(panel: Axes, which: str, values: Any) -> None:
    """Make the axis "x" or "y" logarithmic, with plain numbers: 0.2, 0.5, 1.

    Raises:
        ValueError: if not all values are positive.
    """
    known = np.asarray(values, float)
    known = known[np.isfinite(known)]
    if known.size and known.min() <= 0:
        raise ValueError(f"log_{which} must be with positive values, got {known.min():g}")
    getattr(panel, f"set_{which}scale")("log")
    axis = getattr(panel, f"{which}axis")
    decades = np.log10(known.max() / known.min()) if known.size else 0.0
    if decades < DECADES:
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    if decades < 5:
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def words_along(panel: Axes, which: str, words: Any) -> None:
    """Words as ticks at 0, 1, 2, ..."""
    axis = getattr(panel, f"{which}axis")
    axis.set_ticks(range(len(words)), [literal(str(word)) for word in words])
    axis.set_minor_locator(NullLocator())


def _uneven(steps: np.ndarray) -> float:
    return float(np.std(steps) / np.mean(steps))


def _formula(symbol: str) -> str:
    return f"${symbol}$"
