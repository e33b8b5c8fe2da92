"""Which numbers of samples to split at: those of the table, and those around the answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence

from lingen.experiments.from_data.answers import MEASURED, Needed
from lingen.experiments.from_data.checks import Check, seconds
from lingen.models.images.data import ImageData

__all__ = ["affordable", "around"]

ROUNDS = 6
FEWEST = 2
APART = 2.5  # splits that are closer together than this factor need none between them
WIDE = 1.08  # a narrower interval needs no more splits
ALIKE = 1.25  # splits closer together than this tell the same
MORE = 4  # times the draws of the table
SECONDS = 10.0  # of each split beyond the table


def affordable(data: ImageData, samples: int, draws: int, budget: float) -> int:
    """How many splits of this size take no longer than so many seconds, at most `draws`."""
    return min(draws, int(budget / seconds(samples, data.dim)))


def around(
    data: ImageData,
    half: int,
    draws: int,
    seen: Sequence[Check],
    told: Callable[[Sequence[Check]], Needed],
    measure: Callable[[int, int], Check],
) -> Iterator[Check]:
    """Splits on both sides of the answer, as far as N and time allow, until its interval is narrow.

    `told` gives the answer that checks support, `measure` the check of so many samples and draws.
    """
    found = list(seen)
    for _ in range(ROUNDS):
        n = _next(told(found), sorted(check.samples for check in found), half)
        if n is None:
            return
        wanted = min(MORE * draws, max(draws, math.ceil(data.samples / n)))
        count = affordable(data, n, wanted, SECONDS)
        if count < 2:
            return
        check = measure(n, count)
        found.append(check)
        yield check


def _next(answer: Needed, sizes: Sequence[int], half: int) -> int | None:
    """The size that tells the most; None where the answer is supported as well as it can be."""
    at = answer.samples or 2.0 * (answer.low or 0.0)  # what differs between sources hides where
    if not at or half < 1:
        return None
    least = min(FEWEST, half)
    best = min(max(round(at), least), half)
    below, above = [n for n in sizes if n <= at], [n for n in sizes if n > at]
    if answer.basis == MEASURED and below and above and above[0] <= APART * below[-1]:
        high = math.inf if answer.high is None else answer.high
        alike = any(n / ALIKE < best < ALIKE * n for n in sizes)
        return None if high <= WIDE * (answer.low or 0.0) or alike else best
    if not below and above:  # steps outwards, lest one noisy split mislead
        best = max(best, above[0] // 8, least)
    elif below and not above:
        best = min(max(best, below[-1] + 1), 8 * below[-1], half)
    return None if best in sizes else best
