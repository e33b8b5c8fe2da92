"""The look of the figures about a data set, those of `lingen predict` and `lingen train`, and their files."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lingen.scripts.plots.style import METADATA, pinned, rendered

__all__ = ["BLUE", "GREEN", "GREY", "ORANGE", "PURPLE", "RED", "STYLE", "banded", "save", "svg"]

BLUE, ORANGE, GREEN, RED, GREY = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#666666"  # Okabe and Ito
PURPLE = "#AA4499"
DPI = 220
STYLE: dict[Any, Any] = {
    "font.size": 8.5, "axes.labelsize": 9, "axes.titlesize": 9,
    "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.spines.top": False, "axes.spines.right": False,
    "legend.frameon": True,
    "legend.edgecolor": "none", "legend.framealpha": 1.0,
    "legend.fontsize": 7.5,
    "lines.linewidth": 1.6, "mathtext.fontset": "cm", "pdf.fonttype": 42, "svg.fonttype": "path",
    "svg.hashsalt": "lingen", "axes.linewidth": 0.7, "xtick.major.width": 0.7, "ytick.major.width": 0.7,
}  # fmt: skip


def save(draw: Callable[[], Figure], stem: Path) -> Path:
    """Draw in this style and write stem.png, stem.svg and stem.pdf; returns the PNG."""
    logging.getLogger("fontTools").setLevel(logging.ERROR)  # it reports the dates of matplotlib's own fonts
    with pinned(STYLE):
        figure = draw()
        for kind, metadata in METADATA.items():
            figure.savefig(stem.with_suffix(f".{kind}"), dpi=DPI, metadata=dict(metadata))
            figure.set_layout_engine("none")  # laid out once: it takes as long as drawing
    return stem.with_suffix(".png")


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
