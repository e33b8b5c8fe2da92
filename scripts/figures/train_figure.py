"""The figure of `lingen train`: convergence and latents, memorisation, and what the networks make."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lingen.experiments.ladder.plan import Plan, Rung
from lingen.experiments.ladder.record import Lines, fine, mean
from lingen.scripts.figures.data_figure import BLUE, GREEN, GREY, ORANGE, RED
from lingen.sims.networks.order_parameters import Pair
from lingen.words import literal

__all__ = ["draw"]

COLUMNS, SHOWN_RUNGS = 4, 6
NAMES = ("closest of 1", "network 1", "network 2", "closest of 2")


def draw(plan: Plan, ladder: Sequence[Rung], ceiling: np.ndarray) -> Figure:
    """Three panels against n above, generated images below."""
    figure = Figure(figsize=(9.6, 6.2), layout="constrained")
    FigureCanvasAgg(figure)
    parts: Any = figure.subfigures(2, 1, height_ratios=(1.15, 1.0))
    above, below = parts
    theory = fine(plan, ladder)
    panels = above.subplots(1, 3)
    _convergence(panels[0], ladder, theory, ceiling)
    _memorisation(panels[1], ladder)
    _latents(panels[2], ladder, theory, ceiling)
    titles = ("Convergence and recovery", "Memorisation", "Recovery of each latent")
    for letter, title, panel in zip("abc", titles, panels, strict=True):
        panel.set(xlabel=r"training images $n$", xscale="log")
        panel.set_title(f"{letter}  {title}")
    _images(below, plan, ladder)
    data = plan.data
    figure.suptitle(
        f"{literal(data.name)}: $N={data.samples}$, $d={data.dim}$, {plan.architecture.words.split(' ')[0]}, "
        f"{len(ladder[-1].flow)} seeds",
        fontsize=10, x=0.01, ha="left",
    )  # fmt: skip
    return figure


def _convergence(panel: Axes, ladder: Sequence[Rung], theory: Lines, ceiling: np.ndarray) -> None:
    panel.plot(theory.samples, theory.convergence, color=BLUE, label="$q$, linear theory")
    panel.plot(theory.samples, theory.recovery.mean(axis=-1), color=ORANGE, label="$Q$, linear theory")
    _points(panel, ladder, "flow", "convergence", BLUE, "o", "$q$, networks")
    _points(panel, ladder, "way", "convergence", GREEN, "^", "$q$, stochastic")
    averaged = [r._replace(flow=[_averaged(p) for p in r.flow]) for r in ladder]
    _points(panel, averaged, "flow", "recovery", RED, "s", "$Q$, networks")
    panel.axhline(
        float(np.mean(ceiling)), color=GREY, lw=0.7, ls="--", zorder=0, label="$Q$, as many real images"
    )
    panel.set(ylim=(-0.03, 1.03), ylabel=f"$q$, mean $Q$ of {len(ceiling)} latents")
    _legend(panel)


def _memorisation(panel: Axes, ladder: Sequence[Rung]) -> None:
    _points(panel, ladder, "flow", "closest", RED, "o", "own training set")
    _points(panel, ladder, "flow", "other", BLUE, "s", "the other half's")
    n = [r.samples for r in ladder]
    for name, colour in (("closest", RED), ("other", BLUE)):
        values = [float(mean(r.linear, name)[0]) for r in ladder]
        label = "linear model" if name == "closest" else None
        panel.plot(n, values, "--", color=colour, lw=1.0, label=label, zorder=1)
    panel.set(ylim=(-0.03, 1.03), ylabel="cosine with closest image")
    _legend(panel)


def _latents(panel: Axes, ladder: Sequence[Rung], theory: Lines, ceiling: np.ndarray) -> None:
    shades = mpl.colormaps["viridis"](np.linspace(0.0, 0.9, len(ceiling)))
    n = [r.samples for r in ladder]
    values, errors = (np.stack([mean(r.flow, "recovery")[i] for r in ladder]) for i in (0, 1))
    for k, shade in enumerate(shades):
        panel.plot(theory.samples, theory.recovery[:, k], color=shade, lw=0.9)
        panel.errorbar(n, values[:, k], errors[:, k], fmt="o", ms=3, color=shade, capsize=1.5, lw=0.8)
    panel.plot([], [], color=GREY, label="linear theory")
    panel.plot([], [], "o", ms=3, color=GREY, label="networks")
    panel.set(ylim=(-0.03, 1.03), ylabel=rf"$Q_k$, $k=1$ (dark) to {len(ceiling)}")
    _legend(panel)


def _legend(panel: Axes) -> None:
    """Below the panel, whose points may lie anywhere."""
    panel.legend(loc="upper center", bbox_to_anchor=(0.5, -0.24), ncols=2, frameon=False, borderaxespad=0.0)


def _points(
    panel: Axes, ladder: Sequence[Rung], model: str, name: str, colour: str, marker: str, label: str
) -> None:
    """Means over seeds with their standard errors."""
    n = [r.samples for r in ladder]
    values, errors = (np.array([float(mean(getattr(r, model), name)[i]) for r in ladder]) for i in (0, 1))
    panel.errorbar(
        n, values, np.nan_to_num(errors), fmt=marker, ms=4, color=colour, mfc="white", capsize=2, lw=1.0,
        label=label, zorder=4,
    )  # fmt: skip


def _averaged(pair: Pair) -> Pair:
    return pair._replace(recovery=np.mean(pair.recovery))


def _images(figure: mpl.figure.FigureBase, plan: Plan, ladder: Sequence[Rung]) -> None:
    """For each n two networks' images of the same seed, between the closest training images of each."""
    chosen = [ladder[i] for i in np.unique(np.linspace(0, len(ladder) - 1, SHOWN_RUNGS).round().astype(int))]
    axes = figure.subplots(1, len(chosen), squeeze=False)[0]
    low, high = _range(plan)
    for axis, rung in zip(axes, chosen, strict=True):
        pictures = (rung.shown[:COLUMNS] + plan.data.mean).reshape(-1, len(NAMES), *plan.data.shape)
        rows = [np.concatenate(list(pictures[:, j]), axis=1) for j in range(len(NAMES))]
        sheet = np.clip((np.concatenate(rows, axis=0) - low) / (high - low), 0.0, 1.0)
        axis.imshow(sheet, cmap="gray", vmin=0, vmax=1, interpolation="nearest", rasterized=True)
        height, width = plan.data.shape[:2]
        for line in range(1, len(NAMES)):
            axis.axhline(line * height - 0.5, color="white", lw=1.2 if line == 2 else 2.4)
        for line in range(1, len(pictures)):
            axis.axvline(line * width - 0.5, color="white", lw=1.2)
        axis.set_title(f"$n={rung.samples}$", loc="center", fontsize=8.5)
        axis.set(xticks=[], yticks=(np.arange(len(NAMES)) + 0.5) * height - 0.5)
        axis.tick_params(length=0)
        axis.set_yticklabels(NAMES if axis is axes[0] else [], fontsize=7.5)
        axis.spines[:].set_visible(False)


def _range(plan: Plan) -> tuple[float, float]:
    """The range of most pixels."""
    low, high = np.percentile(plan.data.vectors + plan.data.mean, (0.5, 99.5))
    return float(low), float(max(high, low + 1e-9))
