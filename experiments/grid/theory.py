"""Theory on the grid of a sweep: what is predicted for every cell, at the load n/d that is drawn there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np
import xarray as xr
from jax import Array

from lingen.experiments.grid.axes import DEFAULTS, Sweep
from lingen.experiments.grid.cells import GENERATIONS, filter_at, population_at
from lingen.models.filters import Filter
from lingen.models.population import Population
from lingen.sims.decoupling import Decoupling
from lingen.sims.dense.wishart import samples_for
from lingen.theory import (
    convergence,
    denoising,
    distances,
    leakage,
    memorisation,
    recovery,
    refitting,
    spectral_entropy,
)

__all__ = ["predictions"]

Coordinates = Mapping[str, Any]
Predict = Callable[[Population, np.ndarray, Filter | None, Coordinates], Any]


def predictions(sweep: Sweep) -> tuple[dict[str, xr.DataArray], list[str]]:
    """`<observable>_theory` along the axes it may depend on, NaN where there is none, and why."""
    axes = {k: v for k, v in sweep.axes.items() if k not in ("method", "seed")}
    others = {k: v for k, v in axes.items() if k != "load"}
    loads = axes.get("load", (DEFAULTS["load"],))
    shape = (*map(len, others.values()), len(loads))
    found: dict[str, np.ndarray] = {}
    reasons: dict[str, None] = {}
    bulk: dict[Any, Array] = {}
    for place in product(*map(range, shape[:-1])):
        point = {k: v[i] for (k, v), i in zip(others.items(), place, strict=True)}
        try:
            values = _curves(sweep.topic, DEFAULTS | point, loads, bulk)
        except (NotImplementedError, ValueError) as error:
            reasons.setdefault(f"no theory of {sweep.topic} for part of the grid: {error}")
            continue
        for name, curve in values.items():
            found.setdefault(name, np.full(shape, np.nan))[place] = curve
    dims = (*others, "load")
    arrays = {f"{name}_theory": _arranged(array, dims, axes) for name, array in found.items()}
    return arrays, list(reasons)


def _arranged(array: np.ndarray, dims: tuple[str, ...], axes: Mapping[str, Any]) -> xr.DataArray:
    whole = xr.DataArray(array, dims=dims)
    return (whole if "load" in axes else whole.squeeze("load")).transpose(*axes)


def _curves(topic: str, point: dict[str, Any], loads: Any, bulk: dict[Any, Array]) -> dict[str, np.ndarray]:
    """Every predicted observable along the loads."""
    dim = point["dim"]
    drawn = np.asarray([samples_for(load, dim) / dim for load in loads])
    truth, model = population_at(topic, point), filter_at(point)
    if topic in ("convergence", "decoupling"):
        known = tuple(sorted((k, v) for k, v in point.items() if k not in ("spike", "load")))
        if known not in bulk:  # q does not see the spikes
            bulk[known] = convergence.overlap(truth, drawn, model, dim)
        q = bulk[known]
        if topic == "convergence":
            return {"convergence": np.asarray(q)}
        result: Any = Decoupling(q, recovery.recovery(truth, drawn))
    else:
        result = TOPICS[topic](truth, drawn, model, point)
    fields = {k: np.asarray(v) for k, v in result._asdict().items() if v is not None and k != "max_sliced"}
    if "response" in fields:
        fields["response"] = fields["response"] @ np.asarray(truth.weights)
    return {k: v.reshape(*drawn.shape, -1).mean(axis=-1) for k, v in fields.items()}


TOPICS: dict[str, Predict] = {
    "recovery": lambda p, y, g, c: recovery.predict(p, y, g, c["dim"]),
    "memorisation": lambda p, y, g, c: memorisation.predict(p, y, g, c["dim"]),
    "distances": lambda p, y, g, c: distances.predict(p, y, g, c["dim"]),
    "denoising": lambda p, y, g, c: _denoising(p, y, g, c["noise"]),
    "leakage": lambda p, y, g, c: leakage.predict(p, y, g, c["dim"]),
    "refitting": lambda p, y, g, c: refitting.predict(p, y, g, c["dim"], generations=GENERATIONS),
    "entropy": lambda p, y, g, c: spectral_entropy.predict(p, y, g, c["dim"]),
}


def _denoising(p: Population, load: np.ndarray, g: Filter | None, noise: float) -> Any:
    if g is not None:
        raise NotImplementedError(f"no denoising risk of {g.name}: only of the denoiser at its own noise")
    return denoising.predict(p, load, noise=noise)
