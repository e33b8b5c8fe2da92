"""What a user's function does wrong, told in one line, with the line of the user's file where it happened."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from typing import Any

import numpy as np

from lingen.blame import told, where
from lingen.boundary import checked
from lingen.machine.interruption import interrupted

__all__ = ["Broken", "attempt", "misshapen", "numbers", "stacked"]

DEBUG = "LINGEN_DEBUG"
"""With this variable of the environment set, the whole traceback of a user's error is printed."""


class Broken(Exception):
    """A claim cannot be checked; the message says where and why in one line."""


@checked
def attempt(what: str, action: Callable[[], Any]) -> Any:
    """`action()`, with anything it raises turned into one line of `Broken` that begins with `what`.

    If LINGEN_DEBUG is set, the whole traceback is printed as well.
    """
    try:
        return action()
    except Broken as error:
        raise Broken(f"{what} {error}") from error
    except (Exception, SystemExit) as error:  # a user's function ends its claim, not the run
        if interrupted(error):
            raise KeyboardInterrupt from error
        if os.environ.get(DEBUG):
            traceback.print_exception(error)
        raise Broken(f"{what} {told(error)}{where(error)}") from error


@checked
def numbers(value: Any) -> np.ndarray:
    """`value` as an array of floats, or `Broken`."""
    try:
        array = np.asarray(value)
        real = array.astype(float) if array.dtype.kind in "biuf" else None
    except (TypeError, ValueError):
        real = None
    if real is None or hasattr(value, "_fields"):
        raise Broken(f"gave a {type(value).__name__} where an array of real numbers is needed")
    return real


@checked
def stacked(value: Any) -> np.ndarray:
    """Stacked draws as one array of floats; `Broken` where a draw has parts, with how to pick one."""
    names = list(value) if isinstance(value, dict) else list(getattr(value, "_fields", ()))
    if names or isinstance(value, tuple | list):
        part = f".{names[0]}" if hasattr(value, "_fields") else f"[{names[0] if names else 0!r}]"
        raise Broken(
            f"gave a {type(value).__name__} where an array of real numbers is needed: measure=lambda draws: draws{part} "
            "picks one of its parts"
        )
    return numbers(value)


@checked
def misshapen(found: tuple[int, ...], draws: int, wanted: tuple[int, ...] | None, measured: bool) -> str:
    """What is wrong with the shape of stacked draws, and what to do about it."""
    if found[:1] == (draws,):
        return f"gave shape {found[1:]} where the prediction has {wanted}"
    if measured:
        return (
            f"gave shape {found} after `measure`, which must keep the first axis, one entry for each of the {draws:,} draws: "
            "it measures every draw by itself, and the mean over draws is taken afterwards (estimate=... takes all draws to "
            "one number)"
        )
    return f"gave shape {found} where {draws:,} draws of shape {wanted} are needed"
