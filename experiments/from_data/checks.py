"""What disjoint splits of a data set measure at a number of samples, beside the prediction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import numpy as np

from lingen.models.filters import Filter
from lingen.models.images.data import ImageData
from lingen.sims.dense import by_source, splits
from lingen.sims.engine.averages import mean_and_error
from lingen.sims.engine.ensemble import ensemble
from lingen.theory import recovery

__all__ = ["Check", "check", "half_of", "seconds"]

LATENTS = 64
SECONDS_PER_CUBE = 1e-9  # one eigendecomposition of an m × m matrix on one core takes about m³ of these


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


def check(
    data: ImageData,
    samples: int,
    filter: Filter,
    predicted: tuple[float, float],
    key: Any,
    draws: int,
    devices: Sequence[jax.Device] | None,
) -> Check:
    """q, memorisation and the leading eigenvectors on random disjoint halves, beside what is predicted.

    `predicted` is q, and q as if each sample were worth w Gaussian ones.
    """
    most = min(LATENTS, data.dim, int(np.count_nonzero(data.spectrum)))
    latents = min(most, samples)
    rows = data.portion
    draw = partial(splits.sampler, jax.device_put(rows.vectors), samples, filter)
    apart = rows.together
    mixed: tuple[float | None, float | None] = (None, None)
    sourced = apart is not rows.copies
    one = draw(latents=most, groups=apart, own_mean=sourced and samples > 1)
    seen = ensemble(one, key, draws, devices)
    if sourced:
        pooled = ensemble(draw(groups=rows.copies), key, draws, devices)
        mixed = _ratio(pooled.shared, pooled.energy)
    shared = seen.agreement[:, :latents].sum(axis=1)
    known = np.asarray(recovery.latents(data.population, samples / data.dim).overlap)[:latents]
    return Check(
        samples,
        draws,
        *predicted,
        *_ratio(seen.shared, seen.product if sourced else seen.energy),
        *mixed,
        *_ratio(seen.cosine_variance, seen.fresh_variance),
        *_numbers(mean_and_error(shared)),
        float(np.sum(known**2)),
    )


def half_of(data: ImageData) -> int:
    """How many samples each side of a split holds, sources kept apart, and copies where sources are mixed."""
    rows = data.portion
    return min(by_source.capacity(kept, rows.samples) for kept in (rows.together, rows.copies))


def _numbers(pair: tuple[Any, Any]) -> tuple[float, float]:
    return float(pair[0]), float(pair[1])


def _ratio(above: np.ndarray, below: np.ndarray) -> tuple[float, float]:
    """Ratio of two means and its standard error by linearisation."""
    ratio = above.mean() / below.mean()
    return float(ratio), float(np.std(above - ratio * below, ddof=1) / np.sqrt(above.size) / below.mean())


def seconds(samples: int, dim: int) -> float:
    """About how long one split takes on one core."""
    side = min(samples, dim)
    products = (0.05 if samples >= dim else 0.1) * samples * dim * side
    return 2.0 * SECONDS_PER_CUBE * (side**3 + products) + 1e-4
