"""Whole processes: a first answer, with compiled code kept and without, beside a plain script."""

from __future__ import annotations

from statistics import median
from typing import Any

from row import Contender, Row


def judge(name: str, results: dict[str, Any], arguments: dict[str, Any], seconds: float) -> dict[str, float]:
    """What the machine spent on it."""
    return {"CPU s": median(results[name])}


def _both(name: str, words: list[str]) -> tuple[Contender, Contender]:
    """The same command with compiled code that is kept, and with none."""
    return (
        Contender(f"{name}, warm cache", "processes:whole", extra={"words": words, "warm": True}),
        Contender(f"{name}, empty cache", "processes:whole", extra={"words": words}),
    )


def _row(name: str, title: str, script: list[str], words: list[str], more: tuple[Contender, ...] = ()) -> Row:
    own = (*_both("lingen", words), *more)
    plain = (Contender("NumPy, SciPy", "processes:whole", extra={"words": script}),) if script else ()
    return Row(
        name=f"process_{name}",
        title=f"whole process: {title}",
        arguments={},
        contenders=(*plain, *own),
        judge=judge,
        accuracy="CPU seconds, user and system, of the process and its children",
        draws=True,
        rounds=3,
    )


ROWS = [
    _row("draws", "64 draws of q, d = 256, γ = 1", ["numpy_draws.py"], ["lingen_draws.py"]),
    _row(
        "predict",
        "convergence foretold from the digits",
        ["numpy_predict.py"],
        ["predict", "digits", "--json", "--format", "none"],
        _both("lingen with three figure files", ["predict", "digits", "--json"]),
    ),
    _row(
        "sweep",
        "q at d = 256 along 20 loads, 64 draws each",
        ["numpy_draws.py", "20"],
        ["sweep", "convergence", "--load", "0.25:4:20", "--dim", "256", "--draws", "64", "--out", "q.zarr"],
    ),
    _row(
        "cells",
        "100,000 small cells, 4 draws each",
        ["numpy_cells.py", "100000"],
        ["lingen_cells.py", "100000"],
    ),
    _row("figure", "the phase diagram", [], ["figures", "phase-diagram", "--out", "figures"]),
    _row("verify", "all claims", [], ["verify", "--quiet"]),
]
