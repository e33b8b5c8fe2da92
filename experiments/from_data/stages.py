"""A forecast as it grows: what the spectrum predicts, then split by split what the data support."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.random as jr
import numpy as np

from lingen.experiments import extrapolation
from lingen.experiments.extrapolation import Interval
from lingen.experiments.from_data.answers import Behind, Support, answer, answers
from lingen.experiments.from_data.checks import Check, check, half_of, seconds
from lingen.experiments.from_data.curves import Curve, lengthened, onsets, passes, predict_each
from lingen.experiments.from_data.estimated import BehindCurves, estimated, widest
from lingen.experiments.from_data.frechet import expected, measured_on_splits
from lingen.experiments.from_data.result import Forecast
from lingen.experiments.from_data.ruler import Ruler, ruler
from lingen.experiments.from_data.search import affordable, around
from lingen.experiments.from_data.targets import Targets
from lingen.models.filters import PCA, Filter
from lingen.models.images.data import ImageData
from lingen.models.population import Population
from lingen.sims.engine.layout import light_blas
from lingen.theory import convergence
from lingen.theory.worth import Worth, worth

__all__ = ["stages"]

POINTS = 97
LARGEST = 2048  # side of the matrices of fourth moments
SECONDS = 60.0  # of the splits of the table; what the small ones leave is the large ones'


def stages(
    data: ImageData,
    filter: Filter,
    listed: list[int],
    until: Targets,
    seed: int,
    draws: int,
    progress: Callable[[int, int], None],
    devices: Sequence[jax.Device] | None,
) -> Iterator[Forecast]:
    """The forecast without splits, with the first of them, with the second ..., each whole as it stands."""
    half = half_of(data)
    split = [n for n in listed if n <= half]
    steps = len(split) + 2
    progress(0, steps)
    with light_blas(data.dim):
        result, known = _predicted(data, filter, listed, until, seed, half)

    def measure(n: int, count: int, at: Curve | None = None) -> Check:
        expected = known.table.at("q", n), known.table.at("q", known.worth * n)
        if at is not None:
            row = listed.index(n)
            expected = float(at.convergence[row]), float(at.discounted[row])
        return check(data, n, filter, expected, jr.fold_in(jr.key(seed), n), count, devices)

    progress(1, steps)
    yield result
    left = SECONDS
    for done, n in enumerate(split):
        count = affordable(data, n, draws, left / (len(split) - done))
        if count >= 2:
            result = _with(result, known, checks=(*result.checks, measure(n, count, result.table)))
            left -= count * seconds(n, data.dim)
        else:
            result = replace(result, left_out=(*result.left_out, n))
        progress(done + 2, steps)
        yield result

    def told(checks: Sequence[Check]) -> Any:
        return answer(replace(known, checks=checks), "q", until.q)

    for more in around(data, half, draws, result.checks, told, measure):
        result = _with(result, known, around=(*result.around, more))
        yield result
    if result.fid is not None:
        spent = sum(one.draws * seconds(one.samples, data.dim) for one in (*result.checks, *result.around))
        result = replace(result, fid=measured_on_splits(result.fid, data, seed, draws, spent))
        yield result
    progress(steps, steps)


def _with(result: Forecast, known: Support, **more: Any) -> Forecast:
    """The forecast with more splits, and the answers that they support."""
    result = replace(result, **more)
    seen = replace(known, checks=(*result.checks, *result.around))
    return replace(result, answers=answers(seen, result.until))


def _predicted(
    data: ImageData, filter: Filter, listed: list[int], until: Targets, seed: int, half: int
) -> tuple[Forecast, Support]:
    value = _worth(data, filter)
    times = 1.0 if value is None else value.predicted
    fine = np.geomspace(listed[0], max(listed[-1], listed[0] + 1), POINTS)
    where = fine, listed, [data.samples]
    curve, table, whole = predict_each(data, where, filter, times)
    behind = estimated(data, where, filter, times, until.q, seed)

    def measure_of(spectrum: Population) -> Ruler:
        return ruler(spectrum, data.dim, filter, min(listed[0], 2), max(listed[-1], data.samples))

    known = Support(data, measure_of(data.population), (), times, None)
    reached = known.table.crosses("q", until.q)
    reach, gap = _ranges(data, filter, curve, reached, until.q, seed)
    if reach is not None and reached is not None:
        widest = None if reach.high is None else reach.high / reached
        known = replace(known, spread=Interval(reach.low / reached, widest))
    if behind is not None:
        known = replace(known, behind=_behind(measure_of(behind.population), behind, reach, until.q))
    told = answers(known, until)
    result = Forecast(
        data,
        filter,
        value,
        curve,
        table,
        whole,
        onsets(data),
        (),
        (),
        half,
        reach,
        gap,
        until,
        told,
        (),
        estimated=None if behind is None else behind.curve,
        bands=None if behind is None else behind.bands,
        fid=expected(data.population if behind is None else behind.population, data.dim, fine),
    )
    return result, known


def _behind(table: Ruler, found: BehindCurves, reach: Interval | None, level: float) -> Behind:
    """Its n may be off by what its replicates tell and what the spectra of halves do, whichever is more."""
    reached, both = table.crosses("q", level), widest(found.reach, reach)
    if reached is None or both is None:
        return Behind(table, None)
    return Behind(table, Interval(both.low / reached, None if both.high is None else both.high / reached))


def _ranges(
    data: ImageData, filter: Filter, curve: Curve, reached: float | None, level: float, seed: int
) -> tuple[Interval | None, Interval | None]:
    """Where n at the level and 1 − q at N lie; quarters of the rows want fewer points than the curve has."""
    top = curve.samples[-1] if reached is None else 1.1 * reached
    grid = np.geomspace(min(curve.samples[0], top / 32.0), top, 33)

    def quantity(spectrum: Population) -> np.ndarray:
        loads = lengthened(np.append(grid, data.samples) / data.dim)
        q = np.asarray(convergence.overlap(spectrum, loads, filter, data.dim))
        n = passes(grid, q[: grid.size], level)
        return np.array([np.nan if n is None else n, 1.0 - q[grid.size]])

    found = extrapolation.nested(data, quantity, seed)
    if found is None:
        return None, None
    reach, gap = found
    return (None if reached is None or np.isnan(reach.low) else reach), gap


def _worth(data: ImageData, filter: Filter) -> Worth | None:
    if isinstance(filter, PCA) or min(data.samples, data.dim) > LARGEST:
        return None
    return worth(data.portion.vectors, filter)
