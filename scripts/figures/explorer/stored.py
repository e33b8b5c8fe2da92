"""Simulated points for the explorer: what stored sweeps hold of the quantities that it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import xarray as xr

from lingen.experiments.truths import DEFAULTS
from lingen.scripts.figures.explorer.tabulated import CORRELATION, DIM, LOADS, NOISE, TAPS, truth

__all__ = ["points", "stored"]

WINDOWS = {"convolutional": "shared", "local_denoisers": "local"}
"""Topics whose axis is images, by the curve that shows them."""


def stored(stores: Sequence[xr.Dataset]) -> list[list[Any]]:
    """The points of several stores; see `points`.

    Raises:
        ValueError: for a store that has none.
    """
    return [row for store in stores for row in points(store)]


def points(store: xr.Dataset) -> list[list[Any]]:
    """Quantity, load (or images), value, standard error, θ, a, ρ (or window) of all that can be shown.

    A power law has as many eigenvalues as the tables, an isotropic bulk any dimension; models are Gaussian or
    ridge ones, without noise on their data; convolutional denoisers are those of the tables.

    Raises:
        ValueError: if there is none.
    """
    read = _windows if store.attrs.get("topic") in WINDOWS else _loads
    axes = [str(name) for name in store.dims]
    rows = []
    for place in np.ndindex(*(store.sizes[name] for name in axes)):
        cell = store.isel(dict(zip(axes, place, strict=True)))
        at = DEFAULTS | {name: cell[name].item() for name in axes}
        rows += [[name, *map(_plain, row)] for name, *row in read(cell, at) if np.isfinite(row[1])]
    if not rows:
        raise ValueError(
            f"--from {store.attrs['path']}: must hold q, Q, W2² or cosines at loads from {LOADS[0]:g} to "
            f"{LOADS[1]:g}, of an isotropic bulk or a power law of dim={DIM}, without noise; or denoisers of "
            f"dim={DIM}, noise={NOISE:g}, correlation={CORRELATION:g}"
        )
    return rows


def _plain(value: Any) -> float | None:
    return None if value is None or not np.isfinite(value) else round(float(value), 9)


def _loads(cell: xr.Dataset, at: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    load, exponent, spike = at.get("load"), at.get("exponent") or 0.0, at.get("spike")
    rho = _ridge(at)
    if load is None or not LOADS[0] <= load <= LOADS[1] or at.get("noise") or rho is None:
        return []
    if exponent and at.get("dim") != DIM:
        return []
    found: list[tuple[Any, ...]] = []
    if "convergence" in cell:
        found.append(("q", load, *_pair(cell, "convergence"), None, exponent, rho))
    if "recovery" in cell and spike is not None:
        found.append(("latent", load, *_pair(cell, "recovery"), spike, exponent, None))
    if "cosine_variance" in cell:
        (near, error), (fresh, other) = _pair(cell, "cosine_variance"), _pair(cell, "fresh_variance")
        spread = near / fresh * np.hypot(error / near, other / fresh)
        found.append(("m", load, near / fresh, spread, None, exponent, rho))
    if "wasserstein2" in cell:
        size = 2.0 * float(truth(exponent).moment(1.0)) + rho
        value, error = _pair(cell, "wasserstein2")
        found.append(("w", load, value / size, error / size, None, exponent, rho))
    return found


def _ridge(at: Mapping[str, Any]) -> float | None:
    """ρ of the model; None for another than a ridge or the Gaussian one."""
    text = at.get("filter") or "gaussian"
    if text == "gaussian":
        return float(at.get("ridge") or 0.0)
    return float(text.removeprefix("ridge:")) if text.startswith("ridge:") else None


def _windows(cell: xr.Dataset, at: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    known = {"dim": DIM, "noise": NOISE, "correlation": CORRELATION}
    taps = at.get("taps", 0)
    if {name: at.get(name) for name in known} != known or (taps not in TAPS and taps != DIM):
        return []
    curve = WINDOWS[cell.attrs["topic"]]
    return [(curve, at["samples"], *_pair(cell, "disagreement"), None, None, taps % DIM)]


def _pair(cell: xr.Dataset, name: str) -> tuple[float, float]:
    return float(cell[name]), float(cell[name + "_error"])
