"""Figures `denoising` and `learning-curves`: risks of the linear denoiser against data, noise and time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from lingen.experiments.truths import population_at
from lingen.models.population import Population
from lingen.scripts.figures.curves import curve, few, fine
from lingen.scripts.figures.points import Need, Points
from lingen.scripts.figures.registry import Plot
from lingen.scripts.plots.marks import GREY, dots, log_loads, series
from lingen.theory import denoising, dynamics

__all__ = ["PLOTS"]

RISKS = ("test_risk", "train_risk")
RISK_NEEDS = (
    Need(
        "denoising",
        RISKS,
        ("load",),
        {"load": "0.1:2:log:8", "noise": [0.1, 0.3, 1.0], "dim": 200},
        ("noise",),
        share=0.25,
    ),
)
NOISE, SHORTEST, LONGEST = 0.1, 0.05, 20.0
TIMES = [f"early_stopped:{t:.6g}:{NOISE:g}" for t in np.geomspace(SHORTEST, LONGEST, 9)]
CURVES = {"load": [0.1, 0.5, 2.0], "noise": NOISE, "filter": TIMES, "dim": 200}
MODELS = {k: v for k, v in CURVES.items() if k != "noise"}
TIME_NEEDS = (
    Need("denoising", RISKS, ("filter",), CURVES, ("load",), share=0.25),
    Need("convergence", ("convergence",), ("filter",), MODELS, ("load",), share=0.25),
    Need("memorisation", ("cosine_variance", "fresh_variance"), ("filter",), MODELS, ("load",), share=0.25),
)


def _risks(panels: Sequence[Axes], points: Sequence[Points]) -> str:
    (found,) = points
    loads, noises = found.along("load"), few(found.along("noise"))
    middle = float(noises[noises.size // 2])
    _both_risks(panels[0], found, middle)
    for k, noise in enumerate(noises):
        x, test = curve(found, "test_risk", fine(loads, 1.2), noise=float(noise))
        train = curve(found, "train_risk", fine(loads, 1.2), noise=float(noise))[1]
        (one, one_error), (two, two_error) = (found.read(name, noise=noise) for name in RISKS)
        gap, label = (loads, one - two, np.hypot(one_error, two_error)), f"$s={noise:g}$"
        series(panels[1], k, (x, test - train), gap, label)
        response = curve(found, "response", fine(loads, 1.2), noise=float(noise))
        series(panels[2], k, response, (loads, *found.read("response", noise=noise)), label)
        panels[2].axhline(_unaware(found, float(noise)), color=f"C{k}", lw=0.7, ls="--", zorder=0)
    panels[0].set_ylabel(rf"risk per dimension, $s={middle:g}$")
    panels[1].set(ylabel="generalisation gap, test $-$ train", yscale="log")
    panels[2].set_ylabel(r"response $\tau(S(S+s)^{-1})$")
    for panel in panels:
        log_loads(panel, loads.min() / 1.2, loads.max() * 1.2)
        panel.legend(loc="lower right" if panel is panels[2] else "best")
    return (
        f"(a) Test and train risk of the linear denoiser at noise variance s = {middle:g}, d = "
        f"{found.fixed['dim']:,}; dashed: the best denoiser. (b) The gap between them at several s. (c) The "
        "response, against the one that takes the noise for s (dashed): finite data act as more noise, "
        "κ(s) > s."
    )


def _both_risks(panel: Axes, found: Points, noise: float) -> None:
    loads = found.along("load")
    for k, (name, words) in enumerate(zip(RISKS, ("test", "train"), strict=True)):
        line = curve(found, name, fine(loads, 1.2), noise=noise)
        series(panel, k, line, (loads, *found.read(name, noise=noise)), words)
    best = denoising.optimal_risk(population_at(found.fixed, found.topic != "denoising"), noise)
    panel.axhline(float(best), color=GREY, lw=0.9, ls="--", zorder=0, label="best")
    panel.set_ylim(0, None)


def _unaware(found: Points, noise: float) -> float:
    """τ(Σ(Σ+s)⁻¹)."""
    truth = population_at(found.fixed, found.topic != "denoising")
    return float(truth.weights @ (truth.eigenvalues / (truth.eigenvalues + noise)))


def _learning(panels: Sequence[Axes], points: Sequence[Points]) -> str:
    risks, agreement, memory = points
    times, noise = _times(risks)
    loads = few(risks.along("load"))
    span = np.geomspace(times.min(), times.max(), 160)
    truth = population_at(risks.fixed, risks.topic != "denoising")
    for k, load in enumerate(loads):
        theory = dynamics.curve(truth, float(load), span, noise)
        colour, words = f"C{k}", rf"$\gamma={load:g}$"
        series(panels[0], k, (span, theory.test_risk), (times, *risks.read("test_risk", load=load)), words)
        panels[0].plot(span, theory.train_risk, ls="--", lw=0.8, color=colour)
        _stop(panels[0], truth, float(load), noise, k, times)
        panels[1].plot(span, theory.convergence, label=words, color=colour)
        panels[2].plot(span, theory.memorisation, label=words, color=colour)
        dots(panels[0], times, *risks.read("train_risk", load=load), k, mfc=f"C{k}", ms=2.2)
        _others(panels, agreement, memory, float(load), k)
    panels[0].set(ylabel=rf"risk per dimension, $s={noise:g}$", ylim=(0, None))
    panels[1].set(ylabel="convergence $q$", ylim=(-0.03, 1.03))
    panels[2].set(ylabel=r"memorisation, training / fresh", yscale="log")
    for panel in panels:
        log_loads(panel, times.min() / 1.25, times.max() * 1.25, r"training time $t$")
    panels[0].plot([], [], "s--", color=GREY, lw=0.8, ms=2.2, label="train")
    panels[0].legend(loc="center right", bbox_to_anchor=(1.0, 0.36))
    return (
        f"Linear denoiser at noise variance s = {noise:g} under gradient flow from zero, d = "
        f"{risks.fixed['dim']:,}. (a) Test risk (lines) and train risk (dashed); the arrow marks the best "
        "time to stop, if there is one. (b) Convergence q of two denoisers trained on disjoint data; "
        "colours as in (a). (c) Memorisation: mean squared cosine of outputs with training points over "
        "that with fresh ones, the highest for the directions learnt first, which the data exaggerate."
    )


def _times(points: Points) -> tuple[np.ndarray, float]:
    """Stopping times of the filters of a store, and their noise variance.

    Raises:
        ValueError: if they are not early_stopped filters of one noise.
    """
    parts = [str(text).split(":") for text in points.along("filter")]
    noises = {float(p[2]) for p in parts if p[0] == "early_stopped" and len(p) == 3}
    if any(p[0] != "early_stopped" for p in parts) or len(noises) != 1:
        raise ValueError(
            f"filter must be early_stopped:t:s with one s for learning-curves, got {parts[0][0]}, …"
        )
    return np.array([float(p[1]) for p in parts]), noises.pop()


def _stop(panel: Axes, truth: Population, load: float, noise: float, k: int, times: np.ndarray) -> None:
    best = float(dynamics.optimal_time(truth, load, noise))
    if not times.min() < best < times.max():
        return
    least = float(dynamics.curve(truth, load, best, noise).test_risk)
    arrow: dict[str, Any] = {"arrowstyle": "->", "color": f"C{k}", "lw": 0.9}
    panel.annotate("", (best, least - 0.01), (0, -15), textcoords="offset points", arrowprops=arrow)
    words: dict[str, Any] = {"textcoords": "offset points", "fontsize": 6.5, "color": f"C{k}"}
    panel.annotate("best time to stop", (best, least - 0.01), (3, -13), va="center", **words)


def _others(panels: Sequence[Axes], agreement: Points, memory: Points, load: float, k: int) -> None:
    """q and the ratio of cosines along time, where they were measured at this load."""
    if agreement.measured and load in agreement.along("load"):
        dots(panels[1], _times(agreement)[0], *agreement.read("convergence", load=load), k)
    if memory.measured and load in memory.along("load"):
        known, error = memory.read("cosine_variance", load=load)
        fresh, fresh_error = memory.read("fresh_variance", load=load)
        ratio = known / fresh
        dots(panels[2], _times(memory)[0], ratio, ratio * np.hypot(error / known, fresh_error / fresh), k)


PLOTS = (
    Plot("denoising", "Risk of the linear denoiser", 3, RISK_NEEDS, _risks),
    Plot("learning-curves", "Learning curves and early stopping", 3, TIME_NEEDS, _learning),
)
