"""Spectral laws and predictions: density of S, the Marchenko–Pastur law, q of a power law."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

import numpy as np

import baselines
import references
from row import Contender, Row

POINTS = 1000
LOADS = np.geomspace(0.05, 20.0, 200)


def power_law(atoms: int, exponent: float) -> tuple[np.ndarray, np.ndarray]:
    """σ_k = k^{−a}, equal weights."""
    return np.arange(1, atoms + 1) ** -exponent, np.full(atoms, 1 / atoms)


def judge_density(
    name: str, results: dict[str, Any], arguments: dict[str, Any], seconds: float
) -> dict[str, float]:
    """Mass and mean by the rule of the grid, known to be min(1, γ) and τ(Σ); the density itself."""
    del seconds
    values, weights = np.asarray(arguments["values"]), np.asarray(arguments["weights"])
    grid, rule = np.asarray(arguments["grid"]), np.asarray(arguments["rule"])
    density = np.asarray(results[name][-1], float)
    lost = ~np.isfinite(density)
    density = np.where(lost, 0.0, density)
    load, mean = arguments["load"], weights @ values
    chosen = np.linspace(5, grid.size - 6, 40).astype(int)
    truth = references.density_reference(values, weights, load, grid[chosen])
    found = {
        "mass off by": rule @ density - min(1.0, load),
        "mean off by": rule @ (grid * density) / mean - 1,
        "largest relative error at 40 points": float(np.max(np.abs(density[chosen] / truth - 1))),
    }
    return found | ({"points without an answer": int(lost.sum())} if lost.any() else {})


def _density_arguments(values: np.ndarray, weights: np.ndarray, load: float) -> dict[str, Any]:
    grid, rule = references.band_grid(references.bands(values, weights, load), POINTS)
    lists = {"values": values, "weights": weights, "grid": grid, "rule": rule}
    return {name: array.tolist() for name, array in lists.items()} | {"load": load}


def _density(name: str, title: str, law: tuple[np.ndarray, np.ndarray], load: float) -> Row:
    return Row(
        name=name,
        title=f"{title}, γ = {load:g}, density at {POINTS:,} points",
        arguments=partial(_density_arguments, *law, load),
        secret=("rule",),
        contenders=(
            Contender("SciPy fsolve", "baselines:density_by_roots", rounds=3),
            Contender("lingen", "ours:density"),
            Contender("freealg, as it comes", "peers.freealg_laws:density", peer=True, rounds=2),
            Contender(
                "freealg, eta = 1e-8", "peers.freealg_laws:density", peer=True, rounds=2, extra={"eta": 1e-8}
            ),
        ),
        judge=judge_density,
        accuracy=(
            "mass and mean by quadrature on these very points, whose own error is that of the best line; the "
            "density against continuation from the upper half plane"
        ),
        rounds=7,
    )


# --- Marchenko–Pastur ------------------------------------------------------------------------------------


def judge_marchenko_pastur(
    name: str, results: dict[str, Any], arguments: dict[str, Any], seconds: float
) -> dict[str, float]:
    """Largest error of density or distribution; Kolmogorov distance of draws, and whether a seed repeats."""
    del seconds
    ratio, grid, answer = arguments["ratio"], np.asarray(arguments["grid"]), results[name][-1]
    match arguments["part"]:
        case "density":
            return {"largest error": _worst(answer, baselines.mp_density(ratio, grid))}
        case "distribution":
            return {"largest error": _worst(answer, baselines.mp_cdf(ratio, grid))}
        case _:
            draws = np.asarray(answer)
            return {
                "Kolmogorov distance": _kolmogorov(ratio, draws[0]),
                "share at 0": float(np.mean(np.abs(draws[0]) < 1e-12)),
                "same seed, largest difference": float(np.abs(draws[0] - draws[1]).max()),
            }


def _worst(answer: Any, truth: np.ndarray) -> float:
    error = np.abs(np.asarray(answer, float) - truth)
    return float(np.where(np.isnan(error), np.inf, error).max())


def _kolmogorov(ratio: float, draws: np.ndarray) -> float:
    """The largest gap between the draws' distribution and the law's; at the atom from above only."""
    ordered = np.sort(np.where(draws < 1e-12, 0.0, draws))
    ranks = np.arange(ordered.size + 1) / ordered.size
    law = baselines.mp_cdf(ratio, ordered)
    zeros = int(np.sum(ordered == 0))
    above = np.abs(law - ranks[1:])[max(zeros - 1, 0) :]
    below = np.abs(law - ranks[:-1])[zeros:]
    return float(max(above.max(initial=0.0), below.max(initial=0.0)))


PARTS = {
    "density": (f"density at {POINTS:,} points", "largest error against the closed form"),
    "distribution": (
        f"distribution at {POINTS:,} points",
        "largest error from 0.001 on, the atom at 0 included",
    ),
    "draws": (
        "1,000 draws, twice from one seed",
        "a Kolmogorov distance above 0.06 is wrong (1 in 700); the same seed should give 0",
    ),
}


def _marchenko_pastur(ratio: float, part: str) -> Row:
    low, high = (1 - np.sqrt(ratio)) ** 2, (1 + np.sqrt(ratio)) ** 2
    grid = np.linspace(low, high, POINTS + 2)[1:-1]
    if part == "distribution":
        grid = np.linspace(0.001, 1.05 * high, POINTS)
    contenders = [
        Contender("NumPy", "baselines:marchenko_pastur"),
        Contender("lingen", "ours:marchenko_pastur"),
        Contender("scikit-rmt", "peers.skrmt_laws:marchenko_pastur", peer=True),
    ]
    if part != "distribution":
        contenders.append(Contender("freealg", "peers.freealg_laws:marchenko_pastur", peer=True))
    if part == "density":
        contenders.insert(2, Contender("lingen, closed form", "ours:closed_form_density"))
    return Row(
        name=f"marchenko_pastur_{part}_{ratio:g}",
        title=f"Marchenko–Pastur, d/n = {ratio:g}: {PARTS[part][0]}",
        arguments={"ratio": ratio, "grid": grid.tolist(), "count": 1000, "part": part},
        contenders=tuple(contenders),
        judge=judge_marchenko_pastur,
        accuracy=PARTS[part][1],
        rounds=5,
        quick={"grid": grid[::20].tolist(), "count": 20},
    )


# --- Convergence -----------------------------------------------------------------------------------------


def judge_overlap(
    name: str, results: dict[str, Any], arguments: dict[str, Any], seconds: float
) -> dict[str, float]:
    """Against the other route: the integral over t by adaptive quadrature, at four of the loads."""
    del seconds
    loads = np.asarray(arguments["loads"])
    step = round(loads.size / len(results[name][-1]))
    found = dict(zip(loads[::step], results[name][-1], strict=True))
    chosen = [load for load in loads[:: max(1, loads.size // 4)] if load in found]
    truth = _reference(arguments["exponent"], arguments["dim"], tuple(chosen))
    return {"q, largest error": max(abs(found[load] - q) for load, q in zip(chosen, truth, strict=True))}


@lru_cache
def _reference(exponent: float, dim: int, loads: tuple[float, ...]) -> np.ndarray:
    sigma = np.arange(1, dim + 1) ** -exponent
    return np.asarray([baselines.overlap_of(sigma, load, 1e-10) for load in loads])


ROWS = [
    _density("density_2", "two atoms, 1 and 10", (np.array([10.0, 1.0]), np.array([0.5, 0.5])), 2.0),
    _density("density_50", "50 atoms, k^−1", power_law(50, 1.0), 2.0),
    _density("density_200", "200 atoms, k^−1.5", power_law(200, 1.5), 2.0),
    _density("density_500", "500 atoms, k^−1", power_law(500, 1.0), 0.5),
    *(_marchenko_pastur(ratio, part) for part in PARTS for ratio in (0.5, 1.0, 2.0)),
    Row(
        name="overlap",
        title="q of a power law k^−1.5 of 10,000 eigenvalues at 200 loads",
        arguments={"exponent": 1.5, "dim": 10_000, "loads": LOADS.tolist()},
        contenders=(
            Contender("SciPy quad_vec", "baselines:overlap", share=1 / 50, rounds=3, extra={"share": 1 / 50}),
            Contender("lingen", "ours:overlap"),
        ),
        judge=judge_overlap,
        accuracy="against the integral over the ridge t by adaptive quadrature to 1e-10, at four loads",
        rounds=5,
        quick={"dim": 20},
    ),
]
