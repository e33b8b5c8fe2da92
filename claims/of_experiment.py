"""A claim on an experiment: what `predict`, `sampler`, `dims` and `settle` of a claim are, from its parts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import Key

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
    predict: Callable[..., Any] | None,
) -> dict[str, Any]:
    """The fields of a claim that an experiment gives.

    Args:
        experiment: what is drawn and predicted.
        observable: which of its observables; may be empty if it declares one alone.
        sizes: the parameter that is the size, and its values; none where every size is a point of its own.
        exact: whether the prediction is for finite sizes.
        rivals: other predictions of that observable; they take the parameters that they name.
        points: the points of the claim.
        predict: a prediction in place of the experiment's own, of that observable alone.

    Raises:
        ValueError: naming the field that cannot be.
    """
    if not isinstance(experiment, Experiment):
        raise ValueError(f"of must be an Experiment, got {experiment!r}")
    (name, values), which = _sizes(experiment, sizes), _observable(experiment, observable)
    for point in points:
        experiment.point(point | ({name: values[0]} if name else {}))
    law = predict if predict is not None else _prediction(experiment, which)
    largest = {name: values[-1]} if name else {}
    exact = exact or not name
    if not exact and predict is None:
        _same_at_all_sizes(experiment, law, points[0], name, values)

    def taking(function: Callable[..., Any]) -> Callable[..., Any]:
        if exact:
            return lambda dim, **point: _named(function, point | ({name: dim} if name else {}))
        return lambda **point: _named(function, point | largest)

    def sampler(dim: int, **point: Any) -> Any:
        whole = experiment.point(point | ({name: dim} if name else {}))
        if experiment.kind == "numpy":
            return PythonDraw(experiment, whole, which)
        return Partial(_Picked(experiment, which), sampler_at(experiment, whole))

    def settle(dim: int, **point: Any) -> Point:
        assert experiment.drawn is not None
        known = experiment.point(point | ({name: dim} if name else {}))
        drawn = experiment.drawn(**{k: v for k, v in known.items() if k != "seed"})
        return {k: v for k, v in drawn.items() if k in point}

    return {
        "predict": taking(law),
        "rivals": {title: taking(rival) for title, rival in rivals.items()},
        "sampler": sampler,
        "dims": tuple(values) if name else (1,),
        "exact": exact,
        **_shown(experiment, which),
        "settle": settle if experiment.drawn is not None else lambda dim, **point: {},
    }


@dataclass(frozen=True)
class _Picked:
    """One observable of a draw."""

    experiment: Experiment
    observable: str

    def __call__(self, draw: Partial, key: Key[Array, ""]) -> Array:
        return picked(draw(key), self.observable)


def _sizes(experiment: Experiment, sizes: Any) -> tuple[str, tuple[int, ...]]:
    if sizes is None:
        return "", ()
    if not isinstance(sizes, Mapping) or len(sizes) != 1:
        raise ValueError(f"sizes must be a dict with the values of one parameter, got {sizes!r}")
    ((name, values),) = sizes.items()
    known = experiment.parameters.get(name)
    if known is None or known.kind != "whole":
        whole = [n for n, p in experiment.parameters.items() if p.kind == "whole"]
        raise ValueError(
            f"sizes must be of a whole parameter ({', '.join(whole) or 'there is none'}), got {name!r}"
        )
    return name, tuple(values)


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


def _same_at_all_sizes(
    experiment: Experiment, law: Callable[..., Any], point: Point, name: str, values: Sequence[int]
) -> None:
    """See that a prediction of the limit does not depend on the size."""
    try:
        one, two = (np.asarray(law(**point, **{name: value}), float) for value in (values[0], values[-1]))
    except Exception:  # what a prediction raises is told where it is checked
        return
    if one.shape != two.shape or not np.allclose(one, two, rtol=SAME, atol=0, equal_nan=True):
        raise ValueError(
            f"the prediction of {experiment.name} depends on {name}: exact=True compares it at every size, "
            "predict=... gives its limit"
        )


def size_of(experiment: Experiment | None, sizes: Mapping[str, Sequence[int]] | None) -> tuple[str, str]:
    """How the size of a claim is called: its symbol, and in words."""
    if experiment is None or not sizes:
        return "d", "dimension d"
    (name,) = sizes
    parameter = experiment.parameters[name]
    symbol = parameter.symbol or name
    return symbol, parameter.title or (f"{name} {symbol}" if symbol != name else name)
