"""Data sets: a folder of image files, an image cut into patches, a file of numbers, or one that ships.

A data set is N vectors x_i in R^d with their mean removed; its population is the covariance spectrum of all
of them: what the theory predicts from. N counts vectors that repeat no other, and each knows the picture that
it comes from.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lingen.boundary import checked
from lingen.checks import integer
from lingen.machine.characters import visible
from lingen.models import population
from lingen.models.images import files as image_files
from lingen.models.images import shipped
from lingen.models.images import sources as image_sources
from lingen.models.images.columns import standard
from lingen.models.images.image_data import ImageData
from lingen.models.images.rows import Rows, Tell, silent
from lingen.models.images.shipped import NAMES
from lingen.models.images.sizes import resized
from lingen.models.images.sources import ImageSource
from lingen.models.images.values import channels_last, patches
from lingen.models.readers import formats
from lingen.models.readers.found import Ask

__all__ = ["NAMES", "ImageData", "from_array", "load", "patches"]


@checked
def load(
    source: str | Path,
    patch: int | None = None,
    stride: int | None = None,
    grey: bool = True,
    limit: int | None = None,
    group: str | None = None,
    keep_copies: bool = False,
    *,
    size: tuple[int, int] | None = None,
    columns: str | None = None,
    standardise: bool = False,
    tell: Tell = silent,
) -> ImageData:
    """Load a data set.

    Args:
        source: one of `NAMES`; or a folder of image files (subfolders and linked ones included, sorted by
            path); or one image file; or a file of numbers of shape (n, d), (n, h, w) or (n, h, w, channels),
            (n, channels, h, w) where no other axis can be channels: idx (the MNIST family), `.npy`, `.npz`,
            CSV, Parquet, HDF5, `.mat`, `.safetensors`, `.pt`. Of a file that holds several arrays `FILE:NAME`
            is the one of that name. A name in `NAMES` wins over a path of the same name: write `./digits` for
            a folder.
        patch: cut patches of patch × patch pixels (8 for the photographs when absent).
        stride: distance between patches in pixels; `patch` when absent, so that they do not overlap.
        grey: reduce colours to their luma (Rec. 601).
        limit: keep at most so many vectors, evenly spread over the data set; no others are converted.
        group: a regular expression found in the path of each file, below the folder: files for which it (its
            first group, where it has one) matches the same text are one source: the frames of a video.
        keep_copies: keep images that repeat others; they are left out otherwise.
        size: height and width that image files are brought to. Absent, files of several sizes are brought to
            the commonest, unless patches are cut.
        columns: of a table, the columns that are used, `a,b`, or those that are not, `-date,-id`.
        standardise: divide each column of a table by its standard deviation.
        tell: called with what is done and the share of it that is.

    Raises:
        ValueError: one line saying what is wrong with which argument, file or array.
    """
    name = visible(str(source))
    path, array = formats.parted(str(source))
    how = _how(patch, stride, grey, limit, keep_copies, standardise)
    if name in NAMES:
        images, default = shipped.read(name)
        _only_for_files(name, group=group, size=size, columns=columns)
        how = how._replace(patch=default if patch is None else how.patch)
        return _built(ImageSource(name, [(name, images)], None, ()), how, tell)
    if not path.exists():
        raise ValueError(
            f"data must be a folder, a file or one of {', '.join(NAMES)}, got {name!r}: nothing there"
        )
    if path.is_file() and formats.readable(path):
        _only_for_files(name, group=group, size=size)
        ask = Ask(array, columns, how.limit if how.patch is None else None)
        return _built(_numbers(path, name, ask), how, tell)
    if columns is not None:
        raise ValueError(f"columns must come with a table that names them, got {columns!r} for {name}")
    return _built(_pictures(path, name, how, group, size, tell), how, tell)


def _numbers(path: Path, name: str, ask: Ask) -> ImageSource:
    found = formats.read(path, ask)
    _check_axes(name, found.values)
    values, turned = channels_last(found.values)
    notes, table = (*found.notes, *turned), found.columns is not None
    return ImageSource(name, [(name, values)], None, notes, table, found.columns)


def _pictures(
    path: Path, name: str, how: image_sources.How, group: str | None, size: tuple[int, int] | None, tell: Tell
) -> ImageSource:
    found = image_files.listing(path)
    files = found.files if how.patch is not None else image_sources.thinned(found.files, how.limit)
    owners = image_sources.owners(files, path, group)
    pictures = image_files.read_all(files, tell)
    sizes: tuple[str, ...] = ()
    if size is not None or how.patch is None:
        pictures, sizes = resized(pictures, size)
    notes = (*image_files.words(pictures, found.left_out), *sizes)
    return ImageSource(name, [(p.name, p.values[None]) for p in pictures], owners, notes)


@checked
def from_array(
    images: np.ndarray,
    name: str = "array",
    patch: int | None = None,
    stride: int | None = None,
    grey: bool = True,
    limit: int | None = None,
    groups: Sequence | np.ndarray | None = None,
    keep_copies: bool = False,
    *,
    standardise: bool = False,
    tell: Tell = silent,
) -> ImageData:
    """The data set of an array of shape (n, d), (n, h, w) or (n, h, w, channels); arguments as in `load`.

    Args:
        images: the array; one mapped from disk is read in parts.
        name: what errors and figures call it.
        patch: as in `load`.
        stride: as in `load`.
        grey: as in `load`.
        limit: as in `load`.
        groups: n labels: images of one label are one source.
        keep_copies: as in `load`.
        standardise: as in `load`.
        tell: as in `load`.
    """
    images = np.asanyarray(images)
    _check_axes(name, images)
    owners = None
    if groups is not None:
        if np.shape(groups) != (len(images),):
            raise ValueError(f"groups must hold {len(images)} labels, got shape {np.shape(groups)}")
        owners = np.unique(np.asarray(groups).astype(str), return_inverse=True)[1].ravel()
    images, turned = channels_last(images)
    source = ImageSource(name, [(name, images)], owners, turned)
    return _built(source, _how(patch, stride, grey, limit, keep_copies, standardise), tell)


def _check_axes(name: str, array: np.ndarray) -> None:
    if array.ndim not in (2, 3, 4):
        raise ValueError(
            f"{name} must have shape (n, d), (n, h, w) or (n, h, w, channels), got {array.shape}"
        )
    if array.size == 0:
        what = "rows of at least one column" if array.ndim == 2 else "images"
        raise ValueError(f"{name} must hold at least two {what}, got an array of shape {array.shape}")


def _how(
    patch: int | None,
    stride: int | None,
    grey: bool,
    limit: int | None,
    keep_copies: bool,
    standardise: bool,
) -> image_sources.How:
    patch = None if patch is None else integer("patch", patch, low=1)
    limit = None if limit is None else integer("limit", limit, low=2)
    step = patch if stride is None else integer("stride", stride, low=1)
    return image_sources.How(patch, step, grey, limit, keep_copies, standardise)


def _built(source: ImageSource, how: image_sources.How, tell: Tell) -> ImageData:
    """Cut, scaled, without copies, the mean removed."""
    if how.patch is None and how.stride is not None:
        raise ValueError(f"stride must come with a patch size, got stride={how.stride} and no patch")
    cut, name = image_sources.cut(source, how, tell), source.name
    table = len(cut.rows.image_shape) == 1
    noun = "rows" if table else "images"
    if len(cut.rows) < 2:
        advice = "" if table else " (a patch size cuts one image into many)"
        raise ValueError(f"{name} must hold at least two {noun}, got {len(cut.rows)}{advice}")
    if how.standardise and not table:
        raise ValueError(
            f"standardise must come with a table of rows and columns, got {name}, which holds images"
        )
    population.in_range("data", np.asarray(cut.largest))
    if not _varies(cut.rows):
        raise ValueError(f"{name} must vary, got {len(cut.rows)} equal {noun}: their covariance is zero")
    cut = image_sources.without_copies(cut, how, noun if how.patch is None else "patches", tell)
    found = standard(cut.rows, source.columns, how.standardise, source.units, tell, cut.mean)
    return ImageData(
        name, cut.rows, found.mean, cut.rows.image_shape, cut.sources, cut.groups, cut.copies, cut.repeats,
        how.patch, how.stride, (*cut.notes, *found.notes), found.deviation,
    )  # fmt: skip


def _varies(rows: Rows) -> bool:
    first = rows.take(np.arange(1))
    return any(np.any(block != first) for block in rows.blocks())


def _only_for_files(name: str, **given: object) -> None:
    for argument, value in given.items():
        if value is not None:
            what = "a table" if argument == "columns" else "a folder of image files"
            raise ValueError(f"{argument} must come with {what}, got {value!r} for {name}")
