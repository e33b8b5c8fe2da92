"""The limit d → ∞ of means at several dimensions, and how far it is known.

The mean at dimension d is modelled as m + Σ_p b_p f_p(d). For one shape of the finite-size term, weighted least squares gives
m̂ = Σ_d c_d mean_d. Where the order is proved that shape alone counts, as long as its residuals fit. Otherwise the interval
covers those of all shapes that the draws do not refute: the finite-size term is evidence too.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lingen.claims.evidence.extrapolation.intervals import (
    Intervals,
    Limit,
    each,
    least_squares,
    residuals,
    rounding,
    shares,
    working_errors,
)
from lingen.claims.evidence.extrapolation.shapes import candidates
from lingen.claims.evidence.extrapolation.stated import stated
from lingen.claims.evidence.extrapolation.union import SHAPE_SHARE, SLACK, Fitted, union

__all__ = ["limit"]

Numbers = np.ndarray

DOUBT = 0.01
"""A proved order whose residuals have less than this probability is treated as if it were not."""
CHUNK = 4_000_000
"""Numbers at work at a time."""


def limit(
    source: Intervals,
    dims: Sequence[int],
    order: Sequence[float],
    proved: bool,
    orders: Sequence[tuple[float, ...]] = (),
) -> Limit:
    """The limit d → ∞, or the mean as it stands at a single dimension.

    Args:
        source: the means.
        dims: the dimensions, increasing.
        order: powers of 1/d in the finite-size term, as the claim states them.
        proved: whether they are known; else every shape that fits is allowed for.
        orders: candidates for the powers, one of which is right: those that fit are allowed for, and no other shape.
    """
    if len(dims) == 1:
        alone = each(source)
        return alone._replace(
            **{name: getattr(alone, name)[0] for name in alone._fields if name not in ("shares", "left")}
        )
    if orders:
        return stated(source, dims, orders)
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
    fields = (name for name in Limit._fields if name != "left")
    return free._replace(
        **{name: np.where(known.misfit, getattr(free, name), getattr(known, name)) for name in fields}
    )


def _known(source: Intervals, dims: Sequence[int], order: Sequence[float]) -> Limit:
    """By the proved powers; a misfit where their residuals are improbable."""
    weights, rows = least_squares(source, dims, order)
    value = (weights * source.means).sum(axis=0)
    low, high = source.spread(weights, axis=0)
    misfit = np.zeros(value.shape, bool)
    if len(dims) > 1 + len(order):
        beyond, _ = residuals(source, rows, axis=1, share=DOUBT / value.size / source.level / len(rows))
        misfit = np.asarray((beyond > rounding(source)).any(axis=0))
    return Limit(
        value, source.standard_error(weights), value - low, value + high, np.maximum(low, high),
        shares(weights, source.errors), misfit, np.ones(value.shape, bool),
    )  # fmt: skip


def _open(source: Intervals, dims: Sequence[int], order: Sequence[float]) -> Limit:
    """By every shape that fits; where none does, by all of them and by the means themselves."""
    shapes = candidates(dims, order if len(order) == 1 else ())
    drift = np.ptp(source.means, axis=0)
    found = [_fits(source, part, drift) for part in _parts(shapes, source.means.shape)]
    fitted = Fitted(*(np.concatenate(field) for field in zip(*found, strict=True)))
    fits = fitted.excess <= 0
    best = np.where(
        fits.any(axis=0), _first(fits, fitted.excess, named=len(order) == 1), fitted.excess.argmin(axis=0)
    )
    # two sizes cannot test a shape: the larger one may be the limit already
    return union(source, fitted, best, _chosen_weights(source.errors, shapes, best), last=len(dims) == 2)


def _first(fits: Numbers, excess: Numbers, named: bool) -> Numbers:
    """The stated shape where it fits, else the one that fits best."""
    best = np.where(fits, excess, np.inf).argmin(axis=0)
    return np.where(fits[0], 0, best) if named else best


def _fits(source: Intervals, shapes: Numbers, drift: Numbers) -> Fitted:
    """By a line in each shape."""
    weights, slopes = _line(source.errors, shapes)
    value = (weights * source.means).sum(axis=1)
    below, above = source.spread(weights, axis=1, share=1 - SHAPE_SHARE)
    slack = SLACK * drift * np.abs(weights).sum(axis=1)
    size = len(source.means)
    tail = (1,) * drift.ndim
    # residual of dimension d: Σ_k (δ_dk − c_k − g_k f_d) mean_k
    column = shapes.reshape(len(shapes), size, 1, *tail)
    rows = np.eye(size).reshape(1, size, size, *tail) - weights[:, None] - slopes[:, None] * column
    beyond, half = residuals(source, rows, axis=2, share=SHAPE_SHARE / size)
    tolerance = SLACK * drift * np.abs(rows).sum(axis=2)
    excess = (beyond - tolerance - rounding(source)).max(axis=1)
    blunt = (half <= tolerance / 2 + rounding(source)).all(axis=1)
    return Fitted(value, value - below - slack, value + above + slack, excess, blunt)


def _line(errors: Numbers, shapes: Numbers) -> tuple[Numbers, Numbers]:
    """The weights of the means in m̂ and in b̂ of a weighted fit of m + b f; shape (shapes, dims, *shape)."""
    weight = 1 / working_errors(errors) ** 2
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
