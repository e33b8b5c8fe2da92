"""Figure `spectra`: the spectral law of the sample covariance, its outliers, and where they emerge."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import jax.random as jr
import numpy as np
import xarray as xr
from jax.tree_util import Partial
from matplotlib.axes import Axes

from lingen.models import population
from lingen.models.population import Population
from lingen.scripts.figures import runs as plot_runs
from lingen.scripts.figures.curves import curve, few, fine
from lingen.scripts.figures.points import Need, Points
from lingen.scripts.figures.registry import Plot
from lingen.scripts.plots.marks import log_loads, series
from lingen.sims.dense import wishart
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine.ensemble import ensemble
from lingen.theory import recovery
from lingen.theory.spectrum import spectral_law

__all__ = ["PLOTS"]

BINS, HEIGHT = 44, 0.13
ISOTROPIC = population.spiked([0.4, 1.5, 2.5])
TWO_ATOMS = population.atoms([1.0, 3.0]).with_spikes([6.0, 9.0])
CASES = (
    (ISOTROPIC, r"$\Sigma=I$ with $\theta=0.4,\,1.5,\,2.5$"),
    (TWO_ATOMS, r"atoms $1,3$ with $\ell=6,\,9$"),
)


def _spectra(grid: Mapping[str, Any], draws: int, seed: int) -> xr.Dataset:
    """All eigenvalues of `draws` sample covariances at one dimension and load, of both populations."""
    (dim,), (load,) = grid["dim"], grid["load"]
    found = []
    for number, (truth, _) in enumerate(CASES):
        draw = Partial(_eigenvalues, wishart.source(truth, int(dim), float(load)))
        values = ensemble(draw, jr.fold_in(jr.key(seed), number), draws)
        found.append(values)
    return xr.Dataset({"spectrum": (("case", "draw", "rank"), np.array(found))})


def _eigenvalues(source: DataSource, key: Any) -> Any:
    return source.model(key).eigenvalues


EDGES = {"load": "0.1:10:log:10", "spike": [1.0, 2.0, 4.0], "dim": 100_000}
NEEDS = (
    Need("spectra", ("spectrum",), (), {"dim": 300, "load": 2.0}, run=_spectra, share=0.5),
    Need("recovery", ("outlier",), ("load",), EDGES, ("spike",), plot_runs.edges),
)


def _draw(panels: Sequence[Axes], points: Sequence[Points]) -> str:
    spectra, outliers = points
    for case, panel in enumerate(panels[:2]):
        _spectrum(panel, spectra, case)
    _outliers(panels[2], outliers)
    load, dim = spectra.fixed["load"], spectra.fixed["dim"]
    return (
        f"(a), (b) Eigenvalues of the sample covariance at load γ = {load:g}, d = {dim}: histogram of "
        "simulated bulk eigenvalues, predicted density (line), predicted outliers (triangles) and "
        "simulated ones (bars, of a height of their own); a spike below its threshold leaves no outlier. "
        f"(c) The largest eigenvalue against the load, d = {outliers.fixed['dim']:,}: it leaves the edge of "
        "the bulk (dashed) at γ_c (dotted)."
    )


def _spectrum(panel: Axes, points: Points, case: int) -> None:
    truth, words = CASES[case]
    load = float(points.fixed["load"])
    support = np.asarray(spectral_law.support(truth, load))
    predicted = np.asarray(recovery.outlier(truth, load))
    emerged = predicted[np.asarray(recovery.threshold(truth)) < load]
    right = float(max(support.max(), emerged.max(initial=0.0)) * 1.12)
    x = np.concatenate([np.linspace(low, high, 400) for low, high in support])
    density = np.asarray(spectral_law.density(truth, load, x))
    if points.measured:
        values = np.asarray(points.data["spectrum"].values[case])
        _histogram(panel, values, emerged.size, support, density.max())
    panel.plot(x, density, color="C0", label="theory")
    panel.plot(emerged, np.full(emerged.size, 0.03 * density.max()), "v", ms=5, color="C1", label="outliers")
    panel.set(xlim=(0, right), ylim=(0, 1.32 * density.max()), xlabel=r"eigenvalue $\lambda$")
    panel.set_ylabel("density of eigenvalues")
    panel.legend(title=words, title_fontsize=7, loc="upper right", alignment="left")


def _histogram(panel: Axes, values: np.ndarray, outliers: int, support: np.ndarray, top: float) -> None:
    """The bulk as a density of all eigenvalues; the outliers of all draws with a height of their own."""
    bulk = values[:, : values.shape[1] - outliers].ravel()
    edges = np.linspace(0.0, max(support.max(), bulk.max()) * 1.001, BINS)
    heights = np.histogram(bulk, edges)[0] / values.size / np.diff(edges)
    panel.stairs(heights, edges, fill=True, color="C5", alpha=0.45, label="simulation")
    for rank in range(outliers):
        found = values[:, values.shape[1] - 1 - rank]
        counts, places = np.histogram(found, bins=8)
        panel.stairs(HEIGHT * top * counts / counts.max(), places, fill=True, color="C1", alpha=0.45)


def _outliers(panel: Axes, points: Points) -> None:
    loads = points.along("load")
    lines = fine(loads, 1.3)
    for k, spike in enumerate(few(points.along("spike"))):
        truth = _truth(points, float(spike))
        line = curve(points, "outlier", lines, spike=float(spike))
        series(panel, k, line, (loads, *points.read("outlier", spike=spike)), rf"$\theta={spike:g}$")
        panel.axvline(float(recovery.threshold(truth)[0]), color=f"C{k}", lw=0.6, ls=":", zorder=0)
    panel.plot(lines, recovery.upper_edge(truth, lines), color="k", ls="--", lw=0.8, label="edge")
    log_loads(panel, lines[0], lines[-1])
    panel.set(ylabel=r"largest eigenvalue $\lambda_1$", yscale="log")
    ticks = [t for t in (1, 2, 5, 10, 20, 50) if panel.get_ylim()[0] <= t <= panel.get_ylim()[1]]
    panel.set_yticks(ticks, [f"{t}" for t in ticks])
    panel.set_yticks([], minor=True)
    panel.legend(loc="upper right")


def _truth(points: Points, spike: float) -> Population:
    from lingen.experiments.truths import population_at

    return population_at(points.fixed | {"spike": spike}, points.topic != "denoising")


PLOTS = (Plot("spectra", "Spectrum of the sample covariance and its outliers", 3, NEEDS, _draw),)
