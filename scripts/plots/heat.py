"""An observable over two axes: what was measured as colours, theory as contours in the same scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.colors import Normalize

from lingen.experiments.store.selection import axes_of, chosen, select
from lingen.scripts.plots.labels import geometric, logarithmic, on_axes, titled, words_along

__all__ = ["heat"]

LEVELS = 6
"""Contours of the theory, about."""


def heat(
    data: xr.Dataset,
    axes: Sequence[str],
    y: str | None = None,
    *,
    at: Mapping[str, Any] | None = None,
    within: Mapping[str, tuple[float, float]] | None = None,
    log_x: bool | None = None,
    ax: Axes | None = None,
) -> Axes:
    """A heat map: cells in the colour of what was measured, blank where nothing was; theory as contours.

    Args:
        data: a sweep, or any dataset of its form.
        axes: two axes, the horizontal one first.
        y: the observable; that of the sweep's topic, or the only one.
        at: by axis, the value at which any other axis is fixed.
        within: by axis, the lowest and the highest value drawn.
        log_x: whether the horizontal axis is logarithmic; where its values are geometric if absent.
        ax: where to draw; new axes of pyplot if absent.

    Raises:
        ValueError: naming the argument that the dataset does not allow, and what it allows.
    """
    name = chosen(data, y, "y")
    held = axes_of(data, name)
    pair = tuple(axes)
    if len(pair) != 2 or len(set(pair)) != 2 or not set(pair) <= set(held):
        raise ValueError(f"heat must be two axes of {name} ({', '.join(held)}), got {', '.join(pair)!r}")
    found = select(data, name, pair, at, within)
    places = [_places(found.axes[axis]) for axis in pair]
    logs = [geometric(found.axes[axis]) if axis in found.places else False for axis in pair]
    if log_x is not None:
        logs[0] = log_x
    if not any(np.isfinite(v).any() for v in (found.mean, found.theory) if v is not None):
        raise ValueError(f"data must hold a finite cell of {name} here, got none")
    with on_axes(ax) as panel:
        for which, axis, values, log in zip("xy", pair, places, logs, strict=True):
            if log:
                logarithmic(panel, which, values)
            if axis not in found.places:
                words_along(panel, which, found.axes[axis])
            getattr(panel, f"set_{which}label")(titled(axis, data[axis].attrs))
        edges = [_edges(values, log) for values, log in zip(places, logs, strict=True)]
        theory = found.theory if set(pair) <= set(found.places) else None
        _colour(panel, places, edges, found.mean, theory, titled(name, data[name].attrs))
    return panel


def _colour(
    panel: Axes,
    places: Sequence[np.ndarray],
    edges: Sequence[np.ndarray],
    mean: np.ndarray,
    theory: np.ndarray | None,
    label: str,
) -> None:
    known = [v for v in (mean, theory) if v is not None and np.isfinite(v).any()]
    scale = Normalize(min(map(np.nanmin, known)), max(map(np.nanmax, known)))
    shown = known[0]
    shades = panel.pcolormesh(
        *edges, np.ma.masked_invalid(shown.T), norm=scale, cmap="viridis", rasterized=True
    )
    bar = panel.figure.colorbar(shades, ax=panel, label=label, pad=0.02, aspect=25)
    if len(known) < 2 or theory is None or min(theory.shape) < 2:
        return
    if np.ptp(theory[np.isfinite(theory)]) == 0:
        return
    lines = panel.contour(
        *places, np.ma.masked_invalid(theory.T), levels=LEVELS, norm=scale, colors="white", linewidths=0.9
    )
    dark: list[patheffects.AbstractPathEffect] = [patheffects.withStroke(linewidth=1.8, foreground="black")]
    lines.set_path_effects(dark)
    bar.add_lines(lines)
    bar.ax.set_title("lines: theory", fontsize="x-small", loc="right")


def _places(values: np.ndarray) -> np.ndarray:
    """Where the cells of an axis lie: words at 0, 1, 2, ..."""
    return values.astype(float) if values.dtype.kind in "iuf" else np.arange(float(values.size))


def _edges(values: np.ndarray, log: bool) -> np.ndarray:
    """The borders between cells, halfway between their places."""
    x = np.log(values) if log else values
    if x.size == 1:
        inside, half = x[:0], np.array([0.5, 0.5])
    else:
        inside, half = (x[1:] + x[:-1]) / 2, np.array([x[1] - x[0], x[-1] - x[-2]]) / 2
    whole = np.concatenate([[x[0] - half[0]], inside, [x[-1] + half[1]]])
    return np.exp(whole) if log else whole
