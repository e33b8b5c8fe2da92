"""What is inferred from a sweep where its caller left it open: the law, the axis of the control, the axis of sizes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from lingen.boundary import checked
from lingen.experiments.store.selection import axes_of, is_numeric, varying

__all__ = ["LOAD", "MODELS", "SIZE", "Meant", "choose"]

MODELS = ("critical", "power", "transition")
LOAD, SIZE = "load", "dim"
"""The axes meant where they are there and nothing else is said."""


class Meant(NamedTuple):
    """A law and the axes along which it is looked for."""

    model: str
    along: str
    size: str | None
    """The axis of sizes; none for a power law."""


@checked
def choose(
    data: xr.Dataset,
    observable: str,
    model: str | None,
    along: str | None,
    size: str | None,
    at: Mapping[str, Any],
) -> Meant:
    """The law and its axes: those that were named, else the only ones that fit.

    Sizes are whole and positive numbers: `dim` if there is such an axis, else the only axis of such numbers. The
    control is `load`, or the only other axis that varies.

    Raises:
        ValueError: naming the argument that must be given, and the axes among which it chooses.
    """
    if model is not None and model not in MODELS:
        raise ValueError(f"model must be one of {', '.join(MODELS)}, got {model!r}")
    free = varying(data, at, observable)
    if model is None:
        found = _size(data, observable, free, size, along)
        model = "critical" if found in free and len(free) > 1 and along != found else "power"
    if size is not None:
        _numbers(data, observable, "size", size)
    if model == "power":
        return Meant(model, _control(data, observable, along, free, None), None)
    found = _size(data, observable, free, size, along)
    if found is None:
        raise ValueError(f"size must be one of {', '.join(free) or 'none here'}, got none: the axis of sizes")
    return Meant(model, _control(data, observable, along, free, found), found)


def _size(
    data: xr.Dataset, observable: str, free: Sequence[str], size: str | None, along: str | None
) -> str | None:
    """The axis of sizes; none if none is meant, or none fits."""
    if size is not None:
        return size
    others = [name for name in free if name != along]
    if SIZE in free:
        return SIZE
    fitting = [name for name in others if data[name].dtype.kind in "iu"]
    fitting = [n for n in fitting or others if _whole(data[n].values)]
    if len(fitting) > 1 and len(free) > 1:
        raise ValueError(f"size must be one of {', '.join(fitting)}, which all vary, got none")
    there = SIZE in axes_of(data, observable) and is_numeric(data, SIZE)
    return fitting[0] if fitting else SIZE if there else None


def _whole(values: np.ndarray) -> bool:
    return bool(np.all((values >= 1) & (values == np.rint(values))))


def _control(
    data: xr.Dataset, observable: str, along: str | None, free: Sequence[str], size: str | None
) -> str:
    if along is not None:
        if along == size:
            raise ValueError(f"along must be another axis than size, got {along!r} for both")
        return _numbers(data, observable, "along", along)
    others = [name for name in free if name != size]
    if not others:
        raise ValueError(f"along must be an axis of several numbers, got none but {size or 'single values'}")
    if len(others) > 1 and not (size and LOAD in others):
        raise ValueError(f"along must be one of {', '.join(others)}, which all vary, got none")
    return LOAD if LOAD in others and size else others[0]


def _numbers(data: xr.Dataset, observable: str, argument: str, name: str) -> str:
    numeric = [axis for axis in axes_of(data, observable) if is_numeric(data, axis)]
    if name not in numeric:
        allowed = ", ".join(numeric) or "none here"
        raise ValueError(f"{argument} must be an axis of numbers ({allowed}), got {name!r}")
    return name
