"""The Tracy–Widom law for real data (β = 1): the largest eigenvalue without a latent above threshold.

n λ_max(S) = μ + σ s in the limit, s of law F₁, with μ = (√(n−½)+√(d−½))² and
σ = (√(n−½)+√(d−½)) (1/√(n−½) + 1/√(d−½))^{1/3} (Johnstone 2001; the halves: Ma 2012, error O(d^{−2/3})).
F₁(s) = det(I − K_s) on L²(s, ∞) with kernel K(x, y) = ½ Ai((x+y)/2) (Ferrari & Spohn 2005), by Gauss–Legendre
quadrature of the determinant (Bornemann 2010). Both tails keep their digits: on the right
1 − F₁ = −expm1 Σ log(1 − eigenvalue), on the left the determinant is continued by Painlevé II
(`lingen.theory.edge.hastings_mcleod`). Reference values on the host: NumPy in, NumPy out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import ArrayLike, Float
from numpy.polynomial import chebyshev
from scipy.special import airy, airye

from lingen import lazy
from lingen.boundary import checked
from lingen.checks import bounded, finite, integer
from lingen.theory.edge import hastings_mcleod
from lingen.theory.numerics.quadrature import between, laguerre

__all__ = [
    "Scaling", "cdf", "complex_cdf", "complex_survival", "mean", "pdf", "quantile", "scaling", "survival",
    "upper_quantile", "variance",
]  # fmt: skip

MIDDLE, RIGHT = -1.0, 12.0
"""Painlevé II below the first; above the second the trace ½∫Ai, all of 1 − F₁ to round-off."""
LOWEST, START, HIGHEST = -26.0, 0.0, 106.0
"""F₁ < 1e-300 left of the first, 1 − F₁ right of the last; Painlevé II starts at the middle one."""
optimize = lazy.module("scipy.optimize")
LEAST = 1e-300
NODES, LENGTH, DEGREE, LAGUERRE = 64, 24.0, 80, 40


class Scaling(NamedTuple):
    """λ_max(S) ≈ location + scale · s."""

    location: float
    scale: float


@checked
def scaling(dim: int, samples: int) -> Scaling:
    """Location and scale of λ_max of S = XᵀX/n, Σ = I; scale ~ d^{−2/3}."""
    dim, samples = integer("dim", dim, low=1), integer("samples", samples, low=1)
    a, b = np.sqrt(samples - 0.5), np.sqrt(dim - 0.5)
    return Scaling((a + b) ** 2 / samples, (a + b) * (1 / a + 1 / b) ** (1 / 3) / samples)


@checked
def cdf(s: ArrayLike) -> np.ndarray:
    """F₁(s), to a relative error of about 1e-12 down to 1e-300."""
    points = np.asarray(finite("s", s))
    return np.where(points < MIDDLE, np.exp(_left(points)[0]), -np.expm1(_log_tail(points)))


@checked
def survival(s: ArrayLike) -> np.ndarray:
    """1 − F₁(s), to a relative error of about 1e-12 down to 1e-300: the p-value of a largest eigenvalue."""
    points = np.asarray(finite("s", s))
    return np.where(points < MIDDLE, -np.expm1(_left(points)[0]), np.exp(_log_tail(points)))


@checked
def pdf(s: ArrayLike) -> np.ndarray:
    """F₁'(s), to a relative error of about 1e-10 down to 1e-300."""
    points = np.asarray(finite("s", s))
    log, rate = _left(points)
    inside = np.clip(points, 2 * MIDDLE, RIGHT)
    middle = -_tail_series().deriv()(inside) * np.exp(_tail_series()(inside))
    right = np.where(points < RIGHT, middle, 0.5 * airy(np.minimum(points, HIGHEST))[0])
    left = np.exp(log) * np.where(log > -800.0, rate, 0.0)
    return np.where(points < MIDDLE, left, right)


@checked
def complex_cdf(s: ArrayLike) -> np.ndarray:
    """F₂(s) = det(I − K_s) det(I + K_s), the law of complex data (β = 2; Ferrari & Spohn 2005)."""
    points = np.asarray(finite("s", s))
    return np.where(points < MIDDLE, np.exp(_complex_left(points)), -np.expm1(_complex_tail(points)))


@checked
def complex_survival(s: ArrayLike) -> np.ndarray:
    """1 − F₂(s), to a relative error of about 1e-12 down to 1e-300."""
    points = np.asarray(finite("s", s))
    return np.where(points < MIDDLE, -np.expm1(_complex_left(points)), np.exp(_complex_tail(points)))


@checked
def quantile(level: float) -> float:
    """The s with F₁(s) = level, 1e-300 <= level < 1; by 1 − level, with all its digits: `upper_quantile`."""
    level = float(bounded("level", level, LEAST, np.nextafter(1.0, 0.0)))
    return _lower(level) if level < 0.5 else _upper(1.0 - level)


@checked
def upper_quantile(tail: float) -> float:
    """The s with 1 − F₁(s) = tail, 1e-300 <= tail < 1: what an eigenvalue exceeds with that probability."""
    tail = float(bounded("tail", tail, LEAST, np.nextafter(1.0, 0.0)))
    return _upper(tail) if tail <= 0.5 else _lower(1.0 - tail)


@lru_cache
def mean() -> float:
    """Mean of s, −1.20653."""
    return _integral(survival, 0.0, RIGHT) - _integral(cdf, hastings_mcleod.FAR, 0.0)


@lru_cache
def variance() -> float:
    """Variance of s, 1.60778."""
    right = _integral(lambda s: 2.0 * s * survival(s), 0.0, RIGHT)
    return right - _integral(lambda s: 2.0 * s * cdf(s), hastings_mcleod.FAR, 0.0) - mean() ** 2


def _integral(function: Callable[[np.ndarray], np.ndarray], low: float, high: float) -> float:
    x, w = between(low, high, NODES)
    return float(np.asarray(w) @ function(np.asarray(x)))


def _lower(level: float) -> float:
    return optimize.brentq(
        lambda s: float(_left(np.asarray(s))[0]) - np.log(level), LOWEST, START, xtol=1e-13
    )


def _upper(tail: float) -> float:
    return optimize.brentq(
        lambda s: float(_log_tail(np.asarray(s))) - np.log(tail), 2 * MIDDLE, HIGHEST, xtol=1e-13
    )


def _left(s: Float[np.ndarray, "..."]) -> tuple[np.ndarray, np.ndarray]:
    """log F₁ and its derivative, s <= START; log F₁ = ½ (log F₂ + log F₁²/F₂)."""
    found = hastings_mcleod.integrals(np.minimum(s, START), START, _anchor().q)
    return _anchor().real - (found.double + found.single) / 2.0, (found.energy + found.q) / 2.0


def _log_tail(s: Float[np.ndarray, "..."]) -> np.ndarray:
    """log(1 − F₁), s >= 2 MIDDLE."""
    inside = _tail_series()(np.clip(s, 2 * MIDDLE, RIGHT))
    far = np.clip(s, RIGHT, HIGHEST)[..., None]
    w, weights = laguerre(LAGUERRE)
    reach = far + w / np.sqrt(far)
    trace = np.sum(weights * np.exp(w - _zeta(reach) + _zeta(far)) * airye(reach)[0], axis=-1)
    beyond = np.log(trace / (2.0 * np.sqrt(far[..., 0]))) - _zeta(far[..., 0])
    return np.where(s <= RIGHT, inside, np.where(s <= HIGHEST, beyond, -np.inf))


@lru_cache
def _tail_series() -> chebyshev.Chebyshev:
    """log(1 − F₁) on [2 MIDDLE, RIGHT]."""
    logs = np.vectorize(lambda s: np.log(-np.expm1(np.sum(np.log1p(-_eigenvalues(s))))), otypes=[float])
    return chebyshev.Chebyshev.interpolate(logs, DEGREE, domain=[2 * MIDDLE, RIGHT])


def _complex_left(s: np.ndarray) -> np.ndarray:
    """log F₂, below `START`."""
    known = _anchor()
    return known.complex - hastings_mcleod.integrals(np.minimum(s, START), START, known.q).double


def _complex_tail(s: Float[np.ndarray, "..."]) -> np.ndarray:
    """log(1 − F₂), s >= MIDDLE."""

    def log(s: float) -> float:
        if s > HIGHEST:
            return -np.inf
        if s < RIGHT:
            return float(np.log(-np.expm1(np.sum(np.log1p(-(_eigenvalues(s) ** 2))))))
        return float(np.log(np.sum(_eigenvalues(s, scaled=True) ** 2)) - 2.0 * _zeta(s))

    return np.vectorize(log, otypes=[float])(np.maximum(s, MIDDLE))


class _Anchor(NamedTuple):
    """What the determinants know where Painlevé II starts."""

    q: float
    real: float
    complex: float


@lru_cache
def _anchor() -> _Anchor:
    """q, log F₁ and log F₂ at START; q is the derivative of log det(I − K) − log det(I + K)."""
    kernel, slope = _kernel(START), _kernel(START, slope=True)
    one = np.eye(NODES)
    q = -sum(float(np.trace(np.linalg.solve(one + sign * kernel, slope))) for sign in (-1.0, 1.0))
    value = _eigenvalues(START)
    return _Anchor(q, float(np.sum(np.log1p(-value))), float(np.sum(np.log1p(-(value**2)))))


def _eigenvalues(s: float, scaled: bool = False) -> Float[np.ndarray, "nodes"]:
    """Of K_s; divided by exp(−⅔ s^{3/2}) if `scaled`, s > 0."""
    return np.linalg.eigvalsh(_kernel(s, scaled=scaled))


def _kernel(s: float, *, slope: bool = False, scaled: bool = False) -> Float[np.ndarray, "nodes nodes"]:
    """√w K_s √w on Gauss–Legendre nodes, or its derivative in s at fixed x − s."""
    length = LENGTH / np.sqrt(max(1.0, s / 10.0))  # K falls like e^{−√s (x−s)/2}
    x, w = map(np.asarray, between(s, s + length, NODES))
    middle, root = (x[:, None] + x[None, :]) / 2, np.sqrt(w)
    if scaled:
        values = np.exp(_zeta(s) - _zeta(middle)) * airye(middle)[0]
    else:
        values = airy(middle)[1 if slope else 0]
    return 0.5 * root[:, None] * values * root[None, :]


def _zeta(x: ArrayLike) -> np.ndarray:
    """⅔ x^{3/2}: Ai(x) falls like its exponential."""
    return np.asarray(x) ** 1.5 / 1.5
