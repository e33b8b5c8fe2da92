"""The spectral law of few atoms in plain NumPy, by the polynomial of ψ(ℓ) = x: a reference for integrals."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import NamedTuple

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar


@pytest.fixture(scope="session")
def reference() -> SimpleNamespace:
    """`law`, `marchenko_pastur` and `learning`."""
    return SimpleNamespace(law=law, marchenko_pastur=marchenko_pastur, learning=learning)


class Law(NamedTuple):
    """Nodes of a quadrature: E f(S)_k = Σ_i f(x_i) mass_ik + f(0) null_k."""

    x: np.ndarray
    mass: np.ndarray
    null: np.ndarray

    def mean(self, values: np.ndarray, at_zero: float = 0.0) -> np.ndarray:
        """E f(S)_k of the values f(x_i) and f(0)."""
        return values @ self.mass + at_zero * self.null


def law(sigma, weight, load: float, step: float = 0.02) -> Law:
    """Trapezoid in log (x−low)/(high−x) of every band; the null mass from what the load says of it."""
    sigma, weight = np.asarray(sigma, float), np.asarray(weight, float)
    alive = sigma > 0
    bands = _bands(sigma[alive], weight[alive], load)
    nodes, steps = [], []
    for low, high in bands:
        wide = 32.0 + 0.5 * np.log(high / low) if low > 0 else 60.0
        w = np.exp(np.arange(-wide, 32.0, step))
        nodes.append((low + high * w) / (1 + w))
        steps.append((high - low) * w / (1 + w) ** 2 * step)
    x = np.concatenate(nodes)
    ell = _roots(sigma[alive], weight[alive], load, x)[:, None]
    mass = sigma * ell.imag / np.abs(ell - sigma) ** 2 / np.pi / x[:, None] * np.concatenate(steps)[:, None]
    null = np.where(alive, 0.0, 1.0) if load >= weight[alive].sum() else 1.0 - mass.sum(axis=0)
    return Law(x, mass, null)


def marchenko_pastur(load: float, count: int = 20000) -> Law:
    """Nodes in the angle, in which the density of Σ = I is smooth: the midpoint rule errs by round-off."""
    root = load**-0.5
    angle = (np.arange(count) + 0.5) * np.pi / count
    x = (1 - root) ** 2 + 4 * root * np.cos(angle / 2) ** 2
    mass = 2 * np.sin(angle) ** 2 / (np.pi * x) * (np.pi / count)
    return Law(x, mass[:, None], np.array([max(0.0, 1.0 - load)]))


def learning(sigma, weight, known: Law, gain: np.ndarray, noise: float) -> np.ndarray:
    """Test and training risk, convergence, memorisation of a gain at the nodes; it vanishes at 0."""
    mean, square, missing = known.mean(gain), known.mean(gain**2), known.mean((1 - gain) ** 2, 1.0)
    weight, sigma = np.asarray(weight), np.asarray(sigma)
    true, amplified = weight * sigma, noise * square @ weight
    kept = known.mean(known.x * gain**2) @ weight
    left = known.mean(known.x * (1 - gain) ** 2) @ weight
    shared = mean**2 @ weight / (square @ weight)
    return np.array([missing @ true + amplified, left + amplified, shared, kept / (square @ true)])


def _bands(sigma: np.ndarray, weight: np.ndarray, load: float) -> np.ndarray:
    """Ends of the bands: ψ' changes its sign outside the atoms and in the gaps that stay open."""
    order = np.argsort(sigma)
    sigma, strength = sigma[order], (weight * sigma**2 / load)[order]

    def excess(a: float) -> float:
        return float(np.sum(strength / (a - sigma) ** 2) - 1.0)

    def root(a: float, b: float) -> float:
        return brentq(excess, a, b, xtol=1e-300, rtol=1e-15)

    far = sigma[-1] + 10 * np.sqrt(strength.sum())
    ends = [root(-far, sigma[0] * (1 - 1e-12))]
    for below, above in pairwise(sigma):

        def inside(part: float, below=below, above=above) -> float:
            return excess(below + (above - below) / (1 + np.exp(-part)))

        part = minimize_scalar(inside, bounds=(-25, 25), method="bounded", options={"xatol": 1e-10}).x
        best = below + (above - below) / (1 + np.exp(-part))
        if excess(best) < 0:
            ends += [root(below * (1 + 1e-13), best), root(best, above * (1 - 1e-13))]
    a = np.array([*ends, root(sigma[-1] * (1 + 1e-12), far)])
    x = a * (1 + (weight[order] * sigma / (a[:, None] - sigma)).sum(axis=1) / load)
    return np.maximum(x, 0.0).reshape(-1, 2) if abs(load - weight.sum()) > 1e-12 else _hard(x)


def _hard(x: np.ndarray) -> np.ndarray:
    return np.concatenate([[0.0], x[1:]]).reshape(-1, 2)


def _roots(sigma: np.ndarray, weight: np.ndarray, load: float, x: np.ndarray) -> np.ndarray:
    """The root of ℓ (1 + c Σ w σ/(ℓ−σ)) = x with Im ℓ > 0, by companion matrices, polished."""
    base = np.poly(sigma)
    whole = np.append(base, 0.0)
    for k in range(sigma.size):
        term = weight[k] * sigma[k] / load * np.append(np.poly(np.delete(sigma, k)), 0.0)
        whole = np.polyadd(whole, term)
    coefficients = whole - x[:, None] * np.append(0.0, base)
    size = sigma.size + 1
    companion = np.zeros((x.size, size, size))
    companion[:, 0] = -coefficients[:, 1:]
    companion[:, np.arange(1, size), np.arange(size - 1)] = 1.0
    values = np.linalg.eigvals(companion).astype(complex)
    ell = values[np.arange(x.size), np.argmax(values.imag, axis=1)]
    for _ in range(4):
        inverse = 1 / (ell[:, None] - sigma)
        off = ell * (1 + inverse @ (weight * sigma) / load) - x
        ell = ell - off / (1 - inverse**2 @ (weight * sigma**2) / load)
    return ell
