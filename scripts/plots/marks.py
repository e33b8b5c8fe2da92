"""Points with error bars, lines of theory, and numbers as mathematics: what all figures are drawn with."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.ticker import FuncFormatter, NullFormatter

__all__ = ["GREY", "colour", "dots", "log_loads", "marker", "number", "series"]

GREY = "#777777"
MARKERS = "os^Dv<>"
MOST = 120
"""Markers of one kind in a panel; of more every second, third, … is shown."""


def series(
    panel: Axes, k: int, line: Any = None, points: Any = None, label: str | None = None, **more: Any
) -> None:
    """One curve of theory with its measured points, in colour and shape k, and one entry of the legend.

    Args:
        panel: where to draw.
        k: which of the colours and markers.
        line: x and y of the theory, if there is one.
        points: x, mean and standard error of what was measured, if anything was.
        label: for the legend.
        more: of the points: how they look.
    """
    drawn = None
    if points is not None:
        x, mean, error = points
        drawn = dots(panel, x, mean, error, k, label if line is None else None, **more)
    if line is None:
        return
    panel.plot(*line, color=colour(k))
    if label is not None:
        look: dict[str, Any] = {} if drawn is None else {"marker": marker(k), "mfc": "white"}
        panel.plot([], [], color=colour(k), label=label, **look)


def dots(panel: Axes, x: Any, y: Any, error: Any, k: int, label: str | None = None, **more: Any) -> Any:
    """Measured points: open markers of colour and shape k, with bars of two standard errors.

    Returns what was drawn, for a legend; None where nothing was measured.
    """
    x, y, error = (np.ravel(np.asarray(v, float)) for v in np.broadcast_arrays(x, y, error))
    thin = slice(None, None, -(-x.size // MOST))
    x, y, error = x[thin], y[thin], error[thin]
    known = np.isfinite(y)
    if not known.any():
        return None
    look: dict[str, Any] = {
        "fmt": marker(k),
        "color": colour(k),
        "mfc": "white",
        "elinewidth": 0.8,
        "zorder": 3,
    } | more
    bars = 2 * np.where(np.isfinite(error), error, 0.0)[known]
    return panel.errorbar(x[known], y[known], bars, label=label, **look)


def colour(k: int) -> str:
    """Colour k of the style in force now, whatever is in force when the figure is drawn."""
    return to_hex(f"C{k}")


def marker(k: int) -> str:
    """The marker that goes with colour k."""
    return MARKERS[k % len(MARKERS)]


def log_loads(panel: Axes, low: float, high: float, label: str = r"load $\gamma=n/d$") -> None:
    """A logarithmic axis with plain numbers: 0.1, 1, 10."""
    panel.set_xscale("log")
    panel.set_xlim(low, high)
    panel.set_xlabel(label)
    if high / low < 1e5:
        panel.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    panel.xaxis.set_minor_formatter(NullFormatter())


def log_spikes(panel: Axes, low: float, high: float) -> None:
    """A logarithmic axis of strengths with plain numbers: 0.1, 0.2, 0.5, 1."""
    ticks = [t for t in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50) if low <= t <= high]
    panel.set(yscale="log", ylim=(low, high), ylabel=r"spike strength $\theta$")
    panel.set_yticks(ticks, [f"{t:g}" for t in ticks])
    panel.set_yticks([], minor=True)


def number(value: float) -> str:
    """A number as mathematics: powers of ten from 10⁴ on."""
    text = f"{float(value):g}"
    exponent = round(np.log10(value)) if value > 0 else 0
    if value >= 1e4 and np.isclose(value, 10.0**exponent):
        return f"10^{{{exponent}}}"
    return text
