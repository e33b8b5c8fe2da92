"""The look of the figures of claims: colours, line and text styles."""

from __future__ import annotations

from typing import Any

from lingen.experiments.symbols import SYMBOLS
from lingen.words import formula, literal

__all__ = [
    "DASHES", "INK", "MARKERS", "QUIET", "RIVAL_COLOURS", "SERIES_COLOURS", "STYLE", "axis_words", "plain",
]  # fmt: skip

# Okabe & Ito's palette, told apart by colour-blind readers and in print.
SERIES_COLOURS = ("#0072B2", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#B8A800")
RIVAL_COLOURS = ("#D55E00", "#E69F00", "#CC79A7", "#8A5A00")
INK = "#1b1f24"
QUIET = "#6a737d"
DASHES = ((0, (5, 2)), (0, (2, 1.6)), (0, (7, 2, 1.5, 2)), (0, (1, 1)))
MARKERS = "os^vPX*<>"
STYLE: dict[Any, Any] = {
    "font.size": 10,
    "font.family": "DejaVu Sans",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "xtick.color": INK,
    "ytick.color": INK,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "svg.fonttype": "path",
    "svg.hashsalt": "lingen",
}


def axis_words(name: str) -> str:
    """What an axis says along a parameter: its name and its symbol, if it has one; Greek names in Greek."""
    if name in SYMBOLS:
        return f"{name} ${SYMBOLS[name]}$"
    written = formula(name)
    return f"${written}$" if written else literal(name)


def plain(text: str | None) -> str | None:
    """Text that matplotlib takes as it stands, dollar signs included."""
    return None if text is None else literal(text)
