"""The Tracy–Widom law for real data (β = 1): the largest eigenvalue without a latent above threshold.

n λ_max(S) = μ + σ s in the limit, s of law F₁, with μ = (√(n−½)+√(d−½))² and
σ = (√(n−½)+√(d−½)) (1/√(n−½) + 1/√(d−½))^{1/3} (Johnstone 2001; the halves: Ma 2012, error O(d^{−2/3})).
F₁(s) = det(I − K_s) on L²(s, ∞) with kernel K(x, y) = ½ Ai((x+y)/2) (Ferrari & Spohn 2005), by Gauss–Legendre
quadrature of the determinant (Bornemann 2010). Reference values on the host: NumPy in, NumPy out.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import ArrayLike
from numpy.polynomial import chebyshev
from scipy.optimize import brentq
from scipy.special import airy

from lingen.boundary import checked
from lingen.checks import bounded, finite, integer

__all__ = ["Scaling", "cdf", "complex_cdf", "mean", "pdf", "quantile", "scaling", "variance"]

LEFT, RIGHT = -12.0, 8.0
NODES, LENGTH = 64, 24.0


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
    """F₁(s), to about 1e-13 for s in [−12, 8]; 0 and 1 beyond."""
    points = np.asarray(finite("s", s))
    inside = _series()(np.clip(points, LEFT, RIGHT))
    return np.where(points <= LEFT, 0.0, np.where(points >= RIGHT, 1.0, np.clip(inside, 0.0, 1.0)))


@checked
def pdf(s: ArrayLike) -> np.ndarray:
    """F₁'(s); 0 outside [−12, 8]."""
    points = np.asarray(finite("s", s))
    slope = _series().deriv()(np.clip(points, LEFT, RIGHT))
    return np.where((points <= LEFT) | (points >= RIGHT), 0.0, np.maximum(slope, 0.0))


@checked
def complex_cdf(s: ArrayLike) -> np.ndarray:
    """F₂(s) = det(I − K_s) det(I + K_s), the law of complex data (β = 2; Ferrari & Spohn 2005)."""
    points = np.clip(finite("s", s), LEFT, RIGHT)
    return np.vectorize(lambda s: _determinant(s) * _determinant(s, 1.0), otypes=[float])(points)


@checked
def quantile(level: float) -> float:
    """The s with F₁(s) = level, 1e-10 <= level <= 1 − 1e-10."""
    level = float(bounded("level", level, 1e-10, 1 - 1e-10))
    return brentq(lambda s: float(_series()(s)) - level, LEFT, RIGHT, xtol=1e-13)


@lru_cache
def mean() -> float:
    """Mean of s, −1.20653."""
    return RIGHT - _integral(_series())


@lru_cache
def variance() -> float:
    """Variance of s, 1.60778."""
    weighted = _series() * chebyshev.Chebyshev([0.0, 1.0], domain=[-1, 1]).convert(domain=[LEFT, RIGHT])
    return RIGHT**2 - 2.0 * _integral(weighted) - mean() ** 2


def _integral(series: chebyshev.Chebyshev) -> float:
    primitive = series.integ()
    return float(primitive(RIGHT) - primitive(LEFT))


@lru_cache
def _series() -> chebyshev.Chebyshev:
    return chebyshev.Chebyshev.interpolate(np.vectorize(_determinant), 160, domain=[LEFT, RIGHT])


def _determinant(s: float, sign: float = -1.0) -> float:
    x, w = np.polynomial.legendre.leggauss(NODES)
    x, w = s + LENGTH * (x + 1) / 2, np.sqrt(w * LENGTH / 2)
    kernel = 0.5 * airy((x[:, None] + x[None, :]) / 2)[0]
    return float(np.linalg.det(np.eye(NODES) + sign * w[:, None] * kernel * w[None, :]))
