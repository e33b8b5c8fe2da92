"""Ensembles of small trained networks: what one `vmap` over the members saves."""

from __future__ import annotations

from typing import Any

from row import Contender, Row


def judge(name: str, results: dict[str, Any], arguments: dict[str, Any], seconds: float) -> dict[str, float]:
    """The trained weights of one member against the closed form; the time of a step of a member."""
    steps = arguments["seeds"] * 2 * arguments["steps"]
    return {"relative error": max(results[name]), "µs a step": 1e6 * seconds / steps}


ROWS = [
    Row(
        name="training",
        title="64 linear denoisers, d = 16, n = 32, 300 steps of descent",
        arguments={"dim": 16, "samples": 32, "seeds": 32, "steps": 300},
        contenders=(
            Contender("Python loop over members", "trainers:stepwise"),
            Contender("loop over compiled members", "trainers:compiled"),
            Contender("lingen ensemble", "trainers:together"),
        ),
        judge=judge,
        accuracy="of one member's weights, against the closed form after as many steps",
        rounds=5,
        quick={"dim": 4, "samples": 8, "seeds": 2, "steps": 5},
    ),
]
