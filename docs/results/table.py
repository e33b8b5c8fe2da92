"""A ladder of networks beside linear theories as a Markdown table: python docs/results/table.py FILE.json."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

HEADS = ("n", "q", "dense", "conv.", "m", "dense", "conv.", "Q", "linear", "dense")
FINEST = 3
THEORIES = ("theory", "convolutional")


def table(found: dict[str, Any]) -> list[str]:
    """Its lines: means and standard errors over the repetitions."""
    return [_line(HEADS), _line(["---"] * len(HEADS)), *(_line(_cells(rung)) for rung in found["ladder"])]


def _cells(rung: dict[str, Any]) -> list[str]:
    cells = [f"{rung['samples']:,}"]
    for name in ("convergence", "memorisation", "recovery"):
        cells.append(_measured(rung["probability_flow"][name]))
        if name == "recovery":
            cells.append(_measured(rung["linear"][name]))
        beside = THEORIES[:1] if name == "recovery" else THEORIES  # the other one is the same at every n
        cells += [f"{np.mean(rung[theory][name]):.3f}" for theory in beside]
    return cells


def _measured(found: dict[str, Any]) -> str:
    """As `0.62(1)`, which is 0.62 ± 0.01: the error to two digits, or to the third decimal."""
    each = np.array([np.mean(one) for one in found["each"]])
    error = each.std(ddof=1) / np.sqrt(each.size)
    digits = int(np.clip(1 - np.floor(np.log10(error)), 1, FINEST))
    told = f"{error:.{digits}f}" if error >= 1 else f"{error * 10**digits:.0f}"
    return f"{each.mean():.{digits}f}({told})".replace("-", "−")


def _line(cells: Any) -> str:
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    print("\n".join(table(json.loads(Path(sys.argv[1]).read_text("utf-8")))))
