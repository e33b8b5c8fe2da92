"""What a user's function does wrong, and at which line of the user's file."""

from __future__ import annotations

import sysconfig
import traceback
from pathlib import Path

import jax

import lingen

__all__ = ["told", "where"]

ROOMS = ("lingen", "models", "theory", "sims", "experiments", "claims", "scripts")
INSTALLED = ("site-packages", "dist-packages")


def told(error: BaseException) -> str:
    """What was raised, and what to do about it where that is known."""
    if isinstance(error, jax.errors.TracerBoolConversionError):
        return (
            "asks `if` (or `while`, `and`, `or`, `not`) of a number that JAX is tracing: "
            "jnp.where(condition, a, b) chooses between values, jax.lax.cond between computations "
            "(TracerBoolConversionError)"
        )
    if isinstance(error, jax.errors.TracerArrayConversionError):
        return (
            "gives a number that JAX is tracing to NumPy: jax.numpy and jax.scipy have most of its functions "
            "(TracerArrayConversionError)"
        )
    if isinstance(error, jax.errors.ConcretizationTypeError):
        return (
            "asks for the value of a number that JAX is tracing, as float(), int(), range() and shapes do: "
            "keep it an array, "
            f"or let it be a parameter ({type(error).__name__})"
        )
    if "SeedSequence" in str(error):
        return (
            "gives its key to a generator of NumPy: random numbers come from keys by jax.random, such as "
            f"jax.random.normal(key, (dim,)) ({type(error).__name__})"
        )
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"raised {type(error).__name__}{': ' + lines[0] if lines else ''}"


def where(error: BaseException) -> str:
    """` (theorem.py, line 12)`: the last line that is neither lingen's nor a library's."""
    house = Path(lingen.__file__).resolve().parents[1]
    libraries = (Path(sysconfig.get_path("stdlib")).resolve(), *(house / room for room in ROOMS))
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        place = Path(frame.filename).resolve()
        if place.suffix == ".py" and not _within(place, libraries):
            return f" ({place.name}, line {frame.lineno})"
    return ""


def _within(place: Path, libraries: tuple[Path, ...]) -> bool:
    return any(part in place.parts for part in INSTALLED) or any(map(place.is_relative_to, libraries))
