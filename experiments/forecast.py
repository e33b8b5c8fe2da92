"""What the spectrum of a data set predicts against the number of samples n, and what its splits measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.random as jr
import numpy as np
from jaxtyping import Float

from lingen.checks import integer
from lingen.experiments import extrapolation
from lingen.experiments.extrapolation import Range
from lingen.models.filters import PCA, Filter
from lingen.models.images.data import ImageData
from lingen.models.population import Population
from lingen.sims.dense import by_source, splits
from lingen.sims.engine.ensemble import ensemble
from lingen.theory import convergence, distances, memorisation, recovery
from lingen.theory.worth import Worth, worth

__all__ = ["Check", "Curve", "Forecast", "as_dict", "forecast", "predict_at", "sizes"]

LEVEL = 0.95
POINTS = 97
LATENTS = 64
LARGEST = 2048  # side of the matrices of fourth moments
SECONDS = 90.0
SECONDS_PER_CUBE = 1e-9  # one eigendecomposition of an m × m matrix on one core takes about m³ of these


class Curve(NamedTuple):
    """Predictions at each number of samples, shape (m,)."""

    samples: Float[np.ndarray, "m"]
    convergence: Float[np.ndarray, "m"]
    """q, two models trained on n samples each."""
    discounted: Float[np.ndarray, "m"]
    """q at w n samples: as if each sample were worth w Gaussian ones."""
    latents: Float[np.ndarray, "m"]
    """How many eigenvectors of the covariance stand out of the noise."""
    memorisation: Float[np.ndarray, "m"]
    """Mean squared cosine of a sample with a training point over that with a fresh point."""
    distance: Float[np.ndarray, "m"]
    """W2² between the true and the learnt law over tr Σ; NaN where theory has no formula for the filter."""


@dataclass(frozen=True)
class Check:
    """One number of samples, measured on random disjoint halves: means and standard errors over splits."""

    samples: int
    draws: int
    predicted: float
    discounted: float
    measured: float
    """q of two models of different sources where there are several: pictures that patches were cut from."""
    error: float
    mixed: float | None
    """q with the rows of all sources mixed; None where each row is a source."""
    mixed_error: float | None
    memorisation: float
    memorisation_error: float
    shared: float
    shared_error: float
    shared_predicted: float
    """Σ_k (v̂₁ₖ·v̂₂ₖ)² over the leading eigenvectors, against Σ_k Q_k²."""

    @property
    def deviation(self) -> float:
        """(measured − predicted)/predicted."""
        return self.measured / self.predicted - 1.0

    @property
    def gap(self) -> float:
        """(1 − measured)/(1 − predicted): one where the prediction is right."""
        return self._gap(self.measured)

    @property
    def mixed_gap(self) -> float | None:
        """The same with the rows of all sources mixed."""
        return None if self.mixed is None else self._gap(self.mixed)

    def _gap(self, measured: float) -> float:
        return (1.0 - measured) / max(1.0 - self.predicted, 1e-15)


@dataclass(frozen=True)
class Forecast:
    """All that `lingen predict` shows of one data set."""

    data: ImageData
    filter: Filter
    worth: Worth | None
    """How many Gaussian samples one image is worth; None where that costs too much or makes no sense."""
    curve: Curve
    table: Curve
    whole: Curve
    """The predictions at n = N, one entry each."""
    onsets: Float[np.ndarray, "d"]
    """Number of samples from which each eigenvector stands out, in decreasing order of the eigenvalues."""
    checks: tuple[Check, ...]
    left_out: tuple[int, ...]
    """Numbers of samples whose splits would have cost too much."""
    half: int
    """How many samples each side of a split holds, the sources kept apart."""
    reach: Range | None
    """Where n at q = LEVEL lies, as far as N samples tell; None where q does not come to it on the curve."""
    gap: Range | None
    """Where 1 − q at n = N lies."""

    def reaches(self, level: float = LEVEL) -> float | None:
        """The number of samples at which q reaches `level`, or None if the curve ends before."""
        return _passes(self.curve.samples, self.curve.convergence, level)


def _passes(samples: np.ndarray, q: np.ndarray, level: float) -> float | None:
    above = np.flatnonzero(q >= level)
    if above.size == 0 or above[0] == 0:
        return float(samples[0]) if above.size else None
    low, high = above[0] - 1, above[0]
    n = np.log(samples)
    return float(np.exp(np.interp(level, q[[low, high]], n[[low, high]])))


def sizes(data: ImageData) -> list[int]:
    """The numbers of samples of the table: powers of two from d/16 to beyond 16d and N, and N/2."""
    low = max(2, data.dim // 16)
    high = max(16 * data.dim, 2 * data.samples)
    powers = 2 ** np.arange(int(np.log2(low)), int(np.ceil(np.log2(high))) + 1)
    return sorted({int(n) for n in powers if n >= 2} | {data.samples // 2})


def predict_at(
    data: ImageData, samples: Sequence[float] | np.ndarray, filter: Filter, worth: float = 1.0
) -> Curve:
    """The predictions at the given numbers of samples, each worth w Gaussian ones in `discounted`."""
    n = np.asarray(samples, float)
    p, load = data.population, n / data.dim
    return Curve(
        n,
        np.asarray(convergence.overlap(p, load, filter)),
        np.asarray(convergence.overlap(p, worth * load, filter)),
        np.sum(n[:, None] > _onsets(data), axis=1),
        np.asarray(memorisation.ratio(p, load, filter)),
        _distance(data, load, filter),
    )


def forecast(
    data: ImageData,
    filter: Filter,
    samples: Sequence[int] | None = None,
    seed: int = 0,
    draws: int = 16,
    progress: Callable[[int, int], None] = lambda done, total: None,
    devices: Sequence[jax.Device] | None = None,
) -> Forecast:
    """Predict along n, and check q on disjoint splits wherever the data hold two of n.

    Samples of one source, such as the patches of a picture, never come into both halves where there are
    several.

    Args:
        data: the data set.
        filter: the model.
        samples: numbers of samples of the table; `sizes` when absent.
        seed: seed of the splits.
        draws: splits for each number of samples; fewer where they would take long.
        progress: called with (steps done, steps in all).
        devices: where to draw; all if absent.

    Raises:
        ValueError: if a number of samples, the seed or the draws are out of range.
    """
    listed = sizes(data) if samples is None else sorted({integer("samples", n, low=1) for n in samples})
    draws, seed = integer("draws", draws, low=2), integer("seed", seed, low=0, high=(1 << 63) - 1)
    half = _half(data)
    split = [n for n in listed if n <= half]
    progress(0, len(split) + 1)
    value = _worth(data, filter)
    times = 1.0 if value is None else value.predicted
    fine = np.geomspace(listed[0], max(listed[-1], listed[0] + 1), POINTS)
    curve, table, whole = (predict_at(data, n, filter, times) for n in (fine, listed, [data.samples]))
    reach, gap = _ranges(data, filter, curve, seed)
    progress(1, len(split) + 1)
    checks, left_out = [], []
    for done, n in enumerate(split):
        affordable = min(draws, int(SECONDS / len(split) / _seconds(n, data.dim)))
        if affordable < 2:
            left_out.append(n)
        else:
            key = jr.fold_in(jr.key(seed), n)
            checks.append(_check(data, n, filter, times, key, affordable, devices))
        progress(done + 2, len(split) + 1)
    return Forecast(
        data,
        filter,
        value,
        curve,
        table,
        whole,
        _onsets(data),
        tuple(checks),
        tuple(left_out),
        half,
        reach,
        gap,
    )


def as_dict(result: Any) -> dict[str, Any]:
    """The forecast as plain numbers, for JSON."""
    data = result.data
    return {
        "data": data.name,
        "samples": data.samples,
        "dim": data.dim,
        "shape": list(data.shape),
        "sources": data.sources,
        "filter": result.filter.name,
        "worth": None if result.worth is None else result.worth._asdict(),
        "eigenvalues": data.spectrum.tolist(),
        "onsets": [float(n) if np.isfinite(n) else None for n in result.onsets],
        "reaches_95": result.reaches(0.95),
        "reaches_95_range": result.reach,
        "gap_range": result.gap,
        "repeats": data.repeats,
        "groups": data.families,
        "half": result.half,
        "patch": data.patch,
        "stride": data.stride,
        "notes": list(data.notes),
        **{name: _plain(getattr(result, name)) for name in ("curve", "table", "whole")},
        "checks": [
            {f.name: getattr(c, f.name) for f in fields(c)}
            | {"deviation": c.deviation, "gap": c.gap, "mixed_gap": c.mixed_gap}
            for c in result.checks
        ],
        "left_out": list(result.left_out),
    }


def _plain(curve: Curve) -> dict[str, list[float | None]]:
    return {k: [float(x) if np.isfinite(x) else None for x in v] for k, v in curve._asdict().items()}


def _check(
    data: ImageData,
    samples: int,
    filter: Filter,
    worth: float,
    key: Any,
    draws: int,
    devices: Sequence[jax.Device] | None,
) -> Check:
    latents = min(LATENTS, samples, data.dim, int(np.count_nonzero(data.spectrum)))
    draw = partial(splits.sampler, data.vectors, samples, filter)
    apart = data.together
    mixed: tuple[float | None, float | None] = (None, None)
    sourced = apart is not data.copies
    one = draw(latents=latents, groups=apart, own_mean=sourced and samples > 1)
    seen = ensemble(one, key, draws, devices)
    if sourced:
        pooled = ensemble(draw(groups=data.copies), key, draws, devices)
        mixed = _ratio(pooled.shared, pooled.energy)
    predicted = predict_at(data, [samples], filter, worth)
    shared = seen.agreement.sum(axis=1)
    known = np.asarray(recovery.latents(data.population, samples / data.dim).overlap)[:latents]
    return Check(
        samples,
        draws,
        float(predicted.convergence[0]),
        float(predicted.discounted[0]),
        *_ratio(seen.shared, seen.product if sourced else seen.energy),
        *mixed,
        *_ratio(seen.cosine_variance, seen.fresh_variance),
        *_mean(shared),
        float(np.sum(known**2)),
    )


def _half(data: ImageData) -> int:
    return by_source.capacity(data.together, data.samples)


def _ranges(data: ImageData, filter: Filter, curve: Curve, seed: int) -> tuple[Range | None, Range | None]:
    """Where n at q = LEVEL and 1 − q at N lie; quarters of the rows want fewer points than the curve has."""
    reached = _passes(curve.samples, curve.convergence, LEVEL)
    top = curve.samples[-1] if reached is None else min(1.1 * reached, curve.samples[-1])
    grid = np.geomspace(min(curve.samples[0], top / 32.0), top, 33)

    def quantity(spectrum: Population) -> np.ndarray:
        q = np.asarray(
            convergence.overlap(spectrum, np.append(grid, data.samples) / data.dim, filter, data.dim)
        )
        n = _passes(grid, q[:-1], LEVEL)
        return np.array([np.nan if n is None else n, 1.0 - q[-1]])

    found = extrapolation.nested(data.vectors, quantity, seed)
    if found is None:
        return None, None
    reach, gap = found
    return (None if reached is None or np.isnan(reach.low) else reach), gap


def _onsets(data: ImageData) -> np.ndarray:
    """Number of samples from which each eigenvector stands out; a direction that never varies has none."""
    known = recovery.latents(data.population, 1.0)
    return np.where(np.asarray(known.eigenvalues) > 0, np.asarray(known.samples), np.inf)


def _distance(data: ImageData, load: np.ndarray, filter: Filter) -> np.ndarray:
    try:
        return np.asarray(distances.wasserstein2(data.population, load, filter)) / float(
            data.population.moment(1.0)
        )
    except (NotImplementedError, ValueError):  # the law is known for few filters
        return np.full(load.shape, np.nan)


def _worth(data: ImageData, filter: Filter) -> Worth | None:
    if isinstance(filter, PCA) or min(data.vectors.shape) > LARGEST:
        return None
    return worth(data.vectors, filter)


def _ratio(above: np.ndarray, below: np.ndarray) -> tuple[float, float]:
    """Ratio of two means and its standard error by linearisation."""
    ratio = above.mean() / below.mean()
    return float(ratio), float(np.std(above - ratio * below, ddof=1) / np.sqrt(above.size) / below.mean())


def _mean(values: np.ndarray) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(values.size))


def _seconds(samples: int, dim: int) -> float:
    side = min(samples, dim)
    return 2.0 * SECONDS_PER_CUBE * (side**3 + 0.1 * samples * dim * side) + 1e-4
