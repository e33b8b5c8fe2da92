"""The figure of `lingen predict`: spectrum, convergence, latents, memorisation, distance, latents seen."""

from __future__ import annotations

from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lingen.experiments.forecast import Forecast
from lingen.experiments.from_data.answers import BELOW
from lingen.scripts.figures.data_figure import BLUE, GREEN, GREY, ORANGE, RED, banded
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
SHOWN, COLUMNS = 12, 4
BEHIND = "estimated population"


def draw(result: Forecast) -> Figure:
    """The figure, two rows of three panels."""
    figure = Figure(figsize=(9.6, 5.6), layout="constrained")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(2, 3)
    panels = [figure.add_subplot(grid[i // 3, i % 3]) for i in range(6)]
    for letter, panel, content in zip("abcdef", panels, PANELS, strict=True):
        title = content(panel, result)
        panel.set_title(f"{letter}  {title}" if title else "")
    for panel in panels[1:5]:
        _against_samples(panel, result)
    data = result.data
    figure.suptitle(
        f"{literal(data.name)}: $N={data.samples}$, $d={data.dim}$, model {result.filter.name}",
        fontsize=10,
        x=0.01,
        ha="left",
    )
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
    excess = curve.memorisation - 1.0
    panel.plot(curve.samples, excess, color=BLUE, label="predicted")
    if (other := result.estimated) is not None and result.bands is not None:
        banded(panel, other.samples, other.memorisation - 1.0, result.bands.memorisation)
    if checks:
        fields = ("samples", "memorisation", "memorisation_error")
        n, ratio, error = (np.array([getattr(c, f) for c in checks]) for f in fields)
        panel.errorbar(n, ratio - 1.0, error, label="measured on splits", **SEEN)
    panel.set_xscale("log")
    panel.set_yscale("log", nonpositive="clip")
    panel.set(ylabel=r"$E\cos^2$: training $/$ fresh $-\,1$")
    if excess.max() > 0:  # by a filter that is constant on all that varies nothing leaks
        shown = excess[excess > 0]
        panel.set_ylim(0.3 * shown.min(), 3 * shown.max())
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


def _thumbnails(panel: Axes, result: Forecast) -> str:
    """The leading eigenvectors as images, each with the number of samples from which it stands out."""
    panel.set_axis_off()
    shape = result.data.shape
    if len(shape) == 1:
        return ""
    images = [_picture(v.reshape(shape)) for v in _leading(result.data.portion.vectors)]
    for k, (image, onset) in enumerate(zip(images, result.onsets, strict=False)):
        row, column = divmod(k, COLUMNS)
        left, top = 1.12 * column * shape[1], (1.3 * shape[0] + 0.0) * row
        extent = (left, left + shape[1], top + shape[0], top)
        panel.imshow(image, extent=extent, interpolation="nearest", rasterized=True)
        text = f"${_rounded(max(onset, 1))}$" if np.isfinite(onset) else "never"
        panel.text(left + shape[1] / 2, top - 0.04 * shape[0], text, ha="center", va="bottom", fontsize=7)
    rows = -(-len(images) // COLUMNS)
    panel.set(xlim=(0, 1.12 * COLUMNS * shape[1]), ylim=(1.3 * rows * shape[0], -0.25 * shape[0]))
    return "First latents and their $n$"


def _picture(vector: np.ndarray) -> np.ndarray:
    """RGB in [0, 1]: zero is white (grey for colours), the signs are purple and orange."""
    scaled = vector / np.abs(vector).max()
    if vector.ndim == 3 and vector.shape[-1] in (3, 4):
        return 0.5 + 0.5 * scaled[..., :3]
    flat = scaled if vector.ndim == 2 else scaled[..., 0]
    return np.asarray(mpl.colormaps["PuOr"](0.5 + 0.5 * flat))


def _leading(vectors: np.ndarray) -> np.ndarray:
    """The leading right singular vectors, shape (k, d), signed so that the largest entry is positive."""
    from scipy.sparse.linalg import svds

    count = min(SHOWN, min(vectors.shape) - 1)
    if count < 1:
        return np.zeros((0, vectors.shape[1]))
    _, values, rows = svds(vectors, k=count, v0=np.ones(min(vectors.shape)))
    rows = rows[np.argsort(-values)]
    largest = np.take_along_axis(rows, np.abs(rows).argmax(axis=1)[:, None], axis=1)
    return rows * np.sign(largest)


def _rounded(number: float) -> str:
    """Two digits, as mathematics, with a power of ten for large numbers."""
    if number < 100_000:
        return f"{float(f'{number:.2g}'):.0f}" if number >= 10 else f"{number:.2g}"
    mantissa, exponent = f"{number:.1e}".split("e")
    return f"{mantissa}\\times 10^{{{int(exponent)}}}"


PANELS = (_spectrum, _convergence, _latents, _memorisation, _distance, _thumbnails)
