"""The limit d → ∞ of means at several dimensions, and how far it is known.

The mean at dimension d is modelled as m + Σ_p b_p f_p(d). For one shape of the finite-size term, weighted least squares gives
m̂ = Σ_d c_d mean_d. Where the order is proved that shape alone counts, as long as its residuals fit. Otherwise the interval
covers those of all shapes that the draws do not refute: the finite-size term is evidence too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from jaxtyping import Float

from lingen.claims.evidence.shapes import candidates, powers_of

__all__ = ["Intervals", "Limit", "each", "limit"]

Numbers = np.ndarray

SHAPE_SHARE = 0.5
"""Part of an interval's level that is spent on refuting shapes."""
SLACK = 0.01
"""A shape is trusted to this part of the drift between dimensions: higher terms, and the step of the catalogue."""
DOUBT = 0.01
"""A proved order whose residuals have less than this probability is treated as if it were not."""
CHUNK = 4_000_000
"""Numbers at work at a time."""


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
        """How far Σ_d c_d mean_d may lie from its expectation."""

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


def limit(source: Intervals, dims: Sequence[int], order: Sequence[float], proved: bool) -> Limit:
    """The limit d → ∞, or the mean as it stands at a single dimension.

    Args:
        source: the means.
        dims: the dimensions, increasing.
        order: powers of 1/d in the finite-size term, as the claim states them.
        proved: whether they are known; else every shape that fits is allowed for.
    """
    if len(dims) == 1:
        alone = each(source)
        return Limit(*(field if name == "shares" else field[0] for name, field in alone._asdict().items()))
    if not proved and len(order) == 1:
        return _open(source, dims, order)
    known = _known(source, dims, order)
    if proved and not known.misfit.any():
        return known
    free = _open(source, dims, order)
    if not proved:  # several powers, stated without a proof: one more shape
        fits = ~known.misfit
        low, high = (np.where(fits, pick(a, b), b) for pick, a, b in (
            (np.minimum, known.low, free.low), (np.maximum, known.high, free.high)))  # fmt: skip
        value, error = (np.where(fits, a, b) for a, b in zip(known[:2], free[:2], strict=True))
        return free._replace(value=value, standard_error=error, low=low, high=high)
    return Limit(*(np.where(known.misfit, new, old) for new, old in zip(free, known, strict=True)))


def _known(source: Intervals, dims: Sequence[int], order: Sequence[float]) -> Limit:
    """By the proved powers; a misfit where their residuals are improbable."""
    design = np.concatenate([np.ones((1, len(dims))), powers_of(dims, order)]).T
    inverse = np.moveaxis(_pseudo_inverse(source.errors, design), (-2, -1), (0, 1))
    weights = inverse[0]
    value = (weights * source.means).sum(axis=0)
    low, high = source.spread(weights, axis=0)
    misfit = np.zeros(value.shape, bool)
    if len(dims) > 1 + len(order):
        hat = np.einsum("dp,pk...->dk...", design, inverse)
        rows = np.eye(len(dims)).reshape(hat.shape[:2] + (1,) * value.ndim) - hat
        beyond, _ = _residuals(source, rows, axis=1, share=DOUBT / value.size / source.level / len(rows))
        misfit = np.asarray((beyond > _rounding(source)).any(axis=0))
    shares = _shares(weights, source.errors)
    return Limit(
        value, source.standard_error(weights), value - low, value + high, np.maximum(low, high),
        shares, misfit, np.ones(value.shape, bool),
    )  # fmt: skip


def _open(source: Intervals, dims: Sequence[int], order: Sequence[float]) -> Limit:
    """By every shape that fits; where none does, by all of them and by the means themselves."""
    shapes = candidates(dims, order if len(order) == 1 else ())
    drift = np.ptp(source.means, axis=0)
    found = [_fits(source, part, drift) for part in _parts(shapes, source.means.shape)]
    value, low, high, excess, blunt = (np.concatenate(field) for field in zip(*found, strict=True))
    fits = excess <= 0
    misfit = ~fits.any(axis=0)
    allowed = fits | misfit
    best = np.where(fits.any(axis=0), _first(fits, excess, stated=len(order) == 1), excess.argmin(axis=0))
    inner_low, inner_high = (np.where(allowed, end, sign * np.inf) for end, sign in ((low, 1), (high, -1)))
    lowest, highest = inner_low.min(axis=0), inner_high.max(axis=0)
    alone = each(source)
    ends = alone.low, alone.high
    if len(dims) == 2:  # two sizes cannot test a shape: the larger one may be the limit already
        lowest, highest = np.minimum(lowest, ends[0][-1]), np.maximum(highest, ends[1][-1])
    lowest = np.where(misfit, np.minimum(lowest, ends[0].min(axis=0)), lowest)
    highest = np.where(misfit, np.maximum(highest, ends[1].max(axis=0)), highest)
    chosen = lambda field: np.take_along_axis(field, best[None], axis=0)[0]  # noqa: E731
    middle, drawn = chosen(value), chosen((high - low) / 2)
    weights = _chosen_weights(source.errors, shapes, best)
    wide = np.asarray((highest - lowest) / 2 > 2 * drawn)
    even = source.errors**2 / np.maximum((source.errors**2).sum(axis=0), np.finfo(float).tiny)
    return Limit(
        middle, source.standard_error(weights), lowest, highest, drawn,
        np.where(wide, even, _shares(weights, source.errors)), np.asarray(misfit),
        np.asarray(~wide | chosen(blunt) | (len(dims) == 2)),
    )  # fmt: skip


def _first(fits: Numbers, excess: Numbers, stated: bool) -> Numbers:
    """The stated shape where it fits, else the one that fits best."""
    best = np.where(fits, excess, np.inf).argmin(axis=0)
    return np.where(fits[0], 0, best) if stated else best


def _fits(source: Intervals, shapes: Numbers, drift: Numbers) -> tuple[Numbers, ...]:
    """For each shape: the limit, its interval, how far residuals lie outside theirs, and whether draws could tell.

    Arrays of shape (shapes, *shape).
    """
    weights, slopes = _line(source.errors, shapes)
    value = (weights * source.means).sum(axis=1)
    below, above = source.spread(weights, axis=1, share=1 - SHAPE_SHARE)
    slack = SLACK * drift * np.abs(weights).sum(axis=1)
    size = len(source.means)
    tail = (1,) * drift.ndim
    # residual of dimension d: Σ_k (δ_dk − c_k − g_k f_d) mean_k
    column = shapes.reshape(len(shapes), size, 1, *tail)
    rows = np.eye(size).reshape(1, size, size, *tail) - weights[:, None] - slopes[:, None] * column
    beyond, half = _residuals(source, rows, axis=2, share=SHAPE_SHARE / size)
    tolerance = SLACK * drift * np.abs(rows).sum(axis=2)
    excess = (beyond - tolerance - _rounding(source)).max(axis=1)
    blunt = (half <= tolerance / 2 + _rounding(source)).all(axis=1)
    return value, value - below - slack, value + above + slack, excess, blunt


def _residuals(source: Intervals, rows: Numbers, axis: int, share: float) -> tuple[Numbers, Numbers]:
    """How far each residual lies outside the interval of zero, and the half-width of that."""
    residual = (rows * source.means).sum(axis=axis)
    less, more = source.spread(rows, axis=axis, share=share)
    return np.maximum(residual - less, -residual - more), np.maximum(less, more)


def _rounding(source: Intervals) -> Numbers:
    return 1e-12 * np.abs(source.means).max(axis=0)


def _line(errors: Numbers, shapes: Numbers) -> tuple[Numbers, Numbers]:
    """The weights of the means in m̂ and in b̂ of a weighted fit of m + b f; shape (shapes, dims, *shape)."""
    weight = 1 / _working_errors(errors) ** 2
    weight = weight / weight.sum(axis=0)
    f = shapes.reshape(*shapes.shape, *[1] * (errors.ndim - 1))
    centre = (weight * f).sum(axis=1, keepdims=True)
    slope = weight * (f - centre)
    slope = slope / (slope * (f - centre)).sum(axis=1, keepdims=True)
    return weight - slope * centre, slope


def _chosen_weights(errors: Numbers, shapes: Numbers, best: Numbers) -> Numbers:
    """The weights c of each component's own shape."""
    weights = np.empty_like(errors)
    for one in np.unique(best):
        mine = best == one
        weights[:, mine] = _line(errors, shapes[one][None])[0][0][:, mine]
    return weights


def _parts(shapes: Numbers, means: tuple[int, ...]) -> list[Numbers]:
    """The shapes in parts that fit into memory."""
    size = max(1, CHUNK // (means[0] ** 2 * max(1, int(np.prod(means[1:])))))
    return [shapes[i : i + size] for i in range(0, len(shapes), size)]


def _shares(weights: Numbers, errors: Numbers) -> Numbers:
    parts = (weights * errors) ** 2
    total = parts.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, parts / total, 1 / len(errors))


def _working_errors(errors: Numbers) -> Numbers:
    """Errors to weight with: bounded away from zero, equal where every draw agreed."""
    largest = errors.max(axis=0)
    return np.where(largest > 0, np.maximum(errors, 1e-5 * largest), 1.0)


def _pseudo_inverse(errors: Numbers, design: Numbers) -> Numbers:
    """Of shape (*shape, powers, dims)."""
    scaled = 1 / np.moveaxis(_working_errors(errors), 0, -1)
    return np.linalg.pinv(scaled[..., :, None] * design) * scaled[..., None, :]
