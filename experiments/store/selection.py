"""A part of a dataset: one observable along some of its axes, all others fixed.

A sweep is an `xarray.Dataset` over named axes with `<observable>` and `<observable>_error`; where they are
known, also `<observable>_theory`, `draws` (0 where a cell was not run) and `drawn_<axis>`, where cells lie.
An observable that is an array has axes of its own, with or without coordinates: those that `draws` has not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float, Int, Shaped

from lingen.boundary import checked

__all__ = ["SEED", "Selection", "axes_of", "chosen", "observables", "select", "varying"]

SEED = "seed"
"""The axis of repetitions, over which is averaged."""
NEAR = 1e-9
"""Coordinates that differ by less than this part are one: so many digits of them are listed."""
LISTED = 24


class Selection(NamedTuple):
    """One observable on the product of some axes, averaged over repetitions as far as they are whole."""

    observable: str
    axes: Mapping[str, Shaped[np.ndarray, "k"]]
    """By axis, its values, numbers or words: what was asked for."""
    places: Mapping[str, Float[np.ndarray, "..."]]
    """By axis of numbers, where each cell lies: where it was drawn."""
    mean: Float[np.ndarray, "..."]
    """NaN where no cell is whole, as `error`."""
    error: Float[np.ndarray, "..."]
    theory: Float[np.ndarray, "..."] | None
    """What is predicted, if the dataset tells that."""
    whole: Int[np.ndarray, "..."]
    """Repetitions of each cell that hold a number with its error."""
    draws: Int[np.ndarray, "..."]
    """In the whole repetitions of each cell; 0 if the dataset does not say."""
    repetitions: int
    fixed: Mapping[str, Any]
    """The values of all other axes."""


@checked
def observables(data: xr.Dataset) -> tuple[str, ...]:
    """What was measured with its error."""
    return tuple(str(name) for name in data.data_vars if f"{name}_error" in data.data_vars)


@checked
def chosen(data: xr.Dataset, observable: str | None, argument: str = "observable") -> str:
    """The observable that is meant: the one named, that of the sweep's topic, or the only one.

    Raises:
        ValueError: naming those that there are.
    """
    names = observables(data)
    if not names:
        raise ValueError("data must hold an observable with its error: <name> and <name>_error, got neither")
    known = [data.attrs.get("topic"), *names[: len(names) == 1]]
    found = next((name for name in known if name in names), None) if observable is None else observable
    if found not in names:
        given = "none" if observable is None else repr(observable)
        raise ValueError(f"{argument} must be one of {', '.join(names)}, got {given}")
    return str(found)


@checked
def axes_of(data: xr.Dataset, observable: str | None = None) -> tuple[str, ...]:
    """The axes of a dataset, or of one of its observables; repetitions are no axis."""
    dims = data.sizes if observable is None else data[observable].sizes
    return tuple(str(name) for name in dims if name != SEED)


@checked
def varying(data: xr.Dataset, at: Mapping[str, Any], observable: str | None = None) -> tuple[str, ...]:
    """The axes of numbers that have several values and are not fixed; the components of an array are none."""
    held = data["draws"].dims if "draws" in data.data_vars and observable else data.dims
    return tuple(
        name
        for name in axes_of(data, observable)
        if data.sizes[name] > 1 and name not in at and name in held and is_numeric(data, name)
    )


@checked
def select(
    data: xr.Dataset,
    observable: str,
    axes: Sequence[str],
    at: Mapping[str, Any] | None = None,
    within: Mapping[str, tuple[float, float]] | None = None,
) -> Selection:
    """One observable along `axes`.

    Args:
        data: a sweep.
        observable: what was measured.
        axes: the axes kept.
        at: by axis, the value at which it is fixed: one that it has.
        within: by axis, the lowest and the highest value that are used.

    Raises:
        ValueError: naming the argument that the dataset does not allow, or the axis that must be fixed.
    """
    at, within = dict(at or {}), dict(within or {})
    if observable not in observables(data):
        raise ValueError(f"observable must be one of {', '.join(observables(data))}, got {observable!r}")
    part = _alone(data, observable)
    _check(part, axes, at, within)
    places = {name: _place(part, name, value) for name, value in at.items()}
    fixed: dict[str, Any] = {name: _value(part, name, place) for name, place in places.items()}
    part = part.isel(places)
    for name, (low, high) in within.items():
        values = part[name].values
        slack = NEAR * np.abs(values)
        inside = np.flatnonzero((values >= low - slack) & (values <= high + slack))
        if inside.size == 0:
            raise ValueError(
                f"within must hold a value of {name} ({_listed(part, name)}), got {low:g}:{high:g}"
            )
        part = part.isel({name: inside})
    for name in [str(n) for n in part.dims if n not in axes and n != SEED]:
        if part.sizes[name] != 1:
            raise ValueError(f"at must fix {name} at one of its values {_listed(part, name)}, got nothing")
        fixed[name] = _value(part, name, 0)
        part = part.isel({name: 0})
    return _gathered(part, observable, axes, fixed)


def is_numeric(data: xr.Dataset, name: str) -> bool:
    """Whether an axis has numbers for coordinates."""
    return name in data.coords and data[name].dtype.kind in "iuf"


def _alone(data: xr.Dataset, observable: str) -> xr.Dataset:
    """The variables that belong to an observable; its axes without coordinates are counted from 0."""
    also = [f"{observable}_error", f"{observable}_theory", "draws"]
    part = data[[observable, *(name for name in also if name in data.data_vars)]]
    if "draws" in part and not set(part["draws"].dims) <= set(part[observable].dims):
        part = part.drop_vars("draws")
    bare = {name: np.arange(size) for name, size in part.sizes.items() if name not in part.coords}
    return part.assign_coords(bare)


def _gathered(part: xr.Dataset, observable: str, axes: Sequence[str], fixed: Mapping[str, Any]) -> Selection:
    """Cells as arrays over `axes`, averaged over repetitions that are whole."""
    shape = (*(part.sizes[name] for name in axes), part.sizes.get(SEED, 1))
    order = (*axes, *([SEED] if SEED in part.dims else []))
    wanted = [part[observable], part[f"{observable}_error"], _draws(part)]
    wanted += [part[f"{observable}_theory"]] if f"{observable}_theory" in part else []
    mean, error, draws, *theory = (
        np.asarray(values.transpose(*order), float).reshape(shape) for values in xr.broadcast(*wanted)
    )
    good = np.isfinite(mean) & np.isfinite(error) & (draws != 0)
    count = np.maximum(good.sum(axis=-1), 1)
    centre = np.where(good, mean, 0.0).sum(axis=-1) / count
    spread = np.sqrt((np.where(good, error, 0.0) ** 2).sum(axis=-1)) / count
    here = good.any(axis=-1)
    return Selection(
        observable,
        {name: part[name].values for name in axes},
        _places(part, axes),
        np.where(here, centre, np.nan),
        np.where(here, spread, np.nan),
        theory[0][..., 0] if theory else None,
        good.sum(axis=-1),
        np.where(good, draws, 0.0).clip(min=0).sum(axis=-1).astype(int),
        shape[-1],
        dict(fixed),
    )


def _places(part: xr.Dataset, axes: Sequence[str]) -> dict[str, np.ndarray]:
    """Where each cell lies along each axis of numbers: where it was drawn, if the dataset tells that."""
    order = xr.broadcast(*(part[name] for name in axes))[0]
    return {
        name: part[f"drawn_{name}" if f"drawn_{name}" in part.coords else name]
        .astype(float)
        .broadcast_like(order)
        .transpose(*axes)
        .values
        for name in axes
        if is_numeric(part, name)
    }


def _draws(part: xr.Dataset) -> xr.DataArray:
    return part["draws"] if "draws" in part.data_vars else xr.DataArray(-1)


def _check(part: xr.Dataset, axes: Sequence[str], at: Any, within: Any) -> None:
    held = [str(name) for name in part.dims]
    for argument, names in (("at", at), ("within", within)):
        for name in names:
            if name not in held:
                raise ValueError(f"{argument} must name an axis of {', '.join(held)}, got {name!r}")
    for name in axes:
        if name not in held:
            raise ValueError(f"axes must be among {', '.join(held)}, got {name!r}")
        if name in at:
            raise ValueError(f"at must leave {name} free, got {name}={at[name]}")
    for name, (low, high) in within.items():
        if not (is_numeric(part, name) and low <= high):
            raise ValueError(f"within must give an axis of numbers and LOW <= HIGH, got {name}={low}:{high}")


def _place(data: xr.Dataset, name: str, value: Any) -> int:
    """Where an axis has a value."""
    values = data[name].values
    if is_numeric(data, name):
        try:
            same = np.isclose(values.astype(float), float(value), rtol=NEAR, atol=0.0)
        except (TypeError, ValueError):
            same = np.zeros(values.size, bool)
    else:
        same = values.astype(str) == str(value)
    if not same.any():
        raise ValueError(f"at must fix {name} at one of its values {_listed(data, name)}, got {value}")
    return int(np.argmax(same))


def _value(data: xr.Dataset, name: str, place: int) -> Any:
    return data[name].values.tolist()[place]


def _listed(data: xr.Dataset, name: str) -> str:
    values = data[name].values.tolist()
    words = [f"{v:.10g}" if isinstance(v, float) else str(v) for v in values]
    if len(words) > LISTED:
        words = [*words[: LISTED // 2], "...", *words[-LISTED // 2 :]]
    return ", ".join(words)
