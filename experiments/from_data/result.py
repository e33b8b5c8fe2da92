"""What a forecast gives: curves, splits, and the numbers of samples that they support."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lingen.experiments.extrapolation import Interval
from lingen.experiments.from_data.answers import Needed
from lingen.experiments.from_data.checks import Check
from lingen.experiments.from_data.curves import Curve, passes
from lingen.experiments.from_data.frechet import Frechet
from lingen.experiments.from_data.targets import LEVEL, Targets
from lingen.experiments.from_data.words import sentences
from lingen.models.filters import Filter
from lingen.models.images.data import ImageData
from lingen.theory.worth import Worth
from lingen.watching import figure_of, in_notebook
from lingen.words import plain

__all__ = ["Forecast"]


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
    """Where the prediction reaches the level of q, as far as N samples tell of their own spectrum; None where
    it does not."""
    gap: Interval | None
    """Where 1 − q at n = N lies by the prediction."""
    until: Targets
    """The levels that the answers are about."""
    answers: tuple[Needed, ...]
    """How many samples q, latents and leak take: what the splits support."""
    around: tuple[Check, ...]
    """Checks beside those of the table, at the numbers of samples around the answer."""
    estimated: Curve | None = None
    """`curve` of the population estimated behind the data; None where N >= 20 d. Its latents are
    rough: gaps between neighbouring eigenvalues are not told."""
    bands: Curve | None = None
    """Standard errors of `estimated` at the same n; None where halves have fewer than three rows."""
    fid: Frechet | None = None
    """Fréchet distance of two disjoint parts of the data against n, its prediction, splits and limit."""

    def reaches(self, level: float = LEVEL) -> float | None:
        """The number of samples at which q is predicted at `level`, or None if the curve ends before."""
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
            **{name: _maybe(getattr(self, name)) for name in ("estimated", "bands")},
            "checks": [_numbers(c) for c in self.checks],
            "around": [_numbers(c) for c in self.around],
            "until": asdict(self.until),
            "answers": [asdict(one) for one in self.answers],
            "left_out": list(self.left_out),
            "fid": None if self.fid is None else self.fid.to_json(),
        }


def _rows(curve: Curve) -> dict[str, Any]:
    return {name: plain(np.asarray(values, float)) for name, values in curve._asdict().items()}


def _maybe(curve: Curve | None) -> dict[str, Any] | None:
    return None if curve is None else _rows(curve)


def _numbers(one: Check) -> dict[str, Any]:
    return asdict(one) | {"deviation": one.deviation, "gap": one.gap, "mixed_gap": one.mixed_gap}
