"""The Fréchet distance (FID) that two disjoint parts of a data set have for no other reason than their size.

From n = d on it falls as a/n (statement D6): measured at several n, it is extrapolated along 1/n to
infinitely many samples, where parts of one law have none. It is that of the values themselves, in their units
squared.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import jax.random as jr
import numpy as np
from jaxtyping import Float

from lingen.experiments.extrapolation import Interval
from lingen.experiments.from_data.checks import seconds
from lingen.models.images.data import ImageData
from lingen.models.population import Population
from lingen.sims.dense import by_source
from lingen.sims.engine.layout import light_blas
from lingen.theory import finite_samples
from lingen.words import plain

__all__ = ["Frechet", "FrechetSplit", "expected", "frechet", "measured_on_splits"]

SIZES = 3
"""Numbers of samples that are measured, each half of the one before."""
DRAWS, SHARE, LEAST = 8, 0.02, 0.05
"""At most; of the time of the other splits; and seconds that are always there."""
LEVEL = 0.975


@dataclass(frozen=True)
class FrechetSplit:
    """FID of two disjoint random parts of n samples each: mean and standard error over draws."""

    samples: int
    draws: int
    measured: float
    error: float


@dataclass(frozen=True)
class Frechet:
    """FID of two disjoint parts against n: predicted from the spectrum, measured, and without end."""

    samples: Float[np.ndarray, "m"]
    """From n = d on."""
    predicted: Float[np.ndarray, "m"]
    """To first order in 1/n, of Gaussian data of this spectrum."""
    least: int
    """Numbers of samples of a part from which the law 1/n holds: d."""
    measured: tuple[FrechetSplit, ...] = ()
    """In decreasing order of n."""
    limit: float | None = None
    """What is left as n → ∞ along 1/n; None where fewer than two n of at least d could be measured."""
    limit_range: Interval | None = None
    """Its 95 % interval over splits."""
    slope: float | None = None
    """a of limit + a/n, as measured."""

    def to_json(self) -> dict[str, Any]:
        """All of it as plain numbers."""
        kept = {
            "least": self.least,
            "limit": self.limit,
            "limit_range": self.limit_range,
            "slope": self.slope,
        }
        curve = {"samples": plain(self.samples), "predicted": plain(self.predicted)}
        return curve | kept | {"measured": [asdict(one) for one in self.measured]}


def frechet(x: Float[np.ndarray, "n d"], y: Float[np.ndarray, "m d"]) -> float:
    """W2² of the Gaussians fitted to two samples, means included; of any rank.

    ‖μ₁−μ₂‖² + tr S₁ + tr S₂ − 2 tr(S₁^{1/2}S₂S₁^{1/2})^{1/2}, the last trace being the nuclear norm of
    X₁X₂ᵀ/√((n−1)(m−1)).
    """
    shift = x.mean(axis=0) - y.mean(axis=0)
    one, two = ((part - part.mean(axis=0)) / np.sqrt(len(part) - 1.0) for part in (x, y))
    if min(len(one), len(two)) <= x.shape[1]:
        shared = np.linalg.svd(one @ two.T, compute_uv=False).sum()
    else:
        values, vectors = np.linalg.eigh(one.T @ one)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        within = root.T @ (two.T @ two) @ root
        shared = np.sqrt(np.maximum(np.linalg.eigvalsh(within), 0.0)).sum()
    return float(shift @ shift + np.sum(one**2) + np.sum(two**2) - 2.0 * shared)


def expected(population: Population, dim: int, samples: Float[np.ndarray, "m"]) -> Frechet:
    """The prediction at those of these numbers of samples where it holds, and at d itself."""
    least = max(dim, 2)
    n = np.unique(np.append(samples[samples > least], float(least)))
    return Frechet(n, np.asarray(finite_samples.fid_first_order(population, dim, n, mean=True)), least)


def measured_on_splits(found: Frechet, data: ImageData, seed: int, draws: int, spent: float) -> Frechet:
    """With what random disjoint parts measure, rows that repeat each other on one side.

    Args:
        found: the prediction.
        data: the data.
        seed: of the parts.
        draws: how many, at most.
        spent: seconds that other splits take; these take a small share of it.
    """
    rows = data.portion
    half = by_source.capacity(rows.copies, rows.samples)
    sizes = [half, *(n for k in range(1, SIZES) if (n := half >> k) >= found.least)]
    cost = sum(seconds(n, data.dim) for n in sizes)
    count = min(draws, DRAWS, int((LEAST + SHARE * spent) / cost))
    if half < 2 or count < 2:
        return found
    vectors, values = rows.vectors, np.zeros((count, len(sizes)))
    with light_blas(data.dim):
        for draw, row in enumerate(values):
            one, two = _sides(rows, half, seed, draw)
            row[:] = [frechet(vectors[one[:n]], vectors[two[:n]]) for n in sizes]
    errors = values.std(axis=0, ddof=1) / np.sqrt(count)
    told = zip(sizes, values.mean(axis=0), errors, strict=True)
    found = replace(found, measured=tuple(FrechetSplit(n, count, float(f), float(e)) for n, f, e in told))
    return found if len(sizes) < 2 else _extrapolated(found, np.asarray(sizes, float), values)


def _sides(rows: ImageData, half: int, seed: int, draw: int) -> tuple[np.ndarray, np.ndarray]:
    if by_source.labels_of(rows.copies, rows.samples) is not None:
        return by_source.halves(rows.copies, rows.samples, half, jr.fold_in(jr.key(seed), draw))
    order = np.random.default_rng([seed, draw]).permutation(rows.samples)  # nothing to compile
    return order[:half], order[half : 2 * half]


def _extrapolated(found: Frechet, n: Float[np.ndarray, "k"], values: Float[np.ndarray, "draws k"]) -> Frechet:
    """Of each draw limit + slope/n, as errors fall like 1/n: n F on a line in n; mean and error over draws.

    What a term in 1/n² would change widens the interval.
    """
    from scipy.special import stdtrit

    scaled = (values * n).T
    limits, slopes = np.linalg.lstsq(np.stack([n, n**0], axis=1), scaled, rcond=None)[0]
    limit = float(limits.mean())
    wide = float(stdtrit(limits.size - 1, LEVEL) * limits.std(ddof=1) / np.sqrt(limits.size))
    if n.size > 2:
        curved = np.linalg.lstsq(np.stack([n, n**0, 1.0 / n], axis=1), scaled, rcond=None)[0][0]
        wide += abs(float(curved.mean()) - limit)
    return replace(
        found, limit=limit, limit_range=Interval(limit - wide, limit + wide), slope=float(slopes.mean())
    )
