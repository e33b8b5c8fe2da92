"""The kinds of arguments that are numbers: one number, a whole one, an array of so many axes, a key."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import jax
import numpy as np

from lingen.checks import LARGEST, room, shown

__all__ = ["Check", "array", "numbers", "one_number", "stack", "whole"]

Check = Callable[[str, Any], Any]
"""Takes an argument's name and value; returns the value, converted where its kind says so, or raises."""
KINDS = {"Float": "biuf", "Real": "biuf", "Int": "biu", "Bool": "b", "Num": "biufc", "Complex": "biufc"}
"""NumPy's kinds of numbers that each of jaxtyping's may hold."""
WIDENED: dict[str, tuple[str, type]] = {"Float": ("biu", float), "Complex": ("biuf", complex)}
"""What is made numbers of the kind, and of which type."""
NO_SIZES = ("batch", "dim", "samples", "seed", "size", "start", "max_draws")
"""Whole numbers of which some functions take more than memory holds; those that lay out arrays check it."""
SMALL = 1 << 20


def whole(name: str, value: Any) -> Any:
    """A whole number that a 64-bit integer holds."""
    if isinstance(value, int) and not isinstance(value, bool):
        return _held(name, value)
    right = np.ndim(value) == 0 and not isinstance(value, bool | np.bool_) and _is_numbers(value, "iuf")
    if not right or not (isinstance(value, jax.core.Tracer) or float(value).is_integer()):
        raise ValueError(f"{name} must be a whole number, got {shown(value)}")
    return value if isinstance(value, jax.core.Tracer) else _held(name, int(value))


def _held(name: str, value: int) -> int:
    if abs(value) > LARGEST:
        raise ValueError(f"{name} must be at most {LARGEST} in size, got {shown(value)}")
    if value > SMALL and name not in NO_SIZES:
        room(name, value, value)
    return value


def one_number(name: str, value: Any) -> Any:
    """One finite number."""
    if isinstance(value, float) and math.isfinite(value):
        return value
    if np.ndim(value) != 0:
        raise ValueError(f"{name} must be one number, got {shown(value)}")
    _finite(name, numbers(name, value))
    return value


def numbers(name: str, value: Any, kinds: str = "biuf") -> Any:
    """Numbers of these NumPy kinds: an array, also made of a nested list, one number, but not one bool."""
    if isinstance(value, float):
        return value
    if not _is_numbers(value, kinds) or (isinstance(value, bool) and kinds != "b"):
        raise ValueError(f"{name} must be {_called(kinds)}, got {shown(value)}")
    return np.asarray(value) if isinstance(value, list | tuple) else value


def _is_numbers(value: Any, kinds: str) -> bool:
    if isinstance(value, jax.core.Tracer):
        return True
    try:
        dtype = np.asarray(value).dtype
    except (TypeError, ValueError):  # ragged, or of keys
        return False
    return dtype.kind in kinds or dtype == jax.numpy.bfloat16


def stack(name: str, value: Any) -> Any:
    """An array of whatever type, or what NumPy makes one of numbers from."""
    if hasattr(value, "dtype"):
        return value
    if np.asarray(value, dtype=object).ndim == 0 or not _is_numbers(value, "biufc"):
        raise ValueError(f"{name} must be an array of numbers, got {shown(value)}")
    return np.asarray(value)


def _called(kinds: str) -> str:
    return {"b": "True or False", "biu": "whole numbers"}.get(kinds, "a number or an array of numbers")


def array(kind: Any, alone: bool = True) -> Check:
    """An array of jaxtyping's kind, of as many axes as its shape names; made where no other is allowed."""
    words = kind.dim_str.split()
    axes = None if any(word.startswith(("...", "*")) for word in words) else len(words)
    kinds, of = KINDS.get(kind.dtype.__name__), kind.array_type

    def check(name: str, value: Any) -> Any:
        if isinstance(value, jax.core.Tracer):
            return value
        if kinds is None:
            _key(name, value, axes)
        else:
            value = numbers(name, value, kinds)
            _finite(name, value)
        if axes is not None and np.ndim(value) != axes:
            raise ValueError(f"{name} must have shape ({', '.join(words)}), got {np.shape(value)}")
        return value if kinds is None or not alone else made(value)

    narrow, wide = WIDENED.get(kind.dtype.__name__, ("", float))

    def made(value: Any) -> Any:
        with jax.ensure_compile_time_eval():  # a known number stays one inside somebody's jit
            if not isinstance(value, of):
                value = np.asarray(value) if of is np.ndarray else jax.numpy.asarray(value)
            return value.astype(wide) if value.dtype.kind in narrow else value

    return check


def _finite(name: str, value: Any) -> None:
    """Functions that check a range refuse NaN with it; those that take arrays as they come do not."""
    if isinstance(value, jax.core.Tracer):
        return
    array = np.asarray(value)
    if array.dtype.kind in "fc" and not np.isfinite(array).all():
        raise ValueError(f"{name} must be finite, got {array[~np.isfinite(array)].flat[0]:g}")


def _key(name: str, value: Any, axes: int | None) -> None:
    typed = jax.dtypes.issubdtype(getattr(value, "dtype", None), jax.dtypes.prng_key)
    if not typed or (axes == 0 and value.shape != ()):
        raise ValueError(f"{name} must be one typed key such as jax.random.key(0), got {shown(value)}")
