"""What was inferred, from what, and how far it can be believed.

A finding is sound when the chains are (R-hat below 1.01, 400 effective samples, no divergence), the data follow the law
(`lingen.claims.inference.adequacy`), and what was found does not lie at the edge of what was looked at.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from lingen.claims.inference import grids, scaling
from lingen.claims.inference.adequacy import Fit
from lingen.claims.inference.exponents import Means
from lingen.claims.inference.scaling import Curves
from lingen.claims.inference.slices import Slice
from lingen.claims.inference.transitions import Comparison
from lingen.models.posterior import Posterior
from lingen.watching import figure_of, in_notebook

__all__ = ["Estimate", "Finding"]

EDGE = 0.01
"""A quantity whose 95 % interval comes this near to an end of its prior, as a part of it, is not known."""
DECIDED = 2.0
"""Standard errors by which one of two laws must lead to be called better."""
SPAN = 10.0
"""Largest over smallest size below which the intervals of a critical point are untested; with this they cover."""
BOUNDS = {"nu": scaling.NU, "beta": scaling.BETA, "exponent": grids.EXPONENTS}
"""Where quantities are looked for: the ends of their priors."""


class Estimate(NamedTuple):
    """One inferred number."""

    mean: float
    deviation: float
    low: float
    """Of the 95 % credible interval, as `high`."""
    high: float
    r_hat: float
    effective: float
    """Effective sample size of the bulk."""
    tail: float
    """And of the tails."""


class Finding(NamedTuple):
    """What was inferred, and from what."""

    model: str
    along: str
    size: str | None
    """The axis of sizes; none for a power law."""
    slice: Slice
    data: Curves | Means
    posterior: Posterior
    quantities: tuple[str, ...]
    """The parameters that were asked for."""
    comparison: Comparison | None = None
    """Of the two laws, for the model "transition"."""
    fit: Fit | None = None
    """The weights of the laws that were averaged, the checks and the refits, for the other two."""

    def estimate(self, name: str) -> Estimate:
        """The posterior of a scalar parameter in numbers."""
        values, (low, high) = self.posterior.flat(name), self.posterior.interval(name)
        told = (self.posterior.r_hat, self.posterior.effective, self.posterior.tail)
        chains = (diagnostic.get(name, np.nan) for diagnostic in told)
        return Estimate(float(values.mean()), float(values.std()), low, high, *chains)

    @property
    def summary(self) -> str:
        """What was inferred from what, each parameter with its interval, and what the chains say."""
        from lingen.claims.inference import words

        return "\n".join((words.heading(self), *words.lines(self)))

    def __repr__(self) -> str:
        return self.summary

    def _repr_html_(self) -> str:
        return in_notebook(self)

    def plot(self) -> Any:
        """Its figure, all panels, of matplotlib; `lingen.plot` draws the one that tells the most on axes."""
        return figure_of(self)

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file: finite numbers, None for what is missing."""
        from lingen.claims.inference.words import numbers

        return numbers(self)

    def to_arviz(self) -> Any:
        """The posterior with the data as an `arviz.InferenceData`, for all that ArviZ draws and tells.

        Raises:
            ImportError: if ArviZ is not installed.
        """
        taken = self.slice
        cells = {name: ("cell", values) for name, values in taken.places.items()}
        data = {taken.observable: ("cell", taken.mean), f"{taken.observable}_error": ("cell", taken.error)}
        attrs = {"model": self.model, "along": self.along, "trouble": self.trouble, **taken.fixed}
        return self.posterior.to_arviz(attrs, observed_data=(data, cells))

    @property
    def sound(self) -> bool:
        """Whether the numbers can be believed."""
        return not self.trouble

    @property
    def trouble(self) -> str:
        """What is wrong with the numbers, in one line; empty if nothing is."""
        return "; ".join(filter(None, (self.posterior.trouble, *map(self._at_edge, self.quantities))))

    @property
    def kept(self) -> int:
        """Samples of each chain."""
        return int(next(iter(self.posterior.samples.values())).shape[1])

    @property
    def caution(self) -> str:
        """What the diagnostics do not see, in one line; empty if nothing is."""
        if self.model != "critical" or self.size is None:
            return ""
        sizes = self.slice.places[self.size]
        span = float(sizes.max() / sizes.min())
        if span >= SPAN:
            return ""
        return f"{self.size} spans a factor of {span:.3g} only: below {SPAN:g} the intervals are not tested"

    @property
    def better(self) -> str:
        """The law that leads by more than two standard errors, or neither."""
        if self.comparison is None or abs(self.comparison.difference) <= DECIDED * self.comparison.error:
            return "neither"
        return "critical" if self.comparison.difference > 0 else "smooth"

    def _at_edge(self, name: str) -> str:
        bounds = BOUNDS.get(name)
        if name == "critical_point":
            values = self.slice.places[self.along]
            bounds = (float(values.min()), float(values.max()))
        if bounds is None:
            return ""
        low, high = self.posterior.interval(name)
        slack = EDGE * (bounds[1] - bounds[0])
        if low > bounds[0] + slack and high < bounds[1] - slack:
            return ""
        end = bounds[0] if low <= bounds[0] + slack else bounds[1]
        return f"{name} reaches the end {end:g} of where it was looked for"
