"""NumPy's own files: `.npy` and the arrays that `.npz` holds uncompressed stay on disk."""

from __future__ import annotations

import gzip
import math
import struct
import zipfile
from pathlib import Path
from typing import IO, NamedTuple, cast

import numpy as np
from numpy.lib import format as npy

from lingen.boundary import checked
from lingen.models.readers.found import Ask, Found, Refused, believable, choose, streamed, thinned

__all__ = ["names", "read_npy", "read_npz"]

OBJECTS = "it holds Python objects, which are never loaded"


class _Header(NamedTuple):
    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype
    begin: int

    @property
    def size(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


@checked
def read_npy(file: Path, ask: Ask) -> Found:
    """The array of an `.npy` file, or of one that gzip packed.

    Raises:
        Refused: for Python objects, and for a file that is shorter than it says.
    """
    if file.suffix.lower() == ".gz":
        with gzip.open(file, "rb") as stream:
            plain = cast(IO[bytes], stream)
            return Found(_unpacked(plain, _header(plain, file), file, file.stat().st_size, ask.limit))
    with file.open("rb") as stream:
        head = _header(stream, file)
    return Found(_mapped(file, head, 0, file.stat().st_size, ask.limit))


@checked
def read_npz(file: Path, ask: Ask) -> Found:
    """One array of an `.npz` file.

    Raises:
        Refused: if it is not plain which, or the array is none that can be believed.
    """
    with zipfile.ZipFile(file) as archive:
        inside = names(archive)
        if ask.array is None and len(inside) == 1:
            chosen, notes = choose(file, dict.fromkeys(inside, ()), None)
        else:
            chosen, notes = choose(file, _shapes(archive, inside, file, ask.array), ask.array)
        entry = inside[chosen]
        with archive.open(entry) as stream:
            head = _header(stream, file)
            if head.begin + head.size > entry.file_size:
                raise Refused(f"{file} must hold all of {chosen}, got {entry.file_size:,} bytes of it")
            if entry.compress_type != zipfile.ZIP_STORED:
                values = _unpacked(stream, head, file, entry.compress_size, ask.limit)
                return Found(values, None, notes)
    end = _place(file, entry) + entry.file_size
    return Found(_mapped(file, head, _place(file, entry), end, ask.limit), None, notes)


@checked
def names(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The arrays of an open `.npz` file, by name."""
    return {i.filename.removesuffix(".npy"): i for i in archive.infolist() if i.filename.endswith(".npy")}


def _shapes(
    archive: zipfile.ZipFile, inside: dict[str, zipfile.ZipInfo], file: Path, asked: str | None
) -> dict[str, tuple[int, ...]]:
    """Shapes of all arrays that hold numbers, and of the one that is asked for."""
    shapes = {}
    for name, entry in inside.items():
        with archive.open(entry) as stream:
            try:
                head = _header(stream, file)
            except Refused:
                if name == asked:
                    raise
                continue
        shapes[name] = head.shape
    return shapes


def _header(stream: IO[bytes], file: Path) -> _Header:
    start = stream.read(npy.MAGIC_LEN)
    if len(start) < npy.MAGIC_LEN:
        raise Refused(f"{file} must be a readable array file, got: {len(start)} bytes")
    if start[:6] != npy.magic(1, 0)[:6]:
        what = "no array of NumPy" if start[:1] != b"\x80" else "a pickle; " + OBJECTS
        raise Refused(f"{file} must be a readable array file, got: {what}")
    if start[6:] not in (b"\1\0", b"\2\0"):
        raise Refused(f"{file} must be a readable array file, got: version {start[6]}.{start[7]}")
    read = npy.read_array_header_1_0 if start[6] == 1 else npy.read_array_header_2_0
    shape, fortran, dtype = read(stream)
    if dtype.hasobject:
        raise Refused(f"{file} must be a readable array file, got: {OBJECTS}")
    if min(shape, default=0) < 0:
        raise Refused(f"{file} must have sizes of at least 0, got {shape}")
    return _Header(shape, fortran, dtype, stream.tell())


def _mapped(file: Path, head: _Header, place: int, end: int, limit: int | None) -> np.ndarray:
    """An array on disk, of which only kept rows are read."""
    begin = place + head.begin
    if begin + head.size > end:
        raise Refused(
            f"{file} must be a readable array file, got: {end - begin:,} of its {head.size:,} bytes"
        )
    if head.size == 0 or not head.shape:
        return np.zeros(head.shape, head.dtype)
    whole = np.memmap(file, head.dtype, "r", begin, head.shape, "F" if head.fortran else "C")
    return thinned(whole, limit)


def _unpacked(stream: IO[bytes], head: _Header, file: Path, packed: int, limit: int | None) -> np.ndarray:
    believable(file, head.size if limit is None or head.fortran else 0, packed)
    if not head.shape:
        return np.zeros((), head.dtype)
    if head.fortran:
        turned = streamed(stream.read, head.shape[::-1], head.dtype, None, file, packed).T
        return thinned(turned, limit)
    return streamed(stream.read, head.shape, head.dtype, limit, file, packed)


def _place(file: Path, entry: zipfile.ZipInfo) -> int:
    """Where the bytes of an uncompressed member begin."""
    with file.open("rb") as stream:
        stream.seek(entry.header_offset)
        head = stream.read(30)
    if len(head) < 30 or entry.flag_bits & 1:
        raise Refused(f"{file} must be a readable array file, got: an encrypted or broken archive")
    name, extra = struct.unpack("<HH", head[26:30])
    return int(entry.header_offset) + 30 + int(name) + int(extra)
