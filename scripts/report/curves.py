"""What a claim's figure is made of: evidence along one axis, and the prediction between its points."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from lingen.claims.claim import Claim
from lingen.claims.evidence.point import PointEvidence, describe
from lingen.claims.verdict import Verdict
from lingen.words import greek

__all__ = ["Series", "ShownAxis", "axis_of", "component_words", "curve", "dense", "series_of", "written"]

CURVE_POINTS = 80
SLOW_CURVE_POINTS = 40
CURVE_SECONDS = 1.0
COMPILING_SECONDS = 0.4
"""What a call with an array takes to compile, at the least, where single numbers are compiled already."""
MANY_SERIES = 7
ENDLESS = 1e3
"""Of its scale: so long is the bar of an interval without an end."""


class ShownAxis(NamedTuple):
    """The horizontal axis: components, a numeric parameter, the dimension, or else one place a point."""

    name: str
    kind: str
    """`components`, `parameter`, `dim` or `places`."""
    values: tuple[float, ...]
    labels: tuple[str, ...] = ()

    @property
    def logarithmic(self) -> bool:
        """Whether it spans so much that its logarithm is shown."""
        low, high = self.values[0], self.values[-1]
        return self.kind in ("parameter", "dim") and low > 0 and high / low >= 4


class Series(NamedTuple):
    """One component of the evidence, ordered along the axis."""

    name: str
    others: dict[str, Any]
    component: tuple[int, ...]
    dim: int | None
    """The dimension compared, for an exact claim whose axis is a parameter."""
    evidence: tuple[PointEvidence, ...]
    x: tuple[float, ...]
    rows: tuple[tuple[int, ...], ...]
    """Index of each compared value in the evidence's `estimate`."""

    def read(self, field: str) -> np.ndarray:
        """The compared values of one field: estimate, prediction, low, high, scale, error."""
        return np.array([getattr(e, field)[r] for e, r in zip(self.evidence, self.rows, strict=True)], float)

    def bars(self) -> np.ndarray:
        """How far the interval reaches below and above the estimate, shape (2, m); far if it has no end."""
        estimate, scale = self.read("estimate"), self.read("scale")
        sides = np.stack([estimate - self.read("low"), self.read("high") - estimate])
        return np.where(np.isfinite(sides), sides, ENDLESS * (scale + np.abs(estimate)))

    def rival(self, name: str) -> np.ndarray:
        """The compared values of one rival."""
        return np.array([e.rivals[name][r] for e, r in zip(self.evidence, self.rows, strict=True)], float)


def axis_of(verdict: Verdict) -> ShownAxis:
    """Components; the parameter with different numbers that joins most points; the dimension; else places."""
    along = _of_components(verdict)
    if along is not None and len(_groups(verdict, along)) <= MANY_SERIES:
        return along
    points = [e.point for e in verdict.points]
    numeric = [n for n in points[0] if all(_is_number(p[n]) for p in points)]
    found = {name: tuple(sorted({float(p[name]) for p in points})) for name in numeric}
    lines = {n: len(_groups(verdict, ShownAxis(n, "parameter", ()))) for n, v in found.items() if len(v) > 1}
    if lines and min(lines.values()) <= MANY_SERIES:
        name = min(lines, key=lambda n: lines[n])
        return ShownAxis(name, "parameter", found[name])
    dims = sorted({d for e in verdict.points for d in e.dims})
    if verdict.claim.exact and len(dims) > 1 and len(points) <= MANY_SERIES:
        return ShownAxis(verdict.claim.size.words, "dim", tuple(map(float, dims)))
    return ShownAxis("", "places", tuple(map(float, range(len(points)))), tuple(map(written, points)))


def series_of(verdict: Verdict, axis: ShownAxis) -> list[Series]:
    """The evidence of a verdict as series along the axis."""
    groups = _groups(verdict, axis)
    return [
        _series(verdict, axis, *key, members)  # type: ignore[call-arg]
        for key, members in groups.items()
    ]


def dense(axis: ShownAxis, claim: Claim) -> np.ndarray:
    """Places between the points where the prediction is drawn: none unless the axis is a parameter."""
    if axis.kind != "parameter":
        return np.array([])
    low, high = axis.values[0], axis.values[-1]
    spread = np.geomspace if axis.logarithmic else np.linspace
    if all(isinstance(p[axis.name], int | np.integer) for p in claim.points):
        return np.unique(np.concatenate([np.round(spread(low, high, CURVE_POINTS)), axis.values])).astype(int)
    return np.unique(np.concatenate([spread(low, high, CURVE_POINTS), axis.values]))


def curve(
    predict: Callable[..., Any], series: Series, axis: ShownAxis, x: np.ndarray, known: np.ndarray
) -> np.ndarray | None:
    """A prediction along `x`, or None.

    Place by place where that is quick, as the points were predicted; else in one call where it is vectorised,
    else at as many places as there is time for. A curve that misses the `known` values at the points is not
    shown.
    """
    if len(x) < 2:
        return None
    fixed = series.others | ({} if series.dim is None else {"dim": series.dim})
    call = partial(predict, **fixed)
    ways = (partial(_one_by_one, seconds=COMPILING_SECONDS), _at_once, _one_by_one)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        for attempt in ways:
            try:
                y = attempt(call, axis.name, x, series)
            except Exception:  # a user's function may refuse an array, or a place between its points
                continue
            if y is not None and np.allclose(np.interp(series.x, x, y), known, rtol=1e-6, atol=1e-12):
                return y
    return None


def _at_once(call: Callable[..., Any], name: str, x: np.ndarray, series: Series) -> np.ndarray | None:
    y = np.asarray(call(**{name: x}), float)
    if y.shape[:1] != x.shape or y.ndim != 1 + len(series.component):
        return None
    return y[(slice(None), *series.component)]  # type: ignore[arg-type]


def _one_by_one(
    call: Callable[..., Any], name: str, x: np.ndarray, series: Series, seconds: float = CURVE_SECONDS
) -> np.ndarray | None:
    """The prediction at as many places as there is time for, the points among them, joined."""

    def at(place: Any) -> float:
        return float(np.asarray(call(**{name: place.item()}), float)[series.component])

    at(x[0])  # what compiles is not timed
    start = time.perf_counter()
    at(x[-1])
    each = time.perf_counter() - start
    if each * SLOW_CURVE_POINTS > seconds:
        return None
    fewer = np.union1d(x[:: 1 if 2 * each * len(x) <= seconds else len(x) // SLOW_CURVE_POINTS], series.x)
    return np.interp(x, fewer, [at(place) for place in fewer.astype(x.dtype)])


def _groups(verdict: Verdict, axis: ShownAxis) -> dict[tuple, list[PointEvidence]]:
    """Evidence by (name, component, dimension): what is one line of the figure."""
    groups: dict[tuple, list[PointEvidence]] = {}
    exact = verdict.claim.exact
    for evidence in verdict.points:
        shape = np.shape(evidence.prediction)[1:] if exact else np.shape(evidence.prediction)
        others = evidence.point if axis.kind == "components" else {}
        if axis.kind in ("parameter", "dim"):
            others = {k: v for k, v in evidence.point.items() if k != axis.name}
        dims = evidence.dims if exact and axis.kind != "dim" else (None,)
        varied = {k: v for k, v in others.items() if len({str(e.point[k]) for e in verdict.points}) > 1}
        for component in [()] if axis.kind == "components" else np.ndindex(shape):
            for dim in dims:
                words = [written(varied)] if varied else []
                if np.prod(shape) > 1 and axis.kind != "components":
                    words.append(component_words(verdict.claim, component))
                words += [f"{verdict.claim.size[0]} = {dim}"] if dim is not None and len(dims) > 1 else []
                groups.setdefault((", ".join(words), component, dim), []).append(evidence)
    return groups


def _series(verdict: Verdict, axis: ShownAxis, name, component, dim, members: list[PointEvidence]) -> Series:
    entries = []
    for e in members:
        if axis.kind == "components":
            first = () if dim is None else (e.dims.index(dim),)
            entries += [(place, e, (*first, i)) for i, place in enumerate(axis.values)]
        elif axis.kind == "dim":
            entries += [(float(d), e, (i, *component)) for i, d in enumerate(e.dims)]
        else:
            row = component if dim is None else (e.dims.index(dim), *component)
            place = verdict.points.index(e) if axis.kind == "places" else e.point[axis.name]
            entries.append((float(place), e, row))
    entries.sort(key=lambda entry: entry[0])
    x, evidence, rows = zip(*entries, strict=True)
    others = {k: v for k, v in members[0].point.items() if k != axis.name}
    return Series(name, others, component, dim, evidence, x, rows)


def component_words(claim: Claim, component: tuple[int, ...]) -> str:
    """`distance=3`: which component of an array; counted from 1 where nothing is said of its places."""
    if not claim.components:
        return f"component {', '.join(str(i + 1) for i in component)}"
    axes = zip(claim.components.items(), component, strict=True)
    return written({name: places[i] if places else i + 1 for (name, places), i in axes})


def written(point: Mapping[str, Any]) -> str:
    """A point for people, its Greek parameters as Greek letters."""
    return describe({greek(name): value for name, value in point.items()})


def _of_components(verdict: Verdict) -> ShownAxis | None:
    """The axis of the components of an array of one axis, if the claim names it, or has but one point."""
    claim = verdict.claim
    shape = np.shape(verdict.points[0].prediction)[1 if claim.exact else 0 :]
    if len(shape) != 1 or shape[0] < 2 or not (claim.components or len(verdict.points) == 1):
        return None
    if not claim.components:
        labels = tuple(str(i + 1) for i in range(shape[0]))
        return ShownAxis("component", "components", tuple(map(float, range(shape[0]))), labels)
    ((name, places),) = claim.components.items()
    return ShownAxis(name, "components", tuple(places) or tuple(range(1, shape[0] + 1)))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | np.number) and not isinstance(value, bool)
