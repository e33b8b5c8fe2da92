"""The draw of a cell: observables by name, as a function of a key or of NumPy's generator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import Key

from lingen.boundary import at_once, checked
from lingen.experiments.experiment import Experiment, Point, check_observable

__all__ = ["drawn_point", "observed", "picked", "sampler_at", "without_seed"]


@checked
@at_once
def sampler_at(experiment: Experiment, point: Point) -> Partial:
    """The draw of a cell: a dict of arrays as a function of a key.

    Parameters that set no shapes are leaves, so that all their values share one compiled function.

    Raises:
        ValueError: if the experiment cannot be drawn there.
    """
    given = without_seed(point)
    if experiment.sampler is not None:
        drawn: Any = experiment.sampler(**given)
    else:
        assert experiment.simulate is not None
        known = experiment.parameters
        fixed = tuple((name, value) for name, value in given.items() if known[name].shapes)
        traced = {name: jnp.asarray(v) for name, v in given.items() if not known[name].shapes}
        drawn = Partial(_Simulated(experiment.simulate, fixed), traced)
    whole = drawn if isinstance(drawn, Partial) else Partial(drawn)
    return Partial(_Observed(experiment), whole)


@checked
def observed(experiment: Experiment, drawn: Any) -> dict[str, Any]:
    """What one draw or one prediction gave, by observable.

    Raises:
        ValueError: if it is no dict, NamedTuple, number or array.
    """
    if hasattr(drawn, "_asdict"):
        drawn = drawn._asdict()
    if not isinstance(drawn, Mapping):
        if isinstance(drawn, tuple | list) or (not hasattr(drawn, "shape") and not np.isscalar(drawn)):
            raise ValueError(
                f"{experiment.name} must give a dict or NamedTuple of numbers or arrays by observable, "
                f"or one number, got a {type(drawn).__name__}"
            )
        names = tuple(experiment.observables) or ("value",)
        if len(names) > 1:
            raise ValueError(f"{experiment.name} must give {', '.join(names)} by name, got one number")
        drawn = {names[0]: drawn}
    kept = {name: value for name, value in drawn.items() if value is not None}
    for name in kept:
        check_observable(experiment, name)
    return kept


@checked
def picked(found: Mapping[str, Any], observable: str) -> Any:
    """One observable of several, the only one if it has no name; `ValueError` if it is not there."""
    if not observable and len(found) == 1:
        return next(iter(found.values()))
    if observable not in found:
        told = repr(observable) if observable else "none"
        raise ValueError(f"observable must be one of {', '.join(found)}, got {told}")
    return found[observable]


@checked
def without_seed(point: Point) -> Point:
    """What a draw or a prediction gets of a point: its parameters."""
    return {name: value for name, value in point.items() if name != "seed"}


@checked
def drawn_point(experiment: Experiment, point: Point) -> Point:
    """The point with the values that a draw really has there."""
    given = without_seed(point)
    return given if experiment.drawn is None else {**given, **experiment.drawn(**given)}


@dataclass(frozen=True)
class _Simulated:
    """`simulate` at its fixed parameters; equal ones share a compiled function."""

    simulate: Callable[..., Any]
    fixed: tuple[tuple[str, Any], ...]

    def __call__(self, traced: Mapping[str, Array], key: Key[Array, ""]) -> Any:
        return self.simulate(key, **dict(self.fixed), **traced)


@dataclass(frozen=True)
class _Observed:
    """A draw as a dict of arrays."""

    experiment: Experiment

    def __call__(self, draw: Partial, key: Key[Array, ""]) -> dict[str, Array]:
        return {name: jnp.asarray(v) for name, v in observed(self.experiment, draw(key)).items()}
