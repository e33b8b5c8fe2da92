"""Theory on the grid of a sweep: what is predicted for every cell, at the parameters that are drawn there."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import xarray as xr

from lingen.experiments.experiment import Experiment, Point
from lingen.experiments.grid.draws import drawn_point, observed, without_seed
from lingen.experiments.grid.sweep import Sweep

__all__ = ["predictions"]

SEVERAL = ("method", "seed")
"""What only draws depend on."""


def predictions(sweep: Sweep) -> tuple[dict[str, xr.DataArray], list[str]]:
    """`<observable>_theory` along the axes it may depend on, NaN where there is none, and why."""
    experiment = sweep.experiment
    if experiment.predict is None:
        return {}, []
    axes = {k: v for k, v in sweep.axes.items() if k not in SEVERAL}
    along = experiment.along if experiment.along in axes else ""
    others = {k: v for k, v in axes.items() if k != along}
    shape = tuple(map(len, others.values()))
    found: dict[str, np.ndarray] = {}
    reasons: dict[str, None] = {}
    for place in product(*map(range, shape)):
        point = experiment.point(
            {k: v[i] for (k, v), i in zip(others.items(), place, strict=True)}
            | ({along: axes[along][0]} if along else {})
        )
        try:
            values = _predicted(experiment, point, along, axes.get(along, ()))
        except (NotImplementedError, ValueError) as error:
            reasons.setdefault(f"no theory of {experiment.name} for part of the grid: {error}")
            continue
        for name, value in values.items():
            if name not in found:
                found[name] = np.full((*shape, *value.shape), np.nan)
            found[name][place] = value
    dims = (*others, along) if along else tuple(others)
    return {f"{k}_theory": _arranged(experiment, k, v, dims, tuple(axes)) for k, v in found.items()}, list(
        reasons
    )


def _predicted(experiment: Experiment, point: Point, along: str, values: Any) -> dict[str, np.ndarray]:
    """Every predicted observable at a point, with a row for each value of the parameter `along`."""
    assert experiment.predict is not None
    if not along:
        given = drawn_point(experiment, point)
        return {k: np.asarray(v, float) for k, v in observed(experiment, experiment.predict(**given)).items()}
    rows = [drawn_point(experiment, point | {along: value}) for value in values]
    given = without_seed(rows[0]) | {along: np.asarray([row[along] for row in rows])}
    made = observed(experiment, experiment.predict(**given))
    return {k: np.asarray(v, float) for k, v in made.items()}


def _arranged(
    experiment: Experiment, name: str, values: np.ndarray, dims: tuple[str, ...], wanted: tuple[str, ...]
) -> xr.DataArray:
    own = component_axes(experiment, name, values.ndim - len(dims))
    return xr.DataArray(values, dims=(*dims, *own)).transpose(*wanted, *own)


def component_axes(experiment: Experiment, name: str, count: int) -> tuple[str, ...]:
    """The names of an observable's own dimensions: as declared, or numbered."""
    known = experiment.described(name).axes
    return known if len(known) == count else tuple(f"{name}_{i}" for i in range(count))
