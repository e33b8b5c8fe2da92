"""Planted laws: draws that follow them, and claims that are off by so much of the Kolmogorov distance."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from scipy import stats

from lingen.claims.claim import Claim
from lingen.claims.law_claim import LawClaim

__all__ = ["LAWS", "LawFamily"]

ONE = (64,)


class LawFamily(NamedTuple):
    """A law, drawn and claimed.

    Attributes:
        name: in words.
        law: a frozen distribution of `scipy.stats`.
        resolution: distance to tell apart.
        group: of the catalogue.
        components: numbers of a draw.
    """

    name: str
    law: Any
    resolution: float = 0.02
    group: str = "law"
    components: int = 1

    def draw(self, rng: np.random.Generator, count: int, dim: int) -> np.ndarray:
        """Draws of the law."""
        return np.asarray(self.law.rvs(size=count, random_state=rng), float)

    def claim(self, name: str, off: float) -> Claim:
        """That they follow a law at this distance, above it or below."""
        return LawClaim(
            name,
            law=lambda: self.moved(off),
            sampler=lambda dim: partial(self.draw, dim=dim),
            points=({},),
            dims=ONE,
            rivals={"the square": lambda: lambda x: self.law.cdf(x) ** 2},
        )

    def moved(self, off: float) -> Callable[[Any], Any]:
        """F + off · F(1−F)/max F(1−F): its distance from F is |off|, and it rises with F for |off| < max F(1−F)."""
        values = self.law.cdf(
            np.concatenate([self.law.ppf(np.linspace(1e-4, 1 - 1e-4, 4001)), np.arange(40.0)])
        )
        most = float(np.max(values * (1 - values)))

        def cdf(x: Any) -> Any:
            value = self.law.cdf(x)
            return value + off * value * (1 - value) / most

        return cdf


LAWS = (
    LawFamily("a normal law", stats.norm()),
    LawFamily("an exponential law", stats.expon()),
    LawFamily("a Cauchy law", stats.cauchy()),
    LawFamily("an arcsine law", stats.beta(0.5, 0.5)),
    LawFamily("a Poisson law", stats.poisson(1.0)),
    LawFamily("a coin's law", stats.bernoulli(0.4)),
)
