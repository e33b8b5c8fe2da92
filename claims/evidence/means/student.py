"""Student intervals of means and of their combinations, widened for skewness and for what was not seen.

A combination Σ_d c_d mean_d has variance Σ_d c_d² s_d²/n_d and Welch–Satterthwaite degrees of freedom; a skewed one
is widened by the first term of the Edgeworth expansion of Student's ratio (P. Hall 1983).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import special

from lingen.claims.evidence.means.sums import RunningSums

__all__ = ["StudentMeans", "quantile", "student"]

Numbers = np.ndarray


class StudentMeans(NamedTuple):
    """Means of independent cells; arrays of shape (dims, *shape)."""

    means: Float[Numbers, "dims ..."]
    errors: Float[Numbers, "dims ..."]
    """Standard errors."""
    cubes: Float[Numbers, "dims ..."]
    """Third central moments of the means."""
    unseen: Float[Numbers, "dims ..."]
    """What outcomes not drawn could add to each mean. Only one counts in a combination, the largest: that several stay
    hidden at once is as much less probable."""
    counts: Float[Numbers, "dims"]
    level: float
    """Two-sided level of one interval."""

    def spread(
        self, weights: Float[Numbers, "... dims *shape"], axis: int, share: float = 1.0
    ) -> tuple[Float[Numbers, "... *shape"], Float[Numbers, "... *shape"]]:
        """See `lingen.claims.evidence.extrapolation.intervals.Intervals`."""
        parts = (weights * self.errors) ** 2
        variance = parts.sum(axis=axis)
        freedom = (self.counts - 1).reshape(-1, *[1] * (self.means.ndim - 1))
        with np.errstate(invalid="ignore", divide="ignore"):
            dof = np.where(variance > 0, variance**2 / (parts**2 / freedom).sum(axis=axis), np.inf)
            cubed = variance**1.5  # underflows before the variance does
            skewness = np.where(cubed > 0, (weights**3 * self.cubes).sum(axis=axis) / cubed, 0.0)
        dof = np.where(np.isfinite(dof), dof, np.inf)
        half = quantile(self.level * share, dof, skewness) * np.sqrt(variance)
        half = half + (np.abs(weights) * self.unseen).max(axis=axis)
        return half, half

    def moved(self, shift: Float[Numbers, "dims ..."]) -> StudentMeans:
        """The same, with something known added to the means."""
        return self._replace(means=self.means + shift)

    def standard_error(self, weights: Float[Numbers, "dims *shape"]) -> Float[Numbers, "*shape"]:
        """Of Σ_d c_d mean_d."""
        return np.sqrt(((weights * self.errors) ** 2).sum(axis=0))


def student(
    sums: Sequence[RunningSums], level: float, unseen: Float[Numbers, "dims ..."] | None = None
) -> StudentMeans:
    """The means of some cells with their errors.

    Args:
        sums: what was drawn, by dimension.
        level: two-sided level of one interval.
        unseen: added to the errors for what was not drawn; nothing if absent.
    """
    means = np.stack([s.mean for s in sums])
    counts = np.array([s.draws for s in sums], float)
    cubes = np.stack([s.cubes for s in sums]) / counts.reshape(-1, *[1] * (means.ndim - 1)) ** 3
    nothing = np.zeros_like(means)
    errors = np.stack([s.standard_error for s in sums])
    return StudentMeans(means, errors, cubes, nothing if unseen is None else unseen, counts, level)


def quantile(
    level: float, dof: Float[Numbers, "*shape"], skewness: Float[Numbers, "*shape"]
) -> Float[Numbers, "*shape"]:
    """How many standard errors make an interval that misses with probability `level`.

    Student's t, and |γ|(2t²+1)/6 for the skewness γ of the mean, on both sides: few draws of a skewed observable
    would be trusted too much without it.
    """
    t = -special.stdtrit(np.minimum(dof, 1e8), level / 2)
    return t + np.abs(skewness) * (2 * t**2 + 1) / 6
