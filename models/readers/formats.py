"""Which reader reads a file: by its name, or by how it begins."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import NamedTuple

from lingen.boundary import checked
from lingen.machine.extras import installed_by
from lingen.models.readers import idx
from lingen.models.readers.found import Ask, Found, Refused

__all__ = ["SUFFIXES", "advice", "parted", "read", "readable"]


class _Reader(NamedTuple):
    place: str
    what: str
    needs: str | None = None

    def load(self) -> Callable[[Path, Ask], Found]:
        module, name = self.place.split(":")
        return getattr(import_module(f"lingen.models.readers.{module}"), name)  # type: ignore[no-any-return]


_IDX = _Reader("idx:read", "idx file")
_TEXT = _Reader("text:read", "table")
_HDF5 = _Reader("hdf5:read", "HDF5 file", "tables")
_READERS = {
    ".npy": _Reader("numpy_files:read_npy", "array file"),
    ".npy.gz": _Reader("numpy_files:read_npy", "array file"),
    ".npz": _Reader("numpy_files:read_npz", "array file"),
    ".idx": _IDX,
    ".idx.gz": _IDX,
    **{suffix + packed: _TEXT for suffix in (".csv", ".tsv") for packed in ("", ".gz")},
    ".parquet": _Reader("parquet:read", "Parquet file", "tables"),
    **dict.fromkeys((".h5", ".hdf5", ".he5", ".nc"), _HDF5),
    ".mat": _Reader("matlab:read", "MATLAB file", "tables"),
    ".safetensors": _Reader("tensors:read_safetensors", "safetensors file"),
    ".pt": _Reader("torch_files:read", "file of PyTorch tensors", "torch"),
    ".pth": _Reader("torch_files:read", "file of PyTorch tensors", "torch"),
}
SUFFIXES = tuple(suffix for suffix in _READERS if not suffix.endswith(".gz"))
_PANDAS = "import pandas as pd; pd.{}({!r}).to_csv('data.csv', index=False)"
_ADVICE = {
    ".xlsx": "read_excel", ".xls": "read_excel", ".ods": "read_excel", ".feather": "read_feather",
    ".arrow": "read_feather", ".json": "read_json", ".dta": "read_stata", ".sav": "read_spss",
    ".orc": "read_orc", ".sas7bdat": "read_sas",
}  # fmt: skip
_LINES = {
    **dict.fromkeys(
        (".pkl", ".pickle"), "import numpy as np, pickle; np.save('data.npy', pickle.load(open({!r}, 'rb')))"
    ),
    **dict.fromkeys((".txt", ".dat"), "import numpy as np; np.save('data.npy', np.loadtxt({!r}))"),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".gz"), "import shutil; shutil.unpack_archive({!r}, 'data')"),
    **dict.fromkeys(
        (".mp4", ".avi", ".mov"),
        "import imageio.v3, numpy as np; np.save('data.npy', imageio.v3.imread({!r}))",
    ),
    ".zarr": "import numpy as np, zarr; np.save('data.npy', zarr.open({!r}))",
    ".bin": "import numpy as np; np.save('data.npy', np.fromfile({!r}, 'uint8').reshape(-1, 784))",
}


@checked
def parted(source: str) -> tuple[Path, str | None]:
    """File and array of `FILE:NAME`; a file whose own name has a colon is taken whole."""
    whole = Path(source)
    place, colon, name = source.rpartition(":")
    if colon and name and not whole.exists() and Path(place).is_file():
        return Path(place), name
    return whole, None


@checked
def readable(file: Path) -> bool:
    """Whether there is a reader for a file of this name, or of this beginning."""
    return _reader(file) is not None


@checked
def advice(file: Path) -> str:
    """The line of Python that converts a file of another kind to one that can be read."""
    suffix, name = file.suffix.lower(), str(file)
    if suffix in _ADVICE:
        return _PANDAS.format(_ADVICE[suffix], name)
    return _LINES.get(
        suffix, "import numpy as np; np.save('data.npy', rows)  # rows: an array of shape (N, d)"
    ).format(name)


@checked
def read(file: Path, ask: Ask) -> Found:
    """What a file holds.

    Raises:
        ValueError: in one line that names the file: what is wrong with it, or what reads it and is not here.
    """
    reader = _reader(file)
    if reader is None:
        raise ValueError(
            f"file must be of kind {' '.join(SUFFIXES)}, got {str(file)!r}: convert by {advice(file)}"
        )
    try:
        found = reader.load()(file, ask)
    except Refused as error:
        raise ValueError(" ".join(str(error).split())) from None
    except ImportError as error:
        extra = f": {installed_by(reader.needs)}" if reader.needs else ""
        raise ValueError(
            f"{file} must have {error.name or 'its reader'} to be read{extra}, got none"
        ) from None
    except Exception as error:  # each library has errors of its own
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise ValueError(f"{file} must be a readable {reader.what}, got: {reason}") from None
    if found.columns is None and ask.columns is not None:
        raise ValueError(f"columns must come with a table that names them, got {ask.columns!r} for {file}")
    return found


def _reader(file: Path) -> _Reader | None:
    name = file.name.lower()
    ending = next((s for s in sorted(_READERS, key=len, reverse=True) if name.endswith(s)), None)
    if ending is not None:
        return _READERS[ending]
    return _IDX if ("ubyte" in name or "idx" in name or idx.looks_like(file)) else None
