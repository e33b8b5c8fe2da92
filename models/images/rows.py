"""The rows of a data set as they lie in memory or on disk; only those that are asked for become doubles."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from lingen.boundary import checked

__all__ = ["Rows", "Span", "Tell", "as_rows", "mean_of", "release", "silent"]

BLOCK = 2**21
"""Numbers that are converted together: 16 MiB of doubles."""


Tell = Callable[[str, float], None]


@checked
def silent(what: str, share: float) -> None:
    """Tell nobody how much of what is done."""


class Span(NamedTuple):
    """Rows that lie in one array."""

    name: str
    view: np.ndarray
    """Numbered by its first axes, of pictures or of windows of pictures."""
    at: tuple[np.ndarray, ...]
    """Where each row is, one array of numbers for each of those axes."""


@dataclass(frozen=True, eq=False)
class Rows:
    """N rows of d numbers; converted to double precision when they are asked for.

    Attributes:
        parts: where they lie, in their order.
        convert: from raw values (m, ...) and the name of their array to doubles (m, ...).
    """

    parts: tuple[Span, ...]
    convert: Callable[[np.ndarray, str], np.ndarray]

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    @cached_property
    def image_shape(self) -> tuple[int, ...]:
        """Shape of one row before it is laid flat."""
        return self.images(np.arange(1)).shape[1:] if len(self) else (0,)

    @cached_property
    def _ends(self) -> np.ndarray:
        """How many rows the first parts hold, summed."""
        return np.cumsum([len(part.at[0]) for part in self.parts], dtype=int)

    @property
    def dim(self) -> int:
        """d."""
        return int(np.prod(self.image_shape))

    def images(self, numbers: Sequence[int] | np.ndarray) -> np.ndarray:
        """The rows of these numbers, which increase, as images in double precision."""
        numbers, ends = np.asarray(numbers), self._ends
        which = np.searchsorted(ends, numbers, side="right")
        found = []
        for k in np.unique(which):
            part = self.parts[k]
            here = numbers[which == k] - (ends[k] - len(part.at[0]))
            found.append(self.convert(_picked(part, here), part.name))
            release(part.view)
        if not found:
            return np.zeros((0, *self.image_shape))
        return found[0] if len(found) == 1 else np.concatenate(found)

    def take(self, numbers: Sequence[int] | np.ndarray) -> Float[np.ndarray, "m d"]:
        """The rows of these numbers, in any order, shape (m, d)."""
        numbers = np.asarray(numbers)
        order = np.argsort(numbers, kind="stable")
        found = self.images(numbers[order]).reshape(len(numbers), -1)
        if np.array_equal(order, np.arange(len(order))):
            return found
        out = np.empty_like(found)
        out[order] = found
        return out

    def blocks(self, tell: Tell = silent, what: str = "") -> Iterator[Float[np.ndarray, "m d"]]:
        """All rows in their order, some at a time; `tell` hears what is done and the share of it that is."""
        step = max(1, BLOCK // max(self.dim, 1))
        for start in range(0, len(self), step):
            yield self.take(np.arange(start, min(start + step, len(self))))
            tell(what, min(1.0, (start + step) / len(self)))

    def select(self, numbers: np.ndarray) -> Rows:
        """The rows of these increasing numbers alone."""
        ends, parts = self._ends, []
        which = np.searchsorted(ends, numbers, side="right")
        for k in np.unique(which):
            part = self.parts[k]
            here = numbers[which == k] - (ends[k] - len(part.at[0]))
            parts.append(part._replace(at=tuple(index[here] for index in part.at)))
        return replace(self, parts=tuple(parts))


@checked
def as_rows(array: Any) -> Rows:
    """Rows, or an array (N, ...) as rows."""
    if isinstance(array, Rows):
        return array
    return Rows((Span("rows", array, (np.arange(len(array)),)),), _doubles)


@checked
def mean_of(rows: Rows, tell: Tell = silent) -> Float[np.ndarray, "d"]:
    """The mean row."""
    first = rows.take(np.arange(1))[0]  # about which equal rows have a sum of exactly nothing
    total = np.zeros(rows.dim)
    for block in rows.blocks(tell, "mean"):
        total += (block - first).sum(axis=0)
    return first + total / len(rows)


@checked
def release(array: np.ndarray) -> None:
    """Give back the memory that pages of an array on disk take: they are read again when they are needed."""
    base: Any = array
    while base is not None and not isinstance(base, mmap.mmap):
        base = getattr(base, "base", None)
    if base is not None and hasattr(mmap, "MADV_DONTNEED"):
        with suppress(ValueError, OSError):
            base.madvise(mmap.MADV_DONTNEED)


def _picked(part: Span, here: np.ndarray) -> np.ndarray:
    """Raw values of rows by their places; of neighbours a view."""
    first = part.at[0][here]
    if len(part.at) == 1 and len(first) and np.all(np.diff(first) == 1):
        return part.view[first[0] : first[-1] + 1]
    return part.view[tuple(index[here] for index in part.at)]


def _doubles(raw: np.ndarray, name: str) -> np.ndarray:
    return np.asarray(raw, float)
