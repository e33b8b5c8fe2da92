"""What the population that is estimated behind a data set predicts, beside what its own spectrum does.

The bands are standard errors by halves of the data (`bands.bands`): the replicates of the estimate tell
half of the spread that data sets of N = 3 d have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from lingen.experiments.extrapolation import Interval
from lingen.experiments.from_data.bands import bands, behind
from lingen.experiments.from_data.curves import Curve, passes, predict_of
from lingen.models.filters import Filter
from lingen.models.images.data import ImageData
from lingen.models.population import Population

__all__ = ["BehindCurves", "estimated", "widest"]

Z95 = 1.96
SPLITS = 2


class BehindCurves(NamedTuple):
    """The curves of the estimated population."""

    population: Population
    curve: Curve
    bands: Curve | None
    """Standard errors of the curve at the same n; None where halves have fewer than three rows."""
    reach: Interval | None
    """Where q is at the level asked for, 95 %; None where the curve ends before."""


def estimated(
    data: ImageData,
    samples: Sequence[Sequence[float] | np.ndarray],
    filter: Filter,
    worth: float,
    level: float,
    seed: int,
) -> BehindCurves | None:
    """The curves at the first of several lists of samples; None where N >= 20 d.

    All lists are computed, as in `predict_each`: another number of them would be compiled anew.
    """
    found = behind(data, seed)
    if found is None:
        return None
    size, together = len(samples[0]), np.concatenate(samples)
    behind_it = _plain(np.asarray(found.eigenvalues))
    told = predict_of(behind_it, data.dim, together, filter, worth)
    curve = Curve(*(np.asarray(row[:size], float) for row in told))
    errors = bands(data, curve.samples, filter, worth, seed, SPLITS)
    return BehindCurves(behind_it, curve, errors, None if errors is None else _reach(curve, errors, level))


def widest(one: Interval | None, other: Interval | None) -> Interval | None:
    """What holds both; open where one is, None where one does not tell."""
    if one is None or other is None:
        return None
    high = None if one.high is None or other.high is None else max(one.high, other.high)
    return Interval(min(one.low, other.low), high)


def _plain(eigenvalues: Float[np.ndarray, "d"]) -> Population:
    """As `from_samples` makes it, so that what was compiled for the data serves again."""
    dim = eigenvalues.size
    return Population(jnp.asarray(eigenvalues), jnp.full(dim, 1.0 / dim), jnp.zeros(0), dim)


def _reach(curve: Curve, errors: Curve, level: float) -> Interval | None:
    wide = Z95 * errors.convergence
    low, high = (passes(curve.samples, curve.convergence + sign * wide, level) for sign in (1.0, -1.0))
    return None if low is None else Interval(low, high)
