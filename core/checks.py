"""Checks of arguments at the public boundary: one line naming the argument, its value, what is allowed.

Values under a JAX transformation are let through: their check belongs to the caller who traced them.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

__all__ = [
    "at_least", "bounded", "finite", "integer", "is_traced", "known", "nonnegative", "positive",
    "representable", "sample_count", "vector",
]  # fmt: skip

P = ParamSpec("P")
T = TypeVar("T")


def is_traced(value: Any) -> bool:
    """Whether any leaf of `value` is being traced, so that its numbers are not known yet."""
    return any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(value))


def known(name: str, value: Any) -> Any:
    """Return `value`; raise `ValueError` unless it is one number that is not being traced."""
    if np.ndim(value) != 0 or is_traced(value):
        raise ValueError(f"{name} must be one known number, got {value!r}")
    return value


def finite(name: str, value: Any) -> Array:
    """Return `value` as a float array; raise `ValueError` unless every entry is finite."""
    return _checked(name, value, "finite", np.isfinite)


def positive(name: str, value: Any) -> Array:
    """Return `value` as a float array; raise `ValueError` unless every entry is finite and positive."""
    return _checked(name, value, "positive and finite", lambda x: np.isfinite(x) & (x > 0))


def nonnegative(name: str, value: Any) -> Array:
    """Return `value` as a float array; raise `ValueError` unless every entry is finite and at least 0."""
    return _checked(name, value, "at least 0 and finite", lambda x: np.isfinite(x) & (x >= 0))


def at_least(name: str, value: Any, low: float) -> Array:
    """Return `value` as a float array; raise `ValueError` unless every entry is finite and at least `low`."""
    return _checked(name, value, f"at least {low:g} and finite", lambda x: np.isfinite(x) & (x >= low))


def sample_count(load: Any, dim: int) -> Array:
    """n = load · dim as a float array; raise `ValueError` where that is less than one sample."""
    given = positive("load", load)
    if not is_traced(given):
        least = float(np.min(np.asarray(given), initial=np.inf))
        if least * dim < 1 - 1e-9:
            raise ValueError(f"load must give at least one sample, got load = {least:g} at dim = {dim}")
    return jnp.maximum(given * dim, 1.0)


def bounded(name: str, value: Any, low: float, high: float) -> Array:
    """Return `value` as a float array; raise `ValueError` unless every entry lies in [low, high]."""
    return _checked(name, value, f"between {low:g} and {high:g}", lambda x: (x >= low) & (x <= high))


def representable(function: Callable[P, T]) -> Callable[P, T]:
    """Let `function` raise `ValueError` in place of an answer that is NaN or beyond the largest double."""
    names = list(inspect.signature(function).parameters)

    @wraps(function)
    def checked(*args: P.args, **kwargs: P.kwargs) -> T:
        answer = function(*args, **kwargs)
        leaves = jax.tree.leaves(answer)
        if not is_traced(leaves) and not all(np.isfinite(leaf).all() for leaf in leaves):
            given = dict(zip(names, args, strict=False)) | kwargs
            shown = ", ".join(
                f"{name} = {_short(value)}" for name, value in given.items() if np.ndim(value) < 2
            )
            numbers = _short(shown) if len(shown) > 200 else shown
            raise ValueError(
                f"{function.__name__} must have an answer within double precision, got {numbers}"
            )
        return answer

    return checked


def vector(name: str, value: Any) -> Array:
    """Return `value` as a finite array of one axis; raise `ValueError` otherwise."""
    array = finite(name, value)
    if array.ndim != 1:
        raise ValueError(f"{name} must have one axis, got shape {array.shape}")
    return array


def integer(name: str, value: Any, low: int, high: int | None = None) -> int:
    """Return `value` as an int; raise `ValueError` unless it is whole and within [low, high]."""
    allowed = f"a whole number of at least {low}" + ("" if high is None else f" and at most {high}")
    try:
        whole = int(value) if np.ndim(value) == 0 else None
        right = whole is not None and whole == value
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must be {allowed}, got {_short(value)}") from None
    if whole is None or not right or whole < low or (high is not None and whole > high):
        raise ValueError(f"{name} must be {allowed}, got {_short(value)}")
    return whole


def _checked(name: str, value: Any, allowed: str, test: Callable[[np.ndarray], np.ndarray]) -> Array:
    if is_traced(value):
        return jnp.asarray(value, float)
    try:
        given = np.asarray(value)
        if given.dtype.kind not in "biuf":
            raise TypeError
        array = given.astype(float)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must be {allowed}, got {_short(value)}") from None
    wrong = array[~np.asarray(test(array))]
    if wrong.size:
        raise ValueError(f"{name} must be {allowed}, got {wrong.flat[0]:g}")
    with jax.ensure_compile_time_eval():  # a known number stays one inside somebody's jit
        return jnp.asarray(array)


def _short(value: Any) -> str:
    """The value on one line, cut where it grows long."""
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else text[:57] + "..."
