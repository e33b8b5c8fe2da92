"""Parquet tables, read batch by batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from lingen.boundary import checked
from lingen.models.readers.columns import check_numbers, selected, unfit
from lingen.models.readers.found import Ask, Found, Refused, believable, spread

__all__ = ["read"]

ROWS = 4096


@checked
def read(file: Path, ask: Ask) -> Found:
    """The columns of a table in one precision that holds them all; or its one column of lists of one length.

    Raises:
        Refused: for a column that holds no numbers or has gaps, told by its name.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with pq.ParquetFile(file) as table:
        schema, count = table.schema_arrow, table.metadata.num_rows
        groups = [table.metadata.row_group(i) for i in range(table.num_row_groups)]
        if count < 0 or count != sum(group.num_rows for group in groups):
            raise Refused(
                f"{file} must tell how many rows it has, got {count:,} and groups of another number"
            )
        for group in groups:
            believable(file, group.total_byte_size, None, rows=False)
        places = selected(file, schema.names, ask.columns)
        names = tuple(schema.names[i] for i in places)
        length = _list_length(schema.field(places[0]).type) if len(places) == 1 else None
        if length is None:
            for i in places:
                _check_type(file, schema.field(i), pa)
        width = length or len(names)
        dtype = _common([_scalar(schema.field(i).type, pa) for i in places])
        believable(file, min(count, ask.limit or count) * width * dtype.itemsize)
        kept = spread(count, ask.limit)
        out = np.empty((len(kept), width), dtype)
        start = filled = 0
        for batch in table.iter_batches(ROWS, columns=list(names)):
            rows = _rows(file, names, batch, width, dtype)
            check_numbers(file, names if length is None else names * width, rows, start + 1)
            here = kept[(kept >= start) & (kept < start + len(rows))] - start
            out[filled : filled + len(here)] = rows[here]
            start, filled = start + len(rows), filled + len(here)
    if start != count:
        raise Refused(f"{file} must have the {count:,} rows that it says, got {start:,}")
    return Found(out, names if length is None else None)


def _rows(file: Path, names: tuple[str, ...], batch: Any, width: int, dtype: np.dtype) -> np.ndarray:
    out = np.empty((batch.num_rows, width), dtype)
    for j, (name, column) in enumerate(zip(names, batch.columns, strict=True)):
        if column.null_count:
            raise unfit(file, name, f"{column.null_count:,} empty cells")
        if _list_length(column.type) is None:
            out[:, j] = column.cast("float64" if dtype.kind == "f" else _name(dtype)).to_numpy(
                zero_copy_only=False
            )
        else:
            flat = column.flatten()
            if flat.null_count or len(flat) != batch.num_rows * width:
                raise unfit(file, name, "lists with gaps")
            out[:] = flat.to_numpy(zero_copy_only=False).reshape(-1, width)
    return out


def _list_length(kind: Any) -> int | None:
    """Of lists of one length, which one column may hold as a row each."""
    length = getattr(kind, "list_size", None)
    return int(length) if length else None


def _check_type(file: Path, field: Any, pa: Any) -> None:
    kind = field.type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_boolean(kind)
            or pa.types.is_decimal(kind)):  # fmt: skip
        raise unfit(file, field.name, f"values of type {kind}")


def _scalar(kind: Any, pa: Any) -> np.dtype:
    inner = kind.value_type if _list_length(kind) else kind
    if pa.types.is_boolean(inner):
        return np.dtype(np.uint8)
    if pa.types.is_decimal(inner):
        return np.dtype(float)
    return np.dtype(inner.to_pandas_dtype())


def _common(kinds: list[np.dtype]) -> np.dtype:
    return np.result_type(*set(kinds))


def _name(dtype: np.dtype) -> str:
    return dtype.name
