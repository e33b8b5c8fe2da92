"""Options that commands on a stored sweep share: which store, which part of it, and what is said of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["At", "Store", "Stores", "Within", "as_flags", "fixed", "parts"]

Store = Annotated[
    Path,
    typer.Argument(
        metavar="STORE",
        help="Of `lingen sweep`, or any xarray dataset in Zarr of the same form.",
        show_default=False,
    ),
]
Stores = Annotated[
    list[Path] | None,
    typer.Option(
        "--from",
        metavar="STORE",
        help="Show the points of a store of `lingen sweep`; may be given several times.",
        show_default=False,
    ),
]
At = Annotated[
    list[str] | None,
    typer.Option(
        metavar="AXIS=VALUE", help="Fix an axis at one of its values; repeatable.", show_default=False
    ),
]
Within = Annotated[
    list[str] | None,
    typer.Option(
        metavar="AXIS=LOW:HIGH", help="Use this part of an axis only; repeatable.", show_default=False
    ),
]


@contextmanager
def as_flags(**flags: str) -> Iterator[None]:
    """Let a `ValueError` that begins with a keyword begin with the flag that stands for it.

    Args:
        flags: by keyword, the flag where it is not `--keyword`.
    """
    try:
        yield
    except ValueError as error:
        found = re.match(r"([a-z_]+) (must|has|is)\b", str(error))
        if found is None or found[1] not in flags:
            raise
        raise ValueError(flags[found[1]] + str(error)[len(found[1]) :]) from None


def fixed(given: Sequence[str] | None) -> dict[str, str]:
    """AXIS=VALUE as a mapping; `ValueError` for what is none, or twice the same axis."""
    found: dict[str, str] = {}
    for text in given or ():
        name, value = _pair("--at", "AXIS=VALUE", text)
        if name in found:
            raise ValueError(f"--at must fix {name} once, got {found[name]} and {value}")
        found[name] = value
    return found


def parts(given: Sequence[str] | None) -> Mapping[str, tuple[float, float]]:
    """AXIS=LOW:HIGH as a mapping; `ValueError` for what is none."""
    found = {}
    for text in given or ():
        name, value = _pair("--within", "AXIS=LOW:HIGH", text)
        try:
            low, high = map(float, value.split(":"))
        except ValueError:
            raise ValueError(f"--within must be AXIS=LOW:HIGH, two numbers, got {text!r}") from None
        if math.isnan(low) or math.isnan(high):
            raise ValueError(f"--within must be AXIS=LOW:HIGH, two numbers, got {text!r}")
        found[name] = (low, high)
    return found


def _pair(option: str, form: str, text: str) -> tuple[str, str]:
    name, equals, value = (part.strip() for part in text.partition("="))
    if not (name and equals and value):
        raise ValueError(f"{option} must be {form}, got {text!r}")
    return name, value
