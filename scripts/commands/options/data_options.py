"""Options that commands on a data set share: which data, how it is cut, and the numbers of samples."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

if TYPE_CHECKING:
    from lingen.models.images.data import ImageData

__all__ = ["DataOptions", "check_seed", "on_data", "whole_numbers"]


class DataOptions(NamedTuple):
    """Which data a command is about; each field an option of the same name."""

    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA",
            help="a folder of images, one image to cut; a file: idx, .npy, .npz, .csv, .parquet, .h5, .mat, "
            ".safetensors, .pt, of several arrays FILE:NAME; or digits, photos, china, flower",
        ),
    ]
    patch: Annotated[int | None, typer.Option(help="Cut patches of this many pixels a side.")] = None
    stride: Annotated[
        int | None, typer.Option(help="Pixels between patches; the patch size when absent.")
    ] = None
    colour: Annotated[bool, typer.Option("--colour", help="Keep the colours.")] = False
    limit: Annotated[int | None, typer.Option(help="Use at most this many images, evenly spread.")] = None
    group: Annotated[
        str | None,
        typer.Option(
            help="A regular expression over file names: files in which it finds the same text, such as the "
            "frames of a video by '(.*)_frame', are one source, which splits keep together.",
            show_default=False,
        ),
    ] = None
    size: Annotated[
        str | None,
        typer.Option(help="Bring image files to this size, such as 28 or 28x32.", show_default=False),
    ] = None
    columns: Annotated[
        str | None,
        typer.Option(
            help="Columns of a table that are used, a,b; or --columns=-a,-b: all but these.",
            show_default=False,
        ),
    ] = None
    standardise: Annotated[
        bool, typer.Option("--standardise", help="Divide each column of a table by its standard deviation.")
    ] = False
    keep_copies: Annotated[
        bool,
        typer.Option("--keep-copies", help="Keep images that repeat others; they are left out otherwise."),
    ] = False

    def load(self) -> ImageData:
        """The data set; `ValueError` in one line if it cannot be used."""
        from lingen.models.images import data

        how: dict[str, Any] = {"grey": not self.colour, "limit": self.limit, "group": self.group}
        how |= {"size": _sides(self.size), "columns": self.columns, "standardise": self.standardise}
        return _watched(data.load, self.data, self.patch, self.stride, **how, keep_copies=self.keep_copies)


def on_data(command: Callable[..., None]) -> Callable[..., None]:
    """A command with the options of `DataOptions`, which come to it as its first argument."""

    @wraps(command)
    def run(data: str, **given: Any) -> None:
        cut = {name: given.pop(name) for name in DataOptions._fields if name in given}
        command(DataOptions(data, **cut), **given)

    shared = inspect.signature(DataOptions, eval_str=True).parameters.values()
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]
    whole = [p.replace(kind=p.KEYWORD_ONLY) for p in (*_resolved(shared), *own)]
    run.__signature__ = inspect.Signature(whole)  # type: ignore[attr-defined]
    run.__annotations__ = {p.name: p.annotation for p in whole}
    del run.__wrapped__  # type: ignore[attr-defined]
    return run


def _sides(text: str | None) -> tuple[int, int] | None:
    """Height and width of `28` or `28x32`."""
    if text is None:
        return None
    height, _, width = text.lower().partition("x")
    try:
        return int(height), int(width or height)
    except ValueError:
        raise ValueError(
            f"--size must be a side or HEIGHTxWIDTH, such as 28 or 28x32, got {text!r}"
        ) from None


def _watched(load: Callable[..., ImageData], source: str, *arguments: Any, **options: Any) -> ImageData:
    """Load with a bar that says what is being done, how much of it is, and how long the rest will take."""
    from rich.console import Console

    from lingen.display import Display
    from lingen.watching import timed

    with Display(Console(stderr=True)) as display:
        bar = display.bar(f"reading {source}", 1.0)

        def show(share: float, words: str) -> None:
            bar.show(share, words, f"reading {source}: {words}")

        return load(source, *arguments, **options, tell=timed(show))


def _resolved(parameters: Any) -> list[inspect.Parameter]:
    """Parameters with annotations that are no text."""
    from typing import get_type_hints

    hints = get_type_hints(DataOptions, include_extras=True)
    return [p.replace(annotation=hints[p.name]) for p in parameters]


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
