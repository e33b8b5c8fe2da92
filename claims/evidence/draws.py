"""Which interval the draws of a point deserve: by what is known of the observable, and what they show themselves."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from lingen.claims.evidence.bounded import Boxes, boxes
from lingen.claims.evidence.limit import Intervals, Limit, each, limit
from lingen.claims.evidence.student import student
from lingen.claims.evidence.sums import RunningSums
from lingen.claims.evidence.tails import HEAVY, draws_to_see, tail_index, unseen

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
    """

    known: Known
    bounds: tuple[Numbers, Numbers] | None
    scale: Numbers
    dims: tuple[int, ...]
    order: tuple[float, ...] | None
    proved: bool


class Reading(NamedTuple):
    """What the draws say."""

    limit: Limit
    """For the claim."""
    moved: tuple[Limit, ...]
    """For each rival that foretells another effect of rounded parameters."""
    tail: Float[Numbers, "*shape"]
    """The smallest index of a tail at any dimension."""
    heavy: Float[Numbers, "*shape"]
    """Where it leaves no interval."""


def look_level(error_rate: float, comparisons: int, look: int) -> float:
    """Two-sided level of one comparison at its `look`-th look: α/m · 6/(π²k²), which sums to α/m."""
    return error_rate / comparisons * 6 / (np.pi * look) ** 2


def first_draws(known: Known, level: float, resolution: float) -> int:
    """Draws that must be there before the first look, so that they could have seen what would overturn it."""
    return draws_to_see(level, ROOM * resolution) if known is Known.NOTHING else LEAST[known]


def read(
    sums: Sequence[RunningSums], rules: Rules, level: float, look: int, shifts: Sequence[Numbers]
) -> Reading:
    """Intervals that miss with probability at most `level` over all looks together.

    Args:
        sums: what was drawn, by dimension.
        rules: how it is read.
        level: of one comparison, for all looks.
        look: number of this look, from one.
        shifts: added to the means, shape (dims, *shape): for the claim, then for each rival that has its own.
    """
    single = rules.order is None
    tails = np.stack([tail_index(s) for s in sums])
    tails = tails if single else tails.min(axis=0)
    known = rules.known
    if known is Known.CONCENTRATED and min(s.draws for s in sums) >= TESTED and np.any(tails < HEAVY):
        known = Known.NOTHING if rules.bounds is None else Known.BOUNDED
    source = _source(known, sums, rules, look_level(level, 1, look), level)
    found = [
        each(source.moved(shift)) if single else limit(source.moved(shift), rules.dims, rules.order or (), rules.proved)
        for shift in shifts
    ]  # fmt: skip
    heavy = (tails < HEAVY) if known is Known.NOTHING else np.zeros(tails.shape, bool)
    return Reading(found[0], tuple(found[1:]), tails, heavy)


def _source(known: Known, sums: Sequence[RunningSums], rules: Rules, level: float, whole: float) -> Intervals:
    if known is Known.BOUNDED and rules.bounds is not None:
        return _boxes(sums, rules, whole)
    if known is Known.NOTHING:
        return student(
            sums, level, np.stack([unseen(s, c, level) for s, c in zip(sums, rules.scale, strict=True)])
        )
    return student(sums, level)


def _boxes(sums: Sequence[RunningSums], rules: Rules, level: float) -> Boxes:
    assert rules.bounds is not None
    low, high = rules.bounds
    # dimensions compared one by one have a level each
    return boxes(sums, low, high, level * len(sums) if rules.order is None else level)
