"""Splits of real data: the same numbers as explicit matrices, below and above d samples."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

from lingen.models import filters, population
from lingen.sims import splits
from lingen.sims.ensemble import ensemble
from lingen.theory import convergence

DIM = 7


def _root(x, g):
    values, vectors = np.linalg.eigh(x.T @ x / len(x))
    values = np.maximum(values, 0.0)
    return (vectors * np.asarray(g.on_spectrum(values))) @ vectors.T


@pytest.mark.parametrize("samples", [3, 7, 12])
@pytest.mark.parametrize("g", [filters.gaussian(), filters.ridge(0.3), filters.pca(2, floor=0.1)])
def test_small_and_large_halves_agree_with_explicit_matrices(samples, g):
    data = np.random.default_rng(0).normal(size=(25, DIM)) * np.array([3.0, 2, 1, 1, 1, 0.5, 0])
    key = jr.key(1)
    seen = splits.sampler(data, samples, g, latents=2)(key)
    order = np.asarray(jr.permutation(key, 25))
    x, y = data[order[:samples]], data[order[samples : 2 * samples]]
    one, two = _root(x, g), _root(y, g)
    energy = (np.sum(one**2) + np.sum(two**2)) / 2
    scale = energy * (np.sum(x**2) + np.sum(y**2)) / DIM
    # the explicit root of a singular matrix keeps √ of its round-off
    assert float(seen.shared) == pytest.approx(np.sum(one * two), rel=1e-7)
    assert float(seen.energy) == pytest.approx(energy, rel=1e-7)
    trained = np.sum((x @ one) ** 2) + np.sum((y @ two) ** 2)
    fresh = np.sum((y @ one) ** 2) + np.sum((x @ two) ** 2)
    assert float(seen.cosine_variance) == pytest.approx(trained / scale, rel=1e-7)
    assert float(seen.fresh_variance) == pytest.approx(fresh / scale, rel=1e-7)
    tops = [np.linalg.eigh(a.T @ a)[1][:, ::-1] for a in (x, y)]
    agreement = [(tops[0][:, k] @ tops[1][:, k]) ** 2 for k in range(2)]
    assert np.allclose(seen.agreement, agreement, rtol=1e-8)


def test_gaussian_data_follow_the_prediction():
    dim, samples, total = 40, 80, 8000
    sigma = np.repeat([4.0, 1.0], dim // 2)
    data = np.random.default_rng(2).normal(size=(total, dim)) * np.sqrt(sigma)
    seen = ensemble(splits.sampler(data, samples), jr.key(3), 64)
    q = seen.shared.mean() / seen.energy.mean()
    error = np.std(seen.shared - q * seen.energy, ddof=1) / seen.energy.mean() / 8
    gap = 1 - convergence.overlap(population.atoms([4.0, 1.0]), samples / dim)
    # five standard errors, and the finite-size term, below 1.5/d of the gap
    assert abs(q - 1 + gap) < 5 * error + 1.5 / dim * gap


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((4, 2)), 3), "samples must be a whole number of at least 1 and at most 2, got 3"),
        ((np.ones(4), 1), r"data must have shape \(N >= 2, d\), got \(4,\)"),
        ((np.full((4, 2), np.nan), 1), "data must be finite, got nan"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        splits.sampler(*arguments)


def test_too_many_latents():
    with pytest.raises(ValueError, match=r"latents must be .* at most 2, got 3"):
        splits.sampler(np.eye(8, 5), 2, latents=3)
