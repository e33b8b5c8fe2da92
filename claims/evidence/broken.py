"""What a user's function does wrong, told in one line, with the line of the user's file where it happened."""

from __future__ import annotations

import os
import sysconfig
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax
import numpy as np

import lingen
from lingen.boundary import checked

__all__ = ["Broken", "attempt", "misshapen", "numbers", "stacked"]

DEBUG = "LINGEN_DEBUG"
"""With this variable of the environment set, the whole traceback of a user's error is printed."""
ROOMS = ("lingen", "models", "theory", "sims", "experiments", "claims", "scripts")
INSTALLED = ("site-packages", "dist-packages")


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
        if os.environ.get(DEBUG):
            traceback.print_exception(error)
        raise Broken(f"{what} {_told(error)}{_where(error)}") from error


def _told(error: BaseException) -> str:
    """What was raised, and what to do about it where that is known."""
    if isinstance(error, jax.errors.TracerBoolConversionError):
        return (
            "asks `if` (or `while`, `and`, `or`, `not`) of a number that JAX is tracing: jnp.where(condition, a, b) chooses "
            "between values, jax.lax.cond between computations (TracerBoolConversionError)"
        )
    if isinstance(error, jax.errors.TracerArrayConversionError):
        return (
            "gives a number that JAX is tracing to NumPy: jax.numpy and jax.scipy have most of its functions "
            "(TracerArrayConversionError)"
        )
    if isinstance(error, jax.errors.ConcretizationTypeError):
        return (
            "asks for the value of a number that JAX is tracing, as float(), int(), range() and shapes do: keep it an array, "
            f"or let it be a parameter ({type(error).__name__})"
        )
    if "SeedSequence" in str(error):
        return (
            "gives its key to a generator of NumPy: random numbers come from keys by jax.random, such as "
            f"jax.random.normal(key, (dim,)) ({type(error).__name__})"
        )
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"raised {type(error).__name__}{': ' + lines[0] if lines else ''}"


def _where(error: BaseException) -> str:
    """` (theorem.py, line 12)`: the last line that is neither lingen's nor a library's."""
    house = Path(lingen.__file__).resolve().parents[1]
    libraries = (Path(sysconfig.get_path("stdlib")).resolve(), *(house / room for room in ROOMS))
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        place = Path(frame.filename).resolve()
        if not frame.filename.startswith("<") and not _within(place, libraries):
            return f" ({place.name}, line {frame.lineno})"
    return ""


def _within(place: Path, libraries: tuple[Path, ...]) -> bool:
    return any(part in place.parts for part in INSTALLED) or any(map(place.is_relative_to, libraries))


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
