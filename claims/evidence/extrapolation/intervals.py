"""Means at several dimensions with what is known of their errors, and what is said of their limit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from jaxtyping import Float

from lingen.claims.evidence.extrapolation.shapes import powers_of

__all__ = ["Intervals", "Limit", "each", "least_squares", "residuals", "rounding", "shares", "working_errors"]

Numbers = np.ndarray


class Intervals(Protocol):
    """Means at several dimensions that know how far they may be off: `Student` or `Boxes`."""

    @property
    def means(self) -> Numbers:
        """Shape (dims, *shape)."""

    @property
    def errors(self) -> Numbers:
        """What they are weighted with."""

    @property
    def level(self) -> float:
        """Probability with which an interval misses."""

    def spread(self, weights: Numbers, axis: int, share: float = 1.0) -> tuple[Numbers, Numbers]:
        """How far the expectation of Σ_d c_d mean_d may lie below and above it, at `share` of the level.

        Args:
            weights: c, with the dimensions along `axis` and the components last.
            axis: where the dimensions are.
            share: part of the level that is spent.
        """

    def standard_error(self, weights: Numbers) -> Numbers:
        """Of Σ_d c_d mean_d."""

    def moved(self, shift: Numbers) -> Intervals:
        """The same, with something known added to the means."""


class Limit(NamedTuple):
    """An estimated mean and its interval, component by component."""

    value: Float[Numbers, "*shape"]
    standard_error: Float[Numbers, "*shape"]
    low: Float[Numbers, "*shape"]
    high: Float[Numbers, "*shape"]
    drawn: Float[Numbers, "*shape"]
    """The part of the half-width that more draws make smaller, at a given shape."""
    shares: Float[Numbers, "dims ..."]
    """Each dimension's share of the variance of what keeps the interval wide."""
    misfit: Float[Numbers, "*shape"]
    """Whether no shape fits the means."""
    settled: Float[Numbers, "*shape"]
    """Whether more draws would refute no further shape."""
    left: tuple[tuple[float, ...], ...] = ()
    """Where candidates were stated: those that are not refuted for every component."""


def each(source: Intervals) -> Limit:
    """Every dimension by itself: nothing is extrapolated."""
    dims = len(source.means)
    weights = np.eye(dims).reshape(dims, dims, *[1] * (source.means.ndim - 1))
    low, high = source.spread(weights, axis=1)
    errors = np.stack([source.standard_error(row) for row in weights])
    still = np.zeros(source.means.shape, bool)
    return Limit(
        source.means, errors, source.means - low, source.means + high, np.maximum(low, high),
        np.ones_like(source.means), still, ~still,
    )  # fmt: skip


def residuals(source: Intervals, rows: Numbers, axis: int, share: float) -> tuple[Numbers, Numbers]:
    """How far each residual lies outside the interval of zero, and the half-width of that."""
    residual = (rows * source.means).sum(axis=axis)
    less, more = source.spread(rows, axis=axis, share=share)
    return np.maximum(residual - less, -residual - more), np.maximum(less, more)


def rounding(source: Intervals) -> Numbers:
    """What arithmetic may add to a residual."""
    return 1e-12 * np.abs(source.means).max(axis=0)


def shares(weights: Numbers, errors: Numbers) -> Numbers:
    """Each dimension's share of the variance of Σ_d c_d mean_d."""
    parts = (weights * errors) ** 2
    total = parts.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, parts / total, 1 / len(errors))


def working_errors(errors: Numbers) -> Numbers:
    """Errors to weight with: bounded away from zero, equal where every draw agreed."""
    largest = errors.max(axis=0)
    return np.where(largest > 0, np.maximum(errors, 1e-5 * largest), 1.0)


def least_squares(source: Intervals, dims: Sequence[int], order: Sequence[float]) -> tuple[Numbers, Numbers]:
    """The weights of the means in m̂ of a weighted fit of m + Σ_p b_p d^{−p}, and in each of its residuals.

    Shapes (dims, *shape) and (dims, dims, *shape).
    """
    design = np.concatenate([np.ones((1, len(dims))), powers_of(dims, order)]).T
    inverse = np.moveaxis(_pseudo_inverse(source.errors, design), (-2, -1), (0, 1))
    hat = np.einsum("dp,pk...->dk...", design, inverse)
    return inverse[0], np.eye(len(dims)).reshape(hat.shape[:2] + (1,) * (source.means.ndim - 1)) - hat


def _pseudo_inverse(errors: Numbers, design: Numbers) -> Numbers:
    """Of shape (*shape, powers, dims)."""
    scaled = 1 / np.moveaxis(working_errors(errors), 0, -1)
    return np.linalg.pinv(scaled[..., :, None] * design) * scaled[..., None, :]
