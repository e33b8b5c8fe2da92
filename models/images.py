"""Image data: n vectors x_i in R^d with their mean removed, and the spectrum of their covariance.

A data set is a folder of image files, one image file cut into patches, a NumPy array file, or one of the
sets that ship inside scikit-learn. Its population is the covariance spectrum of all its vectors: what the
theory predicts from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Float

from lingen.boundary import checked
from lingen.checks import integer
from lingen.models import image_files, population
from lingen.models.population import Population

__all__ = ["NAMES", "ImageData", "from_array", "load", "patches"]

PATCH = 8
LUMA = np.array([0.299, 0.587, 0.114])


@checked
@dataclass(frozen=True, eq=False)
class ImageData:
    """n vectors in R^d, each an image or a patch of one.

    Attributes:
        name: where they come from.
        vectors: the vectors with their mean removed, shape (n, d), float64.
        mean: the mean that was removed, shape (d,).
        shape: shape of one image: (h, w), (h, w, channels), or (d,) for vectors.
        sources: how many images the vectors were cut from (n when they were not cut).
    """

    name: str
    vectors: Float[np.ndarray, "n d"]
    mean: Float[np.ndarray, "d"]
    shape: tuple[int, ...]
    sources: int

    @property
    def samples(self) -> int:
        """N, the number of vectors."""
        return self.vectors.shape[0]

    @property
    def dim(self) -> int:
        """d, the number of pixels (times channels) of one image."""
        return self.vectors.shape[1]

    @cached_property
    def population(self) -> Population:
        """The spectrum of the covariance of all N vectors, divisor N − 1."""
        return population.from_samples(self.vectors)


@checked
def load(
    source: str | Path,
    patch: int | None = None,
    stride: int | None = None,
    grey: bool = True,
    limit: int | None = None,
) -> ImageData:
    """Load a data set.

    Args:
        source: one of `NAMES`; or a folder of image files (subfolders included, sorted by path); or one
            image file; or an `.npy`/`.npz` file of shape (n, d), (n, h, w) or (n, h, w, channels).
            A name wins over a path of the same name: write `./digits` for a folder.
        patch: cut patches of patch × patch pixels (8 for the photographs when absent).
        stride: distance between patches in pixels; `patch` when absent, so that they do not overlap.
        grey: reduce colours to their luma (Rec. 601).
        limit: keep at most so many vectors, evenly spread over the data set.

    Raises:
        ValueError: one line saying what is wrong with which argument, file or array.
    """
    patch = None if patch is None else integer("patch", patch, low=1)
    limit = None if limit is None else integer("limit", limit, low=2)
    name = str(source)
    if name in NAMES:
        images, default = NAMES[name]()
        return from_array(images, name, patch or default, stride, grey, limit)
    path = Path(source)
    if not path.exists():
        raise ValueError(
            f"data must be a folder, a file or one of {', '.join(NAMES)}, got {name!r}: nothing there"
        )
    if path.is_file() and path.suffix.lower() in image_files.ARRAYS:
        return from_array(image_files.read_array(path), name, patch, stride, grey, limit)
    files = image_files.listing(path)
    if patch is None:
        images = image_files.read_same_size(_thin(files, limit))
        return from_array(images, name, None, stride, grey, limit)
    pieces = [_prepared(image_files.read(f)[None], str(f), patch, stride, grey) for f in files]
    return _finish(np.concatenate(pieces), name, len(files), limit)


@checked
def from_array(
    images: np.ndarray,
    name: str = "array",
    patch: int | None = None,
    stride: int | None = None,
    grey: bool = True,
    limit: int | None = None,
) -> ImageData:
    """The data set of an array of shape (n, d), (n, h, w) or (n, h, w, channels); arguments as in `load`."""
    images = np.asarray(images)
    return _finish(_prepared(images, name, patch, stride, grey), name, images.shape[0], limit)


@checked
def patches(images: np.ndarray, size: int, stride: int | None = None) -> np.ndarray:
    """Cut size × size patches, left to right and top to bottom, image after image.

    Args:
        images: shape (n, h, w) or (n, h, w, channels).
        size: side of a patch, at most min(h, w).
        stride: distance between patches, `size` when absent.

    Returns:
        Shape (m, size, size) or (m, size, size, channels).
    """
    images = np.asarray(images)
    if images.ndim not in (3, 4):
        raise ValueError(f"images must have shape (n, h, w) or (n, h, w, channels), got {images.shape}")
    size = integer("patch", size, low=1)
    stride = size if stride is None else integer("stride", stride, low=1)
    if size > min(images.shape[1:3]):
        height, width = images.shape[1:3]
        raise ValueError(
            f"patch must be at most {min(height, width)}, the image is {height}x{width}, got {size}"
        )
    windows = np.lib.stride_tricks.sliding_window_view(images, (size, size), axis=(1, 2))
    windows = windows[:, ::stride, ::stride]
    if images.ndim == 4:
        windows = np.moveaxis(windows, 3, -1)
    return windows.reshape(-1, *windows.shape[3:])


def _prepared(images: np.ndarray, name: str, patch: int | None, stride: int | None, grey: bool) -> np.ndarray:
    """Images as finite floats, grey if asked, cut if asked: shape (m, ...)."""
    if images.ndim not in (2, 3, 4):
        raise ValueError(
            f"{name} must have shape (n, d), (n, h, w) or (n, h, w, channels), got {images.shape}"
        )
    if images.size == 0:
        raise ValueError(f"{name} must hold at least two images, got an array of shape {images.shape}")
    values = _unit_scale(images, name)
    if grey and values.ndim == 4:
        values = _grey(values, name)
    if patch is None:
        if stride is not None:
            raise ValueError(f"stride must come with a patch size, got stride={stride} and no patch")
        return values
    if values.ndim == 2:
        raise ValueError(
            f"patch must be absent for vectors, got patch={patch} for {name} of shape {values.shape}"
        )
    try:
        return patches(values, patch, stride)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None


def _unit_scale(images: np.ndarray, name: str) -> np.ndarray:
    """Floats; integers are divided by the largest value their depth allows."""
    kind = images.dtype.kind
    if kind not in "biuf":
        raise ValueError(f"{name} must hold real numbers, got dtype {images.dtype}")
    values = images.astype(np.float64)
    if kind == "f":
        wrong = ~np.isfinite(values)
        if wrong.any():
            first = tuple(int(i) for i in np.argwhere(wrong)[0])
            raise ValueError(
                f"{name} must be finite, got {wrong.sum()} NaN or infinite values, the first at {first}"
            )
        return values
    if kind == "b":
        return values
    largest = float(np.abs(values).max())
    depth = next((m for m in (255.0, 65535.0) if largest <= m), largest)
    return values / (65535.0 if images.dtype == np.uint16 else depth)


def _grey(images: np.ndarray, name: str) -> np.ndarray:
    channels = images.shape[-1]
    if channels not in (1, 3, 4):
        raise ValueError(
            f"{name} must have 1, 3 or 4 channels to become grey, got {channels}: keep the colours"
        )
    return images[..., 0] if channels == 1 else images[..., :3] @ LUMA


def _finish(images: np.ndarray, name: str, sources: int, limit: int | None) -> ImageData:
    images = images[_spread(images.shape[0], limit)]
    if images.shape[0] < 2:
        advice = "" if images.ndim == 2 else " (a patch size cuts one image into many)"
        raise ValueError(f"{name} must hold at least two images, got {images.shape[0]}{advice}")
    vectors = images.reshape(images.shape[0], -1)
    if np.all(vectors == vectors[0]):
        raise ValueError(f"{name} must vary, got {images.shape[0]} equal images: their covariance is zero")
    mean = vectors.mean(axis=0)
    return ImageData(name, vectors - mean, mean, images.shape[1:], sources)


def _spread(count: int, limit: int | None) -> np.ndarray | slice:
    """Indices of at most `limit` of `count` items, evenly spread."""
    if limit is None or limit >= count:
        return slice(None)
    return np.linspace(0, count - 1, limit).round().astype(int)


def _thin(files: list[Path], limit: int | None) -> list[Path]:
    return list(np.array(files, dtype=object)[_spread(len(files), limit)])


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
