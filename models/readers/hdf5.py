"""HDF5, NetCDF 4 among it, and MATLAB's files since version 7.3, which are HDF5."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from lingen.boundary import checked
from lingen.models.readers.found import TOGETHER, Ask, Found, Refused, believable, choose, spread, thinned

__all__ = ["read", "read_matlab"]

TEXT = (b"char", b"cell", b"struct")


@checked
def read(file: Path, ask: Ask) -> Found:
    """One data set of the file; left on disk where it is stored in one piece and not compressed.

    Raises:
        Refused: if it is not plain which, or its numbers are not in this file.
    """
    return _read(file, ask, turned=False)


@checked
def read_matlab(file: Path, ask: Ask) -> Found:
    """The same of a `.mat` file of version 7.3, whose axes stand the other way round."""
    return _read(file, ask, turned=True)


def _read(file: Path, ask: Ask, turned: bool) -> Found:
    import h5py

    with h5py.File(file, "r") as content:
        sets = _sets(content, h5py)
        shapes = {name: one.shape[::-1] if turned else one.shape for name, one in sets.items()}
        asked = None if ask.array is None else ask.array.strip("/")
        if asked is not None and asked not in shapes and asked in content:
            raise Refused(f"{file} must hold numbers as {asked!r}, got something else of that name")
        chosen, notes = choose(file, shapes, asked)
        values = _values(file, sets[chosen], None if turned else ask.limit)
    if turned:
        values = thinned(values.T, ask.limit)
    return Found(values, None, notes)


def _sets(content: Any, h5py: Any) -> dict[str, Any]:
    """All data sets of numbers with an axis."""
    found = {}

    def visit(name: str, one: Any) -> None:
        fits = isinstance(one, h5py.Dataset) and one.shape and one.dtype.kind in "biuf"
        if fits and one.attrs.get("MATLAB_class") not in TEXT and "MATLAB_empty" not in one.attrs:
            found[name] = one

    content.visititems(visit)
    return found


def _values(file: Path, one: Any, limit: int | None) -> np.ndarray:
    if one.external or one.is_virtual:
        raise Refused(f"{file} must hold its own numbers, got {one.name!r} from another file")
    size = math.prod(one.shape) * one.dtype.itemsize
    place = one.id.get_offset() if one.chunks is None else None
    if place is not None and size:
        if place + size > file.stat().st_size:
            raise Refused(f"{file} must be whole, got one that ends within {one.name!r}")
        whole = np.memmap(file, one.dtype, "r", place, one.shape)
        return thinned(whole, limit)
    row = math.prod(one.shape[1:]) * one.dtype.itemsize
    # a chunk that is absent is filled in: what is stored tells whether the size can be meant
    believable(file, 0 if limit is not None else size, max(one.id.get_storage_size(), 1))
    believable(file, min(one.shape[0], limit or one.shape[0]) * row)
    kept = spread(one.shape[0], limit)
    out = np.empty((len(kept), *one.shape[1:]), one.dtype)
    step, filled = max(1, TOGETHER // max(row, 1)), 0
    if one.chunks is not None:
        step = max(step // one.chunks[0], 1) * one.chunks[0]
        believable(file, math.prod(one.chunks) * one.dtype.itemsize, None, rows=False)
    for start in range(0, one.shape[0], step):
        here = kept[(kept >= start) & (kept < start + step)]
        if len(here):
            out[filled : filled + len(here)] = one[start : start + step][here - start]
            filled += len(here)
    return out
