"""Confidence sequences of bounded means: valid at every look and every number of draws, whatever the shape.

For draws in [0, 1] with mean m the capital of a gambler who bets a part λ of it on each draw,

    K(m) = Π_i (1 + λ (x_i − m)/m)   and   K(m) = Π_i exp(θ x_i)/(1 − m + m e^θ),

is a non-negative (super)martingale, and so is any mixture: it exceeds 1/level ever with probability at most `level` (Ville).
With log(1+λξ) ≥ λξ + ξ²(log(1−λ)+λ) for ξ ≥ −1 (Fan, Grama & Liu 2015) the first is bounded below by a function of n, mean
and Σ(x−mean)² alone, which needs no draw kept; it is sharp for small variances, the second (Hoeffding 1963) for two
values. The interval holds every m whose capital, of an even mixture over λ, θ and both kinds, stays below 2/level on
either side (Howard et al. 2021; Waudby-Smith & Ramdas 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from lingen.claims.evidence.means.sums import RunningSums

__all__ = ["Boxes", "boxes", "confidence_sequence"]

Numbers = np.ndarray

BETS = np.append(2.0 ** -np.arange(1, 14), 1 - 2.0**-10)
"""λ: halves down to 1e-4, and nearly all."""
TILTS = 2.0 ** np.arange(-12.0, 5.0)
"""θ, from 2e-4 to 16."""
STEPS = 40
"""Of the bisection: to 1e-12 of the range."""


class Boxes(NamedTuple):
    """Intervals that hold the means of all dimensions together; arrays of shape (dims, *shape)."""

    means: Float[Numbers, "dims ..."]
    low: Float[Numbers, "dims ..."]
    high: Float[Numbers, "dims ..."]
    squares: Float[Numbers, "dims ..."]
    """Squared standard errors."""
    level: float
    """Probability with which any of them misses, ever."""

    @property
    def errors(self) -> Float[Numbers, "dims ..."]:
        """What the means are weighted with: half the width of their intervals."""
        return (self.high - self.low) / 2

    def spread(
        self, weights: Float[Numbers, "... dims *shape"], axis: int, share: float = 1.0
    ) -> tuple[Float[Numbers, "... *shape"], Float[Numbers, "... *shape"]]:
        """See `Intervals`; `share` has no meaning here: the boxes hold all together."""
        below, above = self.means - self.low, self.high - self.means
        gain, loss = np.maximum(weights, 0), np.maximum(-weights, 0)
        return (
            (gain * below + loss * above).sum(axis=axis),
            (gain * above + loss * below).sum(axis=axis),
        )

    def moved(self, shift: Float[Numbers, "dims ..."]) -> Boxes:
        """The same, with something known added to the means."""
        return self._replace(means=self.means + shift, low=self.low + shift, high=self.high + shift)

    def standard_error(self, weights: Float[Numbers, "dims *shape"]) -> Float[Numbers, "*shape"]:
        """Of Σ_d c_d mean_d."""
        return np.sqrt((weights**2 * self.squares).sum(axis=0))


def boxes(
    sums: Sequence[RunningSums], low: Float[Numbers, "*shape"], high: Float[Numbers, "*shape"], level: float
) -> Boxes:
    """Intervals of the means at all dimensions that miss together with probability at most `level`, ever."""
    each = [confidence_sequence(s, low, high, level / len(sums)) for s in sums]
    return Boxes(
        np.stack([s.mean for s in sums]),
        np.stack([interval[0] for interval in each]),
        np.stack([interval[1] for interval in each]),
        np.stack([s.standard_error**2 for s in sums]),
        level,
    )


def confidence_sequence(
    sums: RunningSums, low: Float[Numbers, "*shape"], high: Float[Numbers, "*shape"], level: float
) -> tuple[Float[Numbers, "*shape"], Float[Numbers, "*shape"]]:
    """The interval of the mean of draws within [low, high]."""
    width = high - low
    mean = np.clip((sums.mean - low) / width, 0.0, 1.0)
    squares = sums.squares / width**2
    sides = np.stack([mean, 1 - mean])
    below, above = _least_mean(sums.draws, sides, np.broadcast_to(squares, sides.shape), level)
    return low + width * below, high - width * above


def _least_mean(draws: int, mean: Numbers, squares: Numbers, level: float) -> Numbers:
    """The smallest mean in [0, mean] that the draws do not refute, by bisection; the capital falls with m."""
    refuted, kept = np.zeros_like(mean), mean.copy()
    wealth = np.log(2 / level)
    for _ in range(STEPS):
        middle = (refuted + kept) / 2
        wrong = _log_capital(draws, mean, squares, middle) >= wealth
        refuted, kept = np.where(wrong, middle, refuted), np.where(wrong, kept, middle)
    return refuted


def _log_capital(draws: int, mean: Numbers, squares: Numbers, m: Numbers) -> Numbers:
    """log of what betting on draws above m has earned, at least."""
    last = (..., *[None] * mean.ndim)
    at = np.maximum(m, np.finfo(float).tiny)
    apart = mean - m
    bets, tilts = BETS[last], TILTS[last]
    with np.errstate(over="ignore"):
        second = (np.log1p(-bets) + bets) * (squares / at / at + draws * (apart / at) ** 2)
        variance = draws * bets * (apart / at) + second
    binary = draws * (tilts * mean - np.log1p(m * np.expm1(tilts)))
    terms = np.concatenate([variance - np.log(2 * len(BETS)), binary - np.log(2 * len(TILTS))])
    terms = np.where(np.isnan(terms), -np.inf, terms)
    largest = terms.max(axis=0)
    return largest + np.log(np.exp(terms - largest).sum(axis=0))
