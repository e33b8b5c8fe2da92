"""freealg: the spectral law of a sample covariance, and Marchenko–Pastur."""

from __future__ import annotations

import numpy as np
from freealg.distributions import DeformedMarchenkoPastur, MarchenkoPastur


def density(values, weights, load, grid, **options):
    """H ⊠ MP_c by its Silverstein equation; `options` go to `density`."""
    points = np.asarray(grid)
    weights = np.asarray(weights) / np.sum(weights)

    def work(number):
        law = DeformedMarchenkoPastur(values, weights, c=1 / load)
        return law.density(points, **options)

    return work


def marchenko_pastur(ratio, grid, count, part):
    """Density or draws; freealg has no distribution function."""
    points = np.asarray(grid)
    works = {
        "density": lambda number: MarchenkoPastur(ratio).density(points),
        "draws": lambda number: np.stack(
            [MarchenkoPastur(ratio).sample(count, method="mc", seed=number) for _ in range(2)]
        ),
    }
    return works[part]
