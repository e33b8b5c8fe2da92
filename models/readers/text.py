"""Tables as text: CSV and its kin, with a header or without, packed by gzip or not."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lingen.boundary import checked
from lingen.models.readers.columns import check_numbers, selected, unfit
from lingen.models.readers.found import Ask, Found, Refused, believable, spread

__all__ = ["read"]

SEPARATORS = ",;\t|"
LINE = 2**24
ROWS = 4096


class _Form(NamedTuple):
    separator: str
    decimal: str
    names: tuple[str, ...]
    header: bool


@checked
def read(file: Path, ask: Ask) -> Found:
    """The columns of a table of text, in the least precision that holds them: whole numbers stay whole.

    The separator (comma, semicolon, tab, bar or blanks) is that of the first line, which is a header unless
    all of it is numbers. A column without a name is the numbering of the rows, and left out.

    Raises:
        Refused: for a column that holds no numbers, for an empty cell, and for rows of different lengths.
    """
    form = _form(file)
    places = selected(file, form.names, ask.columns)
    notes: tuple[str, ...] = ()
    if form.header and ask.columns is None and "" in form.names and len(places) > 1:
        places = [i for i in places if form.names[i]]
        notes = ("left out: the column without a name, which numbers the rows",)
    names = tuple(form.names[i] or str(i + 1) for i in places)
    kept = None if ask.limit is None else spread(sum(len(frame) for frame in _chunks(file, form)), ask.limit)
    parts: list[np.ndarray] = []
    start = held = 0
    for frame in _chunks(file, form):
        if frame.empty:
            continue
        values = _numbers(file, names, frame.iloc[:, places], start + 1)
        if kept is not None:
            values = values[kept[(kept >= start) & (kept < start + len(frame))] - start]
        start, held = start + len(frame), held + values.nbytes
        believable(file, held)
        parts.append(values)
    whole = np.concatenate(parts) if parts else np.zeros((0, len(names)))
    return Found(whole, names, notes)


def _form(file: Path) -> _Form:
    """Separator, decimal sign and names, from the first lines."""
    with _opened(file) as stream:
        first, second = _line(stream, file), _line(stream, file)
    if not first:
        raise Refused(f"{file} must hold a table, got an empty file")
    best = max(SEPARATORS, key=first.count)
    separator = best if best in first else r"\s+"
    decimal = "," if best == ";" and ";" in first and re.search(r"\d,\d", second or first) else "."
    cells = [
        cell.strip().strip('"') for cell in re.split(re.escape(best) if best in first else r"\s+", first)
    ]
    header = not all(_is_number(cell.replace(decimal, ".")) for cell in cells)
    if not header:
        return _Form(separator, decimal, tuple(str(i + 1) for i in range(len(cells))), False)
    return _Form(separator, decimal, tuple(cells), True)


def _line(stream: Any, file: Path) -> str:
    """The next line that is not blank."""
    for _ in range(ROWS):
        raw = stream.readline(LINE)
        if len(raw) == LINE:
            raise Refused(f"{file} must have lines of less than {LINE:,} characters, got a longer one")
        text = raw.decode("utf-8-sig")
        if text.strip() or not raw:
            return str(text.strip("\r\n"))
    return ""


def _chunks(file: Path, form: _Form) -> Iterator[Any]:
    """The table, some rows at a time; columns by their places."""
    import pandas as pd

    options: dict[str, Any] = {"encoding": "utf-8-sig", "skipinitialspace": True, "low_memory": False}
    width = len(form.names)
    with (
        _opened(file) as stream,
        pd.read_csv(
            stream, sep=form.separator, decimal=form.decimal, header=0 if form.header else None,
            chunksize=ROWS, **options,
        ) as frames,
    ):  # fmt: skip
        start = 0
        for frame in frames:
            # what goes beyond the header becomes an index
            if frame.shape[1] != width or not np.array_equal(
                frame.index, np.arange(start, start + len(frame))
            ):
                raise Refused(f"{file} must have rows of {width} cells, got longer ones")
            start += len(frame)
            yield frame


def _numbers(file: Path, names: tuple[str, ...], frame: Any, first: int) -> np.ndarray:
    for name, column in zip(names, (frame.iloc[:, i] for i in range(len(names))), strict=True):
        if column.dtype.kind not in "biuf":
            wrong = next(i for i, cell in enumerate(column) if not _is_number(str(cell)))
            raise unfit(file, name, f"{str(column.iloc[wrong])[:30]!r} at row {first + wrong:,}")
    values = frame.to_numpy()
    if values.dtype.kind not in "biuf":  # truth values beside numbers
        values = values.astype(float)
    check_numbers(file, names, values, first)
    if values.dtype.kind in "iu" and values.size:
        return values.astype(
            np.result_type(np.min_scalar_type(values.min()), np.min_scalar_type(values.max()))
        )
    return values


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _opened(file: Path) -> Any:
    return gzip.open(file, "rb") if file.suffix.lower() == ".gz" else file.open("rb")
