"""An observable along one axis: theory as lines, what was measured as points with error bars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import matplotlib as mpl
import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import LogNorm, Normalize

from lingen.experiments.store.selection import Selection, axes_of, chosen, select, varying
from lingen.scripts.plots.labels import geometric, logarithmic, on_axes, titled, valued, words_along
from lingen.scripts.plots.marks import GREY, colour, dots

__all__ = ["along", "lines"]

COLOURS = 7
"""Values of the hue told apart by colour and marker; more get shades and a colour bar."""
FIRST = "load"
ROOM, DASH = 0.4, 0.08
"""Of the distance between two words: what several curves take there, and half a dash of theory."""


class Shade(NamedTuple):
    """The look of one value of the hue: colour and marker k, or a colour of its own."""

    k: int
    more: dict[str, Any]


def lines(
    data: xr.Dataset,
    x: str | None = None,
    hue: str | None = None,
    y: str | None = None,
    *,
    at: Mapping[str, Any] | None = None,
    within: Mapping[str, tuple[float, float]] | None = None,
    log_x: bool | None = None,
    log_y: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Theory as lines, what was measured as points with bars of two standard errors.

    Args:
        data: a sweep, or any dataset with `<y>`, `<y>_error` and perhaps `<y>_theory` over named axes; an
            observable that is an array may be drawn along an axis of its own.
        x: the axis drawn along; `load`, or the only one that fits.
        hue: the axis of one curve a value; the only other one that varies.
        y: the observable; that of the sweep's topic, or the only one.
        at: by axis, the value at which any other axis is fixed.
        within: by axis, the lowest and the highest value drawn.
        log_x: whether the axis is logarithmic; where its values are geometric if absent.
        log_y: whether that of the observable is.
        ax: where to draw; new axes of pyplot if absent, whose state is otherwise left alone.

    Raises:
        ValueError: naming the argument that the dataset does not allow, and what it allows.
    """
    at = dict(at or {})
    name = chosen(data, y, "y")
    x, hue = along(data, name, x, hue, at)
    found = select(data, name, (x,) if hue is None else (x, hue), at, within)
    shown = np.concatenate([np.ravel(v) for v in (found.mean, found.theory) if v is not None])
    if not np.isfinite(shown).any():
        raise ValueError(f"data must hold a finite cell of {name} here, got none")
    with on_axes(ax) as panel:
        _draw(panel, found, data)
        panel.set_xlabel(titled(x, data[x].attrs))
        panel.set_ylabel(titled(name, data[name].attrs))
        if x not in found.places:
            words_along(panel, "x", found.axes[x])
        elif geometric(found.axes[x]) if log_x is None else log_x:
            logarithmic(panel, "x", found.places[x])
        if log_y:
            logarithmic(panel, "y", shown)
    return panel


def along(
    data: xr.Dataset, observable: str, x: str | None, hue: str | None, at: Mapping[str, Any]
) -> tuple[str, str | None]:
    """The axis drawn along and the axis of curves: those that are named, else the only ones that fit."""
    held = axes_of(data, observable)
    for argument, name in (("x", x), ("hue", hue)):
        if name is not None and name not in held:
            raise ValueError(f"{argument} must be an axis of {observable} ({', '.join(held)}), got {name!r}")
    if x is not None and x == hue:
        raise ValueError(f"hue must be another axis than x, got {x!r} for both")
    if x is None:
        x = _first(data, observable, hue, at)
    others = [name for name in held if data.sizes[name] > 1 and name not in (x, *at)]
    if hue is None and len(others) > 1:
        raise ValueError(f"hue must be one of {', '.join(others)}, which all vary; at must fix the others")
    return x, hue or next(iter(others), None)


def _first(data: xr.Dataset, observable: str, hue: str | None, at: Mapping[str, Any]) -> str:
    free = [name for name in varying(data, at, observable) if name != hue]
    rough = [name for name in free if data[name].dtype.kind == "f"]
    if FIRST in free:
        return FIRST
    if len(rough) == 1 or len(free) == 1:
        return (rough if len(rough) == 1 else free)[0]
    held = [name for name in axes_of(data, observable) if data.sizes[name] > 1 and name not in (hue, *at)]
    if len(held) == 1:
        return held[0]
    raise ValueError(f"x must be one of {', '.join(free or held) or 'none that vary here'}, got none")


def _draw(panel: Axes, found: Selection, data: xr.Dataset) -> None:
    name, *hues = found.axes
    many = found.axes[hues[0]] if hues else np.array([None])
    joined = name in found.places
    places = found.places[name] if joined else _side_by_side(found.mean)
    handles: list[Any] = []
    shades, bar = _shades(many)
    for i, (value, shade) in enumerate(zip(many, shades, strict=True)):
        here = (slice(None), i) if hues else (slice(None),)
        x, mean, error = (values[here] for values in (places, found.mean, found.error))
        seen = dots(panel, x, mean, error, shade.k, **shade.more)
        theory = None if found.theory is None else found.theory[here]
        line = None if theory is None else _line(panel, x, theory, shade, joined)
        drawn = tuple(part for part in (line, seen) if part is not None)
        if hues and bar is None and drawn:
            handles.append((drawn, valued(hues[0], value, data[hues[0]].attrs)))
    if bar is not None:
        label = titled(hues[0], data[hues[0]].attrs)
        panel.figure.colorbar(bar, ax=panel, label=label, pad=0.02, aspect=25)
    _legend(panel, handles, found, titled(hues[0], data[hues[0]].attrs) if handles else None)


def _line(panel: Axes, x: np.ndarray, y: np.ndarray, shade: Shade, joined: bool) -> Any:
    """Theory joined along numbers, a dash at each word."""
    order = np.argsort(x)
    order = order[np.isfinite(y[order])]
    if not order.size:
        return None
    look = shade.more.get("color", colour(shade.k))
    if not joined:
        panel.hlines(y[order], x[order] - DASH, x[order] + DASH, colors=[look], zorder=2)
        return panel.plot([], [], color=look)[0]
    return panel.plot(x[order], y[order], color=look, zorder=2)[0]


def _side_by_side(mean: np.ndarray) -> np.ndarray:
    """Places of words, 0, 1, 2, ..., those of several curves beside each other."""
    many = mean.shape[1] if mean.ndim > 1 else 1
    beside = ROOM * (np.arange(many) - (many - 1) / 2) / max(many - 1, 1)
    places = np.arange(float(mean.shape[0]))
    return places[:, None] + beside if mean.ndim > 1 else places


def _shades(values: np.ndarray) -> tuple[list[Shade], ScalarMappable | None]:
    """A look for each value, and what a colour bar is made of where there are many numbers."""
    if values.size <= COLOURS or values.dtype.kind not in "iuf":
        return [Shade(k % COLOURS, {}) for k in range(values.size)], None
    norm = (LogNorm if geometric(values) else Normalize)(float(values.min()), float(values.max()))
    bar = ScalarMappable(norm, mpl.colormaps["viridis"])
    return [Shade(k, {"color": bar.to_rgba(np.asarray(float(value)))}) for k, value in enumerate(values)], bar


def _legend(panel: Axes, handles: list[Any], found: Selection, title: str | None) -> None:
    """Beside a panel that has its figure for itself, where nothing can lie below it."""
    entries = list(handles)
    if found.theory is not None and np.isfinite(found.theory).any():
        (line,) = panel.plot([], [], color=GREY)
        entries.append((line, "theory"))
        if np.isfinite(found.mean).any():
            entries.append((panel.errorbar([], [], [], fmt="o", color=GREY, mfc="white"), "simulation"))
    if not entries:
        return
    alone = panel.figure.axes == [panel] and panel.figure.get_layout_engine() is not None
    place: dict[str, Any] = {"loc": "best"}
    if alone:
        place = {"loc": "upper left", "bbox_to_anchor": (1.02, 1.0), "borderaxespad": 0.0}
    keys, words = zip(*entries, strict=True)
    panel.legend(keys, words, title=title, title_fontsize="small", alignment="left", **place)
