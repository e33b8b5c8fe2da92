"""The figure of `lingen predict`: spectrum, convergence, latents, memorisation, distances, latents seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lingen.experiments.forecast import Forecast
from lingen.experiments.from_data.answers import BELOW
from lingen.scripts.figures.data_figure import BLUE, GREEN, GREY, ORANGE, RED, banded, sparse_ticks
from lingen.scripts.plots.pictures import leading, picture
from lingen.words import literal

__all__ = ["draw", "main_panel"]

SEEN: dict[str, Any] = {
    "fmt": "o",
    "ms": 3.8,
    "color": RED,
    "mfc": "white",
    "mew": 1.1,
    "capsize": 2,
    "lw": 1.0,
    "zorder": 4,
}
SHOWN, PLACES = 12, 6
"""Pictures of latents; panels beside which they stand, and below which they are one of them."""
SIZE, BESIDE = (9.6, 5.6), (11.8, 5.6)
FRECHET = ("samples", "measured", "error")
BEHIND = "estimated population"


def draw(result: Forecast) -> Figure:
    """Two rows of three panels; pictures of the latents, if these are images, come last or stand beside."""
    contents, pictures = list(PANELS), len(result.data.shape) > 1
    if result.fid is not None:
        contents.append(_fid)
    beside = pictures and len(contents) == PLACES
    figure = Figure(figsize=(BESIDE if beside else SIZE), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(2, 4, width_ratios=(1, 1, 1, 0.62)) if beside else figure.add_gridspec(2, 3)
    panels = [figure.add_subplot(grid[i // 3, i % 3]) for i in range(len(contents))]
    for letter, panel, content in zip("abcdef", panels, contents, strict=False):
        panel.set_title(f"{letter}  {content(panel, result)}")
        if content is not _spectrum:
            _against_samples(panel, result)
        sparse_ticks(panel)
    if pictures:
        panel = figure.add_subplot(grid[:, 3] if beside else grid[1, 2])
        _thumbnails(panel, result, columns=3 if beside else 4)
        panel.set_title(f"{'abcdefg'[len(contents)]}  Latents and their $n$")
    data = result.data
    figure.suptitle(
        f"{literal(data.name)}: $N={data.samples}$, $d={data.dim}$, model {result.filter.name}",
        fontsize=10, x=0.01, ha="left",
    )  # fmt: skip
    return figure


def main_panel(panel: Axes, result: Forecast) -> None:
    """The one panel that tells the most: convergence against the number of samples."""
    _convergence(panel, result)
    _against_samples(panel, result)


def _spectrum(panel: Axes, result: Forecast) -> str:
    values = result.data.spectrum
    values = values[values > 0]
    rank = np.arange(1, values.size + 1)
    panel.loglog(rank, values / values.mean(), ".", ms=4, color=BLUE, label=r"$\sigma_k$")
    dead = result.data.dim - values.size
    if dead:
        panel.plot([], [], " ", label=f"{dead} exact zeros")
    panel.set(xlabel=r"rank $k$", ylabel=r"eigenvalue $\sigma_k\,/\,\bar\sigma$")
    panel.legend(loc="lower left")
    return "Spectrum of the covariance"


def _convergence(panel: Axes, result: Forecast) -> str:
    curve, checks = result.curve, (*result.checks, *result.around)
    panel.semilogx(curve.samples, curve.convergence, color=BLUE, label="predicted")
    if (other := result.estimated) is not None and result.bands is not None:
        banded(panel, other.samples, other.convergence, result.bands.convergence, BEHIND)
    if _breaks(result) and result.worth is not None:
        label = f"predicted at ${result.worth.predicted:.2g}\\,n$"
        panel.semilogx(curve.samples, curve.discounted, ":", color=GREY, lw=1.3, label=label)
    if checks:
        n, q, error = (np.array([getattr(c, f) for c in checks]) for f in ("samples", "measured", "error"))
        panel.errorbar(n, q, error, label="measured on splits", **SEEN)
    answer = result.answers[0]
    panel.axhline(answer.level, color=GREY, lw=0.7, ls="--", zorder=0)
    if answer.samples is not None and answer.basis != BELOW:
        _note(
            panel,
            f"$q={answer.level:g}$ at $n\\approx{_rounded(answer.samples)}$",
            (curve.samples[-1], answer.level),
            (-2, -3),
            "right",
            "top",
        )
    panel.set(ylabel=r"convergence $q$", ylim=(_floor(result), 1.05))
    panel.legend(loc="lower right")
    return "Convergence of two models"


def _note(panel: Axes, text: str, at: tuple[float, float], offset: tuple[int, int], ha: str, va: str) -> None:
    box = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}
    how: dict[str, Any] = {"xytext": offset, "textcoords": "offset points", "fontsize": 7.5}
    how |= {"color": GREY, "zorder": 5}
    panel.annotate(text, at, ha=ha, va=va, bbox=box, **how)


def _floor(result: Forecast) -> float:
    """0, or a tenth below all that is shown where everything lies high."""
    shown = [
        result.curve.convergence.min(),
        *(c.measured - c.error for c in (*result.checks, *result.around)),
    ]
    shown += [result.curve.discounted.min()] if _breaks(result) else []
    return max(0.0, np.floor(10 * min(shown) - 1) / 10) if min(shown) > 0.5 else 0.0


def _latents(panel: Axes, result: Forecast) -> str:
    curve, alive = result.curve, int(np.isfinite(result.onsets).sum())
    onsets = np.sort(result.onsets[np.isfinite(result.onsets)])
    inside = onsets[(onsets > curve.samples[0]) & (onsets < curve.samples[-1])]
    before = int(np.sum(onsets <= curve.samples[0]))
    steps = np.concatenate([[curve.samples[0]], inside, [curve.samples[-1]]])
    counts = before + np.minimum(np.arange(inside.size + 2), inside.size)  # none is found at the right end
    panel.step(steps, counts, where="post", color=BLUE, label="above their threshold")
    panel.set_xscale("log")
    panel.axhline(alive, color=GREY, lw=0.7, ls="--", zorder=0)
    panel.annotate(
        f"all {alive}",
        (curve.samples[0], alive),
        (2, 2),
        textcoords="offset points",
        fontsize=7.5,
        color=GREY,
    )
    panel.set(ylabel="recoverable latents", ylim=(0, 1.1 * alive))
    return "Latents that can be recovered"


def _memorisation(panel: Axes, result: Forecast) -> str:
    curve, checks = result.curve, (*result.checks, *result.around)
    excess = np.maximum(curve.memorisation - 1.0, np.finfo(float).eps)  # less is round-off
    panel.plot(curve.samples, excess, color=BLUE, label="predicted")
    if (other := result.estimated) is not None and result.bands is not None:
        banded(panel, other.samples, other.memorisation - 1.0, result.bands.memorisation)
    if checks:
        fields = ("samples", "memorisation", "memorisation_error")
        n, ratio, error = (np.array([getattr(c, f) for c in checks]) for f in fields)
        panel.errorbar(n, ratio - 1.0, error, label="measured on splits", **SEEN)
    panel.set_xscale("log")
    panel.set_yscale("log", nonpositive="clip")
    panel.set(ylabel=r"$E\cos^2$: training $/$ fresh $-\,1$", ylim=(0.3 * excess.min(), 3 * excess.max()))
    panel.legend(loc="lower left")
    return "Memorisation"


def _distance(panel: Axes, result: Forecast) -> str:
    curve, checks = result.curve, (*result.checks, *result.around)
    panel.plot(curve.samples, 1.0 - curve.convergence, color=BLUE, label="$1-q$ predicted")
    if (other := result.estimated) is not None and result.bands is not None:
        banded(panel, other.samples, 1.0 - other.convergence, result.bands.convergence)
    if _breaks(result):
        panel.plot(curve.samples, 1.0 - curve.discounted, ":", color=GREY, lw=1.3)
    if checks:
        n, q, error = (np.array([getattr(c, f) for c in checks]) for f in ("samples", "measured", "error"))
        panel.errorbar(n, 1.0 - q, error, label="$1-q$ measured", **SEEN)
    panel.plot(
        curve.samples, curve.distance, color=ORANGE, ls="--", label=r"$W_2^2/\mathrm{tr}\,\Sigma$ predicted"
    )
    panel.set_xscale("log")
    panel.set_yscale("log", nonpositive="clip")
    panel.set(ylabel=r"$1-q$,  $W_2^2/\mathrm{tr}\,\Sigma$")
    panel.legend(loc="lower left")
    return "Disagreement and distance"


def _fid(panel: Axes, result: Forecast) -> str:
    """Of two disjoint sets, which differ by their size alone, and what is left of it along 1/n."""
    found = result.fid
    assert found is not None
    panel.plot(found.samples, found.predicted, color=BLUE, label="predicted")
    if found.measured:
        n, seen, error = (np.array([getattr(c, f) for c in found.measured]) for f in FRECHET)
        panel.errorbar(n, seen, error, label="measured on splits", **SEEN)
    if found.limit is not None and found.slope is not None:
        low, high = found.limit_range or (None, None)
        told = f" ({low:.2g} to {high:.2g})" if low is not None and high is not None else ""
        label = rf"$n\to\infty$: {found.limit:.2g}{told}".replace("-", "−")
        panel.plot(n := found.samples, found.limit + found.slope / n, color=ORANGE, ls="--", label=label)
    panel.set_xscale("log")
    panel.set_yscale("log", nonpositive="clip")
    panel.set_ylim(bottom=0.1 * found.predicted.min())  # room for the legend
    panel.set(ylabel="FID of two disjoint sets")
    panel.legend(loc="lower left")
    return "Two disjoint sets (FID)"


def _breaks(result: Forecast) -> bool:
    """Whether the data are so far from Gaussian that the prediction at w n is shown too."""
    return result.worth is not None and not 0.9 < result.worth.gaussian < 1.1


def _against_samples(panel: Axes, result: Forecast) -> None:
    """The axis n, the mark at N, and the load along the top."""
    data, curve = result.data, result.curve
    panel.set(xlabel=r"samples $n$", xlim=(curve.samples[0], curve.samples[-1]))
    if not curve.samples[0] <= data.samples <= curve.samples[-1]:
        return
    panel.axvline(data.samples, color=GREEN, lw=0.9, ls="-.", zorder=1)
    panel.annotate(
        "$N$", (data.samples, 1), (2, -1), xycoords=("data", "axes fraction"), textcoords="offset points",
        color=GREEN, fontsize=8, va="top",
    )  # fmt: skip


def _thumbnails(panel: Axes, result: Forecast, columns: int) -> None:
    """The leading eigenvectors as images, each with the number of samples from which it stands out."""
    panel.set_axis_off()
    panel.set_anchor("N")
    height, width = result.data.shape[:2]
    images = [picture(v.reshape(result.data.shape)) for v in leading(result.data.portion.vectors, SHOWN)]
    for k, (image, onset) in enumerate(zip(images, result.onsets, strict=False)):
        row, column = divmod(k, columns)
        left, top = 1.12 * column * width, 1.3 * height * row
        extent = (left, left + width, top + height, top)
        panel.imshow(image, extent=extent, interpolation="nearest", rasterized=True)
        text = f"${_rounded(max(onset, 1))}$" if np.isfinite(onset) else "never"
        panel.text(left + width / 2, top - 0.04 * height, text, ha="center", va="bottom", fontsize=7)
    rows = -(-len(images) // columns)
    panel.set(xlim=(0, 1.12 * columns * width), ylim=(1.3 * rows * height, -0.25 * height))


def _rounded(number: float) -> str:
    """Two digits, as mathematics, with a power of ten for large numbers."""
    if number < 100_000:
        return f"{float(f'{number:.2g}'):.0f}" if number >= 10 else f"{number:.2g}"
    mantissa, exponent = f"{number:.1e}".split("e")
    return f"{mantissa}\\times 10^{{{int(exponent)}}}"


PANELS = (_spectrum, _convergence, _latents, _memorisation, _distance)
