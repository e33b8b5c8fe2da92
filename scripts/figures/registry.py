"""The figures of `lingen figures`: name, panels, what they need and who draws them; a family a module."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

__all__ = ["FIGURES", "Plot", "choose", "every"]

FIGURES = {
    "order-parameters": "order_parameters",
    "phase-diagram": "phase_diagram",
    "spectra": "spectra",
    "two-distances": "distances",
    "power-laws": "power_laws",
    "critical-scaling": "power_laws",
    "denoising": "denoising",
    "learning-curves": "denoising",
    "convolutional": "convolutional",
}
"""The module that draws each figure, known before any of them is imported."""


class Plot(NamedTuple):
    """One figure."""

    name: str
    title: str
    panels: int
    needs: tuple[Any, ...]
    """Sets of points, `lingen.scripts.figures.points.Need`."""
    draw: Callable[[Sequence[Any], Sequence[Any]], str]
    """Draws on the panels, given the points of every need; returns the caption."""
    tall: float = 1.0
    """Height of a row over the usual one."""


def every() -> tuple[Plot, ...]:
    """All figures, in the order in which they are drawn."""
    return choose(())


def choose(names: Sequence[str]) -> tuple[Plot, ...]:
    """The figures with these names, all if there are none; each once.

    Raises:
        ValueError: for a name that is none, with the nearest that is.
    """
    for name in names:
        if name not in FIGURES:
            near = [known for known in FIGURES if name and known.startswith(name)]
            near += difflib.get_close_matches(name, FIGURES, n=1, cutoff=0.4)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise ValueError(f"figure must be one of {', '.join(FIGURES)}, got {name!r}{hint}")
    return tuple(_plot(name) for name in dict.fromkeys(names or FIGURES))


def _plot(name: str) -> Plot:
    module = importlib.import_module(f"lingen.scripts.figures.{FIGURES[name]}")
    return next(plot for plot in module.PLOTS if plot.name == name)
