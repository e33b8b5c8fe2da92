"""What answers about a spectral law are held against: its density, its support, a rule for its integrals."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq


def density_reference(values: np.ndarray, weights: np.ndarray, load: float, x: np.ndarray) -> np.ndarray:
    """Density of S by continuation from far above the axis down to it, Newton at every height."""
    t, w, c = values, weights, 1 / load
    u = -1 / (x + 1j * t.max())
    for height in [*(t.max() * 0.6 ** np.arange(90)), 0.0]:
        z = x + 1j * height
        for _ in range(6):
            below = 1 + t * u[:, None]
            gap = z * u + 1 - c * (t * u[:, None] / below) @ w
            u = u - gap / (z - c * (t / below**2) @ w)
    return np.abs(u.imag) / (np.pi * c)


def bands(values: np.ndarray, weights: np.ndarray, load: float) -> np.ndarray:
    """The support of S, shape (m, 2): where the real map ψ(ℓ) = ℓ(1 + c τ(Σ/(ℓ−Σ))) does not increase."""
    order = np.argsort(values)
    t, w, c = values[order], weights[order], 1 / load

    def slope(ell: float) -> float:
        return 1 - c * np.sum(w * t**2 / (ell - t) ** 2)

    def psi(ell: float) -> float:
        return ell * (1 + c * np.sum(w * t / (ell - t)))

    reach = np.sqrt(c) * t.max()
    edges = [psi(brentq(slope, t[-1] * (1 + 1e-12), t[-1] + 2 * reach, xtol=1e-15))]
    for low, high in zip(t[-2::-1], t[:0:-1], strict=True):
        ell = low + (high - low) * np.linspace(0, 1, 402)[1:-1]
        slopes = np.array([slope(one) for one in ell])
        best = int(np.argmax(slopes))
        if slopes[best] > 0:
            left = brentq(slope, low * (1 + 1e-12), ell[best], xtol=1e-15)
            right = brentq(slope, ell[best], high * (1 - 1e-12), xtol=1e-15)
            edges = [psi(left), psi(right), *edges]
    bottom = brentq(slope, -1e6 * t[-1], t[0] * (1 - 1e-9), xtol=1e-18) if load < 1 else None
    first = (
        psi(bottom) if bottom is not None else psi(brentq(slope, 1e-15 * t[0], t[0] * (1 - 1e-9), xtol=1e-18))
    )
    return np.reshape([max(first, 0.0), *edges], (-1, 2))


def band_grid(edges: np.ndarray, points: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes in increasing order and weights of a rule that is exact for √-edges, shared out over the bands.

    On one band log x = mid + half·cos φ with the midpoint rule in φ: bands of power laws span decades.
    """
    share = np.log(edges[:, 1] / edges[:, 0]) ** 0.5
    counts = np.maximum(16, np.floor(points * share / share.sum())).astype(int)
    counts[np.argmax(counts)] += points - counts.sum()
    nodes, weights = [], []
    for (low, high), count in zip(np.log(edges), counts, strict=True):
        angle = np.pi * (1 - (np.arange(count) + 0.5) / count)
        x = np.exp((low + high) / 2 + (high - low) / 2 * np.cos(angle))
        nodes.append(x)
        weights.append(np.pi / count * (high - low) / 2 * np.sin(angle) * x)
    return np.concatenate(nodes), np.concatenate(weights)
