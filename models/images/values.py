"""Pixel values: one scale for a whole set, colours to grey, patches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np

from lingen.boundary import checked
from lingen.checks import integer
from lingen.models.images.rows import Tell, release, silent

__all__ = ["Scale", "blocks", "channels_last", "grey_of", "patch_count", "patches", "scale_of", "windows"]

LUMA = np.array([0.299, 0.587, 0.114])
BLOCK = 2**22
"""Numbers that are looked at together: an array on disk is not brought into memory at once."""
DEPTHS = (255.0, 65535.0)
CHANNELS = (1, 3, 4)


class Scale(NamedTuple):
    """What the values of a set are divided by."""

    divisor: float
    largest: float

    @property
    def words(self) -> str:
        """In words."""
        if self.divisor == 1.0:
            return "values as they are"
        return f"values are whole numbers, divided by {self.divisor:,.0f}"


@checked
def scale_of(arrays: Iterable[tuple[str, np.ndarray]], units: bool = False, tell: Tell = silent) -> Scale:
    """One divisor for all arrays of a set, whatever their types.

    Whole numbers, also those held as floats, are divided by the largest value of their depth: 65,535 where
    one array is of 16 bits or a value is above 255, else 255; integers above 65,535 by the largest. Numbers
    up to 1, those that are not whole and floats above 65,535 are kept.

    Args:
        arrays: with their names, which errors tell.
        units: the numbers have units of their own, and are kept whatever they are.
        tell: called with what is done and the share of it that is.

    Raises:
        ValueError: if one holds anything but finite real numbers.
    """
    largest, whole, deep = 0.0, True, False
    for name, array in arrays:
        if array.dtype.kind not in "biuf":
            raise ValueError(f"{name} must hold real numbers, got dtype {array.dtype}")
        deep = deep or array.dtype == np.uint16
        done = 0
        for block in blocks(array):
            done += len(block)
            tell(f"values of {name}", done / len(array))
            top = max(float(block.max()), -float(block.min())) if block.dtype.kind != "b" else 1.0
            if not top < np.inf:  # NaN as well
                _tell_not_finite(name, array)
            largest = max(largest, top)
            if block.dtype.kind == "f" and whole:
                whole = top <= DEPTHS[1] and bool(np.all(block == np.rint(block)))
    if units or not whole or (largest <= 1.0 and not deep):
        return Scale(1.0, largest)
    if deep and largest <= DEPTHS[1]:
        return Scale(DEPTHS[1], largest)
    return Scale(next((m for m in DEPTHS if largest <= m), largest), largest)


@checked
def blocks(array: np.ndarray) -> Iterator[np.ndarray]:
    """The array along its first axis, some millions of numbers at a time."""
    step = max(1, BLOCK // max(1, array[:1].size))
    for start in range(0, len(array), step):
        yield array[start : start + step]
        release(array)


def _tell_not_finite(name: str, array: np.ndarray) -> None:
    wrong, first, start = 0, None, 0
    for block in blocks(array):
        bad = ~np.isfinite(block)
        if bad.any():
            wrong += int(bad.sum())
            place = np.argwhere(bad)[0]
            first = first or (int(place[0]) + start, *(int(i) for i in place[1:]))
        start += len(block)
    raise ValueError(f"{name} must be finite, got {wrong} NaN or infinite values, the first at {first}")


@checked
def channels_last(images: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    """A view of images (n, channels, h, w), as PyTorch has them, with the channels last; and a note of it.

    Others are given back as they are: so is what can be read both ways.
    """
    if images.ndim != 4 or images.shape[1] not in CHANNELS or images.shape[3] <= max(CHANNELS):
        return images, ()
    channels, height, width = images.shape[1:]
    return np.moveaxis(images, 1, -1), (
        f"axes are (n, {channels}, {height}, {width}): channels stand before pixels",
    )


@checked
def grey_of(images: np.ndarray, name: str) -> np.ndarray:
    """The luma (Rec. 601) of images (..., channels); a fourth channel is alpha, over black."""
    channels = images.shape[-1]
    if channels not in CHANNELS:
        raise ValueError(
            f"{name} must have 1, 3 or 4 channels to become grey, got {channels}: keep the colours"
        )
    if channels == 1:
        return images[..., 0]
    if channels == 3:
        return images @ LUMA
    alpha = images[..., 3]
    if alpha.min() < 0.0 or alpha.max() > 1.0:
        raise ValueError(
            f"{name} must have an alpha between 0 and 1 as its fourth channel to become grey, got "
            f"{alpha.min():g} to {alpha.max():g}: keep the colours"
        )
    return images[..., :3] @ LUMA * alpha


@checked
def patch_count(shape: tuple[int, ...], size: int, stride: int) -> int:
    """How many patches an image (h, w) gives.

    Raises:
        ValueError: if it is smaller than a patch.
    """
    height, width = shape[:2]
    if size > min(height, width):
        raise ValueError(
            f"patch must be at most {min(height, width)}, the image is {height}x{width}, got {size}"
        )
    return ((height - size) // stride + 1) * ((width - size) // stride + 1)


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
    patch_count(images.shape[1:], size, stride)
    seen = windows(images, size, stride)
    return seen.reshape(-1, *seen.shape[3:])


@checked
def windows(images: np.ndarray, size: int, stride: int) -> np.ndarray:
    """A view of all patches: of image, row and column (n, ·, ·), shape (size, size) or with channels last."""
    seen = np.lib.stride_tricks.sliding_window_view(images, (size, size), axis=(1, 2))[:, ::stride, ::stride]
    return np.moveaxis(seen, 3, -1) if images.ndim == 4 else seen
