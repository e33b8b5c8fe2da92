"""Do the data follow the law that was fitted? Checks of the residuals, and refits to a part of the data.

Told are the probabilities, under the law and the errors, of residuals with a larger χ² and of as few changes of sign
along an axis: neighbours on one side of the law are a shape that it lacks. A refit to a part of the data
must agree with the whole within its own error, the root of the difference of their variances.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from lingen.boundary import checked
from lingen.models.posterior import Posterior

__all__ = ["Checks", "Fit", "Refit", "check", "doubts", "joined", "shift", "widened"]

RARE = 0.005
"""Data of the law and the errors look worse than this once in two hundred fits."""
REPLICAS = 4000
WIDENED, REFUSED = 2.0, 3.0
"""A refit that is off by more of its own errors widens the intervals; by still more, the law is not believed."""
MOVED = 1.0
"""A refit that is off by more of its own errors adds its distance to a widened interval."""
LEVEL = 0.95
LEAST_ERROR = 0.5
"""Of a refit's own error, as a part of its standard deviation: both may have the same width."""


class Checks(NamedTuple):
    """Posterior predictive probabilities, small where the law fails."""

    chi_square: float
    """Of residuals as large."""
    runs: Mapping[str, float]
    """By axis, of as few changes of sign."""
    scatter: float
    """Relative scatter beyond the errors, the median of its posterior."""


class Refit(NamedTuple):
    """What a part of the data says."""

    part: str
    mean: Mapping[str, float]
    deviation: Mapping[str, float]
    shifts: Mapping[str, float]
    """By quantity, how far it lies from the whole, in its own error."""


class Fit(NamedTuple):
    """A posterior averaged over rival laws, with what speaks for and against it."""

    posterior: Posterior
    weights: Mapping[str, float]
    """Posterior probability of each law."""
    checks: Checks
    refits: tuple[Refit, ...]


@checked
def check(
    values: Float[np.ndarray, "m"],
    columns: Float[np.ndarray, "m k"],
    slopes: Float[np.ndarray, "m p"],
    axes: Mapping[str, tuple[np.ndarray, np.ndarray | None]],
    scatter: float,
) -> Checks:
    """The residuals of a fit against those that its errors would leave.

    Under y ~ N(0, I + CCᵀ) what is left, R y with R = (I + CCᵀ)⁻¹, has covariance R; what other parameters can follow
    is projected out of y and C.

    Args:
        values: y, less the mean of its law, in units of the errors.
        columns: C, in the same units, times prior widths.
        slopes: of the fitted values, in the same units, with respect to all other parameters.
        axes: by name, where each residual lies along it, and the group within which neighbours are counted.
        scatter: beyond the errors, relative.
    """
    left, sizes, _ = np.linalg.svd(slopes, full_matrices=False)
    used = left[:, sizes > 1e-10 * sizes.max()]
    outside = np.eye(values.size) - used @ used.T
    inside = outside @ columns
    spread, weight, _ = np.linalg.svd(inside, full_matrices=False)
    shrunk = 1 / np.sqrt(1 + weight**2)
    root = outside - (spread * (1 - shrunk)) @ spread.T @ outside
    residual = root @ (root @ values)
    replicas = np.random.default_rng(0).standard_normal((REPLICAS, values.size)) @ root
    large = np.mean(np.sum(replicas**2, axis=1) >= np.sum(residual**2))
    runs = {}
    for name, (places, groups) in axes.items():
        pairs = _neighbours(places, groups)
        seen, likely = (_changes(r, pairs) for r in (residual[None], replicas))
        runs[name] = float(np.mean(likely <= seen))
    return Checks(float(large), runs, scatter)


@checked
def doubts(
    found: Checks, refits: Sequence[Refit], limit: float, symbols: Mapping[str, str] = MappingProxyType({})
) -> Iterator[str]:
    """What speaks against the law, each in a few words.

    Args:
        found: the checks of the whole.
        refits: to parts of the data.
        limit: relative scatter beyond the errors that is no harm.
        symbols: how quantities are written.
    """
    if found.scatter > limit and found.chi_square < RARE:
        yield (
            f"the data scatter by {found.scatter:.1%} beyond their errors about every law tried, more than {limit:.1%}"
        )
    for axis, chance in found.runs.items():
        if chance < RARE:
            yield f"the residuals along {axis} have a shape (runs as long have probability {chance:.2g})"
    for refit in refits:
        worst = max(refit.shifts, key=lambda name: refit.shifts[name], default=None)
        if worst is not None and refit.shifts[worst] > REFUSED:
            yield f"{symbols.get(worst, worst)} moves by {refit.shifts[worst]:.1f} of its own errors {refit.part}"


@checked
def shift(whole: tuple[float, float], part: tuple[float, float]) -> float:
    """How far a part's mean and deviation lie from those of the whole, in the part's own error."""
    own = np.sqrt(max(part[1] ** 2 - whole[1] ** 2, (LEAST_ERROR * part[1]) ** 2))
    return float(abs(part[0] - whole[0]) / own) if own > 0 else 0.0


@checked
def joined(
    whole: np.ndarray, refits: Sequence[tuple[Refit, Mapping[str, np.ndarray]]], name: str
) -> np.ndarray:
    """Samples of the whole, of which refits that moved far take an equal share each."""
    moved = [samples[name] for refit, samples in refits if refit.shifts.get(name, 0.0) > WIDENED]
    found = whole.copy()
    for k, samples in enumerate(moved, 1):
        found[:, k :: len(moved) + 1] = samples[:, k :: len(moved) + 1]
    return found


@checked
def widened(
    whole: np.ndarray, name: str, rivals: Iterable[Mapping[str, np.ndarray]], refits: Sequence[Refit]
) -> np.ndarray:
    """Samples stretched about their median until the central 95 % reach as far as what the data do not exclude.

    That is the interval of each rival, for of those that the data leave any may be the true one, whatever its share; and,
    on the side to which a refit moved, its distance more.

    Args:
        whole: samples of a quantity.
        name: the quantity.
        rivals: samples under each law that is not excluded, as many of each.
        refits: to parts of the data.
    """
    ends = ((1 - LEVEL) / 2, (1 + LEVEL) / 2)
    low, middle, high = np.quantile(whole, (ends[0], 0.5, ends[1]))
    each = np.array([np.quantile(samples[name], ends) for samples in rivals])
    apart = [r.mean[name] - whole.mean() for r in refits if r.shifts[name] > MOVED]
    below = min(low, each[:, 0].min()) + min(0.0, *apart, 0.0)
    above = max(high, each[:, 1].max()) + max(0.0, *apart, 0.0)
    stretch = np.where(whole < middle, (middle - below) / (middle - low), (above - middle) / (high - middle))
    return middle + (whole - middle) * stretch


def _neighbours(places: np.ndarray, groups: np.ndarray | None) -> np.ndarray:
    """Pairs of measurements next to each other along an axis, within a group."""
    groups = np.zeros(places.size) if groups is None else groups
    order = np.lexsort((places, groups))
    same = groups[order][1:] == groups[order][:-1]
    return np.stack([order[:-1][same], order[1:][same]])


def _changes(residual: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    return np.sum(residual[:, pairs[0]] * residual[:, pairs[1]] < 0, axis=1)
