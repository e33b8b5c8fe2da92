"""What so many samples can tell: a quantity of the spectrum of quarters, of halves and of all N rows.

A sample spectrum is broader than the truth: n at a level of q comes out too low, the gap 1 − q too small;
both grow with N. At N ≫ d the error halves with each doubling of N; before, it shrinks more
slowly, or grows while directions of the truth are still unseen. With the increments Δ₁ (from N/4 to N/2) and
Δ₂ (to N) and ρ = max(Δ₂/Δ₁, ½) + 0.1 the truth lies between the value at N and that plus Δ₂ρ/(1−ρ), as
Δ₂/Δ₁ falls along N. Where ρ is near one nothing can be told beyond the lower end. The spread of the parts,
at 95 %, widens the range on both sides (derived; docs/derivations).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from lingen.models.images.image_data import ImageData
from lingen.models.population import Population

__all__ = ["Interval", "bounds", "nested"]

SLOWEST, MARGIN = 0.95, 0.1
ERRORS = 2.776  # 95 % of Student's t with four degrees of freedom
LEAST = 16


class Interval(NamedTuple):
    """Where the truth lies."""

    low: float
    high: float | None
    """None where the samples do not tell."""


def bounds(quarters: Float[np.ndarray, "4"], halves: Float[np.ndarray, "2"], whole: float) -> Interval:
    """The range of a quantity that rises to the truth, from its values on quarters, halves and all rows."""
    # a variance of 1/N: a quarter of that of quarters, half that of halves; 3 and 1 degrees of freedom
    error = float(np.sqrt((3.0 * np.var(quarters, ddof=1) / 4.0 + np.var(halves, ddof=1) / 2.0) / 4.0))
    first, second = float(np.mean(halves) - np.mean(quarters)), float(whole - np.mean(halves))
    low = float(whole) - ERRORS * error
    if second <= ERRORS * error and first <= 2.0 * ERRORS * error:  # no more than noise
        return Interval(low, float(whole) + 2.0 * max(second, 0.0) + ERRORS * error)
    rate = max(second / first, 0.5) + MARGIN if first > 0.0 else 1.0
    if rate >= SLOWEST:
        return Interval(low, None)
    return Interval(low, float(whole) + second * rate / (1.0 - rate) + ERRORS * error)


def nested(
    data: ImageData, quantity: Callable[[Population], Float[np.ndarray, "k"]], seed: int
) -> Sequence[Interval] | None:
    """The ranges of k quantities of the spectrum; None for fewer than 16 rows: quarters tell nothing."""
    if data.samples < LEAST:
        return None
    quarters, halves, whole = (np.stack([quantity(one) for one in level]) for level in data.parts(seed))
    return [bounds(quarters[:, k], halves[:, k], whole[0, k]) for k in range(whole.shape[1])]
