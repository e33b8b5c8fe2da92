"""Tensors on disk: `.safetensors`."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path

import numpy as np

from lingen.boundary import checked
from lingen.models.readers.found import Ask, Found, Refused, believable, choose, thinned

__all__ = ["read_safetensors"]

TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?", "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2",
}  # fmt: skip

FOREIGN = "bfloat", "float8"
"""Kinds that NumPy itself lacks."""


@checked
def read_safetensors(file: Path, ask: Ask) -> Found:
    """One tensor, left on disk.

    Raises:
        Refused: if it is not plain which, or its numbers are of a kind that NumPy lacks.
    """
    from safetensors import safe_open

    with safe_open(file, framework="numpy") as content:  # which holds header and sizes against the file
        shapes = {name: tuple(content.get_slice(name).get_shape()) for name in content.keys()}  # noqa: SIM118
    chosen, notes = choose(file, shapes, ask.array)
    with file.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8))
        entry = json.loads(stream.read(length))[chosen]
    if entry["dtype"] not in TYPES:
        raise Refused(f"{file} must hold real numbers as {chosen!r}, got type {entry['dtype']}")
    shape, dtype = shapes[chosen], _dtype(TYPES[entry["dtype"]])
    if not math.prod(shape):
        return Found(np.zeros(shape, dtype), None, notes)
    whole = np.memmap(file, dtype, "r", 8 + length + int(entry["data_offsets"][0]), shape)
    values = thinned(whole, ask.limit) if shape else whole
    if not TYPES[entry["dtype"]].startswith(FOREIGN):
        return Found(values, None, notes)
    believable(file, 4.0 * values.size)
    return Found(values.astype(np.float32), None, notes)


def _dtype(name: str) -> np.dtype:
    if not name.startswith(FOREIGN):
        return np.dtype(name)
    import ml_dtypes

    return np.dtype(getattr(ml_dtypes, name))
