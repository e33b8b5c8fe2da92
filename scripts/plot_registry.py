"""The figures of `lingen figures`: name, panels, what they need and who draws them; a family a module."""

from __future__ import annotations

import difflib
import importlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

__all__ = ["FAMILIES", "Plot", "choose", "every"]

FAMILIES = ("order_parameters", "phase_diagram", "spectra", "distances", "power_laws", "denoising")


class Plot(NamedTuple):
    """One figure."""

    name: str
    title: str
    panels: int
    needs: tuple[Any, ...]
    """Sets of points, `lingen.scripts.plot_points.Need`."""
    draw: Callable[[Sequence[Any], Sequence[Any]], str]
    """Draws on the panels, given the points of every need; returns the caption."""
    tall: float = 1.0
    """Height of a row over the usual one."""


def every() -> tuple[Plot, ...]:
    """All figures, in the order in which they are drawn."""
    modules = (importlib.import_module(f"lingen.scripts.plot_{name}") for name in FAMILIES)
    return tuple(plot for module in modules for plot in module.PLOTS)


def choose(names: Sequence[str]) -> tuple[Plot, ...]:
    """The figures with these names, all if there are none; each once.

    Raises:
        ValueError: for a name that is none, with the nearest that is.
    """
    plots = {plot.name: plot for plot in every()}
    for name in names:
        if name not in plots:
            near = difflib.get_close_matches(name, plots, n=1, cutoff=0.4)
            starts = [known for known in plots if known.startswith(name)] or near
            hint = f" (did you mean {starts[0]}?)" if starts else ""
            raise ValueError(f"figure must be one of {', '.join(plots)}, got {name!r}{hint}")
    return tuple(plots[name] for name in dict.fromkeys(names)) or tuple(plots.values())
