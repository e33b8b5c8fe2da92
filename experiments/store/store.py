"""Where a sweep is kept: a Zarr group of named arrays, made from the finished cells beside it.

    STORE/.sweep.json      what is swept, by which version, since when
    STORE/.cells/*.npz     finished cells, each file whole or absent; the truth about what is done
    STORE/.lock            held by the one process that writes
    STORE/<variable>/      the arrays, an xarray.Dataset in Zarr format 2; `draws` is 0 where no cell is whole

A process killed at any moment leaves whole files, and the next one goes on from them.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import socket
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np
import xarray as xr

from lingen.experiments.grid.axes import Sweep
from lingen.experiments.grid.cells import OBSERVABLES
from lingen.experiments.grid.run import Part
from lingen.experiments.store.dataset import dataset
from lingen.files import BLANK, remove, write

__all__ = ["Store"]

MANIFEST, CELLS, LOCK, COMPLETE = ".sweep.json", ".cells", ".lock", "complete.npz"
NEW = ".arrays"


class Store:
    """The store of one sweep, open for writing by one process; a context manager.

    Args:
        path: the folder; made when absent.
        sweep: the grid.
        provenance: versions and the like, kept with the data; `versions` is compared on reopening.

    Raises:
        ValueError: if the folder cannot be written, belongs to something else or to another sweep, or is
            being written by another process.
    """

    def __init__(self, path: Path, sweep: Sweep, provenance: Mapping[str, Any]):
        self.path, self.sweep = path, sweep
        self.notes: list[str] = []
        self.values: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.done = np.zeros(sweep.size, bool)
        self._lock = self._claim()
        try:
            self.provenance = self._recognise(provenance)
            (path / CELLS).mkdir(exist_ok=True)
            self._sweep_up()
            self._load()
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise ValueError(_unwritable(path, error)) from None
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let others write."""
        self._lock.close()

    @property
    def missing(self) -> np.ndarray:
        """Flat indices of the cells still to be run."""
        return np.flatnonzero(~self.done)

    def add(self, part: Part) -> None:
        """Keep finished cells: on disk first, whole, then here."""
        arrays: dict[str, np.ndarray] = {"cells": part.cells}
        for name, (mean, error) in part.observables.items():
            arrays[name], arrays[name + "_error"] = mean, error
        self._write_cells(f"{part.cells[0]:012d}.npz", arrays)
        self._take(arrays)

    def compact(self) -> None:
        """Once all cells are done, put them into one file."""
        arrays: dict[str, np.ndarray] = {"cells": np.arange(self.sweep.size)}
        for name in sorted(self.values):
            arrays[name], arrays[name + "_error"] = self.values[name]
        self._write_cells(COMPLETE, arrays)
        for file in self._parts():
            if file.name != COMPLETE:
                file.unlink()

    def dataset(self, theory: Mapping[str, xr.DataArray] | None = None) -> xr.Dataset:
        """All that is known, as named arrays; cells that are not done are NaN, and their `draws` 0."""
        return dataset(self.sweep, self.values, self.done, self.provenance, theory)

    def publish(self, theory: Mapping[str, xr.DataArray] | None = None) -> None:
        """Put the arrays where readers find them: each replaced whole, `draws` after all others."""
        fresh = self.path / NEW
        remove(fresh)
        # format 2: in format 3 neither text coordinates nor consolidated metadata are part of the standard
        self.dataset(theory).to_zarr(fresh, mode="w", zarr_format=2, consolidated=True)
        last = ("draws", ".zgroup", ".zattrs", ".zmetadata")
        names = sorted(item.name for item in fresh.iterdir() if item.name not in last)
        for name in (*names, *last):
            source, target = fresh / name, self.path / name
            if source.is_dir():
                remove(target)
            os.replace(source, target)
        remove(fresh)

    def _claim(self) -> IO[str]:
        try:
            if self.path.exists() and not self.path.is_dir():
                raise ValueError(f"--out {self.path}: is a file, not a sweep's folder")
            found = [item.name for item in self.path.iterdir()] if self.path.exists() else []
            if MANIFEST not in found and any(n != LOCK and not n.startswith(BLANK) for n in found):
                raise ValueError(f"--out {self.path}: holds something else than a sweep")
            self.path.mkdir(parents=True, exist_ok=True)
            lock = (self.path / LOCK).open("a+", encoding="utf-8")
        except OSError as error:
            raise ValueError(_unwritable(self.path, error)) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            lock.close()
            raise ValueError(f"--out {self.path}: another process writes it ({owner})") from None
        except OSError as error:
            lock.close()
            raise ValueError(f"--out {self.path}: cannot be locked ({error.strerror})") from None
        with contextlib.suppress(OSError):  # who holds the lock is a courtesy
            lock.truncate(0)
            lock.write(f"process {os.getpid()} on {socket.gethostname()}")
            lock.flush()
        return lock

    def _recognise(self, provenance: Mapping[str, Any]) -> dict[str, Any]:
        """The provenance of the store, new or found; `ValueError` if it belongs to another sweep."""
        file = self.path / MANIFEST
        config = self.sweep.config()
        if not file.exists():
            text = json.dumps(
                {"config": config, "provenance": provenance}, indent=1, ensure_ascii=False, allow_nan=False
            )
            write(file, lambda stream: stream.write(text.encode() + b"\n"))
            return dict(provenance)
        try:
            found = json.loads(file.read_text(encoding="utf-8"))
            before, kept = found["config"], dict(found["provenance"])
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"--out {self.path}: {MANIFEST} there cannot be read") from None
        if before != json.loads(json.dumps(config, allow_nan=False)):
            raise ValueError(f"--out {self.path}: holds another sweep: {_difference(before, config)}")
        then, now = kept.get("versions", {}), provenance.get("versions", {})
        changed = [
            f"{name} {then.get(name)} (now {now[name]})" for name in now if now[name] != then.get(name)
        ]
        if changed:
            self.notes.append(f"{self.path} was begun with {', '.join(changed)}: its cells are kept")
        return kept

    def _load(self) -> None:
        for file in self._parts():
            try:
                with file.open("rb") as stream, np.load(stream) as stored:
                    arrays = {name: stored[name] for name in stored.files}
                self._take(arrays)
            except (zipfile.BadZipFile, ValueError, KeyError, IndexError, EOFError):
                self.notes.append(f"{file} is damaged: its cells are run again")
                file.unlink()

    def _take(self, arrays: Mapping[str, np.ndarray]) -> None:
        cells = arrays["cells"]
        for name in OBSERVABLES:
            if name in arrays:
                if name not in self.values:
                    self.values[name] = np.full(self.sweep.size, np.nan), np.full(self.sweep.size, np.nan)
                self.values[name][0][cells] = arrays[name]
                self.values[name][1][cells] = arrays[name + "_error"]
        self.done[cells] = True

    def _write_cells(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        write(self.path / CELLS / name, lambda stream: np.savez(stream, **dict(arrays)))  # type: ignore[arg-type]

    def _parts(self) -> list[Path]:
        return sorted(f for f in (self.path / CELLS).glob("*.npz") if not f.name.startswith(BLANK))

    def _sweep_up(self) -> None:
        """Remove what a killed process was in the middle of."""
        for folder in (self.path, self.path / CELLS):
            for file in folder.glob(BLANK + "*"):
                file.unlink()
        remove(self.path / NEW)


def _difference(before: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """The first thing that differs, in words."""
    for name in [*now, *before]:
        if name not in before:
            return f"{name} is {_short(now[name])} here, and absent there"
        if name not in now:
            return f"{name} is {_short(before[name])} there, and absent here"
        if before[name] != json.loads(json.dumps(now[name], allow_nan=False)):
            return f"{name} is {_short(before[name])} there, {_short(now[name])} here"
    return "the same parameters in another order"


def _short(value: Any) -> str:
    if isinstance(value, list) and len(value) > 6:
        return (
            f"{value[0]:.6g} ... {value[-1]:.6g} ({len(value)} values)"
            if not isinstance(value[0], str)
            else f"{len(value)} words"
        )
    if isinstance(value, list):
        return ", ".join(f"{v:.6g}" if isinstance(v, float) else str(v) for v in value)
    return str(value)


def _unwritable(path: Path, error: OSError) -> str:
    return f"--out {path}: cannot write there ({error.strerror or error})"
