"""Figure `order-parameters`: convergence q, recovery Q and memorisation m against the load γ = n/d."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from lingen.experiments.truths import population_at
from lingen.scripts.figures import runs as plot_runs
from lingen.scripts.figures.curves import curve, few, fine, smooth
from lingen.scripts.figures.points import PLANE, Need, Points
from lingen.scripts.figures.registry import Plot
from lingen.scripts.plots.marks import GREY, dots, log_loads, number, series
from lingen.theory import memorisation, recovery

__all__ = ["PLOTS"]

NEEDS = (
    Need("decoupling", ("convergence",), ("load",), PLANE, ("spike",), plot_runs.plane),
    Need("decoupling", ("recovery",), ("load",), PLANE, ("spike",), plot_runs.plane),
    Need("memorisation", ("nearest_cosine",), ("load",), {"load": "0.01:2:log:9", "dim": 200}, share=0.5),
)


def _draw(panels: Sequence[Axes], points: Sequence[Points]) -> str:
    q, known, near = points
    words = [_convergence(panels[0], q), _recovery(panels[1], known), _memorisation(panels[2], near)]
    for panel, shown in zip(panels, points, strict=True):
        loads = shown.along("load")
        log_loads(panel, loads.min() / 1.3, loads.max() * 1.3)
        panel.set_ylim(-0.03, 1.03)
    return " ".join(words)


def _convergence(panel: Axes, points: Points) -> str:
    loads, spikes = points.along("load"), points.along("spike")
    spike = {} if np.isnan(spikes[0]) else {"spike": float(spikes[0])}
    line = curve(points, "convergence", fine(loads, 1.3), **spike)
    panel.plot(*line, color="black", label=r"theory, any $\theta$" if spike else "theory")
    for k, one in enumerate(few(spikes)):
        select = {"spike": one} if spike else {}
        mean, error = points.read("convergence", **select) if select else _only(points, "convergence")
        dots(panel, loads, mean, error, k, rf"$\theta={one:g}$" if spike else "simulation")
    panel.set_ylabel("convergence $q$")
    panel.legend(loc="lower right")
    return (
        f"(a) Convergence q of two models trained on disjoint data, d = {points.fixed['dim']:,}: it rises "
        "continuously with the load and does not see the latent factor of strength θ."
    )


def _only(points: Points, name: str) -> tuple[np.ndarray, np.ndarray]:
    mean, error = points.read(name)
    return mean[..., 0], error[..., 0]


def _recovery(panel: Axes, points: Points) -> str:
    loads = points.along("load")
    for k, spike in enumerate(few(points.along("spike"))):
        at = {"spike": float(spike)}
        line = curve(points, "recovery", fine(loads, 1.3), **at)
        measured = (loads, *points.read("recovery", spike=spike))
        series(panel, k, line, measured, rf"$\theta={spike:g}$")
        threshold = float(recovery.threshold(population_at(points.fixed | at))[0])
        panel.axvline(threshold, color=f"C{k}", lw=0.6, ls=":", zorder=0)
    panel.set_ylabel("recovery $Q$")
    panel.legend(loc="lower right")
    return (
        f"(b) Recovery Q of the latent factor, d = {points.fixed['dim']:,}: it sets in at the load γ_c "
        "(dotted; 1/θ² over an isotropic bulk)."
    )


def _memorisation(panel: Axes, points: Points) -> str:
    loads, dim = points.along("load"), points.fixed["dim"]
    line = curve(points, "nearest_cosine", fine(loads, 1.3))
    panel.plot(*smooth(*line), color="C0", label=r"theory, $n\sim d$")
    dots(panel, loads, *points.read("nearest_cosine"), 0, f"simulation, $d={number(dim)}$")
    drawn = np.unique(np.maximum(1, np.rint(fine(loads, 1.3) * dim)))
    chance = np.asarray(memorisation.largest_normal(drawn)) / np.sqrt(dim)
    if not set(points.fixed) & {"exponent", "filter", "ridge", "spike", "noise"}:
        few_data = drawn[drawn < 0.2 * dim]
        fixed = smooth(few_data / dim, np.asarray(memorisation.nearest_cosine(few_data)))
        panel.plot(*fixed, color="C1", ls="-.", lw=0.9, label=r"theory, $n\ll d$")
    panel.plot(*smooth(drawn / dim, chance), color=GREY, ls="--", lw=0.9, label="fresh points")
    panel.set_ylabel(r"memorisation $m$")
    panel.legend(loc="upper right")
    return (
        "(c) Memorisation m = E max_i |cos(x̂, x_i)|, the largest |cosine| of a sample with the n training "
        f"points, d = {dim:,}: models of few data return them; fresh points (dashed) are never as near."
    )


PLOTS = (Plot("order-parameters", "q, Q and m against the load", 3, NEEDS, _draw),)
