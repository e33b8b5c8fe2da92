"""Planted estimates that are no means: variances, quantiles, probabilities and functions, whose truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import stats

from lingen.claims.calibration import laws
from lingen.claims.calibration.families import LIGHT, PROVED, SIZES, Family
from lingen.claims.estimates import bootstrap, median, probability, quantile, variance

__all__ = ["ESTIMATES"]

TENTH = float(np.log(10.0))
"""What an exponential exceeds with probability 1/10."""


def _of(estimate: Any, **declared: Any) -> dict[str, Any]:
    return {"estimate": estimate, **declared}


def _root(draws: np.ndarray) -> np.ndarray:
    return np.sqrt(np.mean(draws**2, axis=0))


def _log(draws: np.ndarray) -> np.ndarray:
    return np.exp(np.mean(np.log(draws), axis=0))


def _quartile(draws: np.ndarray) -> np.ndarray:
    return np.quantile(draws, 0.75, axis=0)


ESTIMATES = (
    Family("variance of a normal, light", "estimate", laws.normal(1.0), resolution=0.05, declared=_of(variance, **LIGHT)),
    Family("variance of a normal", "estimate", laws.normal(1.0), resolution=0.05, declared=_of(variance)),
    Family("variance of an exponential", "estimate", lambda r, n: r.exponential(size=n), resolution=0.1, declared=_of(variance)),
    Family("variance of a fair coin", "estimate", laws.two_values(0.5, 0.0, 2.0), resolution=0.05, declared=_of(variance)),
    Family("variance of a uniform, light", "estimate", lambda r, n: 12**0.5 * r.uniform(size=n), resolution=0.02,
           declared=_of(variance, **LIGHT)),
    Family("variance, 1/d proved", "estimate", laws.normal(1.0), dims=SIZES, resolution=0.05,
           declared=_of(variance, **PROVED), widths=lambda d: (1 + 8 / d) ** 0.5),
    Family("ten variances", "estimate", laws.normal(1.0), resolution=0.1, components=10, declared=_of(variance, **LIGHT)),
    Family("nine tenths of an exponential", "estimate", lambda r, n: r.exponential(size=n) / TENTH, resolution=0.05,
           declared=_of(quantile(0.9))),
    Family("median of a Cauchy", "estimate", lambda r, n: 1.0 + r.standard_cauchy(n), resolution=0.05, declared=_of(median)),
    Family("median of a Poisson", "estimate", lambda r, n: r.poisson(1.2, n).astype(float), resolution=0.05,
           declared=_of(median)),
    Family("a quantile, 1/d proved", "estimate", lambda r, n: r.normal(size=n) / stats.norm.ppf(0.9), lambda d: 2 / d, SIZES,
           0.1, _of(quantile(0.9), order_source="planted")),
    Family("probability 0.3", "estimate", lambda r, n: r.uniform(size=n), resolution=0.05, truth=0.3,
           declared=_of(probability(lambda x: x < 0.3))),
    Family("probability 0.02", "estimate", lambda r, n: r.exponential(size=n), resolution=0.2, truth=0.02,
           declared=_of(probability(lambda x: x > -np.log(0.02)))),
    Family("root mean square", "estimate", laws.scaled(lambda r, n: r.normal(size=n), 1.0, 1.0, 1.0), resolution=0.05,
           declared=_of(_root)),
    Family("geometric mean", "estimate", lambda r, n: np.exp(0.5 * r.normal(size=n)), resolution=0.05,
           declared=_of(_log, **LIGHT)),
    Family("three quarters, bootstrap", "estimate", lambda r, n: r.exponential(size=n) / np.log(4.0), resolution=0.1,
           declared=_of(bootstrap(_quartile, 100))),
)  # fmt: skip
