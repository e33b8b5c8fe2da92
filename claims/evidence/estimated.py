"""What is estimated from the draws of a point's cells: numbers with their errors, whatever they are estimates of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from jaxtyping import Float

from lingen.claims.evidence.extrapolation.intervals import Intervals
from lingen.claims.evidence.means.student import student
from lingen.claims.evidence.means.sums import RunningSums
from lingen.claims.evidence.means.tails import tail_index, unseen

__all__ = ["Estimated", "Estimator", "Kept", "of_means"]

Numbers = np.ndarray


class Kept(Protocol):
    """What is kept of a cell's draws: running sums, or all of them."""

    @property
    def draws(self) -> int:
        """Their number."""

    @property
    def alike(self) -> Any:
        """Whether they are all one number, by component or for all together."""

    @property
    def nbytes(self) -> int:
        """Bytes that grow with their number."""

    def add(self, values: Any) -> Any:
        """With more of them."""


@dataclass(frozen=True, eq=False)
class Estimated:
    """Arrays of shape (dims, *shape)."""

    means: Float[Numbers, "dims ..."]
    """The estimates."""
    errors: Float[Numbers, "dims ..."]
    """Their standard errors."""
    tails: Float[Numbers, "dims ..."]
    """The smallest index of a tail of what they average; infinite where that says nothing."""
    intervals: Callable[[Numbers | None], Intervals]
    """How far they may be off; with a scale, as far as outcomes that were not drawn could move them."""
    sums: Sequence[RunningSums] = ()


class Estimator(Protocol):
    """A function of all draws of a cell that knows its error; `lingen.claims.estimates` has some."""

    @property
    def every_law(self) -> bool:
        """Whether its intervals hold for every law, so that nothing need be known of the observable."""

    @property
    def assumption(self) -> Any:
        """What its intervals rest on; None if that is what those of a mean rest on."""

    def __call__(self, draws: Any) -> Any:
        """The estimate."""

    def first(self, level: float) -> int:
        """Draws that it takes at least, whatever is known of the observable."""

    def estimated(self, samples: Sequence[Any], level: float, together: int) -> Estimated:
        """From the draws of each dimension.

        Args:
            samples: stacked draws, by dimension.
            level: two-sided level of one interval, of any combination of the dimensions.
            together: how many dimensions are combined in it.
        """


def of_means(sums: Sequence[RunningSums], level: float, group: int = 1) -> Estimated:
    """Means of draws, or of groups of `group` draws, with Student intervals."""

    def intervals(scale: Numbers | None) -> Intervals:
        if scale is None:
            return student(sums, level)
        hidden = [unseen(s, c, level, group) for s, c in zip(sums, scale, strict=True)]
        return student(sums, level, np.stack(hidden))

    return Estimated(
        np.stack([s.mean for s in sums]),
        np.stack([s.standard_error for s in sums]),
        np.stack([tail_index(s) for s in sums]),
        intervals,
        sums,
    )
