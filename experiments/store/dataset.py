"""A sweep as an `xarray.Dataset`: its observables and predictions with units, and what it was made with.

An axis holds the values asked for. Where whole numbers stand behind a parameter, the coordinate
`drawn_<name>` holds the values that were drawn, such as the load n/d.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np
import xarray as xr

from lingen.experiments.experiment import Experiment
from lingen.experiments.grid.draws import without_seed
from lingen.experiments.grid.sweep import Sweep
from lingen.experiments.grid.theory import component_axes
from lingen.experiments.parameters import Parameter
from lingen.experiments.store.manifest import canonical

__all__ = ["config_hash", "dataset", "ordered"]


def config_hash(sweep: Sweep) -> str:
    """A short hash of what decides the numbers of a sweep."""
    return hashlib.blake2b(canonical(sweep.config()).encode(), digest_size=8).hexdigest()


def dataset(
    sweep: Sweep,
    values: Mapping[str, tuple[np.ndarray, np.ndarray]],
    counts: np.ndarray,
    provenance: Mapping[str, Any],
    theory: Mapping[str, xr.DataArray] | None = None,
) -> xr.Dataset:
    """All that is known of a sweep; cells without draws are NaN.

    Args:
        sweep: the grid.
        values: of each observable the means and standard errors, a row a cell.
        counts: draws of each cell.
        provenance: versions and the like, for the attributes.
        theory: predictions, as named arrays.
    """
    experiment, axes, shape = sweep.experiment, tuple(sweep.axes), sweep.shape
    coordinates = {
        name: xr.DataArray(np.asarray(places), dims=name, attrs=_about(name, experiment.coordinates[name]))
        for name, places in sweep.axes.items()
    }
    coordinates |= _drawn(sweep)
    variables: dict[str, Any] = {}
    for name in ordered(experiment, values):
        known = experiment.described(name)
        mean, error = (part.reshape(*shape, *part.shape[1:]) for part in values[name])
        own = component_axes(experiment, name, mean.ndim - len(axes))
        coordinates |= _components(experiment, name, own, mean.shape[len(axes) :])
        variables[name] = ((*axes, *own), mean, {"units": known.unit, "long_name": known.title})
        words = "standard error of " + known.title
        variables[name + "_error"] = ((*axes, *own), error, {"units": known.unit, "long_name": words})
    for name, array in (theory or {}).items():
        known = experiment.described(name.removesuffix("_theory"))
        variables[name] = array.assign_attrs(units=known.unit, long_name=known.title + ", predicted")
    about = {"units": "1", "long_name": "draws a cell; 0: not run"}
    variables["draws"] = (axes, counts.reshape(shape), about)
    attributes = {
        "title": f"lingen sweep {experiment.name}",
        "topic": experiment.name,
        "draws_each": sweep.draws,
        "config": canonical(sweep.config()),
        "config_hash": config_hash(sweep),
        **{k: v if isinstance(v, str | int | float) else canonical(v) for k, v in provenance.items()},
    }
    return xr.Dataset(variables, coordinates, attributes)


def _about(name: str, parameter: Parameter) -> dict[str, str]:
    about = {"units": parameter.unit, "long_name": parameter.title or name}
    return about | ({"symbol": parameter.symbol} if parameter.symbol else {})


def ordered(experiment: Experiment, names: Mapping[str, Any]) -> list[str]:
    """As declared, then by name."""
    declared = [name for name in experiment.observables if name in names]
    return declared + sorted(name for name in names if name not in experiment.observables)


def _components(
    experiment: Experiment, name: str, own: tuple[str, ...], shape: tuple[int, ...]
) -> dict[str, xr.DataArray]:
    """Where the components of an observable lie, as far as it was told."""
    at = experiment.described(name).at or {}
    found = {}
    for axis, size in zip(own, shape, strict=True):
        if axis in at:
            places = np.asarray(at[axis])
            if places.shape != (size,):
                raise ValueError(f"at[{axis!r}] of {name} must have {size} places, got shape {places.shape}")
            found[axis] = xr.DataArray(places, dims=axis)
    return found


def _drawn(sweep: Sweep) -> dict[str, xr.DataArray]:
    """What was drawn for the values of each axis behind which whole numbers stand."""
    experiment = sweep.experiment
    if experiment.drawn is None:
        return {}
    needs = _named(experiment.drawn)
    dims = [name for name in sweep.axes if not needs or name in needs]
    first = sweep.cell(0)
    rows = [
        experiment.drawn(**without_seed(first | dict(zip(dims, values, strict=True))))
        for values in product(*(sweep.axes[name] for name in dims))
    ]
    shape = tuple(len(sweep.axes[name]) for name in dims)
    found = {}
    for name in rows[0]:
        if name in sweep.axes:
            about = _about(name, experiment.parameters[name])
            about |= {"long_name": about["long_name"] + " as drawn"}
            values = np.asarray([row[name] for row in rows]).reshape(shape)
            found[f"drawn_{name}"] = xr.DataArray(values, dims=dims, attrs=about)
    return found


def _named(function: Callable[..., Any]) -> set[str]:
    """The parameters that a function names; none, if it takes them as they come."""
    named = inspect.signature(function).parameters.values()
    return {p.name for p in named if p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)}
