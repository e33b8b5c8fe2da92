"""What the population that is estimated behind a data set predicts, beside what its own spectrum does.

The bands are standard errors: the spread of what the replicates of the estimate predict, the spectra that
Gaussian samples of this number would have given. `bands.bands` is their check on halves of the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float

from lingen.experiments.extrapolation import Interval
from lingen.experiments.from_data.bands import behind
from lingen.experiments.from_data.curves import Curve, passes, predict_of
from lingen.models.filters import Filter
from lingen.models.images.data import ImageData
from lingen.models.population import Population

__all__ = ["Estimated", "estimated", "widest"]

Z95 = 1.96


class Estimated(NamedTuple):
    """The curves of the estimated population."""

    population: Population
    curve: Curve
    bands: Curve
    """Standard errors of the curve at the same n."""
    reach: Interval | None
    """Where q is at the level asked for, 95 %; None where the curve of some replicate ends before."""


def estimated(
    data: ImageData,
    samples: Sequence[Sequence[float] | np.ndarray],
    filter: Filter,
    worth: float,
    level: float,
    seed: int,
) -> Estimated | None:
    """The curves at the first of several lists of samples; None where N >= 20 d.

    All lists are computed, as in `predict_each`: another number of them would be compiled anew.
    """
    found = behind(data, seed)
    if found is None or found.replicates is None:
        return None
    size, together = len(samples[0]), np.concatenate(samples)

    def curve(eigenvalues: Float[np.ndarray, "d"]) -> Curve:
        told = predict_of(_plain(eigenvalues), data.dim, together, filter, worth)
        return Curve(*(np.asarray(row[:size], float) for row in told))

    mean = curve(np.asarray(found.eigenvalues))
    drawn = [curve(row) for row in found.replicates]
    spread = (np.std([one[k] for one in drawn], axis=0, ddof=1) for k in range(1, len(mean)))
    return Estimated(
        _plain(np.asarray(found.eigenvalues)), mean, Curve(mean.samples, *spread), _reach(mean, drawn, level)
    )


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


def _reach(mean: Curve, drawn: Sequence[Curve], level: float) -> Interval | None:
    found = [passes(one.samples, one.convergence, level) for one in (mean, *drawn)]
    known = np.log([n for n in found if n is not None])
    if known.size < len(found):
        return None
    wide = Z95 * float(np.std(known[1:], ddof=1))
    return Interval(float(np.exp(known[0] - wide)), float(np.exp(known[0] + wide)))
