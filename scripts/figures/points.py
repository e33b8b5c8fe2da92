"""What a figure shows: measured points, from a stored sweep or computed on demand.

A stored sweep and points computed now have one form: an `xarray.Dataset` over the axes that the figure draws,
`<observable>` and `<observable>_error`, NaN where nothing was measured.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import xarray as xr

from lingen.experiments import library
from lingen.experiments.grid.axes import axis
from lingen.experiments.grid.run import run_cells
from lingen.experiments.grid.sweep import Sweep
from lingen.experiments.parameters import SEED
from lingen.experiments.store.reading import open_sweep
from lingen.experiments.sweep import Options, swept
from lingen.experiments.truths import DEFAULTS, PARAMETERS

__all__ = [
    "LINE", "PLANE", "Need", "Points", "Request", "from_store", "gather", "lacking", "open_store", "plain",
    "serves",
]  # fmt: skip

PLANE = {"load": "0.05:10:log:11", "spike": "0.25:4:log:9", "dim": 100_000}
"""The cells that several figures show."""
LINE = {name: values for name, values in PLANE.items() if name != "spike"}


class Need(NamedTuple):
    """One set of points that a figure draws.

    Attributes:
        topic: whose cells are run on demand.
        observables: what must have been measured.
        axes: parameters that a store must vary.
        grid: the axes run on demand, written as for `lingen sweep`.
        kept: parameters that a store may vary.
        run: points on demand that are no sweep of a topic: a function of (grid, draws, seed).
        share: draws on demand, as a part of what was asked for.
    """

    topic: str
    observables: tuple[str, ...]
    axes: tuple[str, ...]
    grid: Mapping[str, Any]
    kept: tuple[str, ...] = ()
    run: Callable[[Mapping[str, Any], int, int], xr.Dataset] | None = None
    share: float = 1.0


class Request(NamedTuple):
    """How points are come by: from stores if there are any, else computed, or not at all."""

    stores: tuple[xr.Dataset, ...]
    simulate: bool
    draws: int
    seed: int


class Points(NamedTuple):
    """Measured points with the parameters that are the same for all of them."""

    topic: str
    axes: tuple[str, ...]
    data: xr.Dataset
    fixed: dict[str, Any]
    draws: int
    origin: dict[str, Any]
    """Where they come from, for the caption's file."""

    @property
    def measured(self) -> bool:
        """Whether there is any simulation."""
        return self.draws > 0

    def read(self, name: str, **at: Any) -> tuple[np.ndarray, np.ndarray]:
        """Mean and standard error of an observable, at these coordinates; NaN where it was not measured."""
        if name not in self.data:
            blank = np.full([self.data.sizes[axis] for axis in self.axes if axis not in at], np.nan)
            return blank, blank
        chosen = self.data.sel(at)
        return np.asarray(chosen[name], float), np.asarray(chosen[name + "_error"], float)

    def along(self, name: str) -> np.ndarray:
        """The values of an axis."""
        return np.asarray(self.data[name].values)


def gather(need: Need, request: Request) -> Points:
    """The points of a need: of the first store that has them; computed if no store was given.

    With stores none of which has them, or without simulation, there are no points, only their parameters.
    """
    for store in request.stores:
        if not _lacking(need, store):
            return from_store(need, store)
    draws = max(2, round(request.draws * need.share))
    if request.stores or not request.simulate:
        draws = 0
    return _computed(need, draws, request.seed)


def serves(need: Need, store: xr.Dataset) -> bool:
    """Whether a store has what is needed."""
    return not _lacking(need, store)


def open_store(path: Path) -> xr.Dataset:
    """A store that `lingen sweep` wrote.

    Raises:
        ValueError: if there is none.
    """
    data = open_sweep(path, "--from")
    if "config" not in data.attrs:
        raise ValueError(f"--from {path}: holds no sweep of a topic that has figures")
    return data.assign_attrs(path=str(path))


def from_store(need: Need, store: xr.Dataset) -> Points:
    """The points of a store on the axes that the figure draws.

    Repetitions under several seeds are averaged, and of several dimensions the largest is shown.

    Raises:
        ValueError: if the store varies another parameter.
    """
    shown = (*need.axes, *need.kept)
    data, fixed = store, dict[str, Any](DEFAULTS)
    for name in (str(dim) for dim in store.dims if dim not in shown):
        values = store[name].values.tolist()
        if name == "seed":
            data, fixed["seed"] = _over_seeds(data), values if len(values) > 1 else values[0]
            continue
        if len(values) > 1 and name != "dim":
            where = f"--from {store.attrs['path']}"
            raise ValueError(f"{where}: {name} must have one value for this figure, got {len(values)}")
        largest = int(np.argmax(values)) if name == "dim" else 0
        data, fixed[name] = data.isel({name: largest}), values[largest]
    for name in shown:
        if name in data.dims:
            fixed.pop(name, None)
        else:
            data = data.expand_dims({name: [fixed.pop(name, np.nan)]})
    known = {k: v for k, v in fixed.items() if v is not None}
    attributes = store.attrs
    origin = {"store": attributes["path"], "config": json.loads(attributes["config"])}
    origin |= {
        name: attributes[name] for name in ("config_hash", "created", "versions") if name in attributes
    }
    draws = int(np.max(data["draws"].values, initial=0))
    names = [n for n in data.data_vars if not str(n).endswith("_theory") and n != "draws"]
    return Points(
        attributes["topic"],
        shown,
        data[names].drop_vars(fixed, errors="ignore").transpose(*shown, ...),
        known,
        draws,
        origin,
    )


def plain(points: Points, figure: str, *names: str) -> None:
    """See that points are of the population and model that a figure's theory is of.

    Raises:
        ValueError: if they were measured with one of these parameters.
    """
    for name in names:
        if points.fixed.get(name):
            where = f"--from {points.origin.get('store')}"
            raise ValueError(f"{where}: {figure} must be without {name}, got {points.fixed[name]}")


def _lacking(need: Need, store: xr.Dataset) -> str:
    """What a store lacks, in words; an empty string if nothing."""
    axes, observables, others = _missing(need, store)
    parts = [f"{', '.join(observables)} (a sweep of {need.topic})"] if observables else []
    parts += [f"several values of {', '.join(axes)}"] if axes else []
    parts += [f"one value of {', '.join(others)}"] if others else []
    return " and ".join(parts)


def _missing(need: Need, store: xr.Dataset) -> tuple[list[str], list[str], list[str]]:
    """Axes that are not varied, observables that were not measured, axes that the figure cannot show."""
    shown = (*need.axes, *need.kept, "seed", "dim")
    axes = [a for a in need.axes if store.sizes.get(a, 0) < 2]
    if not axes and "filter" in need.axes and not all(map(_stopped, store["filter"].values)):
        axes = ["filter early_stopped:t:s"]
    others = [str(a) for a, size in store.sizes.items() if size > 1 and a not in shown]
    return axes, [o for o in need.observables if o not in store], others


def _stopped(filter: str) -> bool:
    return str(filter).startswith("early_stopped:")


def lacking(needs: Sequence[Need], store: xr.Dataset) -> str:
    """What a store lacks to serve the need that it is the nearest to."""
    nearest = min(needs, key=lambda need: sum(map(len, _missing(need, store))))
    return _lacking(nearest, store)


def _computed(need: Need, draws: int, seed: int) -> Points:
    known = {**PARAMETERS, **(library.get(need.topic).parameters if need.topic in library.names() else {})}
    axes = [axis(name, known[name], values) for name, values in need.grid.items()]
    if need.run is not None:
        grid: dict[str, Any] = {a.name: a.values() for a in axes}
        blank = xr.Dataset(coords={k: list(v) for k, v in grid.items()})
        data = need.run(grid, draws, seed) if draws else blank
    else:
        grid, data = _cells(need.topic, tuple(axes), draws, seed)
    shown = (*need.axes, *need.kept)
    fixed = DEFAULTS | {k: v[0] for k, v in grid.items() if k not in shown} | {"seed": seed}
    data = data.squeeze([k for k in data.dims if k in (*known, "seed") and k not in shown], drop=True)
    for name in shown:
        if name not in data.dims:
            data = data.expand_dims({name: [grid.get(name, (np.nan,))[0]]})
    data = data.transpose(*shown, ...)
    config = {k: list(v) if len(v) > 1 else v[0] for k, v in grid.items()}
    origin = {"computed": {"topic": need.topic, **config, "seed": seed, "draws": draws}}
    return Points(need.topic, shown, data, {k: v for k, v in fixed.items() if k not in shown}, draws, origin)


@lru_cache(maxsize=64)
def _cells(topic: str, axes: tuple[Any, ...], draws: int, seed: int) -> tuple[dict[str, Any], xr.Dataset]:
    """The cells of a sweep, run once for all the figures that show them."""
    given = {a.name: a for a in (*axes, axis("seed", SEED, seed))}
    sweep = Sweep.of(library.get(topic), given, max(draws, 2))
    grid = {name: values for name, values in sweep.axes.items() if name != "seed"}
    if not draws:
        return grid, xr.Dataset(coords={k: list(v) for k, v in sweep.axes.items()})
    with tempfile.TemporaryDirectory() as folder:
        return grid, swept(sweep, Path(folder) / "sweep.zarr", run_cells, Options())


def _over_seeds(data: xr.Dataset) -> xr.Dataset:
    """The mean over repetitions, with its error."""
    count = data.sizes["seed"]
    errors = [n for n in data.data_vars if str(n).endswith("_error")]
    return data.mean("seed").assign({n: np.sqrt((data[n] ** 2).mean("seed") / count) for n in errors})
