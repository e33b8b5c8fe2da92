"""What a reader is asked and what it gives; rows that are kept, and sizes that are believed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from lingen.boundary import checked
from lingen.checks import memory

__all__ = [
    "KEYS",
    "TOGETHER",
    "Ask",
    "Found",
    "Refused",
    "believable",
    "choose",
    "spread",
    "streamed",
    "thinned",
]

KEYS = ("images", "data", "x", "X")
DENSEST = 1100
"""Bytes that one byte of deflate or gzip unpacks to at most: 1,032, and room for headers."""
TOGETHER = 2**24
AXES = (2, 3, 4)


class Refused(ValueError):
    """What is wrong with a file, in one line that names it."""


class Ask(NamedTuple):
    """What is wanted of a file."""

    array: str | None = None
    """Name of the array, where a file holds several."""
    columns: str | None = None
    """Columns of a table that are used, or with a minus that are not: `a,b` or `-date,-id`."""
    limit: int | None = None
    """Rows that are kept at most, evenly spread."""


class Found(NamedTuple):
    """What a file holds."""

    values: np.ndarray
    """In its own precision; on disk where that can be."""
    columns: tuple[str, ...] | None = None
    """Names of the columns of a table."""
    notes: tuple[str, ...] = ()


@checked
def spread(count: int, limit: int | None) -> Int[np.ndarray, "kept"]:
    """Numbers of at most `limit` of `count` items, evenly spread."""
    if limit is None or limit >= count:
        return np.arange(count)
    return np.linspace(0, count - 1, limit).round().astype(int)


@checked
def thinned(rows: np.ndarray, limit: int | None) -> np.ndarray:
    """The rows that are kept of an array that has them all; as it is where that is every one."""
    return rows if limit is None else rows[spread(len(rows), limit)]


@checked
def choose(file: Path, shapes: dict[str, tuple[int, ...]], asked: str | None) -> tuple[str, tuple[str, ...]]:
    """Which of the arrays of a file is meant, and a note where that is not plain.

    Args:
        file: where they are.
        shapes: of its arrays, by name.
        asked: the name that was asked for.

    Raises:
        Refused: if there is none, or several and no telling which.
    """
    if asked is not None:
        if asked not in shapes:
            raise Refused(f"{file} must hold an array called {asked!r}, got {_listed(shapes)}")
        return asked, ()
    if not shapes:
        raise Refused(f"{file} must hold an array, got none")
    if len(shapes) == 1:
        return next(iter(shapes)), ()
    likely = [name for name, shape in shapes.items() if len(shape) in AXES]
    chosen = next((k for k in KEYS if k in shapes), likely[0] if len(likely) == 1 else None)
    if chosen is None:
        raise Refused(
            f"{file} must hold one array or one called {' or '.join(KEYS)}, got {_listed(shapes)}: choose "
            f"with {file}:{(likely or list(shapes))[0]}"
        )
    others = {name: shape for name, shape in shapes.items() if name != chosen}
    return chosen, (f"array {chosen!r} of the file, which also holds {_listed(others)}",)


@checked
def believable(file: Path, need: float, packed: float | None = None, rows: bool = True) -> None:
    """Raise `Refused` where a file says that it holds more than memory here, or than its bytes can unpack to.

    Args:
        file: the file.
        need: bytes that its array takes.
        packed: bytes of the compressed array; absent where it is not compressed.
        rows: whether fewer rows can be asked for.
    """
    if packed is not None and need > DENSEST * max(packed, 64):
        raise Refused(f"{file} must hold the {need:,} bytes that it says, got {packed:,} compressed bytes")
    if need > memory():
        advice = ": take fewer rows with --limit" if rows else ""
        raise Refused(
            f"{file} must fit the {memory() / 2**30:.3g} GiB of memory here, got {need / 2**30:.3g} GiB"
            + advice
        )


@checked
def streamed(
    read: Callable[[int], bytes],
    shape: Sequence[int],
    dtype: np.dtype,
    limit: int | None,
    file: Path,
    packed: int,
) -> np.ndarray:
    """The kept rows of an array in C order, read block by block.

    Raises:
        Refused: if the stream ends early, or the kept rows would not fit memory.
    """
    row = math.prod(shape[1:]) * dtype.itemsize
    believable(file, math.prod(shape) * dtype.itemsize if limit is None else 0, packed)
    kept = spread(shape[0], limit)
    believable(file, len(kept) * row)
    out = np.empty((len(kept), *shape[1:]), dtype)
    step, filled = max(1, TOGETHER // max(row, 1)), 0
    for start in range(0, shape[0], step):
        count = min(step, shape[0] - start)
        block = _exactly(read, count * row, file, f"{start:,} of {shape[0]:,} rows")
        here = kept[(kept >= start) & (kept < start + count)] - start
        rows = np.frombuffer(block, dtype).reshape(count, *shape[1:])
        out[filled : filled + len(here)] = rows[here]
        filled += len(here)
    return out


def _exactly(read: Callable[[int], bytes], count: int, file: Path, reached: str) -> bytes:
    parts, left = [], count
    while left:
        part = read(left)
        if not part:
            raise Refused(f"{file} must be whole, got one that ends after {reached}")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _listed(shapes: dict[str, tuple[int, ...]]) -> str:
    some = [f"{name} {'×'.join(map(str, shape))}" if shape else name for name, shape in shapes.items()]
    return ", ".join(some[:6]) + (f" and {len(some) - 6} more" if len(some) > 6 else "")
