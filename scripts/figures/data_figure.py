"""The look of the figures about a data set, those of `lingen predict` and `lingen train`, and their files."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from lingen.files import replace_file
from lingen.scripts.plots.kinds import KINDS
from lingen.scripts.plots.style import pinned, rendered

__all__ = [
    "BLUE", "GREEN", "GREY", "ORANGE", "PURPLE", "RED", "STYLE", "banded", "save", "sparse_ticks", "svg",
]  # fmt: skip

BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#666666"  # Okabe and Ito
PURPLE = "#AA4499"
DECADES = 100.0
"""Highest over lowest value from which an axis needs few ticks."""
STYLE: dict[Any, Any] = {
    "font.size": 8.5, "axes.labelsize": 9, "axes.titlesize": 9,
    "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.spines.top": False, "axes.spines.right": False,
    "legend.frameon": True,
    "legend.edgecolor": "none", "legend.framealpha": 1.0,
    "legend.fontsize": 7.5,
    "lines.linewidth": 1.6, "mathtext.fontset": "cm", "pdf.fonttype": 42, "svg.fonttype": "path",
    "svg.hashsalt": "lingen", "axes.linewidth": 0.7, "xtick.major.width": 0.7, "ytick.major.width": 0.7,
    "savefig.dpi": 220,
}  # fmt: skip


def save(draw: Callable[[], Figure], stem: Path, kinds: Sequence[str] = KINDS) -> list[Path]:
    """Draw in this style and write stem.pdf, stem.svg, stem.png, or some of them; returns the files."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it reports the dates of matplotlib's own fonts
    with pinned(STYLE):
        figure = draw()
        for kind in kinds:
            replace_file(stem.with_suffix(f".{kind}"), rendered(figure, kind))
    return [stem.with_suffix(f".{kind}") for kind in kinds]


def sparse_ticks(panel: Axes) -> None:
    """Between powers of ten 2 and 5 alone, without words, on axes long enough to be read so.

    Each tick is five objects that are laid out and drawn for every file.
    """
    for axis in (panel.xaxis, panel.yaxis):
        low, high = sorted(axis.get_view_interval())
        if axis.get_scale() == "log" and high > DECADES * low:
            axis.set_minor_locator(LogLocator(subs=(2.0, 5.0)))
            axis.set_minor_formatter(NullFormatter())


def banded(
    panel: Axes, samples: np.ndarray, values: np.ndarray, errors: np.ndarray, label: str | None = None
) -> None:
    """A second prediction: a line, and about it two standard errors on both sides."""
    panel.plot(samples, values, color=PURPLE, lw=1.2, label=label)
    panel.fill_between(
        samples, values - 2.0 * errors, values + 2.0 * errors, color=PURPLE, alpha=0.2, lw=0, zorder=1
    )


def svg(draw: Callable[[], Figure]) -> str:
    """The drawing in this style as the text of an SVG."""
    with pinned(STYLE):
        return rendered(draw(), "svg").decode()
