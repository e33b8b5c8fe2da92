"""The worth of a sample: one for Gaussian data, known for scale mixtures, and what the gap 1 − q becomes."""

from __future__ import annotations

import numpy as np
import pytest

from lingen.models import filters
from lingen.theory.worth import worth

DIM = 12


@pytest.fixture(scope="module")
def gaussian():
    return np.random.default_rng(0).normal(size=(40_000, DIM)) * np.linspace(1.0, 3.0, DIM)


@pytest.mark.parametrize("g", [filters.gaussian(), filters.ridge(0.5), filters.denoiser(1.0)])
def test_gaussian_samples_are_worth_one(gaussian, g):
    # some 80 pairs of coordinates, each fourth moment with a relative standard error near √(8/40,000)
    value = worth(gaussian, g)
    assert value.gaussian == pytest.approx(1.0, abs=0.02)
    assert value.predicted == pytest.approx(1.0, abs=2.0 / DIM)
    assert value.predicted < value.gaussian


def test_fluctuating_norms_divide_the_worth_by_their_kurtosis(gaussian):
    scale = np.random.default_rng(1).choice([0.5, 1.5], size=(len(gaussian), 1))
    # off-diagonal moments E y_k²y_l² grow by E s⁴/(E s²)², which is 2.5625/1.5625; the diagonal follows
    kurtosis = np.mean(scale**4) / np.mean(scale**2) ** 2
    value = worth(gaussian * scale)
    whole = DIM**2 + DIM  # terms of weight one and two when all eigenvalues weigh alike
    low, high = 1 / (kurtosis + 3 * (kurtosis - 1) * DIM / whole), 1 / kurtosis
    assert low - 0.03 < value.gaussian < high + 0.03


def test_invariant_under_scale_and_rotation(gaussian):
    turn = np.linalg.qr(np.random.default_rng(2).normal(size=(DIM, DIM)))[0]
    assert worth(7.0 * gaussian @ turn).gaussian == pytest.approx(worth(gaussian).gaussian, rel=1e-9)


def test_dead_directions_and_few_samples_do_not_matter():
    data = np.random.default_rng(3).normal(size=(30, 20))
    padded = np.hstack([data, np.zeros((30, 15))])
    assert worth(padded).gaussian == pytest.approx(worth(data).gaussian, rel=1e-8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.zeros((3, 2)),), "samples must have shape .* and vary"),
        ((np.ones(3),), "samples must have shape .* and vary, got shape"),
        ((np.full((3, 2), np.nan),), "samples must be finite, got nan"),
        ((np.eye(3), filters.pca(1)), "filter must be a smooth function of single eigenvalues, got pca"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        worth(*arguments)
