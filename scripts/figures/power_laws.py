"""Figures `power-laws` and `critical-scaling`: exponents, and the collapse of all sizes on one function.

Over σ_k = k^{−a} two models disagree by 1 − q ~ n^{−min(a−1, 1)}, and the latents are found one by one. Near
the recovery threshold Q is a function of d^{1/3}(γ−γ_c) alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax
import numpy as np
from matplotlib.axes import Axes
from scipy.special import zeta

from lingen.models import population
from lingen.models.population import Population
from lingen.scripts.figures import runs as plot_runs
from lingen.scripts.figures.curves import curve, few, fine
from lingen.scripts.figures.points import Need, Points, plain
from lingen.scripts.figures.registry import Plot
from lingen.scripts.plots.marks import GREY, log_loads, number, series
from lingen.theory import power_laws
from lingen.theory.edge import critical

__all__ = ["PLOTS"]

LAWS = {
    "load": [2.0**k for k in range(-7, -1)],
    "dim": [64, 256, plot_runs.LARGEST],
    "exponent": [plot_runs.COLLAPSED, 1.5, 2.0, 3.0],
}
POWER_NEEDS = (
    Need("convergence", ("convergence",), ("load", "exponent"), LAWS, ("dim",), plot_runs.power_laws),
)
SIZES = {"load": "0.5:1.8:log:11", "spike": 1.0, "dim": [1000, 10_000, 100_000, 1_000_000]}
CRITICAL_NEEDS = (Need("recovery", ("recovery",), ("load", "dim"), SIZES, run=plot_runs.edges, share=2.0),)
LATENTS, LADDER = 6, 1.5
LEAST = 8
"""Samples from which the collapse is shown: below, the next term of the law is as large."""


def _power_laws(panels: Sequence[Axes], points: Sequence[Points]) -> str:
    (found,) = points
    plain(found, "power-laws", "filter", "ridge", "noise", "spike")
    dim, exponents = int(found.along("dim").max()), few(found.along("exponent"))
    for k, exponent in enumerate(exponents):
        _disagreement(panels[0], found, k, float(exponent), dim)
    panels[0].plot([], [], color="black", ls="--", lw=0.6, label=r"$d\to\infty$")
    _samples(panels[0], found.along("load") * dim)
    panels[0].set(yscale="log", ylabel="disagreement $1-q$")
    panels[0].legend(loc="lower left")
    shown = float(exponents[0])
    _collapse(panels[1], found, shown)
    _latents(panels[2], LADDER, dim)
    return (
        f"(a) Disagreement of two models over σ_k = k^(−a), d = {dim:,}; dashed: the law of an infinite "
        f"spectrum, K_a n^(1−a) for a < 2 and D_a/n for a > 2. (b) Collapse for a = {shown:g}: in units of "
        "that law, and of the share of its trace that d modes have, all dimensions approach one function of "
        "n/d. (c) The latents are found one by one: predicted overlap of the k-th eigenvectors, a = "
        f"{LADDER:g}, d = {dim:,}; each sets in at its own n_k ~ k²."
    )


def _disagreement(panel: Axes, points: Points, k: int, exponent: float, dim: int) -> None:
    loads = points.along("load")
    samples = np.unique(np.rint(fine(loads, 1.2)[::6] * dim))
    predicted = power_laws.disagreement(population.power_law(exponent, dim), samples)
    mean, error = points.read("convergence", dim=dim, exponent=exponent)
    series(panel, k, (samples, predicted), (loads * dim, 1 - mean, error), f"$a={exponent:g}$")
    if exponent > 1.0:
        panel.plot(samples, power_laws.disagreement_law(exponent, samples), color=f"C{k}", ls="--", lw=0.6)


def _samples(panel: Axes, samples: np.ndarray) -> None:
    log_loads(panel, samples.min() / 1.3, samples.max() * 1.3, r"samples $n$")


def _collapse(panel: Axes, points: Points, exponent: float) -> None:
    loads = points.along("load")
    for k, dim in enumerate(points.along("dim")[::-1]):
        truth = population.power_law(exponent, int(dim))
        samples = np.unique(np.maximum(LEAST, np.rint(fine(loads, 1.2)[::6] * dim)))
        predicted = np.asarray(power_laws.disagreement(truth, samples))
        unit = _unit(truth, exponent, samples)
        line = (samples / dim, predicted / unit)
        mean, error = points.read("convergence", dim=dim, exponent=exponent)
        enough = loads * dim >= LEAST
        unit = _unit(truth, exponent, loads[enough] * dim)
        drawn = (loads[enough], (1 - mean[enough]) / unit, error[enough] / unit)
        series(panel, k, line, drawn, f"$d={number(dim)}$")
    log_loads(panel, loads.min() / 1.3, loads.max() * 1.3, r"load $n/d$")
    panel.set(ylim=(0, None), ylabel=r"$(1-q)\,\mathrm{tr}\Sigma\;/\;\zeta(a)K_a n^{1-a}$")
    panel.legend(loc="lower left")


def _unit(truth: Population, exponent: float, samples: np.ndarray) -> np.ndarray:
    """The leading power of an infinite spectrum over the share of its trace that the finite one has."""
    share = float(truth.eigenvalues.sum()) / float(zeta(exponent))
    return power_laws.prefactor(exponent) * samples ** -power_laws.rate(exponent) / share


def _latents(panel: Axes, exponent: float, dim: int) -> None:
    truth = population.power_law(exponent, dim)
    needed = np.asarray(power_laws.latents(truth, 1.0, LATENTS).samples)
    samples = np.geomspace(1.0, needed[-1] * 10, 240)
    overlap = np.asarray(jax.vmap(lambda n: power_laws.latents(truth, n, LATENTS).overlap)(samples))
    for k in range(LATENTS):
        panel.plot(samples, overlap[:, k], color=f"C{k}")
        place = samples[np.searchsorted(overlap[:, k], 0.5)]
        box = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}
        text = f"$k={k + 1}$" if k == 0 else f"${k + 1}$"
        panel.text(place, 0.5, text, color=f"C{k}", ha="center", va="center", fontsize=7, bbox=box)
    log_loads(panel, samples[0], samples[-1], r"samples $n$")
    panel.set(ylim=(-0.03, 1.03), ylabel="recovery $Q_k$")


def _critical(panels: Sequence[Axes], points: Sequence[Points]) -> str:
    (found,) = points
    plain(found, "critical-scaling", "exponent", "noise")
    loads, spike = found.along("load"), float(found.fixed["spike"])
    lines = fine(loads, 1.1)
    threshold = 1.0 / spike**2
    for k, dim in enumerate(found.along("dim")):
        mean, error = found.read("recovery", dim=dim)
        predicted = np.asarray(critical.recovery(dim, lines, spike))
        series(panels[0], k, (lines, predicted), (loads, mean, error), f"$d={number(dim)}$")
        line = _collapsed(dim, spike, lines, predicted, 0.0 * lines)[:2]
        series(panels[1], k, line, _collapsed(dim, spike, loads, mean, error), f"$d={number(dim)}$")
    largest = int(found.along("dim").max())
    panels[0].plot(*curve(found, "recovery", lines, dim=largest), color="k", ls="--", label=r"$d\to\infty$")
    panels[0].axvline(threshold, color=GREY, lw=0.6, ls=":", zorder=0)
    panels[0].set(
        xlabel=r"load $\gamma$", ylabel="recovery $Q$", xlim=(lines[0], lines[-1]), ylim=(-0.02, None)
    )
    panels[0].legend(loc="upper left")
    w = np.linspace(-4.0, 2.9, 200)
    panels[1].plot(w, critical.latent(-w), color="k", ls="--", label=r"$d\to\infty$, $\Phi$")
    panels[1].set(xlim=(-4, 3), ylim=(0, 7), ylabel=r"$(1+\theta)L\,Q$")
    panels[1].set_xlabel(r"$L\,(\theta\sqrt{\gamma}-1),\quad L\sim d^{1/3}$")
    panels[1].legend(loc="upper left")
    return (
        f"(a) Recovery near its threshold γ_c = 1/θ² (dotted), θ = {spike:g}, at several dimensions. (b) "
        "Collapse: with L³ = nd/(√n+√d)², so that L grows as d^(1/3), (1+θ) L Q tends to a function Φ of "
        "L(θ√γ − 1) alone, dashed: Φ from the spiked Tracy–Widom law. Solid lines: Φ with its finite-size "
        "term, of relative order 1/L, at each dimension. No free parameter."
    )


def _collapsed(
    dim: int, spike: float, loads: np.ndarray, mean: np.ndarray, error: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """L(θ√γ−1), and (1+θ)LQ with its error."""
    length = critical.length(dim, loads)
    scale = (1.0 + spike) * length
    return length * (spike * np.sqrt(loads) - 1.0), scale * mean, scale * error


PLOTS = (
    Plot("power-laws", "Power-law spectra and their collapse", 3, POWER_NEEDS, _power_laws),
    Plot("critical-scaling", "Finite-size scaling of recovery", 2, CRITICAL_NEEDS, _critical),
)
