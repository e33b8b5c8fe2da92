"""The figure of what a sweep says: the measurements, what they collapse onto or follow, and the posterior.

Three panels for a critical point (curves, data collapse with the scaling function, the two exponents), two
for a power law (the law without its constant, the exponent) and for a transition (curves, the weight of the
critical law).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from lingen.claims.inference import exponents, scaling
from lingen.claims.inference.exponents import Means
from lingen.claims.inference.findings import Finding
from lingen.claims.inference.scaling import Curves
from lingen.scripts.figures.style import canvas, dots, number, rendered, styled

__all__ = ["files"]

AXES = {
    "load": r"load $\gamma$", "dim": "dimension $d$", "spike": r"spike $\theta$", "exponent": "exponent $a$",
    "ridge": r"ridge $\rho$", "noise": "noise $s$",
}  # fmt: skip
SHORT = {"load": r"\gamma", "dim": "d", "spike": r"\theta", "exponent": "a", "ridge": r"\rho", "noise": "s"}
OBSERVED = {"convergence": "$q$", "recovery": "$Q$"}
SHOWN = 2000
"""Samples of a posterior shown as points."""
LINES = 200
"""Samples of a power law from which its band is made."""
BINS = 40


def files(found: Finding, kinds: Sequence[str]) -> tuple[bytes, ...]:
    """The figure as a file of each kind."""
    laws = {"critical": (_critical, 3), "power": (_power, 2), "transition": (_transition, 2)}
    draw, count = laws[found.model]
    with styled():
        figure, panels = canvas(count, "page", 1.15)
        draw(panels, found)
        return tuple(rendered(figure, kind) for kind in kinds)


def _critical(panels: list[Axes], found: Finding) -> None:
    measured, collapse, pair = panels
    _curves(measured, found)
    low, high = found.posterior.interval("critical_point")
    label = rf"${_letter(found.along)}_c$, 95 %"
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
    panel.set_yscale("log")
    panel.set_xlabel(_axis(found.along))
    panel.set_ylabel(_observed(found))
    panel.legend()


def _collapsed(panel: Axes, found: Finding) -> None:
    assert isinstance(found.data, Curves)
    shown = scaling.collapse(found.data, found.posterior)
    for k, here, _ in _sizes(found):
        dots(panel, shown.x[here], shown.y[here], shown.error[here], k)
    order = np.argsort(shown.x)
    panel.plot(shown.x[order], shown.function[order], color="black", lw=1.0, zorder=4, label="$F$")
    _asinh_axis(panel, shown.x)
    panel.set_yscale("log")
    control, size = _letter(found.along), _letter(str(found.size))
    panel.set_xlabel(rf"${size}^{{\nu}}\,u({control}-{control}_c)$")
    panel.set_ylabel(rf"${size}^{{\beta}}$ {_observed(found)}$/A$")
    panel.legend()


def _asinh_axis(panel: Axes, x: np.ndarray) -> None:
    """Straight around zero, logarithmic on both sides; ticks at zero and at ± 1 and 3 of each decade."""
    width = max(float(np.quantile(np.abs(x), 0.3)), 1e-12)
    panel.set_xscale("asinh", linear_width=width)
    decades = 10.0 ** np.arange(np.floor(np.log10(width)), np.ceil(np.log10(max(np.abs(x).max(), width))) + 1)
    steps = np.sort(np.concatenate([decades, 3 * decades]))
    steps = steps[steps > width / 2]
    ticks = np.concatenate([-steps[::-1], [0.0], steps])
    panel.set_xticks(ticks[(ticks >= x.min()) & (ticks <= x.max())])
    panel.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panel.minorticks_off()


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
    assert isinstance(found.data, Means)
    law, exponent = panels
    n, y, error = (np.asarray(values) for values in found.data)
    offset = found.posterior.flat("offset").mean() if "offset" in found.quantities else 0.0
    sign = np.sign(np.median(y - offset)) or 1.0
    above = sign * (y - offset) > 0
    dots(law, n[above], sign * (y - offset)[above], error[above], 0, "simulation")
    fine = np.geomspace(n.min(), n.max(), 100)
    curves = sign * (exponents.predicted(found.data, found.posterior, fine, LINES) - offset)
    low, middle, high = np.quantile(curves, (0.025, 0.5, 0.975), axis=0)
    law.fill_between(fine, low, high, color="C1", alpha=0.25, lw=0, label="95 %")
    law.plot(fine, middle, color="C1", lw=1.0, label="inferred law")
    law.set_xscale("log")
    law.set_yscale("log", nonpositive="clip")
    least = np.min(sign * (y - offset)[above], initial=np.inf)
    law.set_ylim(bottom=0.5 * min(least, float(np.min(middle))))
    law.set_xlabel(_axis(found.along))
    observed = _observed(found)
    law.set_ylabel(observed if not offset else f"{observed} $- c$" if sign > 0 else f"$c -$ {observed}")
    law.legend()
    _histogram(exponent, found, "exponent", r"exponent $\alpha$")


def _transition(panels: list[Axes], found: Finding) -> None:
    measured, weight = panels
    _curves(measured, found)
    assert found.comparison is not None
    weight.hist(found.comparison.weight, bins=BINS, range=(0, 1), color="C0", alpha=0.7)
    weight.set_xlim(-0.02, 1.02)
    weight.set_yticks([])
    weight.set_xlabel("weight of the critical law, measurements resampled")
    gap, error = found.comparison.difference, found.comparison.error
    weight.set_title(f"elpd difference {gap:.1f} ± {error:.1f} nats", loc="right")


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
    letter = _letter(found.size)
    return [
        (k % 7, sizes == value, f"${letter}={number(value)}$") for k, value in enumerate(np.unique(sizes))
    ]


def _letter(axis: str) -> str:
    return SHORT.get(axis, rf"\mathrm{{{_plain(axis)}}}")


def _axis(axis: str) -> str:
    return AXES.get(axis, axis.replace("_", " "))


def _observed(found: Finding) -> str:
    return OBSERVED.get(found.slice.observable, found.slice.observable.replace("_", " "))


def _plain(text: str) -> str:
    return "".join(c if c.isalnum() else r"\ " for c in text)
