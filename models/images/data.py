"""Image data: N vectors x_i in R^d with their mean removed, and the spectrum of their covariance.

A data set is a folder of image files, one image file cut into patches, a NumPy array file, or one of the
sets that ship inside scikit-learn. Its population is the covariance spectrum of all its vectors: what the
theory predicts from. N counts vectors that repeat no other, and each knows the picture that it comes from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from lingen.boundary import checked
from lingen.checks import integer
from lingen.machine.characters import visible
from lingen.models import population
from lingen.models.images import files as image_files
from lingen.models.images import sources as image_sources
from lingen.models.images.sources import ImageSource
from lingen.models.images.values import patches
from lingen.models.population import Population

__all__ = ["NAMES", "ImageData", "from_array", "load", "patches"]

PATCH = 8


@checked
@dataclass(frozen=True, eq=False)
class ImageData:
    """N vectors in R^d, each an image or a patch of one.

    Attributes:
        name: where they come from.
        vectors: the vectors with their mean removed, shape (N, d), float64.
        mean: the mean that was removed, shape (d,).
        shape: shape of one image: (h, w), (h, w, channels), or (d,) for vectors.
        sources: how many images the vectors were cut from (N when they were not cut).
        groups: for each vector the number of its source, shape (N,): of the picture that it was cut from, or
            of the group that its file belongs to. Absent where every vector is a source of its own.
        copies: for each vector the number of the first one that it repeats, shape (N,); absent where none
            does.
        repeats: vectors or pictures that repeat others and were left out.
        patch: side of the patches; absent for whole images.
        stride: distance of the patches.
        notes: what was done to the values and what was left out, in words.
    """

    name: str
    vectors: Float[np.ndarray, "n d"]
    mean: Float[np.ndarray, "d"]
    shape: tuple[int, ...]
    sources: int
    groups: Int[np.ndarray, "n"] | None = None
    copies: Int[np.ndarray, "n"] | None = None
    repeats: int = 0
    patch: int | None = None
    stride: int | None = None
    notes: tuple[str, ...] = ()

    @property
    def samples(self) -> int:
        """N, the number of vectors."""
        return self.vectors.shape[0]

    @property
    def dim(self) -> int:
        """d, the number of pixels (times channels) of one image."""
        return self.vectors.shape[1]

    @property
    def families(self) -> int:
        """How many different sources the vectors have."""
        return self.samples if self.groups is None else len(np.unique(self.groups))

    @property
    def together(self) -> Int[np.ndarray, "n"] | None:
        """What a split keeps on one side: the sources, or copies where there is one source or each is one."""
        return self.groups if 1 < self.families < self.samples else self.copies

    @cached_property
    def population(self) -> Population:
        """The spectrum of the covariance of all N vectors, divisor N − 1."""
        return population.from_samples(self.vectors)

    @cached_property
    def spectrum(self) -> Float[np.ndarray, "d"]:
        """All d eigenvalues of that covariance, in decreasing order."""
        return np.asarray(self.population.spectrum(self.dim))


@checked
def load(
    source: str | Path,
    patch: int | None = None,
    stride: int | None = None,
    grey: bool = True,
    limit: int | None = None,
    group: str | None = None,
    keep_copies: bool = False,
) -> ImageData:
    """Load a data set.

    Args:
        source: one of `NAMES`; or a folder of image files (subfolders and linked ones included, sorted by
            path); or one image file; or an `.npy`/`.npz` file of shape (n, d), (n, h, w) or
            (n, h, w, channels). A name wins over a path of the same name: write `./digits` for a folder.
        patch: cut patches of patch × patch pixels (8 for the photographs when absent).
        stride: distance between patches in pixels; `patch` when absent, so that they do not overlap.
        grey: reduce colours to their luma (Rec. 601).
        limit: keep at most so many vectors, evenly spread over the data set.
        group: a regular expression found in the path of each file, below the folder: files for which it (its
            first group, where it has one) matches the same text are one source: the frames of a video.
        keep_copies: keep images that repeat others; they are left out otherwise.

    Raises:
        ValueError: one line saying what is wrong with which argument, file or array.
    """
    name, path = visible(str(source)), Path(source)
    how = _how(patch, stride, grey, limit, keep_copies)
    if name in NAMES:
        images, default = NAMES[name]()
        _no_files(group, name)
        cut_to = default if patch is None else patch
        return from_array(images, name, cut_to, stride, grey, limit, keep_copies=keep_copies)
    if not path.exists():
        raise ValueError(
            f"data must be a folder, a file or one of {', '.join(NAMES)}, got {name!r}: nothing there"
        )
    if path.is_file() and path.suffix.lower() in image_files.ARRAYS:
        _no_files(group, name)
        array = image_files.read_array(path)
        return from_array(array, name, patch, stride, grey, limit, keep_copies=keep_copies)
    found = image_files.listing(path)
    files = found.files if patch is not None else image_sources.thinned(found.files, limit)
    owners = image_sources.owners(files, path, group)
    pictures = [image_files.read(f) for f in files]
    if patch is None:
        image_files.same_size(pictures)
    notes = image_files.words(pictures, found.left_out)
    whole = [(p.name, p.values[None]) for p in pictures]
    return _built(ImageSource(name, whole, owners, notes), how)


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
    """
    images = np.asanyarray(images)
    if images.ndim not in (2, 3, 4):
        raise ValueError(
            f"{name} must have shape (n, d), (n, h, w) or (n, h, w, channels), got {images.shape}"
        )
    if images.size == 0:
        raise ValueError(f"{name} must hold at least two images, got an array of shape {images.shape}")
    owners = None
    if groups is not None:
        if np.shape(groups) != (len(images),):
            raise ValueError(f"groups must hold {len(images)} labels, got shape {np.shape(groups)}")
        owners = np.unique(np.asarray(groups).astype(str), return_inverse=True)[1].ravel()
    source = ImageSource(name, [(name, images)], owners, ())
    return _built(source, _how(patch, stride, grey, limit, keep_copies))


def _how(
    patch: int | None, stride: int | None, grey: bool, limit: int | None, keep_copies: bool
) -> image_sources.How:
    patch = None if patch is None else integer("patch", patch, low=1)
    limit = None if limit is None else integer("limit", limit, low=2)
    step = patch if stride is None else integer("stride", stride, low=1)
    return image_sources.How(patch, step, grey, limit, keep_copies)


def _built(source: ImageSource, how: image_sources.How) -> ImageData:
    """Cut, scaled, without copies, the mean removed."""
    if how.patch is None and how.stride is not None:
        raise ValueError(f"stride must come with a patch size, got stride={how.stride} and no patch")
    cut = image_sources.cut(source, how)
    images, name = cut.images, source.name
    if images.shape[0] < 2:
        advice = "" if images.ndim == 2 else " (a patch size cuts one image into many)"
        raise ValueError(f"{name} must hold at least two images, got {images.shape[0]}{advice}")
    vectors = images.reshape(images.shape[0], -1)
    population.in_range("data", vectors)
    if np.all(vectors == vectors[0]):
        raise ValueError(f"{name} must vary, got {images.shape[0]} equal images: their covariance is zero")
    cut = image_sources.without_copies(cut, how)
    vectors = cut.images.reshape(cut.images.shape[0], -1)
    mean = vectors.mean(axis=0)
    vectors -= mean  # its own copy of the values
    population.varying("data", vectors)
    return ImageData(
        name, vectors, mean, cut.images.shape[1:], cut.sources, cut.groups, cut.copies, cut.repeats,
        how.patch, how.stride, cut.notes,
    )  # fmt: skip


def _no_files(group: str | None, name: str) -> None:
    if group is not None:
        raise ValueError(f"group must come with a folder of image files, got {group!r} for {name}")


def _digits() -> tuple[np.ndarray, int | None]:
    from sklearn.datasets import load_digits

    return load_digits().images / 16.0, None


def _photos(*names: str) -> Callable[[], tuple[np.ndarray, int | None]]:
    def read() -> tuple[np.ndarray, int | None]:
        from sklearn.datasets import load_sample_image

        return np.stack([load_sample_image(n) for n in names]), PATCH

    return read


NAMES: dict[str, Callable[[], tuple[np.ndarray, int | None]]] = {
    "digits": _digits,
    "photos": _photos("china.jpg", "flower.jpg"),
    "china": _photos("china.jpg"),
    "flower": _photos("flower.jpg"),
}
"""Data sets inside scikit-learn: 1,797 digits of 8x8 pixels, and two photographs of 427x640 pixels."""
