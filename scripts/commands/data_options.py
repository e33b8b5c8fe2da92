"""Options that commands on a data set share: which data, how it is cut, and the numbers of samples."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["Colour", "Data", "Group", "KeepCopies", "Limit", "Patch", "Stride", "check_seed", "whole_numbers"]

Data = Annotated[
    str,
    typer.Argument(
        help="a folder of images, one image to cut, an .npy/.npz array; or digits, photos, china, flower"
    ),
]
Patch = Annotated[int | None, typer.Option(help="Cut patches of this many pixels a side.")]
Stride = Annotated[int | None, typer.Option(help="Pixels between patches; the patch size when absent.")]
Colour = Annotated[bool, typer.Option("--colour", help="Keep the colours.")]
Limit = Annotated[int | None, typer.Option(help="Use at most this many images, evenly spread.")]

Group = Annotated[
    str | None,
    typer.Option(
        help="A regular expression over file names: files in which it finds the same text, such as the "
        "frames of a video by '(.*)_frame', are one source, which splits keep together.",
        show_default=False,
    ),
]
KeepCopies = Annotated[
    bool, typer.Option("--keep-copies", help="Keep images that repeat others; they are left out otherwise.")
]


def check_seed(seed: int) -> int:
    """Return the seed; `ValueError` unless JAX can take it."""
    from lingen.checks import integer

    return integer("--seed", seed, low=0, high=(1 << 63) - 1)


def whole_numbers(text: str) -> list[int] | None:
    """The numbers of samples in `16,64,256`; None for an empty text.

    Raises:
        ValueError: for anything but whole numbers of at least 1.
    """
    if not text.strip():
        return None
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(f"samples must be whole numbers with commas between, got {text!r}") from None
    if min(numbers) < 1:
        raise ValueError(f"samples must be at least 1, got {min(numbers)}")
    return numbers
