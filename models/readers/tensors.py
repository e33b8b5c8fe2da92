"""Tensors on disk: `.safetensors`, and PyTorch's `.pt` of which nothing but tensors is loaded."""

from __future__ import annotations

import json
import math
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from lingen.boundary import checked
from lingen.models.readers.found import Ask, Found, Refused, choose, spread, thinned

__all__ = ["read_safetensors", "read_torch"]

TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1",
    "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?", "BF16": "bfloat16",
}  # fmt: skip


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
    # NumPy's own kinds end here: the rest is one of a machine-learning library
    return Found(values if dtype.kind in "biuf" else values.astype(np.float32), None, notes)


@checked
def read_torch(file: Path, ask: Ask) -> Found:
    """One tensor of a file of PyTorch, loaded with `weights_only=True`: no code in it is run.

    Raises:
        Refused: if it is not plain which, if it holds no tensor, or is compressed, as PyTorch never does.
    """
    import torch

    packed = zipfile.is_zipfile(file)
    if packed:
        with zipfile.ZipFile(file) as archive:
            if any(entry.compress_type != zipfile.ZIP_STORED for entry in archive.infolist()):
                raise Refused(f"{file} must be as PyTorch writes it, got a compressed archive")
    held = torch.load(file, map_location="cpu", weights_only=True, mmap=packed)
    items = held.items() if isinstance(held, Mapping) else [("tensor", held)]
    tensors: dict[str, Any] = {
        str(name): one for name, one in items if isinstance(one, torch.Tensor) and one.layout == torch.strided
    }
    chosen, notes = choose(file, {name: tuple(one.shape) for name, one in tensors.items()}, ask.array)
    tensor = tensors[chosen].detach()
    kept = (
        tensor
        if ask.limit is None or not tensor.ndim
        else tensor[torch.from_numpy(spread(len(tensor), ask.limit))]
    )
    if kept.dtype == torch.bfloat16:
        kept = kept.float()
    return Found(kept.numpy(), None, notes)


def _dtype(name: str) -> np.dtype:
    if name != "bfloat16":
        return np.dtype(name)
    import ml_dtypes

    return np.dtype(ml_dtypes.bfloat16)
