"""What a claim may be about beside a mean: functions of all draws of a cell that know their error.

    Claim(..., estimate=variance)              jackknife, one draw left out at a time
    Claim(..., estimate=quantile(0.9))         order statistics: exact for every law
    Claim(..., estimate=probability(event))    the mean of an indicator, with a confidence sequence for [0, 1]
    Claim(..., estimate=function)              any function of stacked draws, by a jackknife of groups
    Claim(..., estimate=bootstrap(function))   for functions that are not smooth

A function takes draws stacked along the first axis, as `Claim.measure` does, and gives an array of the prediction's shape.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import jax
import numpy as np

from lingen import lazy
from lingen.boundary import checked
from lingen.checks import integer
from lingen.claims.evidence.assumptions import Assumption
from lingen.claims.evidence.estimated import Estimated, of_means
from lingen.claims.evidence.means.bounded import Boxes
from lingen.claims.evidence.means.student import StudentMeans
from lingen.claims.evidence.means.sums import RunningSums
from lingen.claims.evidence.means.tails import REACH

__all__ = [
    "Bootstrap", "Jackknife", "Probability", "Quantile", "bootstrap", "jackknife", "median", "probability", "quantile",
    "variance",
]  # fmt: skip

stats = lazy.module("scipy.stats")
Function = Callable[[Any], Any]
GROUPS = 512
"""Of a jackknife: its error is known to 3 %."""
LEAST = 256
"""Draws of a jackknife or a bootstrap at least: with 32, verdicts on variances of normal draws were wrong in 1.5 % of checks."""


EXACT = Assumption("tails", "order statistics, whose number below a quantile is binomial for every law", "proved",
                   "classical")  # fmt: skip


@dataclass(frozen=True)
class Jackknife:
    """A smooth function of the draws: bias and error by leaving out one group of draws after the other.

    The pseudo-values Gθ − (G−1)θ₋g are taken for independent draws of mean θ, up to O(1/n²) (Quenouille 1956; Tukey 1958).
    """

    function: Function
    groups: int = GROUPS
    pseudo: Function | None = None
    """All pseudo-values of single draws at once, where there is a formula for them."""

    every_law = False

    @property
    def assumption(self) -> None:
        """That of a mean: pseudo-values are treated as draws."""

    def __call__(self, draws: Any) -> Any:
        """The function itself."""
        return self.function(draws)

    def first(self, level: float) -> int:
        """Draws that it takes at least."""
        return LEAST

    def estimated(self, samples: Sequence[Any], level: float, together: int) -> Estimated:
        """Student intervals of the pseudo-values."""
        group = 1 if self.pseudo else -(-max(map(_count, samples)) // self.groups)
        values = [self._values(draws, group) for draws in samples]
        return of_means([RunningSums.empty(v.shape[1:]).add(v) for v in values], level, group)

    def _values(self, draws: Any, group: int) -> np.ndarray:
        if self.pseudo is not None:
            return np.asarray(self.pseudo(draws), float)
        # as many draws as whole groups have
        parts = max(_count(draws) // group, 2)
        group = _count(draws) // parts
        kept = jax.tree.map(lambda leaf: leaf[: parts * group], draws)
        whole = np.asarray(self.function(kept), float)

        def without(number: int) -> np.ndarray:
            ends = number * group, (number + 1) * group
            rest = jax.tree.map(lambda leaf: np.concatenate([leaf[: ends[0]], leaf[ends[1] :]]), kept)
            return np.asarray(self.function(rest), float)

        return parts * whole - (parts - 1) * np.stack([without(number) for number in range(parts)])


@dataclass(frozen=True)
class Bootstrap:
    """A function of the draws whose error is its scatter over samples drawn from the draws with repetition (Efron 1979)."""

    function: Function
    resamples: int
    every_law = False

    @property
    def assumption(self) -> Assumption:
        """What its intervals rest on."""
        words = f"Student intervals, with errors by {self.resamples} bootstrap resamples (Efron 1979)"
        return Assumption("tails", words, "assumed")

    def __call__(self, draws: Any) -> Any:
        """The function itself."""
        return self.function(draws)

    def first(self, level: float) -> int:
        """Draws that it takes at least."""
        return LEAST

    def estimated(self, samples: Sequence[Any], level: float, together: int) -> Estimated:
        """Student intervals with as many degrees of freedom as there are resamples."""
        means = np.stack([np.asarray(self.function(draws), float) for draws in samples])
        again = np.stack([self._resampled(draws) for draws in samples], axis=1)
        apart = again - again.mean(axis=0)
        errors, cubes = apart.std(axis=0, ddof=1), (apart**3).mean(axis=0)
        counts = np.full(len(samples), float(self.resamples))
        many = np.array([_count(draws) for draws in samples], float).reshape(-1, *[1] * (means.ndim - 1))

        def intervals(scale: np.ndarray | None) -> StudentMeans:
            hidden = np.zeros_like(means) if scale is None else np.log(1 / level) / many * REACH * scale
            return StudentMeans(means, errors, cubes, hidden, counts, level)

        return Estimated(means, errors, np.full(means.shape, np.inf), intervals)

    def _resampled(self, draws: Any) -> np.ndarray:
        count = _count(draws)
        rng = np.random.default_rng(count)
        picks = (rng.integers(count, size=count) for _ in range(self.resamples))
        return np.stack(
            [np.asarray(self.function(jax.tree.map(lambda x, i=i: x[i], draws)), float) for i in picks]
        )


@dataclass(frozen=True)
class Quantile:
    """The smallest number that a draw does not exceed with this probability, by component.

    The number of draws below it is binomial whatever the law, so two order statistics make an interval that is exact.
    """

    probability: float
    every_law = True

    @property
    def assumption(self) -> Assumption:
        """What its intervals rest on."""
        return EXACT

    def __call__(self, draws: Any) -> Any:
        """Of a sample, between neighbouring draws."""
        return np.quantile(np.asarray(draws, float), self.probability, axis=0)

    def first(self, level: float) -> int:
        """Draws from which on there are two such order statistics."""
        return int(np.ceil(np.log(level / 2) / np.log(max(self.probability, 1 - self.probability)))) + 1

    def estimated(self, samples: Sequence[Any], level: float, together: int) -> Estimated:
        """Boxes: the dimensions that are combined share the level."""
        found = [
            self._interval(np.sort(np.asarray(draws, float), axis=0), level / together) for draws in samples
        ]
        low, means, high = (np.stack(field) for field in zip(*found, strict=True))
        errors = (high - low) / 2 / stats.norm.isf(level / together / 2)
        boxes = Boxes(means, low, high, errors**2, level)
        return Estimated(means, errors, np.full(means.shape, np.inf), lambda scale: boxes)

    def _interval(self, ordered: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        count, p = len(ordered), self.probability
        lower, upper = (
            int(stats.binom.ppf(level / 2, count, p)),
            int(stats.binom.isf(level / 2, count, p)) + 1,
        )
        endless = np.full(ordered.shape[1:], np.inf)
        low = ordered[lower - 1] if lower >= 1 else -endless
        high = ordered[upper - 1] if upper <= count else endless
        return low, np.clip(np.quantile(ordered, p, axis=0), low, high), high


@dataclass(frozen=True)
class Probability:
    """The probability of an event: the mean of its indicator, which lies in [0, 1]."""

    event: Function

    def each(self, draws: Any) -> np.ndarray:
        """Whether it happened in each draw."""
        return np.asarray(self.event(draws), float)

    def __call__(self, draws: Any) -> Any:
        """Of a sample."""
        return self.each(draws).mean(axis=0)


@checked
def quantile(probability: float) -> Quantile:
    """The quantile at this probability, strictly between 0 and 1."""
    if not 0.0 < probability < 1.0:
        raise ValueError(f"probability must be strictly between 0 and 1, got {probability:g}")
    return Quantile(float(probability))


@checked
def probability(event: Callable[..., Any]) -> Probability:
    """The probability of an event: a function of stacked draws that tells for each whether it happened."""
    return Probability(event)


@checked
def jackknife(function: Callable[..., Any], groups: int = GROUPS) -> Jackknife:
    """A smooth function of stacked draws, its error by a jackknife of so many groups."""
    return Jackknife(function, integer("groups", groups, low=32, high=1 << 14))


@checked
def bootstrap(function: Callable[..., Any], resamples: int = 400) -> Bootstrap:
    """A function of stacked draws that need not be smooth, its error by so many resamples."""
    return Bootstrap(function, integer("resamples", resamples, low=100, high=1 << 14))


def _count(draws: Any) -> int:
    return len(jax.tree.leaves(draws)[0])


def _unbiased(draws: Any) -> np.ndarray:
    return np.var(np.asarray(draws, float), axis=0, ddof=1)


def _pseudo_variances(draws: Any) -> np.ndarray:
    """n s² − (n−1) s²₋ᵢ for every draw; their mean is s²."""
    values = np.asarray(draws, float)
    count = len(values)
    squares = (values - values.mean(axis=0)) ** 2
    total = squares.sum(axis=0)
    return count * total / (count - 1) - (count - 1) / (count - 2) * (total - count / (count - 1) * squares)


variance = Jackknife(_unbiased, pseudo=_pseudo_variances)
"""The variance of a draw, by component."""
median = Quantile(0.5)
"""The median of a draw, by component."""
