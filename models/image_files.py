"""Image and array files on disk, read into NumPy arrays; every failure is one line that names the file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from lingen.boundary import checked

__all__ = ["ARRAYS", "IMAGES", "listing", "read", "read_array", "read_same_size"]

ARRAYS = (".npy", ".npz")
IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
KEYS = ("images", "data", "x", "X")


@checked
def listing(path: Path) -> list[Path]:
    """The image files at `path`, a folder (with its subfolders, hidden ones left out) or one file, sorted."""
    if path.is_file():
        if path.suffix.lower() not in IMAGES:
            raise ValueError(f"data must be a file of kind {_kinds()}, got {str(path)!r}")
        return [path]
    try:
        found = sorted(
            f for f in path.rglob("*") if not any(p.startswith(".") for p in f.relative_to(path).parts)
        )
    except OSError as error:
        raise ValueError(f"data must be a readable folder, got {str(path)!r}: {error.strerror}") from None
    files = [f for f in found if f.is_file()]
    images = [f for f in files if f.suffix.lower() in IMAGES]
    if not images:
        what = f"{len(files)} other files" if files else "no file"
        raise ValueError(
            f"data must be a folder with image files ({' '.join(IMAGES)}), got {str(path)!r}: {what}"
        )
    return images


@checked
def read(file: Path) -> np.ndarray:
    """One image as integers or floats, shape (h, w) for grey images and (h, w, 3) for the others.

    Alpha is dropped; an animation gives its first frame.
    """
    try:
        with Image.open(file) as image:
            return np.asarray(_plain(image))
    except Exception as error:  # decoders raise whatever they like on broken files
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{file} must be a readable image, got: {reason}") from None


@checked
def read_same_size(files: list[Path]) -> np.ndarray:
    """All images stacked, shape (n, h, w), or (n, h, w, 3) if one has colours; all of one size."""
    images: list[np.ndarray] = []
    for file in files:
        image = read(file)
        if images and image.shape[:2] != images[0].shape[:2]:
            raise ValueError(
                f"images must have one size (or give a patch size), got {_size(images[0])} in {files[0]} "
                f"and {_size(image)} in {file}"
            )
        images.append(image)
    if len({i.dtype for i in images}) > 1:
        images = [i / np.iinfo(i.dtype).max if i.dtype.kind == "u" else i.astype(float) for i in images]
    if len({i.ndim for i in images}) > 1:
        images = [i if i.ndim == 3 else np.repeat(i[..., None], 3, axis=-1) for i in images]
    return np.stack(images)


@checked
def read_array(file: Path) -> np.ndarray:
    """The array of an `.npy` file; of an `.npz` file its only one, or the one called images, data or x."""
    try:
        with file.open("rb") as stream:
            content = np.load(stream, allow_pickle=False)
            return content if isinstance(content, np.ndarray) else content[_key(file, content.files)]
    except _KeyProblem as error:
        raise ValueError(str(error)) from None
    except Exception as error:  # NumPy, zip and zlib each have errors of their own
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        if "pickle" in reason.lower():
            reason = "it holds Python objects, which are never loaded"
        raise ValueError(f"{file} must be a readable array file, got: {reason}") from None


class _KeyProblem(Exception):
    pass


def _key(file: Path, names: list[str]) -> str:
    if not names:
        raise _KeyProblem(f"{file} must hold an array, got none")
    chosen = next((k for k in KEYS if k in names), names[0] if len(names) == 1 else None)
    if chosen is None:
        raise _KeyProblem(
            f"{file} must hold one array or one called {' or '.join(KEYS)}, got {', '.join(names)}"
        )
    return chosen


def _plain(image: Image.Image) -> Image.Image:
    """The image in a mode NumPy reads as plain numbers: grey of any depth, or RGB."""
    mode = image.mode
    if mode in ("L", "F", "I") or mode.startswith("I;16"):
        return image
    if mode in ("1", "LA", "La"):
        return image.convert("L")
    return image.convert("RGB")


def _size(image: np.ndarray) -> str:
    return f"{image.shape[0]}x{image.shape[1]}"


def _kinds() -> str:
    return " ".join(IMAGES + ARRAYS)
