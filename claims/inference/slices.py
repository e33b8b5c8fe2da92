"""The slice of a stored sweep from which something is inferred: one observable along one or two of its axes.

A sweep is an `xarray.Dataset` over named axes with `<observable>`, `<observable>_error` and, where cells may be
unfinished, `draws` (0 where a cell was not run). A slice holds the whole cells of one observable along chosen axes;
every other axis is fixed at one of its values, and repetitions under several seeds are averaged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float

from lingen.boundary import checked

__all__ = ["Slice", "cut", "observables", "varying"]

SEED = "seed"
NEAR = 1e-9
"""Coordinates that differ by less than this part are one: so many digits of them are listed."""
LISTED = 24


class Slice(NamedTuple):
    """The whole cells of one observable: flat arrays of one length."""

    observable: str
    places: Mapping[str, Float[np.ndarray, "m"]]
    """By axis, where each cell lies: where it was drawn."""
    mean: Float[np.ndarray, "m"]
    error: Float[np.ndarray, "m"]
    """Its standard error."""
    fixed: Mapping[str, Any]
    """The values of all other axes."""
    cells: int
    """Cells of the slice, of which `whole` hold a number with its error."""
    whole: int
    draws: int
    """In the whole cells together; 0 if the dataset does not say."""
    asked: Mapping[str, Float[np.ndarray, "m"]]
    """By axis, the value of each cell that was asked for."""


@checked
def observables(data: xr.Dataset) -> tuple[str, ...]:
    """What was measured with its error."""
    return tuple(str(name) for name in data.data_vars if f"{name}_error" in data.data_vars)


@checked
def varying(data: xr.Dataset, at: Mapping[str, Any]) -> tuple[str, ...]:
    """The axes of numbers that have several values and are not fixed; repetitions are no axis."""
    return tuple(
        str(name)
        for name, size in data.sizes.items()
        if size > 1 and name not in at and name != SEED and _numeric(data, str(name))
    )


@checked
def cut(
    data: xr.Dataset,
    observable: str,
    axes: Sequence[str],
    at: Mapping[str, Any] | None = None,
    within: Mapping[str, tuple[float, float]] | None = None,
) -> Slice:
    """The whole cells of an observable along `axes`.

    Args:
        data: a sweep.
        observable: what was measured.
        axes: the axes kept, of numbers.
        at: by axis, the value at which it is fixed: one that it has.
        within: by axis, the lowest and the highest value that are used.

    Raises:
        ValueError: naming the argument that the dataset does not allow, or the axis that must be fixed.
    """
    at, within = dict(at or {}), dict(within or {})
    _check(data, observable, axes, at, within)
    chosen = {name: _place(data, name, value) for name, value in at.items()}
    fixed: dict[str, Any] = {name: _value(data, name, place) for name, place in chosen.items()}
    part = data.isel(chosen)
    for name, (low, high) in within.items():
        values = part[name].values
        slack = NEAR * np.abs(values)
        part = part.isel({name: np.flatnonzero((values >= low - slack) & (values <= high + slack))})
    for name in [str(n) for n in part.dims if n not in axes and n != SEED]:
        if part.sizes[name] != 1:
            raise ValueError(f"at must fix {name} at one of its values {_listed(data, name)}, got nothing")
        fixed[name] = _value(part, name, 0)
        part = part.isel({name: 0})
    return _gathered(part, observable, axes, fixed)


def _gathered(part: xr.Dataset, observable: str, axes: Sequence[str], fixed: Mapping[str, Any]) -> Slice:
    """Cells that are whole, averaged over repetitions."""
    shape = (*(part.sizes[name] for name in axes), part.sizes.get(SEED, 1))
    order = (*axes, *([SEED] if SEED in part.dims else []))
    mean, error, draws = (
        np.asarray(values.transpose(*order), float).reshape(shape)
        for values in xr.broadcast(part[observable], part[f"{observable}_error"], _draws(part))
    )
    good = np.isfinite(mean) & np.isfinite(error) & (draws != 0)
    count = np.maximum(good.sum(axis=-1), 1)
    centre = np.where(good, mean, 0.0).sum(axis=-1) / count
    spread = np.sqrt((np.where(good, error, 0.0) ** 2).sum(axis=-1)) / count
    here = good.any(axis=-1)
    places, asked = ([values[here] for values in found] for found in _places(part, axes))
    return Slice(
        observable,
        dict(zip(axes, places, strict=True)),
        centre[here],
        spread[here],
        dict(fixed),
        good.size,
        int(good.sum()),
        int(draws[good].clip(min=0).sum()),
        dict(zip(axes, asked, strict=True)),
    )


def _places(part: xr.Dataset, axes: Sequence[str]) -> list[list[Float[np.ndarray, "..."]]]:
    """Where each cell lies along each axis: where it was drawn, if the dataset tells that, and what was asked for."""
    drawn = [part[f"drawn_{name}" if f"drawn_{name}" in part.coords else name].astype(float) for name in axes]
    asked = [part[name].astype(float) for name in axes]
    order = xr.broadcast(*(part[name] for name in axes))[0]
    return [[one.broadcast_like(order).transpose(*axes).values for one in found] for found in (drawn, asked)]


def _draws(part: xr.Dataset) -> xr.DataArray:
    return part["draws"] if "draws" in part.data_vars else xr.DataArray(-1)


def _check(data: xr.Dataset, observable: str, axes: Sequence[str], at: Any, within: Any) -> None:
    held = [str(name) for name in data.dims]
    if observable not in observables(data):
        raise ValueError(f"observable must be one of {', '.join(observables(data))}, got {observable!r}")
    for argument, names in (("at", at), ("within", within)):
        for name in names:
            if name not in held:
                raise ValueError(f"{argument} must name an axis of {', '.join(held)}, got {name!r}")
    for name in axes:
        if name in at:
            raise ValueError(f"at must leave {name} free, got {name}={at[name]}")
    for name, (low, high) in within.items():
        if not (_numeric(data, name) and low <= high):
            raise ValueError(f"within must give an axis of numbers and LOW <= HIGH, got {name}={low}:{high}")


def _place(data: xr.Dataset, name: str, value: Any) -> int:
    """Where an axis has a value."""
    values = data[name].values
    if _numeric(data, name):
        try:
            same = np.isclose(values.astype(float), float(value), rtol=NEAR, atol=0.0)
        except (TypeError, ValueError):
            same = np.zeros(values.size, bool)
    else:
        same = values.astype(str) == str(value)
    if not same.any():
        raise ValueError(f"at must fix {name} at one of its values {_listed(data, name)}, got {value}")
    return int(np.argmax(same))


def _numeric(data: xr.Dataset, name: str) -> bool:
    return name in data.coords and data[name].dtype.kind in "iuf"


def _value(data: xr.Dataset, name: str, place: int) -> Any:
    return data[name].values.tolist()[place]


def _listed(data: xr.Dataset, name: str) -> str:
    values = data[name].values.tolist()
    words = [f"{v:.10g}" if isinstance(v, float) else str(v) for v in values]
    if len(words) > LISTED:
        words = [*words[: LISTED // 2], "...", *words[-LISTED // 2 :]]
    return ", ".join(words)
