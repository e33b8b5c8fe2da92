"""The population behind a data set, and how far every predicted curve may be off for N samples being few.

Where N < 20 d the sample spectrum is noticeably broader than that of the population, which is then estimated
(`lingen.theory.inversion`). The band of a curve is its standard error: on random halves of the data, each
source on one side, the two curves differ by two independent errors of N/2 samples, so that with δ their
difference the error at N is √(E δ²)/2, whatever the law of the data.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax.random as jr
import numpy as np

from lingen.experiments.from_data.curves import Curve, predict_of
from lingen.models import population
from lingen.models.filters import Filter
from lingen.models.images.data import ImageData
from lingen.models.population import Population
from lingen.sims.dense import by_source
from lingen.theory.inversion.estimates import EstimatedPopulation, estimate, from_spectrum

__all__ = ["ENOUGH", "bands", "behind"]

ENOUGH = 20
"""Samples a dimension, from which the sample spectrum is taken for the population's."""
SPLITS, POINTS = 4, 17
LEAST = 3
"""Rows of a half, below which it has no spectrum to speak of."""


def behind(data: ImageData, seed: int = 0) -> EstimatedPopulation | None:
    """The population behind the data where N < 20 d; None where their spectrum is good enough itself."""
    if data.samples >= ENOUGH * data.dim:
        return None
    return from_spectrum(data.spectrum, data.samples - 1.0, seed)


def bands(
    data: ImageData,
    samples: Sequence[float] | np.ndarray,
    filter: Filter,
    worth: float = 1.0,
    seed: int = 0,
    splits: int = SPLITS,
) -> Curve | None:
    """Standard errors, at each number of samples, of the curves of `behind` (or of the data's own spectrum).

    None where the halves have fewer than three rows.
    """
    rows = data.portion
    half = by_source.capacity(rows.together, rows.samples)
    if half < LEAST:
        return None
    n = np.asarray(samples, float)
    few = np.geomspace(n.min(), n.max(), min(POINTS, n.size))
    squares = np.zeros((len(Curve._fields) - 1, few.size))
    for split in range(splits):
        one, other = (
            predict_of(_population(data, side, seed), data.dim, few, filter, worth)
            for side in by_source.halves(rows.together, rows.samples, half, jr.fold_in(jr.key(seed), split))
        )
        squares += np.square(np.subtract(one[1:], other[1:]))
    # a half may hold less than N/2 rows where sources are large
    errors = np.sqrt(squares / splits / 2.0 * half / data.samples)
    at = np.log(n), np.log(few)
    return Curve(n, *(np.interp(*at, row) for row in errors))


def _population(data: ImageData, rows: np.ndarray, seed: int) -> Population:
    """That of the half as it is found for the whole."""
    part = data.portion.vectors[rows]
    if data.samples < ENOUGH * data.dim:
        return estimate(part, seed)
    return population.from_samples(part)
