"""Estimates from draws: means and their errors, the limit d → ∞, Student intervals.

The mean at dimension d is modelled as m + Σ_p b_p d^{−p} with the powers p of the claim. Weighted least
squares gives the limit as a combination m̂ = Σ_d c_d mean_d, with variance Σ_d c_d² s_d²/n_d and
Welch–Satterthwaite degrees of freedom.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from scipy import special

__all__ = ["Estimate", "Sums", "extrapolate", "look_level", "quantile"]

Numbers = np.ndarray

MISFIT = 1e-4
"""Below this probability of the residuals the finite-size term is in doubt."""
MISFIT_MARGIN = 4.0
"""How many times the change by one more power of 1/d a doubtful interval is widened."""


class Sums(NamedTuple):
    """Running number of draws, mean, and sums of squared and cubed deviations, by component."""

    draws: int
    mean: Float[Numbers, "*shape"]
    squares: Float[Numbers, "*shape"]
    cubes: Float[Numbers, "*shape"]

    @classmethod
    def empty(cls, shape: tuple[int, ...]) -> Sums:
        """No draws of an observable of this shape."""
        return cls(0, np.zeros(shape), np.zeros(shape), np.zeros(shape))

    def add(self, values: Float[Numbers, "draws ..."]) -> Sums:
        """These sums with more draws, by Chan's pairwise update (numerically stable)."""
        old, new = self.draws, len(values)
        total = old + new
        mean = values.mean(axis=0)
        squares, cubes = (((values - mean) ** power).sum(axis=0) for power in (2, 3))
        shift = mean - self.mean
        mixed = 3 * shift * (old * squares - new * self.squares) / total
        return Sums(
            total,
            self.mean + shift * (new / total),
            self.squares + squares + shift**2 * (old * new / total),
            self.cubes + cubes + mixed + shift**3 * (old * new * (old - new) / total**2),
        )

    @property
    def standard_error(self) -> Float[Numbers, "*shape"]:
        """s/√n with the unbiased s², for n >= 2."""
        return np.sqrt(self.squares / (self.draws - 1) / self.draws)


class Estimate(NamedTuple):
    """An estimated mean, component by component."""

    value: Float[Numbers, "*shape"]
    standard_error: Float[Numbers, "*shape"]
    dof: Float[Numbers, "*shape"]
    skewness: Float[Numbers, "*shape"]
    """Of the estimate's own law: it falls as one over the root of the draws."""
    shares: Float[Numbers, "dims ..."]
    """Each dimension's share of the variance."""
    lack_of_fit: Float[Numbers, "*shape"]
    """Probability of residuals this large; one where nothing was fitted."""
    widening: Float[Numbers, "*shape"]
    """Added to the half-width where the finite-size term is in doubt; else zero."""


def extrapolate(sums: Sequence[Sums], dims: Sequence[int], order: Sequence[float]) -> Estimate:
    """The limit d → ∞ of the means at `dims`, free of finite-size terms d^{−p}, p in `order`.

    A single dimension is taken as it stands. Where the residuals have a probability below 1e-4, the interval
    is to be widened by four times the change that one more power of 1/d would make.
    """
    means = np.stack([s.mean for s in sums])
    errors = np.stack([s.standard_error for s in sums])
    counts = np.array([s.draws for s in sums], float).reshape(-1, *[1] * (means.ndim - 1))
    weights = _combination(errors, dims, order)
    value = (weights * means).sum(axis=0)
    parts = (weights * errors) ** 2
    variance = parts.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(variance > 0, parts / variance, 1 / len(sums))
        dof = np.where(variance > 0, 1.0 / (shares**2 / (counts - 1)).sum(axis=0), np.inf)
        cubes = (weights**3 * np.stack([s.cubes for s in sums]) / counts**3).sum(axis=0)
        spread = variance**1.5  # underflows before the variance does
        skewness = np.where(spread > 0, cubes / spread, 0.0)
    fit = _lack_of_fit(means, errors, dims, order, counts.min() - 1)
    widening = np.zeros_like(value)
    if np.any(fit < MISFIT):
        richer = (_combination(errors, dims, (*order, max(order) + 1)) * means).sum(axis=0)
        widening = np.where(fit < MISFIT, MISFIT_MARGIN * np.abs(richer - value), 0.0)
    return Estimate(value, np.sqrt(variance), dof, skewness, shares, fit, widening)


def look_level(error_rate: float, comparisons: int, look: int) -> float:
    """Two-sided level of one comparison at its `look`-th look: α/m · 6/(π²k²), which sums to α/m."""
    return error_rate / comparisons * 6 / (np.pi * look) ** 2


def quantile(
    level: float, dof: Float[Numbers, "*shape"], skewness: Float[Numbers, "*shape"]
) -> Float[Numbers, "*shape"]:
    """How many standard errors make an interval that misses with probability `level`.

    Student's t, and for a skewed mean the first term of its Edgeworth expansion, |γ|(2t²+1)/6, on both sides
    (P. Hall 1983): few draws of a skewed observable would be trusted too much without it.
    """
    student = -special.stdtrit(np.minimum(dof, 1e8), level / 2)
    return student + np.abs(skewness) * (2 * student**2 + 1) / 6


def _design(dims: Sequence[int], order: Sequence[float]) -> Float[Numbers, "dims powers"]:
    ratio = np.asarray(dims, float) / min(dims)
    return np.stack([np.ones(len(dims)), *(ratio**-p for p in order)], axis=1)


def _working_errors(errors: Float[Numbers, "dims ..."]) -> Float[Numbers, "dims ..."]:
    """Errors to weight with: bounded away from zero, equal where every draw agreed."""
    largest = errors.max(axis=0)
    return np.where(largest > 0, np.maximum(errors, 1e-6 * largest), 1.0)


def _pseudo_inverse(
    errors: Float[Numbers, "dims ..."], design: Float[Numbers, "dims powers"]
) -> Float[Numbers, "... powers dims"]:
    scaled = 1 / np.moveaxis(_working_errors(errors), 0, -1)
    return np.linalg.pinv(scaled[..., :, None] * design) * scaled[..., None, :]


def _combination(
    errors: Float[Numbers, "dims ..."], dims: Sequence[int], order: Sequence[float]
) -> Float[Numbers, "dims ..."]:
    """The weights c_d of the means in the fitted limit; they sum to one."""
    if len(dims) == 1:
        return np.ones_like(errors)
    return np.moveaxis(_pseudo_inverse(errors, _design(dims, order))[..., 0, :], -1, 0)


def _lack_of_fit(
    means: Float[Numbers, "dims ..."],
    errors: Float[Numbers, "dims ..."],
    dims: Sequence[int],
    order: Sequence[float],
    dof: float,
) -> Float[Numbers, "*shape"]:
    """Probability of a χ² of the residuals this large, by F as the errors are estimates themselves."""
    free = len(dims) - 1 - len(order)
    if len(dims) == 1 or free <= 0:
        return np.ones(means.shape[1:])
    design = _design(dims, order)
    data = np.moveaxis(means, 0, -1)[..., None]
    residuals = (data - design @ (_pseudo_inverse(errors, design) @ data))[..., 0]
    rounding = 1e-12 * np.abs(means).max(axis=0)[..., None] + np.finfo(float).tiny
    sigma = np.maximum(np.moveaxis(errors, 0, -1), rounding)
    return special.fdtrc(free, dof, ((residuals / sigma) ** 2).sum(axis=-1) / free)
