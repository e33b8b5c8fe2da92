"""What the spectrum of a data set predicts at any number of samples n."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from lingen.models.filters import Filter
from lingen.models.images.data import ImageData
from lingen.models.population import Population
from lingen.theory import convergence, distances, memorisation, recovery

__all__ = [
    "Curve", "lengthened", "onsets", "onsets_of", "passes", "predict_at", "predict_each", "predict_of",
]  # fmt: skip

LENGTH = 192
"""To multiples of it lists of loads are lengthened: another length would be compiled anew."""


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


def predict_at(
    data: ImageData, samples: Sequence[float] | np.ndarray, filter: Filter, worth: float = 1.0
) -> Curve:
    """The predictions at the given numbers of samples, each worth w Gaussian ones in `discounted`."""
    return predict_of(data.population, data.dim, samples, filter, worth)


def predict_of(
    population: Population,
    dim: int,
    samples: Sequence[float] | np.ndarray,
    filter: Filter,
    worth: float = 1.0,
) -> Curve:
    """The same for any population: that of a part of the data, or the one estimated behind it."""
    n = np.asarray(samples, float)
    load = lengthened(n / dim)
    return Curve(
        n,
        np.asarray(convergence.overlap(population, load, filter, dim))[: n.size],
        np.asarray(convergence.overlap(population, worth * load, filter, dim))[: n.size],
        np.sum(n[:, None] > onsets_of(population), axis=1),
        np.asarray(memorisation.ratio(population, load, filter))[: n.size],
        _distance(population, load, filter)[: n.size],
    )


def lengthened(loads: Float[np.ndarray, "m"]) -> Float[np.ndarray, "..."]:
    """The loads, the last of them repeated up to a length that others have too."""
    return np.append(loads, np.full(-loads.size % LENGTH, loads[-1]))


def predict_each(
    data: ImageData, samples: Sequence[Sequence[float] | np.ndarray], filter: Filter, worth: float = 1.0
) -> list[Curve]:
    """The predictions at several lists of samples, by one call: another shape would be compiled anew."""
    together = predict_at(data, np.concatenate(samples), filter, worth)
    ends = np.cumsum([len(one) for one in samples])[:-1]
    return [Curve(*parts) for parts in zip(*(np.split(row, ends) for row in together), strict=True)]


def onsets(data: ImageData) -> np.ndarray:
    """Number of samples from which each eigenvector stands out; a direction that never varies has none."""
    return onsets_of(data.population)


def onsets_of(population: Population) -> np.ndarray:
    """The same for any population."""
    known = recovery.latents(population, 1.0)
    return np.where(np.asarray(known.eigenvalues) > 0, np.asarray(known.samples), np.inf)


def passes(samples: np.ndarray, q: np.ndarray, level: float) -> float | None:
    """The number of samples at which a rising q passes a level; None if the curve ends before."""
    above = np.flatnonzero(q >= level)
    if above.size == 0 or above[0] == 0:
        return float(samples[0]) if above.size else None
    low, high = above[0] - 1, above[0]
    n = np.log(samples)
    return float(np.exp(np.interp(level, q[[low, high]], n[[low, high]])))


def _distance(population: Population, load: np.ndarray, filter: Filter) -> np.ndarray:
    try:
        return np.asarray(distances.wasserstein2(population, load, filter)) / float(population.moment(1.0))
    except (NotImplementedError, ValueError):  # the law is known for few filters
        return np.full(load.shape, np.nan)
