"""A claim on an experiment: what `predict`, `sampler`, `dims` and `settle` of a claim are, from its parts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import Key

from lingen.claims.evidence.size import NO_SIZE, Size
from lingen.claims.fields import dims_of
from lingen.experiments.experiment import Experiment, Point
from lingen.experiments.grid.draws import observed, picked, sampler_at
from lingen.experiments.grid.python_draws import PythonDraw

__all__ = ["fields_of", "size_of"]

SAME = 1e-9
"""How far predictions at two sizes may differ, relatively, where they shall be of the limit."""


def fields_of(
    experiment: Any,
    observable: str,
    sizes: Mapping[str, Sequence[int]] | None,
    exact: bool,
    rivals: Mapping[str, Callable[..., Any]],
    points: Sequence[Point],
    theory: Callable[..., Any] | None,
    field: str = "predict",
) -> dict[str, Any]:
    """The fields of a claim that an experiment gives.

    Args:
        experiment: what is drawn and predicted.
        observable: which of its observables; may be empty if it declares one alone.
        sizes: the parameter that is the size, and its values; none where every size is a point of its own.
        exact: whether the prediction is for finite sizes.
        rivals: other predictions of that observable; they take the parameters that they name.
        points: the points of the claim.
        theory: a prediction in place of the experiment's own, of that observable alone.
        field: of the claim that holds it.

    Raises:
        ValueError: naming the field that cannot be.
    """
    if not isinstance(experiment, Experiment):
        raise ValueError(f"of must be an Experiment, got {experiment!r}")
    values, which = _values(experiment, sizes), _observable(experiment, observable)
    size = size_of(experiment, sizes)
    _check_points(experiment, points, size, values)
    law = theory if theory is not None else _prediction(experiment, which)
    exact = exact or not size.name

    def taking(function: Callable[..., Any]) -> Callable[..., Any]:
        if exact:
            return lambda dim, **point: _named(function, point | size.at(dim))
        return lambda **point: _named(function, point | size.at(values[-1]))

    predict = taking(law)
    if not exact and theory is None:
        predict = _seen_as_limit(
            predict, lambda: _same_at_all_sizes(experiment, law, points[0], size.name, values)
        )

    def sampler(dim: int, **point: Any) -> Any:
        whole = experiment.point(point | size.at(dim))
        if experiment.kind == "numpy":
            return PythonDraw(experiment, whole, which)
        return Partial(_Picked(experiment, which), sampler_at(experiment, whole))

    return {
        field: predict,
        "rivals": {title: taking(rival) for title, rival in rivals.items()},
        "sampler": sampler,
        "dims": values,
        "exact": exact,
        **_shown(experiment, which),
        "settle": _settle(experiment, size),
    }


def _settle(experiment: Experiment, size: Size) -> Callable[..., Point]:
    """What the experiment says a draw of a size really has."""
    drawn = experiment.drawn
    if drawn is None:
        return lambda dim, **point: {}

    def settle(dim: int, **point: Any) -> Point:
        known = experiment.point(point | size.at(dim))
        found = drawn(**{k: v for k, v in known.items() if k != "seed"})
        return {k: v for k, v in found.items() if k in point}

    return settle


@dataclass(frozen=True)
class _Picked:
    """One observable of a draw."""

    experiment: Experiment
    observable: str

    def __call__(self, draw: Partial, key: Key[Array, ""]) -> Array:
        return picked(draw(key), self.observable)


def _values(experiment: Experiment, sizes: Any) -> tuple[int, ...]:
    """The values of its size; a single one that means nothing where it has none."""
    if sizes is None:
        return (1,)
    if not isinstance(sizes, Mapping) or len(sizes) != 1:
        raise ValueError(f"sizes must be a dict with the values of one parameter, got {sizes!r}")
    ((name, values),) = sizes.items()
    known = experiment.parameters.get(name)
    if known is None or known.kind != "whole":
        whole = [n for n, p in experiment.parameters.items() if p.kind == "whole"]
        raise ValueError(
            f"sizes must be of a whole parameter ({', '.join(whole) or 'there is none'}), got {name!r}"
        )
    return dims_of(values, f"sizes[{name!r}]")


def _check_points(experiment: Experiment, points: Sequence[Point], size: Size, values: Sequence[int]) -> None:
    """See that every point is one of the experiment, with its size apart."""
    for point in points:
        if size.name in point:
            raise ValueError(f"a parameter must not be called {size.name!r} here: its values are sizes")
        experiment.point(point | size.at(values[0]))


def _observable(experiment: Experiment, observable: str) -> str:
    if observable:
        known = experiment.observables
        if known and observable not in known and experiment.predict is None:
            raise ValueError(f"observable must be one of {', '.join(known)}, got {observable!r}")
        return observable
    if len(experiment.observables) > 1:
        raise ValueError(f"observable must be one of {', '.join(experiment.observables)}, got none")
    return next(iter(experiment.observables), "")


def _prediction(experiment: Experiment, observable: str) -> Callable[..., Any]:
    if experiment.predict is None:
        raise ValueError(f"predict must be given: {experiment.name} predicts nothing itself")
    own = experiment.predict

    def predict(**point: Any) -> Any:
        return picked(observed(experiment, own(**_whole(experiment, point))), observable)

    return predict


def _whole(experiment: Experiment, point: Point) -> Point:
    """The point with defaults, as a prediction takes it; its numbers as they are."""
    defaults = {n: p.default for n, p in experiment.parameters.items() if p.default is not None}
    return defaults | point


def _shown(experiment: Experiment, observable: str) -> dict[str, Any]:
    """How figures call the observable and its components."""
    known = experiment.described(observable)
    places = known.at or {}
    return {
        "label": known.title if observable else "",
        "components": {n: places.get(n, ()) for n in known.axes},
    }


def _named(function: Callable[..., Any], point: Point) -> Any:
    """The function of the parameters that it names."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return function(**point)
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return function(**point)
    named = {p.name for p in parameters}
    return function(**{name: value for name, value in point.items() if name in named})


def _seen_as_limit(predict: Callable[..., Any], see: Callable[[], None]) -> Callable[..., Any]:
    """The prediction, which is seen to be of the limit when it is first asked for: a claim may never be checked."""
    seen = lru_cache(see)

    def limit(**point: Any) -> Any:
        seen()
        return predict(**point)

    return limit


def _same_at_all_sizes(
    experiment: Experiment, law: Callable[..., Any], point: Point, name: str, values: Sequence[int]
) -> None:
    """See that a prediction of the limit does not depend on the size; `ValueError` where it does."""
    try:
        one, two = (np.asarray(law(**point, **{name: value}), float) for value in (values[0], values[-1]))
    except Exception:  # what a prediction raises is told where it is checked
        return
    if one.shape != two.shape or not np.allclose(one, two, rtol=SAME, atol=0, equal_nan=True):
        raise ValueError(
            f"the prediction of {experiment.name} depends on {name}: exact=True compares it at every size, "
            "predict=... gives its limit"
        )


def size_of(experiment: Experiment | None, sizes: Mapping[str, Sequence[int]] | None) -> Size:
    """How the size of a claim is called."""
    if experiment is None:
        return Size()
    if not sizes:
        return NO_SIZE
    (name,) = sizes
    parameter = experiment.parameters[name]
    symbol = parameter.symbol or name
    return Size(symbol, parameter.title or (f"{name} {symbol}" if symbol != name else name), name)
