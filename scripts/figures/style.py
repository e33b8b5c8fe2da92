"""How figures look and are written: one style file, two widths, files that are the same byte for byte."""

from __future__ import annotations

import contextlib
import io
import logging
import os
from collections.abc import Iterator, Mapping
from importlib.resources import as_file, files
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import style as styles
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

__all__ = [
    "FORMATS", "GREY", "WIDTHS", "canvas", "dots", "log_loads", "marker", "number", "rendered", "styled",
]  # fmt: skip

WIDTHS = {"column": 3.4, "page": 7.0}
"""Inches: one column of a two-column page, and the whole of it."""
ROW, ACROSS = {"column": 2.35, "page": 2.3}, {"column": 1, "page": 3}
GREY = "#777777"
MARKERS = "os^Dv<>"
MOST = 120
"""Markers of one kind in a panel; of more every second, third, … is shown."""
METADATA: dict[str, Mapping[str, Any]] = {
    "pdf": {"CreationDate": None, "ModDate": None},
    "svg": {"Date": None},
    "png": {},
}
FORMATS = tuple(METADATA)


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """Draw in the style of scripts/assets/lingen.mplstyle, whatever the user's own settings."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it reports the dates of matplotlib's own fonts
    with as_file(files("lingen.scripts.report") / "assets" / "lingen.mplstyle") as path, mpl.rc_context():
        mpl.rcdefaults()
        styles.use(path)
        yield


def canvas(count: int, width: str, heights: float = 1.0) -> tuple[Figure, list[Axes]]:
    """A figure of `count` lettered panels, beside each other on a page, one above the other in a column."""
    across = min(count, ACROSS[width])
    rows = -(-count // across)
    figure = Figure(figsize=(WIDTHS[width], rows * ROW[width] * heights))
    FigureCanvasAgg(figure)
    panels = [figure.add_subplot(rows, across, i + 1) for i in range(count)]
    for letter, panel in zip("abcdef", panels, strict=False):
        panel.set_title(rf"$\mathbf{{{letter}}}$")
    return figure, panels


def dots(panel: Axes, x: Any, y: Any, error: Any, k: int, label: str | None = None, **more: Any) -> None:
    """Measured points: open markers of colour and shape k, with bars of two standard errors."""
    x, y, error = (np.ravel(np.asarray(v, float)) for v in np.broadcast_arrays(x, y, error))
    thin = slice(None, None, -(-x.size // MOST))
    x, y, error = x[thin], y[thin], error[thin]
    known = np.isfinite(y)
    if not known.any():
        return
    look: dict[str, Any] = {
        "fmt": marker(k),
        "color": f"C{k}",
        "mfc": "white",
        "elinewidth": 0.8,
        "zorder": 3,
    } | more
    bars = 2 * np.where(np.isfinite(error), error, 0.0)[known]
    panel.errorbar(x[known], y[known], bars, label=label, **look)


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


def number(value: float) -> str:
    """A number as mathematics: powers of ten from 10⁴ on."""
    text = f"{float(value):g}"
    exponent = round(np.log10(value)) if value > 0 else 0
    if value >= 1e4 and np.isclose(value, 10.0**exponent):
        return f"10^{{{exponent}}}"
    return text


def rendered(figure: Figure, kind: str) -> bytes:
    """The figure as a file: the same bytes whenever it is drawn by one version of matplotlib."""
    buffer = io.BytesIO()
    with _at_the_epoch():
        figure.savefig(buffer, format=kind, metadata=dict(METADATA[kind]))
    return buffer.getvalue()


@contextlib.contextmanager
def _at_the_epoch() -> Iterator[None]:
    """Embedded fonts carry the time at which they were cut down: let it be always the same."""
    before = os.environ.get("SOURCE_DATE_EPOCH")
    os.environ["SOURCE_DATE_EPOCH"] = before or "0"
    try:
        yield
    finally:
        if before is None:
            del os.environ["SOURCE_DATE_EPOCH"]
