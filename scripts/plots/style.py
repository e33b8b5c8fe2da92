"""How figures look and are written: one style file, two widths, files that are the same byte for byte."""

from __future__ import annotations

import contextlib
import io
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import as_file, files
from typing import Any, cast

import matplotlib as mpl
from matplotlib import style as styles
from matplotlib.axes import Axes
from matplotlib.backend_bases import get_registered_canvas_class
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

__all__ = ["METADATA", "WIDTHS", "canvas", "pinned", "rendered", "styled"]

WIDTHS = {"column": 3.4, "page": 7.0}
"""Inches: one column of a two-column page, and the whole of it."""
ROW, ACROSS = {"column": 2.35, "page": 2.3}, {"column": 1, "page": 3}
METADATA: dict[str, Mapping[str, Any]] = {
    "pdf": {"CreationDate": None, "ModDate": None},
    "svg": {"Date": None},
    "png": {},
}


@contextlib.contextmanager
def styled() -> Iterator[None]:
    """Draw in the style of scripts/assets/lingen.mplstyle, whatever the user's own settings."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it reports the dates of matplotlib's own fonts
    with as_file(files("lingen.scripts.report") / "assets" / "lingen.mplstyle") as path, pinned({}):
        styles.use(path)
        yield


@contextlib.contextmanager
def pinned(style: Mapping[Any, Any]) -> Iterator[None]:
    """Draw with these settings above matplotlib's defaults, whatever the user's own settings."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(style)
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


def rendered(figure: Figure, kind: str, metadata: Mapping[str, Any] | None = None) -> bytes:
    """The figure as a file: the same bytes whenever it is drawn by one version of matplotlib.

    It is laid out once, by the first of its files, and drawn once a file: `Figure.savefig` draws once more
    before each, to no end where the places are known.

    Args:
        figure: what to draw; its layout stands afterwards.
        kind: one of `lingen.scripts.plots.kinds.KINDS`.
        metadata: what the file tells of itself, `METADATA` if absent.
    """
    buffer = io.BytesIO()
    with _at_the_epoch(), _kept(figure):
        _place(figure)
        _print(figure, kind)(buffer, metadata=dict(METADATA[kind] if metadata is None else metadata))
    return buffer.getvalue()


def _place(figure: Figure) -> None:
    """Run the layout in the units of vector graphics, so that it is one for all formats."""
    engine = figure.get_layout_engine()
    if engine is None:
        return
    before = figure.dpi
    get_registered_canvas_class("svg")(figure)
    engine.execute(figure)
    figure.set_layout_engine("none")
    figure.dpi = before


def _print(figure: Figure, kind: str) -> Callable[..., Any]:
    """What writes the figure, by a canvas of this kind, at the resolution of `savefig`."""
    canvas = get_registered_canvas_class(kind)(figure)
    if (dpi := mpl.rcParams["savefig.dpi"]) != "figure":
        figure.dpi = dpi
    return cast(Callable[..., Any], getattr(canvas, f"print_{kind}"))


@contextlib.contextmanager
def _kept(figure: Figure) -> Iterator[None]:
    """Afterwards the canvas and the resolution are those of before."""
    before = figure.canvas, figure.dpi
    try:
        yield
    finally:
        figure.set_canvas(before[0])
        figure.dpi = before[1]


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
