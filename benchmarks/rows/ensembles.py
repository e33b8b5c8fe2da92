"""Many draws: Wishart spectra, Tracy–Widom, a phase diagram of Q."""

from __future__ import annotations

from typing import Any

import numpy as np

from row import Contender, Row

TRACY_WIDOM_MEAN = -1.2065335745820
TRACY_WIDOM_DEVIATION = np.sqrt(1.607781034581)


def judge_wishart(
    name: str, results: dict[str, Any], arguments: dict[str, Any], seconds: float
) -> dict[str, float]:
    """τ(S) and τ(S²) against their exact means, 1 and 1 + (d+1)/n, in standard errors."""
    del seconds
    moments = np.concatenate([np.asarray(one) for one in results[name]])
    target = np.array([1.0, 1 + (arguments["dim"] + 1) / arguments["samples"]])
    errors = moments.std(axis=0, ddof=1) / np.sqrt(len(moments))
    first, second = (moments.mean(axis=0) - target) / errors
    return {
        "matrices": len(moments),
        "τ(S), standard errors off": first,
        "τ(S²), standard errors off": second,
    }


def judge_tracy_widom(
    name: str, results: dict[str, Any], arguments: dict[str, Any], seconds: float
) -> dict[str, float]:
    """Mean and deviation of the centred and scaled largest eigenvalue (Johnstone, with Ma's halves)."""
    del seconds
    a, b = np.sqrt(arguments["samples"] - 0.5), np.sqrt(arguments["dim"] - 0.5)
    values = np.concatenate([np.asarray(one) for one in results[name]])
    scaled = (values * arguments["samples"] - (a + b) ** 2) / ((a + b) * (1 / a + 1 / b) ** (1 / 3))
    found = {"draws": scaled.size, "mean − TW₁": scaled.mean() - TRACY_WIDOM_MEAN}
    found["standard error"] = TRACY_WIDOM_DEVIATION / np.sqrt(scaled.size)
    if scaled.size > 10:
        found["deviation/TW₁ − 1"] = scaled.std(ddof=1) / TRACY_WIDOM_DEVIATION - 1
    return found


def judge_sweep(
    name: str, results: dict[str, Any], arguments: dict[str, Any], seconds: float
) -> dict[str, float]:
    """Q against its limit over the cells drawn: mean and root mean square."""
    del arguments, seconds
    cells = np.concatenate([np.asarray(one) for one in results[name]])
    load, strength, found = cells.T
    limit = np.maximum(0.0, 1 - 1 / (load * strength**2)) / (1 + 1 / (load * strength))
    off = (found - limit)[load * strength**2 > 3]
    if off.size == 0:
        return {"cells above threshold": 0}
    return {"cells above threshold": len(off), "Q mean − limit": off.mean(), "Q root mean square": off.std()}


def judge_grid(
    name: str, results: dict[str, Any], arguments: dict[str, Any], seconds: float
) -> dict[str, float]:
    """The means of q and Q against those of the bare draws, which have the same keys; time of one draw."""
    cells = len(arguments["dims"]) * len(arguments["loads"]) * len(arguments["spikes"])
    found = {"µs a draw": 1e6 * seconds / (cells * arguments["draws"])}
    if "bare draws" in results:
        off = np.asarray(results[name][-1]) - np.asarray(results["bare draws"][-1])
        found["largest difference of a mean"] = float(np.max(np.abs(off)))
    return found


GRID = {
    "dims": [4000],
    "loads": np.geomspace(0.6, 4.0, 16).tolist(),
    "spikes": np.linspace(1.0, 3.0, 16).tolist(),
    "draws": 64,
}
SWEEP = {
    "dim": 500,
    "loads": np.geomspace(0.25, 4.0, 20).tolist(),
    "strengths": np.linspace(0.3, 4.0, 20).tolist(),
}

ROWS = [
    Row(
        name="wishart",
        title="100 Wishart spectra, d = 500, n = 1000",
        arguments={"dim": 500, "samples": 1000, "matrices": 20},
        contenders=(
            Contender("NumPy loop", "baselines:wishart_spectra", share=0.2),
            Contender("lingen, tridiagonal", "ours:tridiagonal_spectra", share=0.2),
            Contender("lingen, dense ensemble", "ours:wishart_spectra", share=0.2),
            Contender(
                "scikit-rmt",
                "peers.skrmt_laws:wishart_spectra",
                peer=True,
                share=0.2,
                extra={"tridiagonal": False},
            ),
            Contender(
                "scikit-rmt, tridiagonal",
                "peers.skrmt_laws:wishart_spectra",
                peer=True,
                share=0.2,
                extra={"tridiagonal": True},
            ),
        ),
        judge=judge_wishart,
        accuracy="in standard errors: beyond 4 is wrong",
        draws=True,
        rounds=3,
        quick={"dim": 10, "samples": 20, "matrices": 4},
    ),
    Row(
        name="tracy_widom",
        title="one largest eigenvalue, Σ = I, d = n = 2000",
        arguments={"dim": 2000, "samples": 2000},
        contenders=(
            Contender("NumPy dense", "baselines:largest", rounds=4),
            Contender("lingen bidiagonal", "ours:largest", share=64),
            Contender(
                "lingen bidiagonal, d = n = 10⁸",
                "ours:largest",
                share=64,
                extra={"dim": 10**8, "samples": 10**8},
                rounds=2,
            ),
            Contender("scikit-rmt, tridiagonal", "peers.skrmt_laws:largest", peer=True),
        ),
        judge=judge_tracy_widom,
        accuracy="centred and scaled, against the Tracy–Widom law (β = 1)",
        draws=True,
        rounds=7,
        quick={"dim": 40, "samples": 40},
    ),
    Row(
        name="sweep",
        title="Q on a 20 × 20 grid of (γ, θ), d = 500, one draw a cell",
        arguments=SWEEP,
        contenders=(
            Contender("NumPy loop", "baselines:sweep", share=1 / 20, extra={"share": 1 / 20}, rounds=3),
            Contender(
                "lingen dense (two models)",
                "ours:sweep",
                share=1 / 20,
                extra={"share": 1 / 20, "method": "dense"},
                rounds=3,
            ),
            Contender(
                "NumPy loop, two models",
                "baselines:sweep",
                share=1 / 20,
                extra={"share": 1 / 20, "models": 2},
                rounds=3,
            ),
            Contender("lingen krylov (two models)", "ours:sweep", extra={"method": "krylov"}, rounds=3),
            Contender("lingen bidiagonal", "ours:sweep", extra={"method": "bidiagonal"}),
        ),
        judge=judge_sweep,
        accuracy="over the cells with γθ² > 3, against the limit d → ∞",
        draws=True,
        rounds=5,
        quick={"dim": 30, "loads": [0.5, 2.0], "strengths": [1.0, 2.0]},
    ),
    Row(
        name="sweep_overhead",
        title="(q, Q) by krylov on a grid of 16 loads and 16 spikes, d = 4000, 64 draws a cell",
        arguments=GRID,
        contenders=(
            Contender("bare draws", "grids:bare"),
            Contender("lingen sweep, with its store", "grids:stored"),
        ),
        judge=judge_grid,
        accuracy="both make the same draws",
        rounds=3,
        quick={"dims": [50], "loads": [0.5, 2.0], "spikes": [1.0, 2.0], "draws": 4},
    ),
]
