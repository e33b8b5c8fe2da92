"""Finite-size collapse: measurements of all sizes on one function, by a critical point that was inferred."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter

from lingen.experiments.store.selection import axes_of, observables, select
from lingen.scripts.plots.labels import letter, logarithmic, on_axes, titled, valued
from lingen.scripts.plots.marks import dots

__all__ = ["SCALE", "Collapsed", "asinh_axis", "collapse", "draw_collapsed", "read_found"]

NEEDED = ("critical_point", "nu", "beta")
COLOURS = 7
SCALE = " (asinh scale)"
"""What the label of an axis adds that is straight around zero and logarithmic on both sides."""


class Collapsed(NamedTuple):
    """Measurements of one size, scaled."""

    label: str
    x: np.ndarray
    y: np.ndarray
    error: np.ndarray


def read_found(path: Path, argument: str = "--collapse") -> dict[str, Any]:
    """What `lingen infer` wrote.

    Raises:
        ValueError: if there is no such file, or it holds something else.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{argument} {path}: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise ValueError(f"{argument} {path}: holds no JSON") from None
    quantities = found.get("quantities") if isinstance(found, dict) else None
    if not isinstance(quantities, dict) or not all(isinstance(one, dict) for one in quantities.values()):
        raise ValueError(f"{argument} {path}: holds nothing that `lingen infer` wrote")
    return found


def collapse(
    data: xr.Dataset,
    found: Mapping[str, Any],
    *,
    at: Mapping[str, Any] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """n^β y against n^ν (g − g_c): with the right numbers all sizes n lie on one function near the point.

    Args:
        data: the sweep from which something was inferred, or another of its form.
        found: what was: the JSON of `lingen infer`, with the means of g_c, ν and β, the axes and their ends.
        at: by axis, the value at which it is fixed, where that was another.
        ax: where to draw; new axes of pyplot if absent.

    Raises:
        ValueError: if no critical point was found, or the dataset has not its axes.
    """
    along, size, name = _checked(data, found)
    point, nu, beta = (float(found["quantities"][key]["mean"]) for key in NEEDED)
    fixed = {k: v for k, v in found.get("fixed", {}).items() if k in axes_of(data, name)}
    ends = {k: (min(v), max(v)) for k, v in found.get("axes", {}).items() if k in (along, size) and v}
    part = select(data, name, (along, size), fixed | dict(at or {}), ends)
    if not np.isfinite(part.mean).any():
        raise ValueError(f"data must hold a finite cell of {name} here, got none")
    control, sizes = part.places[along], part.places[size]
    about = {axis: data[axis].attrs for axis in (along, size)}
    groups = [
        Collapsed(
            valued(size, value, about[size]),
            sizes[:, i] ** nu * (control[:, i] - point),
            sizes[:, i] ** beta * part.mean[:, i],
            sizes[:, i] ** beta * part.error[:, i],
        )
        for i, value in enumerate(part.axes[size])
    ]
    g, n = letter(along, about[along]), letter(size, about[size])
    with on_axes(ax) as panel:
        draw_collapsed(panel, groups)
        panel.set_xlabel(rf"${n}^{{\nu}}\,({g}-{g}_c)$" + SCALE)
        panel.set_ylabel(rf"${n}^{{\beta}}\,\times$ {titled(name, data[name].attrs)}")
        panel.set_title(rf"${g}_c={point:.4g},\ \nu={nu:.3g},\ \beta={beta:.3g}$", fontsize="small")
    return panel


def draw_collapsed(
    panel: Axes, groups: Sequence[Collapsed], function: tuple[np.ndarray, np.ndarray] | None = None
) -> None:
    """Scaled measurements with, if it is known, the function on which they lie; axes scaled to show it."""
    for k, one in enumerate(groups):
        dots(panel, one.x, one.y, one.error, k % COLOURS, one.label or None)
    if function is not None:
        panel.plot(*function, color="black", lw=1.0, zorder=4, label="$F$")
    x, y = (np.concatenate([np.ravel(getattr(one, name)) for one in groups]) for name in ("x", "y"))
    good = np.isfinite(x) & np.isfinite(y)
    asinh_axis(panel, x[good])
    if (y[good] > 0).all():
        logarithmic(panel, "y", y[good])
    panel.legend()


def asinh_axis(panel: Axes, x: np.ndarray) -> None:
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


def _checked(data: xr.Dataset, found: Mapping[str, Any]) -> tuple[str, str, str]:
    """The axes and the observable of a critical point that was found, seen to be those of the data."""
    quantities = found.get("quantities") or {}
    if not all(isinstance((quantities.get(key) or {}).get("mean"), float | int) for key in NEEDED):
        raise ValueError(f"collapse must be of a critical point, got {found.get('model', 'something else')}")
    along, size, name = (str(found.get(key)) for key in ("along", "size", "observable"))
    if name not in observables(data):
        held = ", ".join(observables(data))
        raise ValueError(f"collapse must be of an observable that the data hold ({held}), got {name}")
    missing = [axis for axis in (along, size) if axis not in axes_of(data, name)]
    if missing:
        held = ", ".join(axes_of(data, name))
        raise ValueError(f"collapse must be along axes that the data have ({held}), got {missing[0]}")
    return along, size, name
