"""idx files, the format of MNIST and its family: zeros, type, number of axes, sizes, then the numbers."""

from __future__ import annotations

import gzip
import math
import struct
from io import BufferedIOBase
from pathlib import Path

import numpy as np

from lingen.boundary import checked
from lingen.models.readers.found import Ask, Found, Refused, believable, streamed, thinned

__all__ = ["looks_like", "read"]

TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


@checked
def looks_like(file: Path) -> bool:
    """Whether a file begins as an idx file does, packed by gzip or not."""
    try:
        with _opened(file) as stream:
            head = stream.read(4)
    except (OSError, EOFError, ValueError):
        return False
    return len(head) == 4 and head[:2] == b"\0\0" and head[2] in TYPES and 1 <= head[3] <= 8


@checked
def read(file: Path, ask: Ask) -> Found:
    """The array of an idx file; of one that gzip packed, only the kept rows are held.

    Raises:
        Refused: for another beginning, sizes that are negative or do not fit the file, and what follows them.
    """
    with _opened(file) as stream:
        shape, dtype, begin = _header(stream, file)
        size, need = file.stat().st_size, math.prod(shape) * dtype.itemsize
        if not _packed(file):
            if begin + need != size:
                raise Refused(f"{file} must have the {begin + need:,} bytes that it says, got {size:,}")
            whole = np.memmap(file, dtype, "r", begin, shape) if need else np.zeros(shape, dtype)
            return Found(thinned(whole, ask.limit))
        believable(file, need if ask.limit is None else 0, size)
        values = streamed(stream.read, shape, dtype, ask.limit, file, size)
        if stream.read(1):
            raise Refused(f"{file} must end after the {need:,} bytes that it says, got more")
    return Found(values)


def _header(stream: BufferedIOBase, file: Path) -> tuple[tuple[int, ...], np.dtype, int]:
    head = stream.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or head[2] not in TYPES or not head[3]:
        raise Refused(f"{file} must begin as an idx file does, got {head!r}")
    raw = stream.read(4 * head[3])
    if len(raw) < 4 * head[3]:
        raise Refused(f"{file} must tell {head[3]} sizes, got {len(raw) // 4}")
    shape = struct.unpack(f">{head[3]}i", raw)
    if min(shape) < 0:
        raise Refused(f"{file} must have sizes of at least 0, got {shape}")
    return shape, np.dtype(TYPES[head[2]]), 4 + len(raw)


def _packed(file: Path) -> bool:
    with file.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def _opened(file: Path) -> BufferedIOBase:
    return gzip.open(file, "rb") if _packed(file) else file.open("rb")  # type: ignore[return-value]
