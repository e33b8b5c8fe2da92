"""Figure `two-distances`: bulk and latent distance of the learnt law to the truth, along a path in (γ, θ).

More data and weaker latents: the bulk distance W2²/d = 2(1−√q) falls while the latent one, 1 − Q, rises.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from lingen.experiments.truths import population_at
from lingen.scripts.figures import runs as plot_runs
from lingen.scripts.figures.curves import curve, few, fine, latents
from lingen.scripts.figures.points import LINE, PLANE, Need, Points, plain
from lingen.scripts.figures.registry import Plot
from lingen.scripts.plots.marks import dots, log_loads, log_spikes, series
from lingen.theory import distances

__all__ = ["PLOTS"]

NEEDS = (
    Need("decoupling", ("convergence", "recovery"), ("load", "spike"), PLANE, run=plot_runs.plane),
    Need("distances", ("wasserstein2",), ("load",), LINE, ("spike",), plot_runs.distances),
)


def _draw(panels: Sequence[Axes], points: Sequence[Points]) -> str:
    plane, bulk = points
    plain(plane, "two-distances", "exponent", "filter", "ridge", "noise")
    path = _path(plane)
    _plane(panels[0], plane, path)
    _along(panels[1], plane, bulk, path)
    _against(panels[2], plane)
    return (
        "(a) A path of growing load γ and weakening latent θ crosses the recovery threshold (line). (b) "
        "Along it the bulk distance W2²/d falls while the latent distance 1 − Q rises: they are two "
        "distances. (c) Convergence q against either distance: it is a function of the bulk distance, "
        "q = (1 − W2²/2d)², and blind to the latent one, which differs with θ at the same q. "
        f"d = {plane.fixed['dim']:,}."
    )


def _path(plane: Points) -> tuple[np.ndarray, np.ndarray]:
    """Indices of cells across the grid, from a strong latent and few data to the contrary."""
    loads, spikes = plane.along("load").size, plane.along("spike").size
    first = np.arange(int(0.4 * (loads - 1)), loads)
    return first, np.rint((spikes - 1) * np.linspace(1, 0, first.size)).astype(int)


def _plane(panel: Axes, plane: Points, path: tuple[np.ndarray, np.ndarray]) -> None:
    loads, spikes = plane.along("load"), plane.along("spike")
    border = fine(spikes, 1.25)
    thresholds, _ = latents(plane, border, loads)
    right = loads[-1] * 2
    panel.fill_betweenx(border, np.minimum(thresholds, right), right, color="C2", alpha=0.15, lw=0)
    panel.plot(thresholds, border, color="C2", label=r"$\gamma_c(\theta)$")
    panel.plot(loads[path[0]], spikes[path[1]], "o-", color="C0", mfc="white", lw=0.9, label="path of b")
    log_loads(panel, loads[0] / 1.3, loads[-1] * 1.3)
    log_spikes(panel, border[0], border[-1])
    panel.legend(loc="lower left")


def _along(panel: Axes, plane: Points, bulk: Points, path: tuple[np.ndarray, np.ndarray]) -> None:
    loads, spikes = plane.along("load"), plane.along("spike")
    on_path = fine(loads[path[0]])
    spike = np.exp(np.interp(np.log(on_path), np.log(loads[path[0]]), np.log(spikes[path[1]])))
    truth = population_at(plane.fixed | {"spike": 1.0}, plane.topic != "denoising")
    panel.plot(on_path, distances.wasserstein2(truth, on_path), color="C0", label="bulk, $W_2^2/d$")
    known = np.diagonal(latents(plane, spike, on_path)[1])
    panel.plot(on_path, 1 - known, color="C1", label="latent, $1-Q$")
    measured, error = bulk.read("wasserstein2")
    near = bulk.along("load") >= on_path[0] * (1 - 1e-9)
    dots(panel, bulk.along("load")[near], measured[near, 0], error[near, 0], 0)
    (q, q_error), (known, known_error) = plane.read("convergence"), plane.read("recovery")
    if not bulk.measured:
        dots(panel, loads[path[0]], 2 * (1 - np.sqrt(q[path])), q_error[path] / np.sqrt(q[path]), 0)
    dots(panel, loads[path[0]], 1 - known[path], known_error[path], 1)
    log_loads(panel, on_path[0] / 1.3, loads[-1] * 1.3, r"load $\gamma$ along the path")
    panel.set(ylabel="distance to the truth", ylim=(-0.05, None))
    panel.legend(loc="lower left")


def _against(panel: Axes, plane: Points) -> None:
    bulk = np.linspace(0.0, 2.0, 200)
    truth = population_at(plane.fixed | {"spike": 1.0}, plane.topic != "denoising")
    exact = np.asarray(distances.wasserstein2(truth, plane.along("load")))
    q, error = plane.read("convergence")
    measured = (np.broadcast_to(exact[:, None], q.shape), q, error)
    series(panel, 0, (bulk, (1 - bulk / 2) ** 2), measured, "bulk, $W_2^2/d$", ms=2.6)
    loads = fine(plane.along("load"))
    for k, spike in enumerate(few(plane.along("spike"))):
        at = {"spike": float(spike)}
        (_, line), (_, known) = (curve(plane, name, loads, **at) for name in ("convergence", "recovery"))
        q, error = plane.read("convergence", **at)
        points = (1 - plane.read("recovery", **at)[0], q, error)
        words = rf"$1-Q$, $\theta={spike:g}$"
        series(panel, 1 + k, (1 - known, line), points, words, ms=2.6)
    panel.set(
        xlabel="distance to the truth", ylabel="convergence $q$", xlim=(-0.05, 2.05), ylim=(-0.03, 1.03)
    )
    panel.legend(loc="upper right")


PLOTS = (Plot("two-distances", "Two distances along a path of load and latent strength", 3, NEEDS, _draw),)
