"""Columns of a table: which are used, and what is wrong with one, by its name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lingen.boundary import checked
from lingen.models.readers.found import Refused

__all__ = ["check_numbers", "selected", "unfit"]


@checked
def selected(file: Path, names: Sequence[str], asked: str | None) -> list[int]:
    """The places of the columns that are asked for, in the order of the file: `a,b`, or all but `-a,-b`.

    Raises:
        Refused: for a name that is none, and where none is left.
    """
    parts = [part.strip() for part in (asked or "").split(",") if part.strip()]
    without = {part[1:] for part in parts if part[:1] == "-" and part not in names}
    wanted = {part for part in parts if part[:1] != "-" or part in names}
    unknown = sorted((without | wanted) - set(names))
    if unknown:
        some = ", ".join(names[:6]) + ("" if len(names) <= 6 else f" and {len(names) - 6} more")
        raise Refused(f"columns must be those of {file}, got {unknown[0]!r}: it has {some}")
    kept = [i for i, name in enumerate(names) if (not wanted or name in wanted) and name not in without]
    if not kept:
        raise Refused(f"{file} must have a column of numbers, got none")
    return kept


@checked
def unfit(file: Path, name: str, what: str) -> Refused:
    """What is said of a column that holds no numbers."""
    return Refused(
        f"{file} must hold numbers, got {what} in column {name!r}: leave it out by --columns=-{name}"
    )


@checked
def check_numbers(file: Path, names: Sequence[str], values: np.ndarray, first: int) -> None:
    """Raise `Refused`, naming row and column, unless all of a block of rows is finite.

    Args:
        file: the file.
        names: of the columns.
        values: shape (rows, columns).
        first: number of the first row in the file, counted from 1.
    """
    if values.dtype.kind != "f" or np.isfinite(values).all():
        return
    row, column = np.argwhere(~np.isfinite(values))[0]
    value = values[row, column]
    what = "nothing or NaN" if np.isnan(value) else f"{value}"
    raise unfit(file, names[column], f"{what} at row {first + int(row):,}")
