"""Mean and deviation of each column of a data set, and what they tell of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from lingen.boundary import checked
from lingen.models import population
from lingen.models.images.rows import Rows, Tell, mean_of, silent

__all__ = ["Columns", "standard"]

APART = 30.0
"""Columns whose deviations differ by more have units of their own."""
NAMED = 3


class Columns(NamedTuple):
    """What is removed from each column, and what it is then divided by."""

    mean: Float[np.ndarray, "d"]
    deviation: Float[np.ndarray, "d"] | None
    notes: tuple[str, ...]


@checked
def standard(
    rows: Rows,
    names: Sequence[str] | None,
    standardise: bool,
    units: bool,
    tell: Tell = silent,
    mean: Float[np.ndarray, "d"] | None = None,
) -> Columns:
    """Mean of each column, its deviation where columns are standardised, and what should be known of them.

    Args:
        rows: the data.
        names: of the columns.
        standardise: whether each column is divided by its deviation; one that does not vary stays 0.
        units: whether the columns are a table's.
        tell: called with what is done and the share of it that is.
        mean: of the rows, where it is known.

    Raises:
        ValueError: if nothing varies, or by too little to be squared.
    """
    mean = mean_of(rows, tell) if mean is None else mean
    largest, square = 0.0, np.zeros(rows.dim)
    for block in rows.blocks(tell, "deviations"):
        block -= mean
        largest = max(largest, float(np.abs(block).max()))
        square += np.einsum("ij,ij->j", block, block)
    population.varying("data", np.array([largest]))
    deviation = np.sqrt(square / (len(rows) - 1))
    dead = deviation <= 1e-14 * np.abs(mean)
    notes: tuple[str, ...] = ()
    if dead.any() and (units or standardise):
        which = [names[i] if names else str(i + 1) for i in np.flatnonzero(dead)[: NAMED + 1]]
        some = ", ".join(which[:NAMED]) + (" ..." if len(which) > NAMED else "")
        notes += (f"{int(dead.sum()):,} of {rows.dim:,} columns do not vary ({some})",)
    if standardise:
        if dead.all():
            raise ValueError(f"data must vary, got {len(rows)} equal rows: their covariance is zero")
        return Columns(mean, np.where(dead, 1.0, deviation), (*notes, "columns divided by their deviations"))
    alive = deviation[~dead]
    usual = np.quantile(alive, 0.25, method="lower") if alive.size else 0.0
    if units and not standardise and alive.size > 1 and alive.max() > APART * usual:
        ratio = alive.max() / usual
        notes += (f"the column that varies most does so {ratio:,.0f} times as much as others: standardise "
                  "gives each the same weight",)  # fmt: skip
    return Columns(mean, None, notes)
