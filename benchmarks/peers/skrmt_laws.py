"""scikit-rmt: Marchenko–Pastur and Wishart matrices."""

from __future__ import annotations

import numpy as np
from skrmt.ensemble.spectral_law import MarchenkoPasturDistribution
from skrmt.ensemble.wishart_ensemble import WishartEnsemble


def marchenko_pastur(ratio, grid, count, part):
    """Density, distribution or draws."""
    points = np.asarray(grid)

    def draws(number):
        law = MarchenkoPasturDistribution(ratio=ratio)
        return np.stack([law.rvs(size=count, random_state=number) for _ in range(2)])

    works = {
        "density": lambda number: MarchenkoPasturDistribution(ratio=ratio).pdf(points),
        "distribution": lambda number: MarchenkoPasturDistribution(ratio=ratio).cdf(points),
        "draws": draws,
    }
    return works[part]


def wishart_spectra(dim, samples, matrices, tridiagonal):
    """τ(S) and τ(S²) of many sample covariances, by their spectra."""

    def work(number):
        np.random.seed(number)  # noqa: NPY002 (what the package reads)
        found = []
        for _ in range(matrices):
            one = WishartEnsemble(beta=1, p=dim, n=samples, tridiagonal_form=tridiagonal)
            values = one.eigvals(normalize=True)
            found.append((values.mean(), np.mean(values**2)))
        return found

    return work


def largest(dim, samples):
    """The largest eigenvalue, from the tridiagonal form."""

    def work(number):
        np.random.seed(number)  # noqa: NPY002
        one = WishartEnsemble(beta=1, p=dim, n=samples, tridiagonal_form=True)
        return [one.eigvals(normalize=True).max()]

    return work
