"""The predictions from below one sample to far beyond the data, to read what a measured value is worth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from lingen.experiments.from_data.checks import LATENTS, Check
from lingen.experiments.from_data.crossing import Point, inverse
from lingen.experiments.from_data.curves import lengthened, onsets_of
from lingen.models.filters import Filter
from lingen.models.images.data import ImageData
from lingen.models.population import Population
from lingen.theory import convergence, memorisation, recovery

__all__ = ["Ruler", "points", "ruler"]

TABLE = 161
BELOW, BEYOND = 64.0, 64.0
"""What a sample is worth is looked for between 1/64 and 64 Gaussian ones, and beyond."""
FEWEST = 1.0
"""Fewer latents than this do not tell what a sample is worth to them."""
TINY = 1e-12


class Ruler(NamedTuple):
    """Predictions at each number of samples, shape (m,)."""

    samples: Float[np.ndarray, "m"]
    convergence: Float[np.ndarray, "m"]
    memorisation: Float[np.ndarray, "m"]
    agreement: Float[np.ndarray, "m k"]
    """Q_k² of the leading eigenvectors."""
    onsets: Float[np.ndarray, "d"]
    dim: int

    def crosses(self, quantity: str, level: float) -> float | None:
        """The number of samples at which the prediction is at the level; None where the table ends before."""
        rising, at = self._rising(quantity), _coordinate(quantity, level)
        if at > rising[-1]:
            return None
        return float(np.exp(np.interp(at, rising, np.log(self.samples))))

    def at(self, quantity: str, samples: float) -> float:
        """The prediction at this number of samples."""
        values = self.convergence if quantity == "q" else self.memorisation
        return float(np.interp(np.log(samples), np.log(self.samples), values))

    def worth(self, quantity: str, check: Check, independent: float) -> Point | None:
        """What the samples of a check are worth; None where it does not tell.

        `independent` is how many splits of this size have no sample in common: more of them tell little more.
        """
        value, error = VALUES[quantity](check)
        spread = error * np.sqrt(check.draws)
        error = max(error, float(spread / np.sqrt(independent)))
        if quantity == "latents":
            kept = min(LATENTS, check.samples, self.dim, self.agreement.shape[1])
            if check.shared_predicted < FEWEST:
                return None
            table = self.agreement[:, :kept].sum(axis=1)
            # eigenvectors that are not found agree by chance
            value -= max(0.0, kept - check.shared_predicted) / self.dim
            log, wide = inverse(table, self.samples, value, error)
        else:
            ends = [_coordinate(quantity, value + sign * error) for sign in (-1.0, 1.0)]
            middle, half = _coordinate(quantity, value), abs(ends[1] - ends[0]) / 2.0
            log, wide = inverse(self._rising(quantity), self.samples, middle, half)
        return Point(check.samples, float(np.exp(log)), wide)

    def _rising(self, quantity: str) -> Float[np.ndarray, "m"]:
        values = self.convergence if quantity == "q" else self.memorisation
        return np.maximum.accumulate([_coordinate(quantity, value) for value in values])


def ruler(population: Population, dim: int, filter: Filter, lowest: float, highest: float) -> Ruler:
    """The table for numbers of samples between these and well beyond them."""
    for below in (BELOW, 1.0):
        n = np.geomspace(lowest / below, highest * BEYOND, TABLE)
        try:
            loads = lengthened(n / dim)
            q = np.asarray(convergence.overlap(population, loads, filter))[: n.size]
            leak = np.asarray(memorisation.ratio(population, loads, filter))[: n.size]
            break
        except ValueError:  # a filter that is not stable at so few samples
            if below == 1.0:
                raise
    known = recovery.latents(population, n[::4] / dim)
    agreement = np.asarray(known.overlap)[:, :LATENTS] ** 2
    fine = np.stack([np.interp(np.log(n), np.log(n[::4]), row) for row in agreement.T], axis=1)
    return Ruler(n, q, leak, fine, onsets_of(population), dim)


def points(quantity: str, table: Ruler, checks: Sequence[Check], data: ImageData) -> list[Point]:
    """What the samples are worth at each number of them that was measured, in increasing order.

    N/2n splits have no row in common. Of F sources that are kept apart F/2n have none in common; two sources
    are the same two in every split.
    """
    alone = data.samples if data.together is data.copies or data.families == 2 else data.families
    found = [
        table.worth(quantity, check, max(1.0, alone / (2.0 * check.samples)))
        for check in sorted(checks, key=lambda one: one.samples)
    ]
    return [point for point in found if point is not None]


def _coordinate(quantity: str, value: float) -> float:
    """What rises with n, nearly like log n on both sides."""
    if quantity == "q":
        inside = min(max(value, TINY), 1.0 - TINY)
        return float(np.log(inside / (1.0 - inside)))
    return -float(np.log(max(value - 1.0, TINY)))


VALUES = {
    "q": lambda check: (check.measured, check.error),
    "leak": lambda check: (check.memorisation, check.memorisation_error),
    "latents": lambda check: (check.shared, check.shared_error),
}
