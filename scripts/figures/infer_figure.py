"""The figure of what a sweep says: the measurements, what they collapse onto or follow, and the posterior.

Three panels for a critical point (curves, data collapse with the scaling function, the two exponents), two
for a power law (the law without its constant, the exponent) and for a transition (curves, the weight of the
critical law).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lingen.claims.inference import exponents, scaling, words
from lingen.claims.inference.exponents import Means
from lingen.claims.inference.findings import Finding
from lingen.claims.inference.scaling import Curves
from lingen.scripts.plots.collapse import SCALE, Collapsed, draw_collapsed
from lingen.scripts.plots.labels import letter, logarithmic, titled
from lingen.scripts.plots.marks import colour, dots, number
from lingen.scripts.plots.style import canvas, rendered, styled
from lingen.words import measured, sentence

__all__ = ["caption", "draw", "files", "main_panel"]

AXES = {
    "load": r"load $\gamma$", "dim": "dimension $d$", "spike": r"spike $\theta$", "exponent": "exponent $a$",
    "ridge": r"ridge $\rho$", "noise": "noise $s$",
}  # fmt: skip
OBSERVED = {"convergence": "$q$", "recovery": "$Q$"}
SHOWN = 2000
"""Samples of a posterior shown as points."""
LINES = 200
"""Samples of a power law from which its band is made."""
BINS = 40


def files(found: Finding, kinds: Sequence[str]) -> tuple[bytes, ...]:
    """The figure as a file of each kind."""
    with styled():
        figure = draw(found)
        return tuple(rendered(figure, kind) for kind in kinds)


def caption(found: Finding) -> str:
    """What the panels show, and what was found."""
    point, along = words.symbol(found, "critical_point"), f"{found.slice.observable} against {found.along}"
    panels = {
        "critical": f"(a) {along} at each {found.size}; grey: the 95 % interval of {point}. (b) The same, "
        "scaled by the exponents, on one function F (line); the horizontal axis is straight around zero and "
        "logarithmic on both sides (asinh). (c) Posterior of ν and β; bars: 95 % intervals.",
        "power": f"(a) {along}, without its constant if one was inferred, and the law (line) with its 95 % "
        "band. (b) Posterior of the exponent; bar: 95 % interval.",
        "transition": f"(a) {along} at each {found.size}. (b) The weight of a critical law against a smooth "
        "one, measurements resampled.",
    }[found.model]
    told = "; ".join(
        f"{words.symbol(found, n)} = {words.interval(found.estimate(n))}" for n in found.quantities
    )
    doubt = "" if found.sound else f" Not to be believed: {found.trouble}."
    opening = f"{sentence(words.heading(found))}. {panels}"
    return f"{opening} Markers: measurements ± 2 standard errors. {told}, 95 %.{doubt}"


def draw(found: Finding) -> Figure:
    """The figure, all panels beside each other."""
    laws = {"critical": (_critical, 3), "power": (_power, 2), "transition": (_transition, 2)}
    panels_of, count = laws[found.model]
    figure, panels = canvas(count, "page", 1.15)
    panels_of(panels, found)
    return figure


def main_panel(panel: Axes, found: Finding) -> None:
    """The one panel that tells the most: the collapse, the law, or the curves."""
    {"critical": _collapsed, "power": _law, "transition": _curves}[found.model](panel, found)


def _critical(panels: list[Axes], found: Finding) -> None:
    measured, collapse, pair = panels
    _curves(measured, found)
    low, high = found.posterior.interval("critical_point")
    label = rf"${_letter(found, found.along)}_c$, 95 %"
    measured.axvspan(low, high, color="0.6", alpha=0.6, lw=0, zorder=1, label=label)
    measured.legend()
    _collapsed(collapse, found)
    _exponents(pair, found)


def _curves(panel: Axes, found: Finding) -> None:
    assert isinstance(found.data, Curves)
    control, mean = np.asarray(found.data.control), np.exp(np.asarray(found.data.log_mean))
    error = mean * np.asarray(found.data.relative_error)
    for k, here, label in _sizes(found):
        dots(panel, control[here], mean[here], error[here], k, label)
    logarithmic(panel, "y", mean)
    panel.set_xlabel(_axis(found, found.along))
    panel.set_ylabel(_observed(found))
    panel.legend()


def _collapsed(panel: Axes, found: Finding) -> None:
    assert isinstance(found.data, Curves)
    shown = scaling.collapse(found.data, found.posterior)
    groups = [Collapsed("", shown.x[here], shown.y[here], shown.error[here]) for _, here, _ in _sizes(found)]
    order = np.argsort(shown.x)
    draw_collapsed(panel, groups, (shown.x[order], shown.function[order]))
    control, size = _letter(found, found.along), _letter(found, str(found.size))
    panel.set_xlabel(rf"${size}^{{\nu}}\,u({control}-{control}_c)$" + SCALE)
    panel.set_ylabel(rf"${size}^{{\beta}}$ {_observed(found)}$/A$")


def _exponents(panel: Axes, found: Finding) -> None:
    """The posterior of ν and β, with their intervals."""
    nu, beta = (found.posterior.flat(name) for name in ("nu", "beta"))
    thin = slice(None, None, -(-nu.size // SHOWN))
    panel.plot(nu[thin], beta[thin], ".", ms=1.5, mew=0, alpha=0.35, color="C0", rasterized=True)
    across, up = (found.posterior.interval(name) for name in ("nu", "beta"))
    panel.plot(across, [beta.mean()] * 2, color="black", lw=1.2, label="95 %")
    panel.plot([nu.mean()] * 2, up, color="black", lw=1.2)
    panel.set_xlabel(r"$\nu$")
    panel.set_ylabel(r"$\beta$")
    panel.locator_params(nbins=5)
    panel.legend()


def _power(panels: list[Axes], found: Finding) -> None:
    law, exponent = panels
    _law(law, found)
    _histogram(exponent, found, "exponent", r"exponent $\alpha$")


def _law(law: Axes, found: Finding) -> None:
    assert isinstance(found.data, Means)
    n, y, error = (np.asarray(values) for values in found.data)
    offset = found.posterior.flat("offset").mean() if "offset" in found.quantities else 0.0
    sign = np.sign(np.median(y - offset)) or 1.0
    above = sign * (y - offset) > 0
    dots(law, n[above], sign * (y - offset)[above], error[above], 0, "simulation")
    fine = np.geomspace(n.min(), n.max(), 100)
    curves = sign * (exponents.predicted(found.data, found.posterior, fine, LINES) - offset)
    low, middle, high = np.quantile(curves, (0.025, 0.5, 0.975), axis=0)
    law.fill_between(fine, low, high, color=colour(1), alpha=0.25, lw=0, label="95 %")
    law.plot(fine, middle, color=colour(1), lw=1.0, label="inferred law")
    logarithmic(law, "x", n)
    law.set_yscale("log", nonpositive="clip")
    least = np.min(sign * (y - offset)[above], initial=np.inf)
    law.set_ylim(bottom=0.5 * min(least, float(np.min(middle))))
    law.set_xlabel(_axis(found, found.along))
    observed = _observed(found)
    law.set_ylabel(observed if not offset else f"{observed} $- c$" if sign > 0 else f"$c -$ {observed}")
    law.legend()


def _transition(panels: list[Axes], found: Finding) -> None:
    curves, weight = panels
    _curves(curves, found)
    assert found.comparison is not None
    weight.hist(found.comparison.weight, bins=BINS, range=(0, 1), color="C0", alpha=0.7)
    weight.set_xlim(-0.02, 1.02)
    weight.set_yticks([])
    weight.set_xlabel("weight of the critical law, measurements resampled")
    gap, error = found.comparison.difference, found.comparison.error
    weight.set_title(f"elpd difference {measured(gap, error)} nats", loc="right")


def _histogram(panel: Axes, found: Finding, name: str, label: str) -> None:
    values, (low, high) = found.posterior.flat(name), found.posterior.interval(name)
    panel.hist(values, bins=BINS, density=True, color="C0", alpha=0.6)
    panel.plot([low, high], [0.0, 0.0], color="black", lw=3, clip_on=False, label="95 %")
    panel.set_yticks([])
    panel.spines["left"].set_visible(False)
    panel.set_xlabel(label)
    panel.legend()


def _sizes(found: Finding) -> list[tuple[int, np.ndarray, str]]:
    """Colour, places and name of the measurements at each size."""
    assert found.size is not None
    sizes = found.slice.places[found.size]
    symbol = _letter(found, found.size)
    return [
        (k % 7, sizes == value, f"${symbol}={number(value)}$") for k, value in enumerate(np.unique(sizes))
    ]


def _letter(found: Finding, axis: str) -> str:
    return letter(axis, found.slice.about.get(axis, {}))


def _axis(found: Finding, axis: str) -> str:
    return AXES.get(axis) or titled(axis, found.slice.about.get(axis, {}))


def _observed(found: Finding) -> str:
    name = found.slice.observable
    return OBSERVED.get(name) or titled(name, found.slice.about.get(name, {}))
