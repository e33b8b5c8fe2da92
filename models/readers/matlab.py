"""MATLAB's `.mat` files: up to version 7 by SciPy, from 7.3 on as HDF5."""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from lingen.boundary import checked
from lingen.models.readers import hdf5
from lingen.models.readers.found import Ask, Found, Refused, believable, choose, thinned

__all__ = ["read"]

BYTES = {"double": 8, "single": 4, "logical": 1} | {
    f"{u}int{n}": n // 8 for u in ("", "u") for n in (8, 16, 32, 64)
}
MAGIC = b"\x89HDF\r\n\x1a\n"


@checked
def read(file: Path, ask: Ask) -> Found:
    """One variable of numbers; objects, functions, cells and text are never made.

    Raises:
        Refused: if it is not plain which, or it is sparse.
    """
    with file.open("rb") as stream:
        head = stream.read(520)
    if MAGIC in (head[:8], head[512:]):
        return hdf5.read_matlab(file, ask)
    import scipy.io

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of doubtful variables, which are not read
        inside = scipy.io.whosmat(str(file))
        kinds = {name: (tuple(map(int, shape)), kind) for name, shape, kind in inside}
        shapes = {name: shape for name, (shape, kind) in kinds.items() if kind in BYTES}
        if ask.array in kinds and ask.array not in shapes:
            raise Refused(f"{file} must hold numbers as {ask.array!r}, got a {kinds[ask.array][1]}")
        if not shapes and kinds:
            name, (_, kind) = next(iter(kinds.items()))
            raise Refused(f"{file} must hold an array of numbers, got {name!r}, a {kind}")
        chosen, notes = choose(file, shapes, ask.array)
        shape, kind = kinds[chosen]
        if min(shape, default=0) < 0:
            raise Refused(f"{file} must have sizes of at least 0, got {shape}")
        believable(file, math.prod(shape) * BYTES[kind], BYTES[kind] * file.stat().st_size, rows=False)
        values: Any = scipy.io.loadmat(str(file), variable_names=[chosen])[chosen]
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "biufc":
        raise Refused(f"{file} must hold an array of numbers, got {chosen!r} of another kind")
    return Found(thinned(values, ask.limit), None, notes)
