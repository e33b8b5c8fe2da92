"""The figure of `lingen train`, from its numbers alone: convergence, memorisation, latents, and pictures."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from lingen.scripts.figures.data_figure import BLUE, GREEN, GREY, RED, sparse_ticks
from lingen.words import literal

__all__ = ["draw"]

NAMES = ("closest of 1", "network 1", "network 2", "closest of 2")
Numbers = Mapping[str, Any]


def draw(found: Numbers) -> Figure:
    """q, m and Q against n, four lines each; closeness and every latent below; generated images last.

    Args:
        found: what `train.json` holds.
    """
    figure = Figure(figsize=(9.6, 8.6), layout="constrained")
    FigureCanvasAgg(figure)
    parts: Any = figure.subfigures(3, 1, height_ratios=(1.15, 1.05, 1.0))
    above = parts[0].subplots(1, 3)
    for panel, name in zip(above, ("convergence", "memorisation", "recovery"), strict=True):
        _four_lines(panel, found, name)
    above[0].set(ylim=(-0.03, 1.03), ylabel="$q$")
    above[1].set(yscale="log", ylabel=r"$m$, own over other $\langle\hat{x},x_a\rangle^2$")
    above[2].set(ylim=(-0.03, 1.03), ylabel=f"mean $Q$ of {len(found['recovery_ceiling'])} latents")
    above[2].axhline(float(np.mean(found["recovery_ceiling"])), color=GREY, lw=0.7, ls=":", zorder=0)
    handles, labels = above[0].get_legend_handles_labels()
    parts[0].legend(handles, labels, loc="outside lower center", ncols=4, frameon=False)
    below = parts[1].subplots(1, 2)
    _closeness(below[0], found)
    _latents(below[1], found)
    titles = ("Convergence", "Memorisation", "Recovery", "Closest image", "Recovery of each latent")
    for letter, title, panel in zip("abcde", titles, [*above, *below], strict=True):
        panel.set(xlabel=r"training images $n$", xscale="log")
        panel.set_title(f"{letter}  {title}")
        sparse_ticks(panel)
    _pictures(parts[2], found)
    figure.suptitle(
        f"{literal(found['data'])}: $N={found['images']}$, $d={found['dim']}$, "
        f"{found['network'].split(' ')[0]}, {found['ladder'][-1]['seeds']} seeds",
        fontsize=10, x=0.01, ha="left",
    )  # fmt: skip
    return figure


def _four_lines(panel: Axes, found: Numbers, name: str) -> None:
    """Both theories, the dense linear model of the same halves, the networks."""
    theory = found["theory"]
    panel.plot(theory["samples"], _mean(theory["dense"][name]), color=BLUE, label="dense linear theory")
    if theory["convolutional"]:
        label = rf"convolutional linear theory, {found['taps']}$\times${found['taps']} taps"
        panel.plot(theory["samples"], _mean(theory["convolutional"][name]), color=GREEN, label=label)
    _points(panel, found, "linear", name, BLUE, "s", "dense linear model of the same halves")
    _points(panel, found, "probability_flow", name, RED, "o", "networks")


def _closeness(panel: Axes, found: Numbers) -> None:
    _points(panel, found, "probability_flow", "closest", RED, "o", "networks, own training set")
    _points(panel, found, "probability_flow", "other", RED, "^", "networks, the other half's")
    _points(panel, found, "linear", "closest", BLUE, "s", "linear model, own")
    _points(panel, found, "linear", "other", BLUE, "v", "linear model, the other's")
    panel.set(ylim=(-0.03, 1.03), ylabel="cosine with closest image")
    _legend(panel)


def _latents(panel: Axes, found: Numbers) -> None:
    count = len(found["recovery_ceiling"])
    shades = mpl.colormaps["viridis"](np.linspace(0.0, 0.9, count))
    n, values, errors = _along(found, "probability_flow", "recovery", average=False)
    dense = np.array(found["theory"]["dense"]["recovery"], float)
    for k, shade in enumerate(shades):
        panel.plot(found["theory"]["samples"], dense[:, k], color=shade, lw=0.9)
        panel.errorbar(n, values[:, k], errors[:, k], fmt="o-", ms=3, color=shade, capsize=1.5, lw=0.5)
    panel.plot([], [], color=GREY, label="dense linear theory")
    panel.plot([], [], "o", ms=3, color=GREY, label="networks")
    panel.set(ylim=(-0.03, 1.03), ylabel=rf"$Q_k$, $k=1$ (dark) to {count}")
    _legend(panel)


def _legend(panel: Axes) -> None:
    """Beside the panel, whose points may lie anywhere."""
    panel.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, borderaxespad=0.0)


def _points(panel: Axes, found: Numbers, model: str, name: str, colour: str, marker: str, label: str) -> None:
    """Means over seeds with their standard errors."""
    n, values, errors = _along(found, model, name)
    panel.errorbar(
        n,
        values,
        errors,
        fmt=marker,
        ms=4,
        color=colour,
        mfc="white",
        capsize=2,
        lw=1.0,
        label=label,
        zorder=4,
    )


def _along(
    found: Numbers, model: str, name: str, average: bool = True
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """n, means over the seeds and their standard errors; 0 for the error of one seed."""
    whole = [rung for rung in found["ladder"] if rung["seeds"]]
    each = [np.array(rung[model][name]["each"], float) for rung in whole]
    if average:
        each = [values.reshape(len(values), -1).mean(axis=1) for values in each]
    errors = [v.std(axis=0, ddof=1) / np.sqrt(len(v)) if len(v) > 1 else 0.0 * v[0] for v in each]
    n = np.array([rung["samples"] for rung in whole])
    return n, np.array([v.mean(axis=0) for v in each]), np.array(errors)


def _mean(values: Any) -> np.ndarray:
    array = np.array(values, float)
    return array.mean(axis=-1) if array.ndim > 1 else array


def _pictures(figure: mpl.figure.FigureBase, found: Numbers) -> None:
    """For each n two networks' images of the same seed, between the closest training images of each."""
    axes = figure.subplots(1, len(found["pictures"]), squeeze=False)[0]
    height, width = found["shape"][:2]
    for axis, kept in zip(axes, found["pictures"], strict=True):
        values = np.frombuffer(base64.b64decode(kept["bytes"]), np.uint8).reshape(kept["shape"])
        images = values.reshape(*values.shape[:2], *found["shape"])
        rows = [np.concatenate(list(images[:, j]), axis=1) for j in range(len(NAMES))]
        sheet = np.concatenate(rows, axis=0)
        axis.imshow(sheet, cmap="gray", vmin=0, vmax=255, interpolation="nearest", rasterized=True)
        for line in range(1, len(NAMES)):
            axis.axhline(line * height - 0.5, color="white", lw=1.2 if line == 2 else 2.4)
        for line in range(1, len(images)):
            axis.axvline(line * width - 0.5, color="white", lw=1.2)
        axis.set_title(f"$n={kept['samples']}$", loc="center", fontsize=8.5)
        axis.set(xticks=[], yticks=(np.arange(len(NAMES)) + 0.5) * height - 0.5)
        axis.tick_params(length=0)
        axis.set_yticklabels(NAMES if axis is axes[0] else [], fontsize=7.5)
        axis.spines[:].set_visible(False)
