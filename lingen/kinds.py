"""The kinds of arguments: what an annotation asks of a value, as a check with one line for what is wrong."""

from __future__ import annotations

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

from lingen.checks import shown
from lingen.numeric_kinds import Check, array, numbers, one_number, stack, whole

__all__ = ["Check", "anything", "check_of"]

ARRAY_LIKE = tuple(
    frozenset(typing.get_args(getattr(alias, "__value__", alias)))  # NumPy 2.5 names its union
    for alias in (jaxtyping.ArrayLike, numpy.typing.ArrayLike)
)
"""What stands for anything that becomes an array, by its members, as a union beside others loses its name."""
EXAMPLES = {
    "Population": " such as population.isotropic()",
    "Filter": " such as filters.ridge(0.1)",
    "Sampler": " such as filters.heun(schedules.karras(50))",
    "Denoiser": " such as filters.denoiser(0.1)",
    "PCA": " such as filters.pca(10)",
}


@lru_cache(maxsize=1024)
def check_of(kind: Any) -> Check:
    """The check of a kind; of one with a name of its own (`type X = ...`), that of what it stands for."""
    kind = getattr(kind, "__value__", kind)
    if hasattr(kind, "dim_str"):
        return array(kind)
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
            checks = [numbers]
    optional = type(None) in kinds
    alone = sum(hasattr(kind, "dim_str") for kind in kinds) == 1
    for kind in (kind for kind in kinds if kind is not type(None)):
        checks.append(array(kind, alone) if hasattr(kind, "dim_str") else check_of(kind))

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
    return bool(value) if isinstance(value, np.bool_) else value


def _path(name: str, value: Any) -> Any:
    if not isinstance(value, str | os.PathLike):
        raise ValueError(f"{name} must be a path, got {shown(value)}")
    return Path(value)


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
    int: whole,
    float: one_number,
    Path: _path,
    np.ndarray: stack,
    jax.Array: stack,
    Any: anything,
}
