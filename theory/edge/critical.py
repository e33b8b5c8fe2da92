"""The spiked Tracy–Widom law: the top of the spectrum while a latent factor is about to emerge.

Near the recovery threshold, on the scale w = L (1 − θ√γ) with L³ = nd/(√n+√d)² ~ d, the largest eigenvalue
and its eigenvector are those of the stochastic Airy operator −∂² + x + 2b'(x) on x > 0 with f'(0) = w f(0):
the rescaled eigenvalue is s = −Λ₀, the latent overlap Q = f(0)²/(ℓL). The law F(s; w) of s solves

    ∂F/∂s + 2 ∂²F/∂w² + (s − w²) ∂F/∂w = 0,    F → 0 as w → −∞,

(Bloemendal & Virág 2013; β = 1), and Hellmann and Feynman give f(0)² = ∂Λ₀/∂w, so that

    ℓ L E[Q] → Φ(w) = −(d/dw) ∫s dF(s; w),

which joins 2|w| above the threshold to 1/w² below it. Derived (docs/derivations). Solved here on
w = −cot φ, 0 < φ <= π, by finite differences of fourth order, downwards in s; NumPy in, NumPy out.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np
from jaxtyping import ArrayLike, Float
from scipy.linalg import solve_banded
from scipy.special import ndtr

from lingen import lazy
from lingen.boundary import checked
from lingen.checks import bounded, positive, representable

__all__ = ["LOWEST", "latent", "length", "mean", "recovery"]

interpolate = lazy.module("scipy.interpolate")
LOWEST = -3.0
"""Below it the formulas above the threshold take over."""
NODES = 1000
TOP, BOTTOM, STEP = 36.0, -12.0, 0.06
LOWER, UPPER = 4, 2


@checked
def length(dim: ArrayLike, load: ArrayLike) -> np.ndarray | np.float64:
    """L = (nd)^{1/3}/(√n+√d)^{2/3} = (γd)^{1/3}/(1+√γ)^{2/3}, in rows of the tridiagonal S; ~ d^{1/3}.

    Raises:
        ValueError: if a dimension or a load is not positive.
    """
    load = np.asarray(positive("load", load))
    return np.cbrt(load * np.asarray(positive("dim", dim)) / (1.0 + np.sqrt(load)) ** 2)


@checked
def mean(offset: ArrayLike) -> np.ndarray | np.float64:
    """E s at offset w >= −3 from the threshold; the Tracy–Widom mean at w = ∞.

    Raises:
        ValueError: for an offset below −3.
    """
    return TOP - _integral()(_angle(offset))


@checked
def latent(offset: ArrayLike) -> np.ndarray | np.float64:
    """Φ(w) = lim ℓ L E[Q] at offset w = L (1 − θ√γ) >= −3 from the threshold, to about 1e-6.

    Raises:
        ValueError: for an offset below −3.
    """
    angle = _angle(offset)
    return np.sin(angle) ** 2 * _integral()(angle, 1)


@checked
@representable
def recovery(dim: ArrayLike, load: ArrayLike, strength: ArrayLike) -> np.ndarray | np.float64:
    """E[Q] of a latent of strength θ over a unit bulk at finite d: the transition at γ_c = 1/θ², rounded.

    Φ(w)/(ℓL) with w = L(1−θ√γ), ℓ = 1+θ, is the law inside the window; what it leaves out is of relative
    order 1/L ~ d^{−1/3}. Its analytic part is known from the laws outside, which this meets on both sides:

        ℓ L E[Q] = Φ(w) (1+θ)(1+θ√γ)/(2θ(1+γθ))    for γ > γ_c, hence Q = (1−1/(γθ²))/(1+1/(γθ)) far above,
        ℓ L E[Q] = Φ(w) ℓ²γ/(1+√γ)²                for γ < γ_c, hence E[Q] = ℓ/(d(1−θ√γ)²) far below.

    Args:
        dim: d, broadcast with the others.
        load: γ = n/d.
        strength: θ.

    Raises:
        ValueError: if an argument is not positive.

    Source: derived (docs/derivations, R4). At θ = 1 and d = 1000 to 2 % above the threshold, 12 % below.
    """
    load, theta = (np.asarray(positive(n, v)) for n, v in (("load", load), ("strength", strength)))
    with np.errstate(over="ignore", invalid="ignore"):  # `representable` says where there is no answer
        scale, root = length(dim, load), np.sqrt(load)
        offset = scale * (1.0 - theta * root)
        beyond = np.maximum(-offset, -LOWEST)
        bend = 1.0 + (latent(LOWEST) / (-2.0 * LOWEST) - 1.0) * (-LOWEST / beyond) ** 3  # Φ = 2|w| in the end
        window = np.where(offset < LOWEST, 2.0 * beyond * bend, latent(np.maximum(offset, LOWEST)))
        above = (1.0 / theta + root) / (1.0 + load * theta) / 2.0  # over 1 + θ, as what is below
        below = (1.0 + theta) * (root / (1.0 + root)) ** 2
        return window / scale * np.where(offset < 0.0, above, below)


def _angle(offset: ArrayLike) -> np.ndarray:
    """φ with w = −cot φ."""
    w = np.asarray(bounded("offset", offset, LOWEST, np.inf))
    return np.pi / 2 + np.arctan(w)


@lru_cache
def _integral() -> Any:
    """∫F(s; w) ds as a function of φ, with the error of the steps extrapolated away."""
    coarse, fine = (_trapezoid(step) for step in (STEP, STEP / 2))
    return interpolate.CubicSpline(_angles(), (4.0 * fine - coarse) / 3.0)


def _angles() -> Float[np.ndarray, "nodes"]:
    return np.pi * np.arange(1, NODES + 1) / NODES


def _trapezoid(step: float) -> Float[np.ndarray, "nodes"]:
    laws = _laws(step)
    total = step / 2 * next(laws)
    for law in laws:
        total += step * law
    return total


def _laws(step: float) -> Iterator[Float[np.ndarray, "nodes"]]:
    """F(s; ·) on the nodes for s = TOP, TOP − step, ..., BOTTOM, by the trapezoid rule in s.

    At the top the Riccati process of f'/f, started at w, stays finite where it starts above the unstable
    point −√s: F = N((w+√s) s^{1/4}), whatever else being forgotten long before s is of interest.
    """
    fixed, growing = _operator()
    root = np.sqrt(TOP)
    law = ndtr((-1.0 / np.tan(_angles()) + root) * np.sqrt(root))
    for s in np.arange(TOP, BOTTOM - step / 2, -step):
        yield law
        ahead = law + step / 2 * _times(fixed + s * growing, law)
        matrix = -step / 2 * (fixed + (s - step) * growing)
        matrix[UPPER] += 1.0
        law = solve_banded((LOWER, UPPER), matrix, ahead)


@lru_cache
def _operator() -> tuple[np.ndarray, np.ndarray]:
    """A₀ and A₁ of −∂F/∂s = (A₀ + s A₁) F, as bands.

    2 sin⁴φ ∂²F/∂φ² + (4 sin³φ cos φ + s sin²φ − cos²φ) ∂F/∂φ. F vanishes at φ <= 0; at φ = π all flows out.
    """
    angle = _angles()
    sine, cosine = np.sin(angle), np.cos(angle)
    slope, curvature = _differences()
    fixed = _rows(2 * sine**4, curvature) + _rows(4 * sine**3 * cosine - cosine**2, slope)
    return fixed, _rows(sine**2, slope)


def _differences() -> tuple[np.ndarray, np.ndarray]:
    """Bands of ∂ and ∂², fourth order; the last two nodes look back, and have no ∂² to speak of."""
    width = np.pi / NODES
    slope, curvature = np.zeros((2, LOWER + UPPER + 1, NODES))
    for offset, first, second in ((-2, 1, -1), (-1, -8, 16), (0, 0, -30), (1, 8, 16), (2, -1, -1)):
        for row in range(max(0, -offset), NODES - 2):
            slope[UPPER - offset, row + offset] = first / (12 * width)
            curvature[UPPER - offset, row + offset] = second / (12 * width**2)
    for row, stencil in ((NODES - 2, (-1, 6, -18, 10, 3)), (NODES - 1, (3, -16, 36, -48, 25))):
        for column, weight in zip(range(NODES - 5, NODES), stencil, strict=True):
            slope[UPPER + row - column, column] = weight / (12 * width)
    return slope, curvature


def _rows(factor: Float[np.ndarray, "nodes"], bands: Float[np.ndarray, "7 nodes"]) -> np.ndarray:
    """diag(factor) times a band matrix: entry (i, j) is at bands[UPPER + i − j, j]."""
    scaled = np.zeros_like(bands)
    for line in range(bands.shape[0]):
        rows = np.arange(NODES) + line - UPPER
        inside = (rows >= 0) & (rows < NODES)
        scaled[line, inside] = bands[line, inside] * factor[rows[inside]]
    return scaled


def _times(bands: Float[np.ndarray, "7 nodes"], vector: Float[np.ndarray, "nodes"]) -> np.ndarray:
    product = np.zeros(NODES)
    for line in range(bands.shape[0]):
        shift = line - UPPER
        part = bands[line] * vector
        if shift >= 0:
            product[shift:] += part[: NODES - shift]
        else:
            product[:shift] += part[-shift:]
    return product
