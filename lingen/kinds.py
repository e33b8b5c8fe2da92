"""The kinds of arguments: what an annotation asks of a value, as a check with one line for what is wrong."""

from __future__ import annotations

import math
import os
import types
import typing
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import jax
import jaxtyping
import numpy as np
import numpy.typing

from lingen.checks import LARGEST, room, shown

__all__ = ["Check", "anything", "check_of"]

Check = Callable[[str, Any], Any]
"""Takes an argument's name and value; returns the value, converted where its kind says so, or raises."""
KINDS = {"Float": "biuf", "Real": "biuf", "Int": "biu", "Bool": "b", "Num": "biufc", "Complex": "biufc"}
"""NumPy's kinds of numbers that each of jaxtyping's may hold."""
ARRAY_LIKE = tuple(
    frozenset(typing.get_args(alias)) for alias in (jaxtyping.ArrayLike, numpy.typing.ArrayLike)
)
NO_SIZES = ("batch", "dim", "samples", "seed", "size", "start", "max_draws")
"""Whole numbers of which some functions take more than memory holds; those that lay out arrays check it."""
SMALL = 1 << 20
EXAMPLES = {
    "Population": " such as population.isotropic()",
    "Filter": " such as filters.ridge(0.1)",
    "Sampler": " such as filters.heun(schedules.karras(50))",
    "Denoiser": " such as filters.denoiser(0.1)",
    "PCA": " such as filters.pca(10)",
}


@lru_cache(maxsize=1024)
def check_of(kind: Any) -> Check:
    """The check of a kind."""
    if hasattr(kind, "dim_str"):
        return _array(kind)
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        return _either(typing.get_args(kind))
    origin = typing.get_origin(kind)
    if Callable in (kind, origin):
        return _function
    if isinstance(origin, type):
        return _collection(origin, typing.get_args(kind))
    if kind in PLAIN:
        return PLAIN[kind]
    return _instance(kind) if isinstance(kind, type) and kind is not object else anything


def _either(kinds: tuple[Any, ...]) -> Check:
    """Any one of several kinds; what fits none is told of the first that is not None."""
    checks: list[Check] = []
    for members in ARRAY_LIKE:
        if members <= set(kinds):
            kinds = tuple(kind for kind in kinds if kind not in members)
            checks = [_numbers]
    optional = type(None) in kinds
    checks += [check_of(kind) for kind in kinds if kind is not type(None)]

    def check(name: str, value: Any) -> Any:
        if value is None and optional:
            return value
        refusals: list[ValueError] = []
        for one in checks:
            try:
                return one(name, value)
            except ValueError as error:
                refusals.append(error)
        raise refusals[0]

    return check if len(checks) > 1 or optional else checks[0]


def anything(name: str, value: Any) -> Any:
    """The check of no kind."""
    return value


def _function(name: str, value: Any) -> Any:
    if not callable(value) or isinstance(value, type):
        raise ValueError(f"{name} must be a function, got {shown(value)}")
    return value


def _word(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be a word, got {shown(value)}")
    return value


def _flag(name: str, value: Any) -> Any:
    if not isinstance(value, bool | np.bool_ | jax.core.Tracer):
        raise ValueError(f"{name} must be True or False, got {shown(value)}")
    return value


def _path(name: str, value: Any) -> Any:
    if not isinstance(value, str | os.PathLike):
        raise ValueError(f"{name} must be a path, got {shown(value)}")
    return Path(value)


def _whole(name: str, value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        if abs(value) > LARGEST:
            raise ValueError(f"{name} must be at most {LARGEST} in size, got {shown(value)}")
        if value > SMALL and name not in NO_SIZES:
            room(name, value, value)
        return value
    whole = np.ndim(value) == 0 and not isinstance(value, bool | np.bool_) and _is_numbers(value, "iuf")
    if not whole or not (isinstance(value, jax.core.Tracer) or float(value).is_integer()):
        raise ValueError(f"{name} must be a whole number, got {shown(value)}")
    return value


def _number(name: str, value: Any) -> Any:
    if isinstance(value, float) and math.isfinite(value):
        return value
    if np.ndim(value) != 0:
        raise ValueError(f"{name} must be one number, got {shown(value)}")
    _finite(name, _numbers(name, value))
    return value


def _numbers(name: str, value: Any, kinds: str = "biuf") -> Any:
    """Numbers of these NumPy kinds: an array, a nested list, one number, but not one bool."""
    if isinstance(value, float):
        return value
    if not _is_numbers(value, kinds) or (isinstance(value, bool) and kinds != "b"):
        raise ValueError(f"{name} must be {_called(kinds)}, got {shown(value)}")
    return value


def _is_numbers(value: Any, kinds: str) -> bool:
    if isinstance(value, jax.core.Tracer):
        return True
    try:
        dtype = np.asarray(value).dtype
    except (TypeError, ValueError):  # ragged, or of keys
        return False
    return dtype.kind in kinds or dtype == jax.numpy.bfloat16


def _stack(name: str, value: Any) -> Any:
    """An array of whatever type, or what NumPy makes one of numbers from."""
    if hasattr(value, "dtype"):
        return value
    if np.asarray(value, dtype=object).ndim == 0 or not _is_numbers(value, "biufc"):
        raise ValueError(f"{name} must be an array of numbers, got {shown(value)}")
    return np.asarray(value)


def _called(kinds: str) -> str:
    return {"b": "True or False", "biu": "whole numbers"}.get(kinds, "a number or an array of numbers")


def _array(kind: Any) -> Check:
    """An array of jaxtyping's kind, of as many axes as its shape names."""
    words = kind.dim_str.split()
    axes = None if any(word.startswith(("...", "*")) for word in words) else len(words)
    kinds = KINDS.get(kind.dtype.__name__)

    def check(name: str, value: Any) -> Any:
        if isinstance(value, jax.core.Tracer):
            return value
        if kinds is None:
            _key(name, value, axes)
        else:
            _numbers(name, value, kinds)
            _finite(name, value)
        if axes is not None and np.ndim(value) != axes:
            raise ValueError(f"{name} must have shape ({', '.join(words)}), got {np.shape(value)}")
        if hasattr(value, "shape") or np.ndim(value) == 0:
            return value
        return np.asarray(value) if kind.array_type is np.ndarray else jax.numpy.asarray(value)

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


def _instance(kind: type) -> Check:
    """An instance, whose own `check_numbers(name)`, if there is one, finds nothing wrong."""
    text = f"{'an' if kind.__name__[0] in 'AEIOU' else 'a'} {kind.__name__}{EXAMPLES.get(kind.__name__, '')}"
    sound = getattr(kind, "check_numbers", None)

    def check(name: str, value: Any) -> Any:
        if not isinstance(value, kind):
            raise ValueError(f"{name} must be {text}, got {shown(value)}")
        if sound is not None:
            value.check_numbers(name)  # type: ignore[attr-defined]
        return value

    return check


def _collection(origin: type, inner: tuple[Any, ...]) -> Check:
    """A list, tuple or mapping, and every entry of it."""
    if issubclass(origin, Mapping):
        return _mapping(inner)
    if not issubclass(origin, Collection | Sequence) and origin is not Iterable:
        return _instance(origin)
    fixed = origin is tuple and inner and inner[-1] is not Ellipsis
    entry = check_of(inner[0]) if inner and not fixed else anything
    places = [check_of(kind) for kind in inner] if fixed else []

    def check(name: str, value: Any) -> Any:
        no_order = isinstance(value, Mapping) and issubclass(origin, Sequence)
        if isinstance(value, str | bytes | type) or no_order or not np.iterable(value):
            raise ValueError(f"{name} must be a list or a tuple, got {shown(value)}")
        if not isinstance(value, Collection):
            return value
        if fixed and len(value) != len(places):
            raise ValueError(f"{name} must hold {len(places)} entries, got {shown(value)}")
        for place, item in enumerate(value):
            (places[place] if fixed else entry)(f"{name}[{place}]", item)
        return value

    return check


def _mapping(inner: tuple[Any, ...]) -> Check:
    of_key, of_value = map(check_of, inner) if inner else (anything, anything)

    def check(name: str, value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise ValueError(f"{name} must be a dict, got {shown(value)}")
        for key, item in value.items():
            of_key(f"a key of {name}", key)
            of_value(f"{name}[{key!r}]", item)
        return value

    return check


PLAIN: dict[Any, Check] = {
    str: _word,
    bool: _flag,
    int: _whole,
    float: _number,
    Path: _path,
    np.ndarray: _stack,
    jax.Array: _stack,
    Any: anything,
}
