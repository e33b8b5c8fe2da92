"""What the fields of a claim must be: each check names the field and says what is allowed."""

from __future__ import annotations

import dataclasses
import difflib
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from itertools import pairwise, product
from typing import Any, TypeVar

import numpy as np

from lingen.checks import integer, positive
from lingen.claims.estimates import jackknife
from lingen.claims.evidence.point import Point

__all__ = [
    "absent",
    "bounds_of",
    "candidates_of",
    "components_of",
    "dims_of",
    "estimate_of",
    "function",
    "misplaced",
    "points_of",
    "powers_of",
    "spelt",
    "takes",
    "told",
    "whole_load",
]

T = TypeVar("T")
TAKEN = {"dim": "the dimension, whose values are dims", "key": "the key of a draw"}
"""Names that no parameter may have."""
LEAST_POWER, MOST_POWER = 0.05, 20
"""Beyond these a power cannot be told from a constant, or from nothing, at any size."""


def spelt(kind: type[T]) -> type[T]:
    """The same dataclass, with one line for a field that there is not, or that is missing."""
    made = kind.__init__

    @wraps(made)
    def __init__(self: Any, *args: Any, **fields: Any) -> None:
        known = inspect.signature(made).parameters
        for name in fields:
            if name not in known:
                close = difflib.get_close_matches(name, list(known)[1:], n=1, cutoff=0.5)
                allowed = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(list(known)[1:])}"
                raise ValueError(f"{kind.__name__} has no field {name!r}: {allowed}")
        needed = [n for n, p in known.items() if p.default is p.empty and p.kind is p.KEYWORD_ONLY]
        for name in needed:
            if name not in fields:
                raise ValueError(f"claim {args[0] if args else ''}: {name} must be given")
        made(self, *args, **fields)

    kind.__init__ = __init__  # type: ignore[method-assign]
    return kind


def function(name: str, value: Any) -> None:
    """See that it is a function."""
    if value is None:
        raise ValueError(f"{name} must be given")
    if not callable(value):
        raise ValueError(f"{name} must be a function, got {value!r}")


def absent(claim: Any, names: Iterable[str], why: str) -> None:
    """See that these fields were not given."""
    defaults = {field.name: field.default for field in dataclasses.fields(claim)}
    for name in names:
        if getattr(claim, name) is not defaults[name]:
            raise ValueError(f"{name} must be absent {why}")


def takes(name: str, value: Callable[..., Any], first: Sequence[str], named: Iterable[str]) -> None:
    """See that a function can be called with these arguments in order and then those by name."""
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):  # of something compiled
        return
    wanted = dict.fromkeys(named)
    try:
        signature.bind(*first, **wanted)
    except TypeError as error:
        call = ", ".join([*first, *(f"{word}=..." for word in wanted)])
        raise ValueError(f"{name} must accept ({call}), got {signature}: {error}") from None


def told(claim: Any) -> str:
    """What it is about, how many points it has and at which sizes, in a few words."""
    count = len(claim.points)
    symbol = claim.size.symbol
    about = [] if claim.of is None else [f"{claim.observable or 'the observable'} of {claim.of.name}"]
    sizes = [f"{symbol} = {', '.join(map(str, claim.dims))}"] if symbol else []
    return ", ".join([*about, f"{count} point{'s' * (count != 1)}", *sizes])


def points_of(grid: Mapping[str, Sequence[Any]] | None, points: Sequence[Point]) -> tuple[Point, ...]:
    """The points of a claim: the product of its grid, or those that were listed."""
    if (grid is None) == (not points):
        given = "neither" if grid is None else "both"
        raise ValueError(f"grid or points must be given, one of them, got {given}")
    if grid is None:
        return _listed(points)
    if not isinstance(grid, Mapping) or not grid:
        raise ValueError(f"grid must be a dict with values for at least one parameter, got {grid!r}")
    for name, values in grid.items():
        if isinstance(values, str) or not np.iterable(values) or not len(list(values)):
            raise ValueError(f"grid[{name!r}] must be a tuple of at least one value, got {values!r}")
        for value in values:
            _number(f"grid[{name!r}]", value)
    _names(grid)
    return tuple(dict(zip(grid, values, strict=True)) for values in product(*grid.values()))


def _listed(points: Sequence[Point]) -> tuple[Point, ...]:
    if not all(isinstance(point, Mapping) for point in points):
        raise ValueError(f"points must be dicts of parameters, got {points!r}")
    if any(set(point) != set(points[0]) for point in points):
        raise ValueError("points must all have the same parameters")
    _names(points[0])
    for point in points:
        for name, value in point.items():
            _number(f"points: {name}", value)
    return tuple(dict(point) for point in points)


def _number(name: str, value: Any) -> None:
    if isinstance(value, float | np.floating) and np.isnan(value):
        raise ValueError(f"{name} must hold numbers, got {value!r}")


def _names(parameters: Iterable[str]) -> None:
    for name in parameters:
        if name in TAKEN:
            raise ValueError(f"a parameter must not be called {name!r}, which is {TAKEN[name]}")


def whole_load(point: Point, dim: int) -> Point:
    """The point with the load of round(load·dim) samples; of none, the load itself, which a simulation then refuses."""
    load = point.get("load")
    if not isinstance(load, int | float | np.number) or load is True or load * dim == round(load * dim):
        return point
    samples = round(load * dim)
    near = samples / dim
    while near * dim < samples:  # or a simulation that cuts digits off would lose one
        near = float(np.nextafter(near, np.inf))
    return {**point, "load": near if samples else float(load)}


def estimate_of(estimate: Any, measure: Callable[[Any], Any] | None) -> dict[str, Any]:
    """Fields that stand for it: a probability is the mean of its indicator, a plain function has its jackknife."""
    if hasattr(estimate, "each"):
        each = estimate.each if measure is None else lambda draws: estimate.each(measure(draws))
        return {"measure": each, "estimate": None, "bounds": (0.0, 1.0)}
    if estimate is None or hasattr(estimate, "estimated"):
        return {}
    return {"estimate": jackknife(estimate)}


def components_of(components: Any) -> dict[str, tuple[float, ...]]:
    """The places of an array's components by axis; none at all for an axis whose components are counted."""
    wrong = f"components must be a dict with the places along each axis, got {components!r}"
    if components is None:
        return {}
    if not isinstance(components, Mapping):
        raise ValueError(wrong)
    try:
        found = {name: np.asarray(places, float) for name, places in components.items()}
    except (TypeError, ValueError):
        raise ValueError(wrong) from None
    if not all(isinstance(n, str) and p.ndim == 1 and np.isfinite(p).all() for n, p in found.items()):
        raise ValueError(wrong)
    return {name: tuple(places.tolist()) for name, places in found.items()}


def misplaced(components: Mapping[str, Sequence[float]] | None, shape: tuple[int, ...]) -> str:
    """Why these are no places of the components of an array of this shape; empty if they are, or are not given."""
    sizes = tuple(map(len, (components or {}).values()))
    if not components or (
        len(sizes) == len(shape) and all(n in (0, m) for n, m in zip(sizes, shape, strict=True))
    ):
        return ""
    return f"components ({', '.join(components)}) have the shape {sizes}, the prediction has {shape}"


def bounds_of(bounds: Any) -> None:
    """See that bounds are a pair."""
    wrong = (
        f"bounds must be a pair of finite numbers or arrays, the least and the largest value, got {bounds!r}"
    )
    try:
        if isinstance(bounds, str):
            raise TypeError
        low, high = (np.asarray(end, float) for end in bounds)
        right = bool(np.all(np.isfinite(low)) and np.all(np.isfinite(high)) and np.all(low < high))
    except (TypeError, ValueError):
        raise ValueError(wrong) from None
    if not right:
        raise ValueError(wrong)


def dims_of(dims: Sequence[int], name: str = "dims") -> tuple[int, ...]:
    """The sizes, which increase."""
    if isinstance(dims, str) or not np.iterable(dims) or not len(list(dims)):
        raise ValueError(f"{name} must be a tuple of at least one size, got {dims!r}")
    whole = tuple(integer(name, dim, low=1) for dim in dims)
    if any(high <= low for low, high in pairwise(whole)):
        raise ValueError(f"{name} must increase, got {whole}")
    return whole


def powers_of(order: Sequence[float], name: str = "order") -> tuple[float, ...]:
    """The powers of 1/d in a finite-size term."""
    powers = tuple(np.atleast_1d(positive(name, order)).tolist())
    if any(not LEAST_POWER <= power <= MOST_POWER for power in powers):
        raise ValueError(f"{name} must be powers of 1/d from {LEAST_POWER} to {MOST_POWER}, got {order!r}")
    if not powers or len(set(powers)) < len(powers):
        raise ValueError(f"{name} must be different positive powers of 1/d, got {order!r}")
    return powers


def candidates_of(orders: Sequence[Any]) -> tuple[tuple[float, ...], ...]:
    """Candidates for these powers: single ones, or several that go together."""
    if isinstance(orders, str | Mapping) or not np.iterable(orders):
        raise ValueError(f"orders must be a tuple of powers of 1/d, such as (1/3, 1/2, 1), got {orders!r}")
    found = tuple(powers_of(order, "orders") for order in orders)
    if len(set(found)) < len(found):
        raise ValueError(f"orders must be different candidates, got {orders!r}")
    return found
