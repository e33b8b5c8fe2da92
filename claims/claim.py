"""A claim: a statement, the prediction it makes, a simulation that has not seen it, and rivals.

At a point (a value for each parameter) and dimension d, theory says `predict(**point)` for d → ∞, or
`predict(dim=d, **point)` when it is exact; the simulation draws independent copies of an observable whose
mean is that number, up to a finite-size term that vanishes as d → ∞.

Three things that draws can hardly test may be known beforehand, each with its source, and make verdicts cheap: the range of
the observable (`bounds`), that it concentrates (`concentration`), and the order of its finite-size term (`order_source`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from itertools import pairwise, product
from typing import Any

import numpy as np

from lingen.checks import integer, positive
from lingen.claims.of_experiment import fields_of
from lingen.experiments.experiment import Experiment

__all__ = ["Claim"]

Point = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Claim:
    """A theorem to be checked.

    Attributes:
        name: short and unique, as typed on the command line.
        of: an `Experiment`, in place of `predict`, `sampler` and `dims`: what is drawn and predicted.
        observable: which of the experiment's observables; need not be said if it has one alone.
        sizes: the parameter of the experiment that is the size, and its values, such as {"size": (64, 128, 256)}; without
            it the claim is exact and every size a point of its own.
        predict: the theory, `predict(**point)`, or `predict(dim=d, **point)` when `exact`: a number or array.
        sampler: `sampler(dim, **point)` gives a draw, a function of a key; a `jax.tree_util.Partial` is
            compiled once for all its numbers. Either this or `simulate`.
        simulate: `simulate(key, dim, **point)` makes one draw, in JAX.
        measure: takes stacked draws to an array of shape (draws, *prediction shape); identity if absent.
        grid: values of each parameter; the points are their product. Either this or `points`.
        points: the points themselves, one dict each; filled from `grid` when absent.
        dims: dimensions to simulate, increasing.
        exact: whether the prediction is for finite d, and is compared at every dimension.
        order: powers of 1/d in the finite-size term that is fitted and removed.
        order_source: where these powers are proved. Without it the interval covers the extrapolations by every power from
            1/4 to 4 and by log d/d that the draws do not refute.
        bounds: the least and the largest value that a draw can have, numbers or arrays of the prediction's shape: the
            interval then holds at every number of draws, whatever the law.
        concentration: where it is proved that the observable has light tails, as a smooth function of many independent
            numbers has: Student intervals are then trusted from few draws on. Without it and without bounds no verdict
            is given before the draws could have seen a rare outcome that would overturn it.
        deterministic: whether all draws are one number; else draws that are all alike are no evidence.
        settle: `settle(dim, **point)` gives the parameters that a draw of this size really has, where whole numbers stand
            behind them; if absent, `load` becomes round(load·d)/d. Simulation and prediction get the same.
        rivals: other predictions, by name, with the signature of `predict`; the draws must refute them.
        scale: what errors are measured against: |prediction| when absent.
        title: one line for people; the name if absent.
        statement: the statement in LaTeX.
        reference: where it is stated.
        section: the letter of its chapter, such as C.
        label: the observable's name on the axis of a figure.
        exploratory: a measurement, whose refutation is a finding and no failure.
        thorough: too long for every day: checked with `lingen verify --budget thorough`, or by its name.
        resolution: the relative error it is made to tell apart; 1 % if absent.

    Raises:
        ValueError: naming the field that cannot be.
    """

    name: str
    _: KW_ONLY
    of: Experiment | None = None
    observable: str = ""
    sizes: Mapping[str, Sequence[int]] | None = None
    predict: Callable[..., Any] = None  # type: ignore[assignment]  # that of the experiment
    sampler: Callable[..., Callable[[Any], Any]] | None = None
    simulate: Callable[..., Any] | None = None
    measure: Callable[[Any], Any] | None = None
    grid: Mapping[str, Sequence[Any]] | None = None
    points: tuple[Point, ...] = ()
    dims: tuple[int, ...] = (64, 128, 256)
    exact: bool = False
    order: tuple[float, ...] = (1,)
    order_source: str = ""
    bounds: tuple[Any, Any] | None = None
    concentration: str = ""
    deterministic: bool = False
    settle: Callable[..., Point] | None = None
    rivals: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    scale: float | None = None
    title: str = ""
    statement: str = ""
    reference: str = ""
    section: str = ""
    label: str = ""
    exploratory: bool = False
    thorough: bool = False
    resolution: float | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise ValueError(f"name must be a word, got {self.name!r}")
        try:
            if self.of is not None:
                self._take_experiment()
            self._check_functions()
            self._set(points=_points(self.grid, self.points), dims=_dims(self.dims), order=_order(self.order))
            self._check_numbers()
            self._set(title=self.title or self.name, rivals=dict(self.rivals))
        except ValueError as error:
            raise ValueError(f"claim {self.name}: {error}") from None

    def draw(self, dim: int, point: Point) -> Callable[[Any], Any]:
        """The function of a key that makes one draw at this dimension and point.

        Keep what it returns: a function made anew is compiled anew, unless the sampler gave a `Partial`.
        """
        if self.sampler is not None:
            return self.sampler(dim, **point)
        simulate = self.simulate
        assert simulate is not None
        return lambda key: simulate(key, dim, **point)

    def settled(self, dim: int, point: Point) -> Point:
        """The point that is drawn at this dimension: whole numbers behind its parameters are whole."""
        if self.settle is not None:
            return {**point, **self.settle(dim, **point)}
        load = point.get("load")
        if not isinstance(load, int | float | np.number) or isinstance(load, bool):
            return point
        return {**point, "load": _whole_load(float(load), dim)} if load * dim != round(load * dim) else point

    def _take_experiment(self) -> None:
        """Set what the experiment gives."""
        if self.sampler is not None or self.simulate is not None:
            raise ValueError("of or a simulation must be given, not both")
        points = _points(self.grid, self.points)
        known = (self.observable, self.sizes, self.exact, self.rivals, points, self.predict)
        self._set(**fields_of(self.of, *known))

    def _check_functions(self) -> None:
        _callable("predict", self.predict)
        if (self.sampler is None) == (self.simulate is None):
            given = "neither" if self.sampler is None else "both"
            raise ValueError(f"sampler or simulate must be given, one of them, got {given}")
        _callable("sampler" if self.simulate is None else "simulate", self.sampler or self.simulate)
        for name in ("measure", "settle"):
            if getattr(self, name) is not None:
                _callable(name, getattr(self, name))
        if not isinstance(self.rivals, Mapping):
            raise ValueError(f"rivals must be a dict of functions by name, got {self.rivals!r}")
        for name, rival in self.rivals.items():
            _callable(f"rivals[{name!r}]", rival)

    def _check_numbers(self) -> None:
        if self.scale is not None:
            positive("scale", self.scale)
        if self.resolution is not None:
            positive("resolution", self.resolution)
        if self.bounds is not None:
            _bounds(self.bounds)
        if not self.exact and 1 < len(self.dims) <= len(self.order):
            raise ValueError(
                f"dims must be one, or more than {len(self.order)} (the powers), got {self.dims}"
            )

    def _set(self, **fields: Any) -> None:
        for name, value in fields.items():
            object.__setattr__(self, name, value)


def _callable(name: str, value: Any) -> None:
    if not callable(value):
        raise ValueError(f"{name} must be a function, got {value!r}")


def _points(grid: Mapping[str, Sequence[Any]] | None, points: Sequence[Point]) -> tuple[Point, ...]:
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
    return tuple(dict(zip(grid, values, strict=True)) for values in product(*grid.values()))


def _listed(points: Sequence[Point]) -> tuple[Point, ...]:
    if not all(isinstance(point, Mapping) for point in points):
        raise ValueError(f"points must be dicts of parameters, got {points!r}")
    if any(set(point) != set(points[0]) for point in points):
        raise ValueError("points must all have the same parameters")
    return tuple(dict(point) for point in points)


def _whole_load(load: float, dim: int) -> float:
    """The load of round(load·dim) samples; of none, the load itself, which a simulation then refuses."""
    samples = round(load * dim)
    near = samples / dim
    while near * dim < samples:  # or a simulation that cuts digits off would lose one
        near = float(np.nextafter(near, np.inf))
    return near if samples else load


def _bounds(bounds: Any) -> None:
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


def _dims(dims: Sequence[int]) -> tuple[int, ...]:
    if isinstance(dims, str) or not np.iterable(dims) or not len(list(dims)):
        raise ValueError(f"dims must be a tuple of at least one dimension, got {dims!r}")
    whole = tuple(integer("dims", dim, low=1) for dim in dims)
    if any(high <= low for low, high in pairwise(whole)):
        raise ValueError(f"dims must increase, got {whole}")
    return whole


def _order(order: Sequence[float]) -> tuple[float, ...]:
    powers = tuple(np.atleast_1d(positive("order", order)).tolist())
    if not powers or len(set(powers)) < len(powers):
        raise ValueError(f"order must be different positive powers of 1/d, got {order!r}")
    return powers
