"""Pictures of several sizes brought to one: the middle of the right shape, resized."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from PIL import Image

from lingen.boundary import checked
from lingen.checks import integer
from lingen.models.images.files import ImageFile, named

__all__ = ["resized"]

LARGEST = 2**14


@checked
def resized(
    pictures: Sequence[ImageFile], size: tuple[int, int] | None = None
) -> tuple[list[ImageFile], tuple[str, ...]]:
    """The pictures in one size, and in words which were changed.

    Of a picture of another shape the largest rectangle of the right shape in its middle is taken.

    Args:
        pictures: as they were read.
        size: height and width; the commonest when absent, of several the smallest.
    """
    met = Counter(p.values.shape[:2] for p in pictures)
    if size is None:
        most = max(met.values())
        height, width = min((s for s, n in met.items() if n == most), key=lambda s: (s[0] * s[1], s))
    else:
        height, width = (integer("size", side, low=1, high=LARGEST) for side in size)
    other = [p for p in pictures if p.values.shape[:2] != (height, width)]
    if not other:
        return list(pictures), ()
    why = "" if size is not None else ", the commonest size"
    cropped = [p for p in other if p.values.shape[0] * width != p.values.shape[1] * height]
    cut = f", of {len(cropped):,} the middle alone, as their shapes differ" if cropped else ""
    some = named(p.name for p in other)
    words = f"{len(other):,} of {len(pictures):,} resized to {height}x{width}{why} ({some})" + cut
    return [p if p.values.shape[:2] == (height, width) else _resized(p, height, width) for p in pictures], (
        words,
    )


def _resized(picture: ImageFile, height: int, width: int) -> ImageFile:
    values = picture.values
    h, w = values.shape[:2]
    scale = min(h / height, w / width)
    box_h, box_w = scale * height, scale * width
    top, left = (h - box_h) / 2.0, (w - box_w) / 2.0
    box = (left, top, left + box_w, top + box_h)

    def one(channel: np.ndarray) -> np.ndarray:
        made = Image.fromarray(channel.astype(np.float32)).resize((width, height), Image.Resampling.BOX, box)
        back = np.asarray(made)
        if values.dtype.kind == "f":
            return back.astype(values.dtype)
        bounds = np.iinfo(values.dtype)
        return np.clip(np.rint(back), bounds.min, bounds.max).astype(values.dtype)

    if values.ndim == 2:
        return picture._replace(values=one(values))
    return picture._replace(values=np.stack([one(values[..., c]) for c in range(values.shape[2])], axis=-1))
