"""Lanczos: what bounds it, its accuracy at load 2, and a dimension whose matrix does not fit."""

from __future__ import annotations

from typing import Any

import numpy as np

from row import Contender, Row
from rows.draws import judge

SIZE = 4096
ANEW = {"storage": "regenerated", "data_dtype": "float32", "probes": 8, "steps": 1}


def judge_product(
    name: str, results: dict[str, Any], arguments: dict[str, Any], seconds: float
) -> dict[str, float]:
    """Bytes that pass between memory and processor in a second: X once, or twice where it is copied."""
    del results
    width, passes = 4 if "float32" in name else 8, 2 if name.startswith("copy") else 1
    return {"GB/s": passes * width * arguments["rows"] * arguments["dim"] / seconds / 1e9}


def judge_large(
    name: str, results: dict[str, Any], arguments: dict[str, Any], seconds: float
) -> dict[str, float]:
    """The draw itself; its memory is in the other column."""
    del arguments, seconds
    return {"q": float(np.mean([draw[0] for draw in results[name]]))}


def _product(name: str, probes: int, dtype: str) -> Contender:
    return Contender(name, "ours:product", extra={"probes": probes, "dtype": dtype})


ROWS = [
    Row(
        name="product",
        title=f"one product V S = (V Xᵀ) X / n, X of {SIZE} × {SIZE} read once",
        arguments={"rows": SIZE, "dim": SIZE},
        contenders=(
            Contender("copy of X, read and written", "baselines:copy"),
            _product("lingen, 1 seed", 1, "float64"),
            _product("lingen, 8 seeds", 8, "float64"),
            _product("lingen, 1 seed, float32", 1, "float32"),
            _product("lingen, 8 seeds, float32", 8, "float32"),
        ),
        judge=judge_product,
        accuracy="none: the rate is shown",
        rounds=5,
        quick={"rows": 64, "dim": 64},
    ),
    Row(
        name="lanczos_load_2",
        title="one draw of q, d = 1024, n = 2048, θ = 2, lanczos to 1e-8",
        arguments={"dim": 1024, "load": 2.0, "strength": 2.0},
        contenders=(
            Contender("NumPy dense", "baselines:decoupling", rounds=3),
            Contender("lingen dense", "ours:dense", rounds=3),
            Contender(
                "lingen lanczos, stored",
                "ours:matrix_free_overlap",
                extra={"storage": "stored", "probes": 8, "accuracy": 1e-8},
            ),
        ),
        judge=judge,
        accuracy="against the limit d → ∞, and against the eigendecomposition of the same X",
        draws=True,
        rounds=5,
        quick={"dim": 64},
    ),
    Row(
        name="lanczos_large",
        title="one draw of q, power law k^−1.5, d = n = 50,000, X never stored",
        arguments={"dim": 50_000, "load": 1.0, "exponent": 1.5},
        contenders=(
            Contender(
                "lingen lanczos, revealed, 64 steps", "ours:power_law_overlap", once=True, extra={"steps": 64}
            ),
            Contender(
                "lingen lanczos, X drawn anew in float32, one step",
                "ours:power_law_overlap",
                once=True,
                extra=ANEW,
            ),
        ),
        judge=judge_large,
        accuracy="none: the draw is shown",
        draws=True,
        rounds=1,
        quick={"dim": 200},
    ),
]
