"""Figure `phase-diagram`: where in the plane of load γ and strength θ models memorise, converge, recover."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Normalize
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.patheffects import withStroke

from lingen.experiments.truths import filter_at, population_at
from lingen.scripts.figures import runs as plot_runs
from lingen.scripts.figures.curves import curve, fine, latents
from lingen.scripts.figures.points import LINE, PLANE, Need, Points
from lingen.scripts.figures.registry import Plot
from lingen.scripts.plots.marks import log_loads, log_spikes
from lingen.theory import memorisation

__all__ = ["PLOTS"]

CONVERGED = 0.9
"""q from which two models count as the same: a crossover, any level serves."""
MEMORISED = 2.0
"""Mean squared cosine with training points over fresh ones from which a model counts as memorising."""
FOUND = 2.0
"""Q counts as above zero from this many d^(−1/3) on, its size at the threshold."""
REGIONS: dict[str, dict[str, Any]] = {
    "memorising": {"color": "C3", "alpha": 0.22, "lw": 0},
    "converged": {"color": "C0", "alpha": 0.18, "lw": 0},
    "recovered": {"facecolor": "none", "edgecolor": "C2", "hatch": "////", "lw": 0, "alpha": 0.7},
}
CIRCLES = {
    "memorising": ("C3", ".45", 0.5),
    "converged": ("C0", ".45", 0.5),
    "recovered": ("white", "C2", 1.3),
}
"""Face, ring and its width: the face says memorising or converged, the ring recovered."""
NEEDS = (
    Need("decoupling", ("convergence", "recovery"), ("load", "spike"), PLANE, run=plot_runs.plane),
    Need("memorisation", ("cosine_variance", "fresh_variance"), ("load",), LINE, run=plot_runs.memory),
)


def _draw(panels: Sequence[Axes], points: Sequence[Points]) -> str:
    plane, memory = points
    loads, spikes = fine(plane.along("load"), 1.35), fine(plane.along("spike"), 1.25)
    thresholds, known = latents(plane, spikes, loads)
    q = curve(plane, "convergence", loads, spike=float(plane.along("spike")[0]))
    words = _regions(panels[0], plane, memory, loads, (spikes, thresholds), q)
    whole = {"recovery": (loads, known), "convergence": (q[0], np.repeat(q[1][:, None], spikes.size, axis=1))}
    for panel, (name, (x, values)) in zip(panels[1:], whole.items(), strict=True):
        _map(panel, plane, name, x, spikes, values.T)
        outlined = [withStroke(linewidth=2.2, foreground="black")]
        panel.plot(thresholds, spikes, color="white", lw=1.0, path_effects=outlined)
    for panel in panels:
        log_loads(panel, loads[0], loads[-1])
        log_spikes(panel, spikes[0], spikes[-1])
    return words


def _regions(
    panel: Axes, plane: Points, memory: Points, loads: np.ndarray, border: tuple[Any, Any], q: tuple[Any, Any]
) -> str:
    low, high = loads[0], loads[-1]
    truth = population_at(plane.fixed | {"spike": 1.0}, plane.topic != "denoising")
    ratio = np.asarray(memorisation.ratio(truth, loads, filter_at(plane.fixed), plane.fixed["dim"]))
    forgets = float(
        np.exp(np.interp(-MEMORISED, -ratio, np.log(loads), left=np.log(low), right=np.log(high)))
    )
    converges = float(np.exp(np.interp(CONVERGED, q[1], np.log(q[0]), left=np.log(low), right=np.log(high))))
    spikes, thresholds = border
    panel.axvspan(low, forgets, **REGIONS["memorising"])
    panel.axvspan(converges, high, **REGIONS["converged"])
    panel.fill_betweenx(spikes, np.minimum(thresholds, high), high, **REGIONS["recovered"])
    panel.plot(thresholds, spikes, color="C2", lw=1.6)
    for load, colour in ((forgets, "C3"), (converges, "C0")):
        panel.axvline(load, color=colour, lw=1.0, ls="--")
    _key(panel, plane.measured)
    _classified(panel, plane, memory)
    return (
        f"(a) Regions: memorising (mean squared cosine with training points at least {MEMORISED:g} times "
        f"that with fresh ones), converged (q ≥ {CONVERGED:g}) and recovered (hatched: beyond γ_c, Q > 0). "
        "The two dashed lines are crossovers at conventional levels; the solid one is a transition. "
        "Circles are simulated models, classified by what was measured: filled orange if memorising, blue "
        f"if converged, ringed in green if Q > {FOUND:g} d^(−1/3). (b) Q and (c) q: theory as background, "
        f"simulation in the circles, d = {plane.fixed['dim']:,}; line: γ_c."
    )


def _key(panel: Axes, measured: bool) -> None:
    """Each region beside the circle of a model in it, below all panels."""
    shown: dict[str, Any] = {"ls": "", "marker": "o", "ms": 4.2}
    circles = {
        name: Line2D([], [], mfc=face, mec=ring, mew=width, **shown)
        for name, (face, ring, width) in CIRCLES.items()
    }
    entries: list[Any] = [
        (Patch(**look), circles[name]) if measured else (Patch(**look),) for name, look in REGIONS.items()
    ]
    panel.figure.legend(
        entries, list(REGIONS), loc="outside lower center", ncols=3, handler_map={tuple: HandlerTuple(None)}
    )


def _classified(panel: Axes, plane: Points, memory: Points) -> None:
    """One circle a simulated cell: its face says memorising or converged, its ring recovered."""
    if not plane.measured:
        return
    loads, spikes = plane.along("load"), plane.along("spike")
    q, known = (plane.read(name)[0] for name in ("convergence", "recovery"))
    ratio = np.full(loads.shape, np.nan)
    if memory.measured:
        ratio = memory.read("cosine_variance")[0] / memory.read("fresh_variance")[0]
        ratio = np.interp(np.log(loads), np.log(memory.along("load")), ratio)
    floor = FOUND * float(plane.fixed["dim"]) ** (-1 / 3)
    for i, load in enumerate(loads):
        for j, spike in enumerate(spikes):
            kind = "memorising" if ratio[i] >= MEMORISED else "converged"
            face = CIRCLES[kind][0] if kind == "memorising" or q[i, j] >= CONVERGED else "white"
            _, ring, width = CIRCLES["recovered" if known[i, j] > floor else "converged"]
            if np.isfinite(q[i, j]):
                panel.plot(load, spike, "o", ms=4.2, mfc=face, mec=ring, mew=width, zorder=4)


def _map(
    panel: Axes, plane: Points, name: str, loads: np.ndarray, spikes: np.ndarray, theory: np.ndarray
) -> None:
    """An observable over the plane, theory behind simulation, in the same colours."""
    scale, rows = Normalize(0.0, 1.0), np.linspace(0, spikes.size - 1, 60).astype(int)
    shades = panel.pcolormesh(
        loads, spikes[rows], theory[rows], norm=scale, shading="gouraud", rasterized=True
    )
    if plane.measured:
        x, y = np.meshgrid(plane.along("load"), plane.along("spike"), indexing="ij")
        values = plane.read(name)[0]
        rings = np.where(values.ravel() < 0.5, "white", "black")  # either is lost on half of the colours
        panel.scatter(x, y, c=values, norm=scale, s=17, edgecolors=list(rings), linewidths=0.5, zorder=4)
    symbol = {"recovery": "recovery $Q$", "convergence": "convergence $q$"}[name]
    panel.figure.colorbar(shades, ax=panel, label=symbol, pad=0.02, aspect=25)


PLOTS = (Plot("phase-diagram", "Phase diagram of load and latent strength", 3, NEEDS, _draw),)
