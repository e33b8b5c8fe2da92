"""Image files on disk, read into NumPy arrays; every failure is one line that names the file.

One rule holds for all files of a set: pictures stand upright as their EXIF orientation says, what is
transparent lies on black, a file of several pages or frames gives the first. What is left out is counted and
named.
"""

from __future__ import annotations

import os
import shlex
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from lingen.boundary import checked
from lingen.checks import memory
from lingen.models.images.rows import Tell, silent
from lingen.models.readers import formats

__all__ = ["IMAGES", "ImageFile", "Listing", "listing", "read", "read_all", "words"]

IMAGES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp")
NAMED = 3
"""So many of the files that are left out are named."""


class Listing(NamedTuple):
    """What is in a folder."""

    files: list[Path]
    """The image files, sorted."""
    left_out: dict[str, list[str]]
    """The names of all others, by kind."""


class ImageFile(NamedTuple):
    """One image file."""

    values: np.ndarray
    """Integers or floats, shape (h, w) for grey images and (h, w, 3) for the others."""
    name: str
    pages: int
    """How many pages or frames the file has; the first is read."""
    turned: bool
    """Whether its EXIF orientation was another than upright."""
    transparent: bool
    """Whether a pixel was not opaque."""


@checked
def listing(path: Path) -> Listing:
    """The image files at `path`: a folder, with its subfolders and linked ones, or one file.

    A folder that is reached twice, by links, is read once; hidden files and folders are left out.

    Raises:
        ValueError: if there is no image file.
    """
    if path.is_file():
        if path.suffix.lower() not in IMAGES:
            raise ValueError(
                f"data must be a file of kind {_kinds()}, got {str(path)!r}: convert by "
                f"python -c {shlex.quote(formats.advice(path))}"
            )
        return Listing([path], {})
    files, left_out = _walk(path)
    if not files:
        others = left_out.get("other files", [])
        near = next((path / name for name in others if formats.readable(path / name)), None)
        what = f"{len(others)} other files" if others else "no file"
        if "unreadable folders" in left_out:
            what += f", and cannot read {left_out['unreadable folders'][0]}"
        if near is not None:
            what += f" (one of which is read by itself: {near})"
        raise ValueError(
            f"data must be a folder with image files ({' '.join(IMAGES)}), got {str(path)!r}: {what}"
        )
    return Listing(sorted(files), left_out)


def _walk(path: Path) -> tuple[list[Path], dict[str, list[str]]]:
    seen: set[tuple[int, int]] = set()
    files: list[Path] = []
    left_out: dict[str, list[str]] = {}

    def leave(kind: str, found: Path) -> None:
        left_out.setdefault(kind, []).append(str(found.relative_to(path)))

    def unreadable(error: OSError) -> None:
        left_out.setdefault("unreadable folders", []).append(str(error.filename))

    for where, folders, names in os.walk(path, followlinks=True, onerror=unreadable):
        here = Path(where)
        folders[:] = sorted(f for f in folders if not f.startswith(".") and _first_visit(here / f, seen))
        for name in sorted(names):
            file = here / name
            if name.startswith("."):
                leave("hidden files", file)
            elif not file.is_file():
                leave("broken links", file)
            elif file.suffix.lower() in IMAGES:
                files.append(file)
            else:
                leave("other files", file)
    return files, left_out


def _first_visit(folder: Path, seen: set[tuple[int, int]]) -> bool:
    """Whether this folder was not met before, under another name: links may lead in circles."""
    found = folder.stat()
    place = (found.st_dev, found.st_ino)
    if place in seen:
        return False
    seen.add(place)
    return True


@checked
def read(file: Path) -> ImageFile:
    """One image: upright, on black where it is transparent, the first page of several."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _read(file)
    except Exception as error:  # decoders raise whatever they like on broken files
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ValueError(f"{file} must be a readable image, got: {reason}") from None


def _read(file: Path) -> ImageFile:
    with Image.open(file) as image:
        pages = getattr(image, "n_frames", 1)
        image.seek(0) if pages > 1 else None
        turned = image.getexif().get(0x0112, 1) not in (0, 1)
        upright = ImageOps.exif_transpose(image)
        plain, transparent = _plain(upright)
        return ImageFile(np.asarray(plain), str(file), pages, turned, transparent)


@checked
def read_all(files: Sequence[Path], tell: Tell = silent) -> list[ImageFile]:
    """All these images.

    Raises:
        ValueError: if one cannot be read, or they do not fit memory.
    """
    found, held = [], 0
    for file in files:
        found.append(read(file))
        held += found[-1].values.nbytes
        tell("image files", len(found) / len(files))
        if held > memory():
            raise ValueError(
                f"limit must be given for images that do not fit memory, got {len(files):,} files, of which "
                f"{len(found):,} take {held / 2**30:.3g} GiB"
            )
    return found


@checked
def words(pictures: Sequence[ImageFile], left_out: dict[str, list[str]]) -> tuple[str, ...]:
    """What was done to the pictures of a set, and what was left out, in words."""
    lines = []
    turned = [p.name for p in pictures if p.turned]
    if turned:
        lines.append(f"{len(turned)} turned upright by their EXIF orientation ({named(turned)})")
    clear = [p.name for p in pictures if p.transparent]
    if clear:
        lines.append(f"{len(clear)} with transparent pixels, laid on black ({named(clear)})")
    several = [p for p in pictures if p.pages > 1]
    if several:
        more = sum(p.pages - 1 for p in several)
        lines.append(f"left out: {more} pages after the first ({named(p.name for p in several)})")
    lines += [f"left out: {len(names)} {kind} ({named(names)})" for kind, names in left_out.items()]
    depths = {p.values.dtype.name for p in pictures}
    if len(depths) > 1:
        lines.append(f"files of several depths ({', '.join(sorted(depths))}) share one divisor")
    return tuple(lines)


def _plain(image: Image.Image) -> tuple[Image.Image, bool]:
    """Grey of any depth or RGB, modes that NumPy reads as plain numbers; whether it was transparent."""
    mode = image.mode
    if mode in ("F", "I") or mode.startswith("I;16"):
        return image, False
    target = "L" if mode in ("1", "L", "LA", "La") else "RGB"
    if "transparency" in image.info or mode in ("RGBA", "RGBa", "LA", "La", "PA"):
        full = image.convert("RGBA")
        if np.asarray(full.getchannel("A")).min() < 255:
            black = Image.new("RGBA", full.size, (0, 0, 0, 255))
            return Image.alpha_composite(black, full).convert(target), True
        return full.convert(target), False
    return (image if mode == target else image.convert(target)), False


def named(names: Iterable[str]) -> str:
    listed = [Path(name).name for name in names]
    return ", ".join([*listed[:NAMED], *(["..."] if len(listed) > NAMED else [])])


def _kinds() -> str:
    return " ".join((*IMAGES, *formats.SUFFIXES))
