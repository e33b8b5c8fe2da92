"""What the spectrum of a data set predicts against the number of samples n, and what its splits measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

import jax
import jax.random as jr
import numpy as np
from jaxtyping import Float

from lingen.boundary import checked
from lingen.checks import integer, shown
from lingen.experiments import extrapolation
from lingen.experiments.extrapolation import Interval
from lingen.experiments.from_data.checks import Check, check, half_of, seconds
from lingen.experiments.from_data.curves import Curve, onsets, passes, predict_at, predict_each
from lingen.experiments.from_data.words import LEVEL, sentences
from lingen.models import filters
from lingen.models.filters import PCA, Filter
from lingen.models.images.data import ImageData, from_array
from lingen.models.population import Population
from lingen.theory import convergence
from lingen.theory.worth import Worth, worth
from lingen.watching import figure_of, in_notebook, shown_bar
from lingen.words import plain

__all__ = ["Check", "Curve", "Forecast", "forecast", "predict_at", "sizes"]

POINTS = 97
LARGEST = 2048  # side of the matrices of fourth moments
SECONDS = 90.0


@dataclass(frozen=True, repr=False)
class Forecast:
    """What a data set says of models trained on n samples like its own; printed, its sentences."""

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
    reach: Interval | None
    """Where n at q = LEVEL lies, as far as N samples tell; None where q does not come to it on the curve."""
    gap: Interval | None
    """Where 1 − q at n = N lies."""

    def reaches(self, level: float = LEVEL) -> float | None:
        """The number of samples at which q reaches `level`, or None if the curve ends before."""
        return passes(self.curve.samples, self.curve.convergence, level)

    @property
    def summary(self) -> str:
        """What it says, in a few sentences."""
        return "\n".join(sentences(self))

    def __repr__(self) -> str:
        return self.summary

    _repr_html_ = in_notebook

    plot = figure_of

    def to_json(self) -> dict[str, Any]:
        """All of it as plain numbers, for JSON."""
        data = self.data
        return {
            "data": data.name,
            "samples": data.samples,
            "dim": data.dim,
            "shape": list(data.shape),
            "sources": data.sources,
            "filter": self.filter.name,
            "worth": None if self.worth is None else self.worth._asdict(),
            "eigenvalues": data.spectrum.tolist(),
            "onsets": plain(self.onsets),
            "reaches_95": self.reaches(0.95),
            "reaches_95_range": self.reach,
            "gap_range": self.gap,
            "repeats": data.repeats,
            "groups": data.families,
            "half": self.half,
            "patch": data.patch,
            "stride": data.stride,
            "notes": list(data.notes),
            **{name: _rows(getattr(self, name)) for name in ("curve", "table", "whole")},
            "checks": [
                {f.name: getattr(c, f.name) for f in fields(c)}
                | {"deviation": c.deviation, "gap": c.gap, "mixed_gap": c.mixed_gap}
                for c in self.checks
            ],
            "left_out": list(self.left_out),
        }


@checked
def forecast(
    data: Any,
    filter: Filter | str = "gaussian",
    samples: Sequence[int] | None = None,
    seed: int = 0,
    draws: int = 16,
    progress: Callable[[int, int], None] | None = None,
    devices: Sequence[jax.Device] | None = None,
    *,
    groups: Sequence[Any] | np.ndarray | None = None,
) -> Forecast:
    """Predict how models trained on n samples converge, find latents and memorise, from any data.

    The population is the covariance spectrum of all N samples; q, the eigenvectors above their thresholds,
    the leakage of training points and W2²/tr Σ follow from it (Maillard & Goldt, arXiv 2605.21402). q is
    checked on disjoint splits wherever the data hold two of n, the samples of one source on one side.

    Args:
        data: an array of shape (N, d), (N, h, w) or (N, h, w, channels); or a set of `models.images.data`.
        filter: the model, by itself or as on the command line: "gaussian", "ridge:0.1", ...
        samples: numbers of samples of the table; powers of two from d/16 to beyond 16 d and N when absent.
        seed: seed of the splits.
        draws: random splits for each number of samples; fewer where they would take long.
        progress: called with (steps done, steps in all); a bar on terminals and in notebooks if absent.
        devices: where to draw; all if absent.
        groups: of an array, N labels: samples of one label are one source.

    Raises:
        ValueError: if the data cannot be used, or a number of samples, seed or draws are out of range.
    """
    data, filter = _data(data, groups), filters.parse(filter) if isinstance(filter, str) else filter
    listed = sizes(data) if samples is None else sorted({integer("samples", n, low=1) for n in samples})
    if data.samples < 3:
        raise ValueError(f"data must hold at least three different samples, got {data.samples}")
    draws, seed = integer("draws", draws, low=2), integer("seed", seed, low=0, high=(1 << 63) - 1)
    if progress is not None:
        return _forecast(data, filter, listed, seed, draws, progress, devices)
    with shown_bar("forecast") as bar:
        return _forecast(data, filter, listed, seed, draws, lambda done, of: bar(done / of, ""), devices)


def _forecast(
    data: ImageData,
    filter: Filter,
    listed: list[int],
    seed: int,
    draws: int,
    progress: Callable[[int, int], None],
    devices: Sequence[jax.Device] | None,
) -> Forecast:
    half = half_of(data)
    split = [n for n in listed if n <= half]
    progress(0, len(split) + 1)
    value = _worth(data, filter)
    times = 1.0 if value is None else value.predicted
    fine = np.geomspace(listed[0], max(listed[-1], listed[0] + 1), POINTS)
    curve, table, whole = predict_each(data, (fine, listed, [data.samples]), filter, times)
    reach, gap = _ranges(data, filter, curve, seed)
    progress(1, len(split) + 1)
    measured = _measured(data, filter, table, split, seed, draws, devices, progress)
    left_out = tuple(n for n in split if n not in {one.samples for one in measured})
    known = onsets(data)
    return Forecast(data, filter, value, curve, table, whole, known, measured, left_out, half, reach, gap)


def _data(data: Any, groups: Any) -> ImageData:
    if isinstance(data, ImageData):
        if groups is not None:
            raise ValueError("groups must come with an array, got a data set that has its own")
        return data
    try:
        array = None if isinstance(data, str) or not hasattr(data, "__len__") else np.asarray(data)
    except ValueError:
        array = None
    if array is None:
        raise ValueError(f"data must be an array or image data, got {shown(data)}")
    return from_array(array, "data", groups=groups)


def _measured(
    data: ImageData,
    filter: Filter,
    table: Curve,
    split: Sequence[int],
    seed: int,
    draws: int,
    devices: Sequence[jax.Device] | None,
    progress: Callable[[int, int], None],
) -> tuple[Check, ...]:
    """The checks that do not take too long, at the first numbers of samples of the table."""
    found = []
    for done, n in enumerate(split):
        affordable = min(draws, int(SECONDS / len(split) / seconds(n, data.dim)))
        if affordable >= 2:
            key = jr.fold_in(jr.key(seed), n)
            predicted = float(table.convergence[done]), float(table.discounted[done])
            found.append(check(data, n, filter, predicted, key, affordable, devices))
        progress(done + 2, len(split) + 1)
    return tuple(found)


def sizes(data: ImageData) -> list[int]:
    """The numbers of samples of the table: powers of two from d/16 to beyond 16d and N, and N/2."""
    low = max(2, data.dim // 16)
    high = max(16 * data.dim, 2 * data.samples)
    powers = 2 ** np.arange(int(np.log2(low)), int(np.ceil(np.log2(high))) + 1)
    return sorted({int(n) for n in powers if n >= 2} | {data.samples // 2})


def _rows(curve: Curve) -> dict[str, Any]:
    return {name: plain(np.asarray(values, float)) for name, values in curve._asdict().items()}


def _ranges(
    data: ImageData, filter: Filter, curve: Curve, seed: int
) -> tuple[Interval | None, Interval | None]:
    """Where n at q = LEVEL and 1 − q at N lie; quarters of the rows want fewer points than the curve has."""
    reached = passes(curve.samples, curve.convergence, LEVEL)
    top = curve.samples[-1] if reached is None else min(1.1 * reached, curve.samples[-1])
    grid = np.geomspace(min(curve.samples[0], top / 32.0), top, 33)

    def quantity(spectrum: Population) -> np.ndarray:
        q = np.asarray(
            convergence.overlap(spectrum, np.append(grid, data.samples) / data.dim, filter, data.dim)
        )
        n = passes(grid, q[:-1], LEVEL)
        return np.array([np.nan if n is None else n, 1.0 - q[-1]])

    found = extrapolation.nested(data, quantity, seed)
    if found is None:
        return None, None
    reach, gap = found
    return (None if reached is None or np.isnan(reach.low) else reach), gap


def _worth(data: ImageData, filter: Filter) -> Worth | None:
    if isinstance(filter, PCA) or min(data.samples, data.dim) > LARGEST:
        return None
    return worth(data.portion.vectors, filter)
