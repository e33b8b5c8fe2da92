"""Where a sweep is kept: a Zarr group of named arrays, made from the finished cells beside it.

    STORE/.sweep.json      what is swept, by which version, since when, and where its cells lie
    STORE/.cells/*.npz     finished cells, each file whole or absent; the truth about what is done
    STORE/.lock            held by the one process that writes
    STORE/<variable>/      the arrays, an xarray.Dataset in Zarr format 2, every chunk with a checksum;
                           `draws` is 0 where no cell is whole

A process killed at any moment leaves whole files, and the next one goes on from them.
"""

from __future__ import annotations

import contextlib
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import xarray as xr

from lingen.experiments.grid.part import Part, merged
from lingen.experiments.grid.sweep import Sweep
from lingen.experiments.store.dataset import dataset
from lingen.experiments.store.extension import moved
from lingen.experiments.store.lock import claim
from lingen.experiments.store.manifest import CELLS, Manifest, recognise
from lingen.files import BLANK, remove, write

__all__ = ["Store"]

COMPLETE, NEW = "complete.npz", ".arrays"
LAST = ("draws", ".zgroup", ".zattrs", ".zmetadata")
"""Replaced after all others."""


class Store:
    """The store of one sweep, open for writing by one process; a context manager.

    Args:
        path: the folder; made when absent.
        sweep: the grid. Where `extend` is given, the grid that is there grows by it: `self.sweep` is both.
        provenance: versions and the like, kept with the data; `versions` is compared on reopening.
        extend: whether cells and draws may be added to what is there.
        changed: whether an experiment whose source has changed may go on.

    Raises:
        ValueError: if the folder cannot be written, belongs to something else or to another sweep, or is
            being written by another process.
    """

    def __init__(
        self,
        path: Path,
        sweep: Sweep,
        provenance: Mapping[str, Any],
        extend: bool = False,
        changed: bool = False,
    ):
        self.path = path
        self.values: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self._lock = claim(path)
        self.notes: list[str] = [self._lock.note] if self._lock.note else []
        try:
            self.manifest = recognise(path, sweep, provenance, extend, changed, self.notes)
            self.sweep = self.manifest.sweep
            self.counts = np.zeros(self.sweep.size, int)
            self.folder.mkdir(exist_ok=True)
            self._sweep_up()
            if self.manifest.before is not None:
                self._extend(self.manifest.before)
            self._load()
        except BaseException as error:
            self.close()
            if isinstance(error, OSError):
                raise ValueError(f"out {path}: cannot be written ({error.strerror or error})") from None
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let others write."""
        self._lock.close()

    @property
    def folder(self) -> Path:
        """Where the files of cells lie."""
        return self.path / self.manifest.cells

    @property
    def done(self) -> np.ndarray:
        """Which cells have all their draws."""
        return self.counts >= self.sweep.draws

    @property
    def missing(self) -> np.ndarray:
        """Flat indices of the cells still to be run."""
        return np.flatnonzero(~self.done)

    @property
    def kept(self) -> str:
        """What is kept of a sweep that ends early, in words."""
        done, total = int(self.done.sum()), self.sweep.size
        return f"{done:,} of {total:,} cells are kept in {self.path}, the same command goes on"

    def add(self, part: Part) -> None:
        """Keep finished cells: on disk first, whole, then here."""
        for name, (mean, _) in part.observables.items():
            self._check_shape(name, mean, int(part.cells[0]))
        if np.any(self.counts[part.cells]):
            part = self._joined(part)
        arrays: dict[str, np.ndarray] = {"cells": part.cells, "draws": part.draws}
        for name, (mean, error) in part.observables.items():
            arrays[name], arrays[name + "_error"] = mean, error
        self._write_cells(f"{part.cells[0]:012d}-{int(part.draws[0])}.npz", arrays)
        self._take(arrays)

    def compact(self) -> None:
        """Once all cells are done, put them into one file."""
        arrays: dict[str, np.ndarray] = {"cells": np.arange(self.sweep.size), "draws": self.counts}
        for name in sorted(self.values):
            arrays[name], arrays[name + "_error"] = self.values[name]
        self._write_cells(COMPLETE, arrays)
        for file in self._parts():
            if file.name != COMPLETE:
                file.unlink()

    def dataset(self, theory: Mapping[str, xr.DataArray] | None = None) -> xr.Dataset:
        """All that is known, as named arrays; cells without draws are NaN, and their `draws` 0."""
        return dataset(self.sweep, self.values, self.counts, self.manifest.provenance, theory)

    def publish(self, theory: Mapping[str, xr.DataArray] | None = None) -> xr.Dataset:
        """Put the arrays where readers find them, and give them: each whole, `draws` after all others."""
        fresh = self.path / NEW
        remove(fresh)
        # format 2: in format 3 neither text coordinates nor consolidated metadata are part of the standard
        told = self.dataset(theory)
        told.to_zarr(fresh, mode="w", zarr_format=2, consolidated=True, encoding=_sums(told))
        names = sorted(item.name for item in fresh.iterdir() if item.name not in LAST)
        for name in (*names, *LAST):
            source, target = fresh / name, self.path / name
            if source.is_dir():
                remove(target)
            os.replace(source, target)
        remove(fresh)
        return told

    def _check_shape(self, name: str, mean: np.ndarray, cell: int) -> None:
        known = self.values[name][0].shape[1:] if name in self.values else mean.shape[1:]
        if known != mean.shape[1:]:
            experiment = self.sweep.experiment
            where = self.sweep.where(cell)
            told = f"{known} and {mean.shape[1:]} at {where}"
            raise ValueError(f"{name} of {experiment.name} must have one shape over the grid, got {told}")

    def _joined(self, part: Part) -> Part:
        """Further draws of cells, together with those that are there."""
        before = self.counts[part.cells]
        found = {}
        for name, (mean, error) in part.observables.items():
            old_mean, old_error = (values[part.cells] for values in self.values[name])
            pairs = [
                merged((old_mean[i], old_error[i], int(n)), (mean[i], error[i], int(m)))
                for i, (n, m) in enumerate(zip(before, part.draws, strict=True))
            ]
            found[name] = np.stack([p[0] for p in pairs]), np.stack([p[1] for p in pairs])
        return Part(part.cells, found, part.draws + before)

    def _extend(self, before: Sweep) -> None:
        """Take over the cells of the smaller grid that was here, and forget its files."""
        old = Manifest(before, {}, self.manifest.old_cells)
        grown, self.manifest, self.sweep = self.manifest, old, before
        self.counts = np.zeros(before.size, int)
        self._load()
        kept = np.flatnonzero(self.counts)
        arrays = {"cells": moved(before, grown.sweep)[kept], "draws": self.counts[kept]}
        for name, (mean, error) in self.values.items():
            arrays[name], arrays[name + "_error"] = mean[kept], error[kept]
        self.manifest, self.sweep = grown, grown.sweep
        self.counts, self.values = np.zeros(grown.sweep.size, int), {}
        if kept.size:
            self._write_cells("extended.npz", arrays)
        grown.write(self.path)
        remove(self.path / old.cells)

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
        counts = arrays.get(
            "draws", np.full(len(cells), self.sweep.draws)
        )  # version 0.1 kept whole cells only
        fresh = counts > self.counts[cells]
        for name in arrays:
            if name in ("cells", "draws") or name.endswith("_error"):
                continue
            mean, error = arrays[name], arrays[name + "_error"]
            if name not in self.values:
                shape = (self.sweep.size, *mean.shape[1:])
                self.values[name] = np.full(shape, np.nan), np.full(shape, np.nan)
            self.values[name][0][cells[fresh]] = mean[fresh]
            self.values[name][1][cells[fresh]] = error[fresh]
        self.counts[cells[fresh]] = counts[fresh]

    def _write_cells(self, name: str, arrays: Mapping[str, np.ndarray]) -> None:
        write(self.folder / name, lambda stream: np.savez(stream, **dict(arrays)))  # type: ignore[arg-type]

    def _parts(self) -> list[Path]:
        return sorted(f for f in self.folder.glob("*.npz") if not f.name.startswith(BLANK))

    def _sweep_up(self) -> None:
        """Remove what a killed process was in the middle of."""
        for folder in (self.path, self.folder):
            for file in folder.glob(f"{BLANK}*"):
                with contextlib.suppress(OSError):
                    file.unlink()
        for folder in self.path.glob(f"{CELLS}*"):
            if folder.name not in (self.manifest.cells, self.manifest.old_cells):
                remove(folder)
        remove(self.path / NEW)


def _sums(told: xr.Dataset) -> dict[str, Any]:
    """A checksum for every chunk of numbers or words, which all readers of Zarr check."""
    from numcodecs import CRC32

    return {str(name): {"filters": [CRC32()]} for name in told.variables if told[name].dtype.kind in "biufU"}
