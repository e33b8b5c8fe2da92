"""Stored sweeps, opened: what `lingen sweep` wrote, or a dataset of the same form that others wrote.

The axes are read as `data["load"]`: `data.load` is the method of that name of an `xarray.Dataset`.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import xarray as xr

from lingen.boundary import checked
from lingen.experiments.store.abandoned import nothing_left

__all__ = ["open_sweep"]

MARKS = (".zgroup", "zarr.json")


@checked
def open_sweep(path: Path, called: str = "STORE") -> xr.Dataset:
    """A stored sweep with what it holds by now, in memory.

    The coordinate `load` is `data["load"]`; `data.load()` is a method of xarray.

    Args:
        path: the folder of the store.
        called: how its caller named it, such as `--from`.

    Raises:
        ValueError: if there is none, or none that can be read.
    """
    if not path.is_dir():
        raise ValueError(
            f"{called} {path}: {'is a file, not a store' if path.exists() else 'no such folder'}"
        )
    if not any((path / name).exists() for name in MARKS):
        begun = (path / ".sweep.json").exists()
        held = "no finished cells yet: `lingen sweep` goes on when started again" if begun else "no sweep"
        raise ValueError(f"{called} {path}: holds {held}")
    try:
        with warnings.catch_warnings(), nothing_left():
            warnings.simplefilter("ignore")  # of stores that others wrote: what is wrong is said in one line
            with xr.open_zarr(path, chunks=None) as found:
                return found.load()
    except Exception as error:  # whatever a damaged store raises in the libraries that read it
        raise ValueError(f"{called} {path}: cannot be read ({type(error).__name__})") from None
