"""A sweep as an `xarray.Dataset`: its observables and predictions with units, and what it was made with.

The axis `load` holds the loads asked for; a cell draws whole numbers of samples, and the coordinate
`drawn_load` holds the load n/d that it had.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from lingen.boundary import checked
from lingen.experiments.grid.axes import DEFAULTS, PARAMETERS, Sweep
from lingen.experiments.grid.cells import OBSERVABLES
from lingen.sims.dense.wishart import samples_for

__all__ = ["config_hash", "dataset"]


@checked
def config_hash(sweep: Sweep) -> str:
    """A short hash of what decides the numbers of a sweep."""
    return hashlib.blake2b(_canonical(sweep.config()).encode(), digest_size=8).hexdigest()


@checked
def dataset(
    sweep: Sweep,
    values: Mapping[str, tuple[np.ndarray, np.ndarray]],
    done: np.ndarray,
    provenance: Mapping[str, Any],
    theory: Mapping[str, xr.DataArray] | None = None,
) -> xr.Dataset:
    """All that is known of a sweep; cells that are not done are NaN, and their `draws` 0.

    Args:
        sweep: the grid.
        values: of each observable the means and standard errors, one a cell.
        done: which cells are.
        provenance: versions and the like, for the attributes.
        theory: predictions, as named arrays.
    """
    axes, shape = tuple(sweep.axes), sweep.shape
    coordinates = {
        name: xr.DataArray(np.asarray(places), dims=name, attrs=_described(PARAMETERS[name]))
        for name, places in sweep.axes.items()
    }
    if "load" in sweep.axes:
        coordinates["drawn_load"] = _drawn(sweep)
    variables: dict[str, Any] = {}
    for name in sorted(values, key=list(OBSERVABLES).index):
        units, words = OBSERVABLES[name]
        mean, error = (part.reshape(shape) for part in values[name])
        variables[name] = (axes, mean, {"units": units, "long_name": words})
        words = "standard error of " + words
        variables[name + "_error"] = (axes, error, {"units": units, "long_name": words})
    for name, array in (theory or {}).items():
        units, words = OBSERVABLES[name.removesuffix("_theory")]
        variables[name] = array.assign_attrs(units=units, long_name=words + ", predicted")
    counts = np.where(done, sweep.draws, 0).reshape(shape)
    variables["draws"] = (axes, counts, {"units": "1", "long_name": "draws a cell; 0: not run"})
    attributes = {
        "title": f"lingen sweep {sweep.topic}",
        "topic": sweep.topic,
        "draws_each": sweep.draws,
        "config": _canonical(sweep.config()),
        "config_hash": config_hash(sweep),
        **{k: v if isinstance(v, str | int | float) else _canonical(v) for k, v in provenance.items()},
    }
    return xr.Dataset(variables, coordinates, attributes)


def _drawn(sweep: Sweep) -> xr.DataArray:
    """n/d of every load, and of every dimension where that is an axis."""
    loads = sweep.axes["load"]
    dims = sweep.axes.get("dim", (DEFAULTS["dim"],))
    values = np.array([[samples_for(float(load), int(dim)) / int(dim) for dim in dims] for load in loads])
    about = {"units": "1", "long_name": "load γ = n/d as drawn"}
    if "dim" in sweep.axes:
        return xr.DataArray(values, dims=("load", "dim"), attrs=about)
    return xr.DataArray(values[:, 0], dims="load", attrs=about)


def _described(parameter: Any) -> dict[str, str]:
    return {"units": parameter.units, "long_name": parameter.long_name}


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False)
