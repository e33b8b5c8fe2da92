"""The same quantities in NumPy and SciPy alone, the way they are written for one figure of a paper."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from scipy.integrate import quad_vec
from scipy.optimize import brentq, fsolve

# --- Draws -----------------------------------------------------------------------------------------------


def decoupling(dim: int, load: float, strength: float) -> Callable[[int], Any]:
    """(q, Q) of two Gaussian models of Σ = I + θvvᵀ, by two eigendecompositions."""
    return partial(_decoupling, dim, round(load * dim), strength)


def _decoupling(dim: int, samples: int, strength: float, number: int) -> tuple[float, float]:
    rng = np.random.default_rng(number)
    scale = np.ones(dim)
    scale[0] = np.sqrt(1 + strength)
    found = []
    for _ in range(2):
        x = rng.standard_normal((samples, dim)) * scale
        values, vectors = np.linalg.eigh(x.T @ x / samples)
        found.append((np.sqrt(np.maximum(values, 0)), vectors))
    (g, v), (h, w) = found
    q = g @ (v.T @ w) ** 2 @ h / np.sqrt(np.sum(g**2) * np.sum(h**2))
    return q, (v[0, -1] ** 2 + w[0, -1] ** 2) / 2


def wishart_spectra(dim: int, samples: int, matrices: int) -> Callable[[int], Any]:
    """τ(S) and τ(S²) of many sample covariances, by their spectra."""

    def work(number: int) -> list[tuple[float, float]]:
        rng = np.random.default_rng(number)
        found = []
        for _ in range(matrices):
            x = rng.standard_normal((samples, dim))
            values = np.linalg.eigvalsh(x.T @ x / samples)
            found.append((values.mean(), np.mean(values**2)))
        return found

    return work


def largest(dim: int, samples: int) -> Callable[[int], Any]:
    """The largest eigenvalue of one sample covariance."""

    def work(number: int) -> list[float]:
        x = np.random.default_rng(number).standard_normal((samples, dim))
        return [np.linalg.eigvalsh(x.T @ x / samples)[-1]]

    return work


def sweep(
    dim: int, loads: list[float], strengths: list[float], share: float = 1.0, models: int = 1
) -> Callable[[int], Any]:
    """Q on a grid of loads and strengths, of one model or several a cell; every (1/share)-th cell only."""
    cells = [(load, strength) for load in loads for strength in strengths][:: round(1 / share)]

    def work(number: int) -> list[tuple[float, float, float]]:
        rng = np.random.default_rng(number)
        found = []
        for load, strength in cells:
            known = 0.0
            for _ in range(models):
                x = rng.standard_normal((round(load * dim), dim))
                x[:, 0] *= np.sqrt(1 + strength)
                _, vectors = np.linalg.eigh(x.T @ x / x.shape[0])
                known += vectors[0, -1] ** 2 / models
            found.append((load, strength, known))
        return found

    return work


def copy(rows: int, dim: int) -> Callable[[int], Any]:
    """A copy of a matrix: what memory can do."""
    x = np.random.default_rng(0).standard_normal((rows, dim))
    other = np.empty_like(x)

    def work(number: int) -> float:
        del number
        np.copyto(other, x)
        return 0.0

    return work


# --- Laws ------------------------------------------------------------------------------------------------


def density_by_roots(
    values: list[float], weights: list[float], load: float, grid: list[float]
) -> Callable[[int], Any]:
    """Density of S: Silverstein's equation by `fsolve`, point after point, each from the one before.

    A root is believed if `fsolve` converged and it lies in the upper half plane; else the point is solved
    again, coming down from far above the axis.
    """
    t, w, c = np.asarray(values), np.asarray(weights), 1 / load

    def equation(parts: np.ndarray, z: complex) -> list[float]:
        u = complex(*parts)
        gap = z * u + 1 - c * np.sum(w * t * u / (1 + t * u))
        return [gap.real, gap.imag]

    def solve(guess: complex, z: complex) -> tuple[complex, bool]:
        start = [guess.real, guess.imag]
        root, _, status, _ = fsolve(equation, start, args=(z,), xtol=1e-12, full_output=True)
        u = complex(*root)
        return u, status == 1 and u.imag > 1e-6 * abs(u)

    def work(number: int) -> np.ndarray:
        del number
        found, last = [], -1 / (grid[0] + 0.1j)
        for x in grid:
            u, good = solve(last, x + 1e-12j * x)
            if not good:
                u = -1 / (x + 1j * t.max())
                for height in np.geomspace(t.max(), 1e-12 * x, 40):
                    u, good = solve(u, x + 1j * height)
            if u.imag > 1e-6 * abs(u):
                last = u
            found.append(max(u.imag, 0.0) / (np.pi * c))
        return np.asarray(found)

    return work


def overlap(exponent: float, dim: int, loads: list[float], share: float = 1.0) -> Callable[[int], Any]:
    """q of a power law from ḡ_k = (1/π) ∫ t^{-1/2} σ_k/(σ_k+κ(t)) dt: `brentq` and `quad_vec`."""
    sigma = np.arange(1, dim + 1) ** -exponent
    chosen = loads[:: round(1 / share)]

    def work(number: int) -> np.ndarray:
        del number
        return np.asarray([overlap_of(sigma, load, 1e-7) for load in chosen])

    return work


def overlap_of(sigma: np.ndarray, load: float, tolerance: float) -> float:
    """q at one load."""
    top = sigma.mean() / load

    def ridge(kappa: float) -> float:
        return kappa * (1 - np.mean(sigma / (sigma + kappa)) / load)

    def gain(log_t: float) -> np.ndarray:
        t = np.exp(log_t)
        low = 0.0 if load > 1 else 1e-300
        kappa = brentq(lambda k: ridge(k) - t, low, 2 * (t + top), xtol=1e-300, rtol=1e-13)
        return np.sqrt(t) * sigma / (sigma + kappa) / np.pi

    mean, _ = quad_vec(gain, -75.0, 80.0, epsabs=0.0, epsrel=tolerance, norm="max", limit=400)
    return np.sum(mean**2) / sigma.sum()


def marchenko_pastur(ratio: float, grid: list[float], count: int, part: str) -> Callable[[int], Any]:
    """Density, distribution or draws of the Marchenko–Pastur law of ratio c = d/n, with its atom at 0."""
    points = np.asarray(grid)
    works = {
        "density": lambda number: mp_density(ratio, points),
        "distribution": lambda number: mp_cdf(ratio, points),
        "draws": lambda number: np.stack([_mp_draws(ratio, number, count) for _ in range(2)]),
    }
    return works[part]


def _mp_draws(ratio: float, seed: int, count: int) -> np.ndarray:
    u, (below, x) = np.random.default_rng(seed).random(count), mp_table(ratio)
    return np.where(u < below[0], 0.0, np.interp(u, below, x))


def mp_density(ratio: float, x: np.ndarray) -> np.ndarray:
    """√((λ₊−x)(x−λ₋)) / (2π c x)."""
    low, high = (1 - np.sqrt(ratio)) ** 2, (1 + np.sqrt(ratio)) ** 2
    inside = np.maximum((high - x) * (x - low), 0.0)
    return np.sqrt(inside) / (2 * np.pi * ratio * np.where(x > 0, x, 1.0))


def mp_by_angle(ratio: float, angle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """x(φ) = 1+c−2√c cos φ, and the mass per φ, 2 sin²φ / (πx), without cancellation near an edge at 0."""
    x = (1 - np.sqrt(ratio)) ** 2 + 4 * np.sqrt(ratio) * np.sin(angle / 2) ** 2
    return x, 2 * np.sin(angle) ** 2 / (np.pi * np.maximum(x, 1e-300))


def mp_table(ratio: float) -> tuple[np.ndarray, np.ndarray]:
    """(mass below x, x), the atom at 0 included, for interpolation."""
    points = 4096
    x, slope = mp_by_angle(ratio, (np.arange(points) + 0.5) * np.pi / points)
    mass = slope * np.pi / points
    below = max(0.0, 1 - 1 / ratio)
    return np.r_[below, below + np.cumsum(mass) - mass / 2, 1.0], np.r_[2 * x[0] - x[1], x, 2 * x[-1] - x[-2]]


def mp_cdf(ratio: float, grid: np.ndarray) -> np.ndarray:
    """Mass at or below x: Gauss–Legendre in the angle, point by point."""
    nodes, weights = np.polynomial.legendre.leggauss(64)
    share = (grid - (1 - np.sqrt(ratio)) ** 2) / (4 * np.sqrt(ratio))
    angle = 2 * np.arcsin(np.sqrt(np.clip(share, 0.0, 1.0)))
    _, slope = mp_by_angle(ratio, angle[:, None] * (nodes + 1) / 2)
    atom = np.where(grid >= 0, max(0.0, 1 - 1 / ratio), 0.0)
    return atom + slope @ weights * angle / 2
