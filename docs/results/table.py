"""A ladder of networks beside linear theories as a Markdown table: python docs/results/table.py FILE.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

COLUMNS = (
    ("q", "probability_flow", "convergence"),
    ("dense", "theory", "convergence"),
    ("conv.", "convolutional", "convergence"),
    ("m", "probability_flow", "memorisation"),
    ("dense", "theory", "memorisation"),
    ("conv.", "convolutional", "memorisation"),
    ("Q", "probability_flow", "recovery"),
    ("linear", "linear", "recovery"),
    ("dense", "theory", "recovery"),
)
"""Heading, whose, and what; Q of the convolutional theory is the same at every n."""
FINEST = 3


def table(found: dict[str, Any]) -> list[str]:
    """Its lines: means and standard errors over the repetitions."""
    heads = ["n", *(head for head, _, _ in COLUMNS)]
    return [_line(heads), _line(["---"] * len(heads)), *(_line(_cells(rung)) for rung in found["ladder"])]


def _cells(rung: dict[str, Any]) -> list[str]:
    found = [rung[whose][what] for _, whose, what in COLUMNS]
    told = [_measured(one) if isinstance(one, dict) else f"{np.mean(one):.3f}" for one in found]
    return [f"{rung['samples']:,}", *told]


def _measured(found: dict[str, Any]) -> str:
    """As `0.62(1)`, which is 0.62 ± 0.01: the error to two digits, or to the third decimal."""
    each = np.array([np.mean(one) for one in found["each"]])
    error = each.std(ddof=1) / np.sqrt(each.size)
    digits = int(np.clip(1 - np.floor(np.log10(error)), 1, FINEST))
    told = f"{error:.{digits}f}" if error >= 1 else f"{error * 10**digits:.0f}"
    return f"{each.mean():.{digits}f}({told})".replace("-", "−")


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print("\n".join(table(json.loads(Path(sys.argv[1]).read_text("utf-8")))))
