"""Which interval the draws of a point deserve: by what is known of the observable, and what they show themselves."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from lingen.claims.evidence.estimated import Estimated, Estimator, Kept, of_means
from lingen.claims.evidence.extrapolation.intervals import Intervals, Limit, each
from lingen.claims.evidence.extrapolation.limit import limit
from lingen.claims.evidence.means.bounded import Boxes, boxes
from lingen.claims.evidence.means.sums import RunningSums
from lingen.claims.evidence.means.tails import HEAVY, draws_to_see

__all__ = ["Known", "Reading", "Rules", "first_draws", "look_level", "read"]

Numbers = np.ndarray

TESTED = 4096
"""Draws from which on a tail contradicts that the observable concentrates."""
ROOM = 1 / 3
"""Part of the resolution that outcomes not yet seen may take at the first look."""


class Known(StrEnum):
    """What is known of an observable beyond its draws."""

    DETERMINISTIC = "deterministic"
    CONCENTRATED = "concentrated"
    BOUNDED = "bounded"
    NOTHING = "nothing"


LEAST = {Known.DETERMINISTIC: 2, Known.BOUNDED: 2, Known.CONCENTRATED: 32}
"""Draws before the first look of what is known."""


class Rules(NamedTuple):
    """How the draws of a point are read.

    Attributes:
        known: what is known of the observable.
        bounds: its range, where declared.
        scale: what errors are measured against, shape (dims, *shape).
        dims: dimensions.
        order: powers of the finite-size term; None compares every dimension by itself.
        proved: whether they are known.
        orders: candidates for these powers.
        estimate: what is compared, where it is not a mean.
    """

    known: Known
    bounds: tuple[Numbers, Numbers] | None
    scale: Numbers
    dims: tuple[int, ...]
    order: tuple[float, ...] | None
    proved: bool
    orders: tuple[tuple[float, ...], ...] = ()
    estimate: Estimator | None = None


class Reading(NamedTuple):
    """What the draws say."""

    means: Float[Numbers, "dims ..."]
    """At each dimension."""
    errors: Float[Numbers, "dims ..."]
    """Their standard errors."""
    limit: Limit
    """For the claim."""
    moved: tuple[Limit, ...]
    """For each rival that foretells another effect of rounded parameters."""
    tail: Float[Numbers, "*shape"]
    """The smallest index of a tail at any dimension."""
    heavy: Float[Numbers, "*shape"]
    """Where it leaves no interval."""
    contradicted: bool
    """Whether a tail contradicts that the observable concentrates."""


def look_level(error_rate: float, comparisons: int, look: int) -> float:
    """Two-sided level of one comparison at its `look`-th look: α/m · 6/(π²k²), which sums to α/m."""
    return error_rate / comparisons * 6 / (np.pi * look) ** 2


def first_draws(known: Known, level: float, resolution: float) -> int:
    """Draws that must be there before the first look, so that they could have seen what would overturn it."""
    return draws_to_see(level, ROOM * resolution) if known is Known.NOTHING else LEAST[known]


def read(kept: Sequence[Kept], rules: Rules, level: float, look: int, shifts: Sequence[Numbers]) -> Reading:
    """Intervals that miss with probability at most `level` over all looks together.

    Args:
        kept: what was drawn, by dimension.
        rules: how it is read.
        level: of one comparison, for all looks.
        look: number of this look, from one.
        shifts: added to the means, shape (dims, *shape): for the claim, then for each rival that has its own.
    """
    single = rules.order is None
    estimated = _estimated(kept, rules, look_level(level, 1, look))
    tails = estimated.tails if single else estimated.tails.min(axis=0)
    known, least = rules.known, min(one.draws for one in kept)
    contradicted = known is Known.CONCENTRATED and least >= TESTED and bool(np.any(tails < HEAVY))
    if contradicted:
        known = Known.NOTHING if rules.bounds is None else Known.BOUNDED
    source = _source(known, estimated, rules, level)
    found = [
        each(source.moved(shift)) if single
        else limit(source.moved(shift), rules.dims, rules.order or (), rules.proved, rules.orders)
        for shift in shifts
    ]  # fmt: skip
    heavy = (tails < HEAVY) if known is Known.NOTHING else np.zeros(tails.shape, bool)
    return Reading(estimated.means, estimated.errors, found[0], tuple(found[1:]), tails, heavy, contradicted)


def _estimated(kept: Sequence[Any], rules: Rules, level: float) -> Estimated:
    if rules.estimate is None:
        return of_means(kept, level)
    together = 1 if rules.order is None else len(kept)
    return rules.estimate.estimated([one.values for one in kept], level, together)


def _source(known: Known, found: Estimated, rules: Rules, whole: float) -> Intervals:
    if known is Known.BOUNDED and rules.bounds is not None:
        return _boxes(found.sums, rules, whole)
    return found.intervals(rules.scale if known is Known.NOTHING else None)


def _boxes(sums: Sequence[RunningSums], rules: Rules, level: float) -> Boxes:
    assert rules.bounds is not None
    low, high = rules.bounds
    # dimensions compared one by one have a level each
    return boxes(sums, low, high, level * len(sums) if rules.order is None else level)
