"""The Hastings–McLeod solution of Painlevé II: the Tracy–Widom laws far on the left, digits kept.

q'' = s q + 2 q³ with q ~ Ai(s) as s → ∞ gives log F₂ = −∫_s^∞ (x−s) q² dx and log(F₁²/F₂) = −∫_s^∞ q dx
(Tracy & Widom 1994, 1996), sums of one sign where 1 − (eigenvalue) of a determinant is all round-off. As
s → −∞, q = √(−s/2) Σ a_k s^{−3k}, a₀ = 1, a₁ = 1/8, a₂ = −73/128: the equation gives each a_k from those
before. Reference values on the host: NumPy in, NumPy out.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from numpy.polynomial import chebyshev

from lingen.boundary import checked

__all__ = ["FAR", "Integrals", "integrals", "solve"]

FAR = -16.0
"""Left of it the series is good to round-off."""
_TERMS, _DEGREE, _NEWTON = 8, 64, 30


class Integrals(NamedTuple):
    """Of q from s to the right end `start` of the table, each of the shape of s."""

    q: Float[np.ndarray, "..."]
    """q(s)."""
    energy: Float[np.ndarray, "..."]
    """(log F₂)'(s) = ∫_s^∞ q² = q'² − s q² − q⁴."""
    single: Float[np.ndarray, "..."]
    """∫_s^start q."""
    double: Float[np.ndarray, "..."]
    """∫_s^start (log F₂)' = log F₂(start) − log F₂(s)."""


@checked
def integrals(s: Float[np.ndarray, "..."], start: float, value: float) -> Integrals:
    """q and its integrals at s <= start, where q(start) = `value` is known."""
    solution = solve(start, value)
    near = np.maximum(s, FAR)
    first = solution.deriv()(near) if np.size(near) else near
    q = solution(near)
    energy = first**2 - near * q**2 - q**4
    single, double = (primitive(start) - primitive(near) for primitive in _primitives(start, value))
    far = np.minimum(s, FAR)
    with np.errstate(over="ignore", invalid="ignore"):
        found = [_series(far, *row) for row in _rows()]
        base = [_series(np.asarray(FAR), *row) for row in _rows()]
        left = found[0], found[1], single + base[2] - found[2], double + base[3] - found[3]
    return Integrals(
        *(np.where(s < FAR, a, b) for a, b in zip(left, (q, energy, single, double), strict=True))
    )


@checked
@lru_cache
def solve(start: float, value: float) -> chebyshev.Chebyshev:
    """q on [FAR, start] by collocation at Chebyshev points and Newton's method from √(−s/2) smoothed at 0."""
    angles = np.pi * np.arange(_DEGREE + 1) / _DEGREE
    half = (start - FAR) / 2.0
    points = FAR + half * (1.0 + np.cos(angles))
    basis = chebyshev.chebvander(np.cos(angles), _DEGREE)
    second = (
        np.stack([chebyshev.chebval(np.cos(angles), row) for row in _second_derivatives()], axis=1) / half**2
    )
    coefficients = np.linalg.solve(basis, np.sqrt((np.sqrt(points**2 + 1.0) - points) / 4.0))
    ends = np.array([value, _series(np.asarray(FAR), *_rows()[0])])
    for _ in range(_NEWTON):
        q = basis @ coefficients
        matrix = second - (points + 6.0 * q**2)[:, None] * basis
        residual = second @ coefficients - points * q - 2.0 * q**3
        matrix[[0, -1]], residual[[0, -1]] = basis[[0, -1]], q[[0, -1]] - ends
        step = np.linalg.solve(matrix, residual)
        coefficients = coefficients - step
        if np.abs(step).max() < 1e-15:
            break
    return chebyshev.Chebyshev(coefficients, domain=[FAR, start])


@lru_cache
def _primitives(start: float, value: float) -> tuple[chebyshev.Chebyshev, chebyshev.Chebyshev]:
    """Primitives of q and of (log F₂)'."""
    solution = solve(start, value)
    first = solution.deriv()

    def energy(s: np.ndarray) -> np.ndarray:
        q = solution(s)
        return first(s) ** 2 - s * q**2 - q**4

    square = chebyshev.Chebyshev.interpolate(energy, _DEGREE, domain=[FAR, start])
    return solution.integ(), square.integ()


def _second_derivatives() -> list[np.ndarray]:
    return [chebyshev.chebder(row, 2) for row in np.eye(_DEGREE + 1)]


@lru_cache
def _rows() -> tuple[tuple[float, float, tuple[float, ...]], ...]:
    """(scale, power, c) of scale · |s|^power Σ c_k s^{−3k}: q, ∫_s^∞ q², and the primitives of both.

    The terms k = 0 are (−s)^{1/2}/√2, s²/4; the term of ∫∫ in 1/s has the primitive −(1/8) log|s|.
    """
    a = _coefficients()
    squares = [sum(a[i] * a[k - i] for i in range(k + 1)) for k in range(_TERMS)]
    energy = [c / (2 * (2 - 3 * k)) for k, c in enumerate(squares)]  # of s^{2−3k}
    single = [-c / (Fraction(3, 2) - 3 * k) for k, c in enumerate(a)]  # of √½ |s|^{3/2} s^{−3k}
    double = [Fraction(0) if k == 1 else -c / (3 - 3 * k) for k, c in enumerate(energy)]  # of |s|³ s^{−3k}
    log = -0.125

    def row(scale: float, power: float, terms: Sequence[Fraction | float], log: float = 0.0) -> tuple:
        return scale, power, tuple(float(c) for c in terms), log

    root = float(np.sqrt(0.5))
    return row(root, 0.5, a), row(1.0, 2.0, energy), row(root, 1.5, single), row(1.0, 3.0, double, log)


def _coefficients() -> list[Fraction]:
    """a_k by matching powers: with p_k = ½ − 3k, p_k (p_k−1) a_k = [a − a³]_{k+1} = −2 a_{k+1} − known."""
    a = [Fraction(1)]
    while len(a) < _TERMS:
        k = len(a)
        power = Fraction(1, 2) - 3 * (k - 1)
        known = [*a, Fraction(0)]
        cube = sum(known[i] * known[j] * known[k - i - j] for i in range(k + 1) for j in range(k + 1 - i))
        a.append((-power * (power - 1) * a[k - 1] - cube) / 2)
    return a


def _series(
    s: np.ndarray, scale: float, power: float, terms: tuple[float, ...], log: float = 0.0
) -> np.ndarray:
    size = np.abs(s)
    return scale * size**power * np.polyval(terms[::-1], s**-3.0) + log * np.log(size)
