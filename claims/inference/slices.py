"""The slice of a stored sweep from which something is inferred: the whole cells of one observable along one or two axes.

How a part of a sweep is taken is told in `lingen.experiments.store.selection`: every other axis is fixed at one of its
values, and repetitions under several seeds are averaged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import xarray as xr
from jaxtyping import Float

from lingen.boundary import checked
from lingen.experiments.store.selection import observables, select, varying

__all__ = ["Slice", "cut", "observables", "varying"]


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
    about: Mapping[str, Mapping[str, Any]] = {}
    """By axis, and for the observable, what the dataset says of it: `long_name`, `units`, `symbol`."""


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
    found = select(data, observable, axes, at, within)
    here = found.whole > 0
    asked = np.meshgrid(*(np.asarray(found.axes[name], float) for name in axes), indexing="ij")
    return Slice(
        observable,
        {name: found.places[name][here] for name in axes},
        found.mean[here],
        found.error[here],
        found.fixed,
        here.size * found.repetitions,
        int(found.whole.sum()),
        int(found.draws.sum()),
        {name: values[here] for name, values in zip(axes, asked, strict=True)},
        {name: dict(data[name].attrs) for name in (*axes, observable)},
    )
