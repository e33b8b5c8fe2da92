"""How many samples it takes: for each level asked, the number that the splits support, and its interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from lingen.experiments.extrapolation import Interval
from lingen.experiments.from_data.checks import Check
from lingen.experiments.from_data.crossing import Crossing, crossing
from lingen.experiments.from_data.ruler import Ruler, points
from lingen.experiments.from_data.targets import Targets
from lingen.models.images.data import ImageData

__all__ = ["BELOW", "MEASURED", "Behind", "Needed", "Support", "answer", "answers"]

MEASURED, BEYOND, BELOW, SPECTRUM = "splits", "beyond the splits", "below the splits", "spectrum"
PARTS = (("the first", 0.0), ("half", 0.5), ("90 %", 0.9))


@dataclass(frozen=True)
class Needed:
    """One level and the number of samples that it takes."""

    quantity: str
    """q, leak or latents."""
    level: float
    part: str
    """Which latents, in words: the first, half, 90 % or a number of them."""
    samples: float | None
    """n; None where it cannot be told."""
    low: float | None
    high: float | None
    """A 95 % interval; `high` is None where it is open."""
    basis: str
    """What it rests on: splits on both sides of it, those on one side, or the spectrum alone."""
    holds: bool | None
    """Whether the data set has so many samples; None where the interval does not tell."""


class Behind(NamedTuple):
    """What the population that is estimated behind the data says."""

    table: Ruler
    spread: Interval | None
    """By what factors its n of a level of q may be off."""


@dataclass(frozen=True)
class Support:
    """What the numbers rest on."""

    data: ImageData
    table: Ruler
    checks: Sequence[Check]
    worth: float
    """What a sample is worth by its fourth moments, for convergence."""
    spread: Interval | None
    """By what factors the n of a level of q may be off, for all that the spectrum of N samples tells."""
    behind: Behind | None = None
    """Where N < 20 d: what q and the leak go by beyond the splits; it does not tell the gaps between
    neighbouring eigenvalues, which latents depend on."""

    @property
    def outside(self) -> Support:
        """What to rest on where splits do not cover a level."""
        return (
            self if self.behind is None else replace(self, table=self.behind.table, spread=self.behind.spread)
        )

    @property
    def sourced(self) -> bool:
        """Whether splits keep the sources apart."""
        return self.data.together is not self.data.copies

    @property
    def few(self) -> bool:
        """Whether the spectrum is itself a noisy estimate."""
        return self.data.samples < 10 * self.data.dim


def answers(known: Support, asked: Targets) -> tuple[Needed, ...]:
    """One entry for q, one for each number of latents, one for the leak."""
    return (
        answer(known, "q", asked.q),
        *(_latents(known, part, count) for part, count in _counts(known, asked)),
        answer(known, "leak", asked.leak),
    )


def answer(known: Support, quantity: str, level: float) -> Needed:
    """The number of samples at a level of q or of the leak."""
    wanted = known.table.crosses(quantity, level)
    where = _where(known, quantity, wanted)
    if wanted is None or where is None or where.side > 0:
        known = known.outside
        wanted = known.table.crosses(quantity, level)
        where = _where(known, quantity, wanted)
        if wanted is None or where is None:
            return _told(known, quantity, level, "", _alone(known, quantity, wanted), SPECTRUM)
        return _told(known, quantity, level, "", _beyond(known, quantity, wanted, where), BEYOND)
    if where.side == 0:
        return _told(known, quantity, level, "", (where.samples, where.low, where.high), MEASURED)
    top = min(check.samples for check in known.checks)
    return _told(known, quantity, level, "", (min(where.samples, top), 0.0, top), BELOW)


def _where(known: Support, quantity: str, wanted: float | None) -> Crossing | None:
    seen = points(quantity, known.table, known.checks, known.data)
    return crossing(seen, wanted) if seen and wanted is not None else None


def _alone(known: Support, quantity: str, wanted: float | None) -> tuple[float | None, float, float | None]:
    """Nothing measured: what the spectrum says, at the worth of a sample by its fourth moments."""
    if wanted is None:
        return None, float(known.table.samples[-1]), None
    value = wanted / known.worth
    return value, *_widened(known, quantity, min(wanted, value), max(wanted, value))


def _beyond(
    known: Support, quantity: str, wanted: float, where: Crossing
) -> tuple[float | None, float, float | None]:
    """Past the last split the worth that it measured is kept; sources that differ leave a gap that stays."""
    last = float(max(check.samples for check in known.checks))
    if known.sourced:
        return None, last, None
    by_moments = wanted / known.worth if quantity == "q" else where.samples
    low, high = min(where.low, by_moments), max(where.high, by_moments)
    low, widest = _widened(known, quantity, low, high)
    return max(where.samples, last), max(low, last), None if widest is None else max(widest, last)


def _widened(known: Support, quantity: str, low: float, high: float) -> tuple[float, float | None]:
    """An interval that holds what the spectrum of N samples leaves open as well."""
    if quantity != "q":
        return low, None if known.few else high
    if known.spread is None:
        return low, None
    widest = known.spread.high
    return low * known.spread.low, None if widest is None else high * widest


def _latents(known: Support, part: str, count: int) -> Needed:
    onsets = np.sort(known.table.onsets)
    alive = int(np.isfinite(onsets).sum())
    if count > alive or not alive:
        return Needed("latents", count, part, None, None, None, SPECTRUM, False)
    wanted = max(float(onsets[count - 1]), 1.0)
    where = _where(known, "latents", wanted)
    if where is None or where.side < 0:
        return _told(known, "latents", count, part, (wanted, wanted, wanted), SPECTRUM)
    if where.side > 0:
        last = float(max(check.samples for check in known.checks))
        if known.sourced:
            return _told(known, "latents", count, part, (None, last, None), BEYOND)
        numbers = max(where.samples, last), max(where.low, last), None if known.few else where.high
        return _told(known, "latents", count, part, numbers, BEYOND)
    return _told(known, "latents", count, part, (where.samples, where.low, where.high), MEASURED)


def _counts(known: Support, asked: Targets) -> list[tuple[str, int]]:
    alive = int(np.isfinite(known.table.onsets).sum())
    parts = [(name, max(1, math.ceil(share * alive))) for name, share in PARTS]
    return parts if asked.latents is None else [parts[0], (str(asked.latents), asked.latents)]


def _told(
    known: Support,
    quantity: str,
    level: float,
    part: str,
    numbers: tuple[float | None, float, float | None],
    basis: str,
) -> Needed:
    value, low, high = numbers
    n = known.data.samples
    holds = False if n < low else True if high is not None and n >= high else None
    return Needed(quantity, level, part, value, low, high, basis, holds)
