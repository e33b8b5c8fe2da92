"""Particles of the flow between two points, and least squares on random labels."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest
from scipy import stats

from lingen.sims import ensemble, mode_interpolation, random_labels
from lingen.sims.mode_interpolation import _by_noise, _by_slope

KEY = jr.key(6)


@pytest.mark.parametrize("sigma", [0.05, 0.4, 2.0])
def test_the_smoothed_denoiser_against_a_fine_grid(sigma):
    x = np.array([-0.7, 0.0, 0.02, 1.5])
    g = np.linspace(-9, 9, 200_001)
    expected = [np.tanh((place + 0.3 * g) / sigma**2) @ stats.norm.pdf(g) * (g[1] - g[0]) for place in x]
    by = _by_slope if sigma**2 < 0.3 else _by_noise
    # steps of ½ in u err by the transform (πk/2)/sinh(πk/2) of sech²/2 at k = 4π: 1.1e-7
    np.testing.assert_allclose(by(1.0, 0.3, sigma, x), expected, atol=2e-7)


def test_the_exact_denoiser_ends_at_the_mixture():
    """σ_min = 0.5: the law of |x| is that of ½N(±1, ¼)."""
    drawn = ensemble(mode_interpolation.sampler("exact", sigma_min=0.5, reach=0.3), KEY, 32)
    law = stats.norm(1.0, 0.5)
    expected = law.cdf(0.3) - law.cdf(-0.3)
    assert abs(drawn.midpoint.mean() - expected) < 5 * drawn.midpoint.std() / np.sqrt(32)
    assert drawn.midpoint.std() < 0.01 * expected
    median = stats.foldnorm(2.0, scale=0.5).median()
    assert drawn.median.mean() == pytest.approx(median, rel=1e-3)


def test_more_points_than_dimensions_are_not_fitted_and_fewer_are():
    found = random_labels.draw(KEY, 4, 8, variance=2.0)
    assert found.training == pytest.approx(0.0, abs=1e-12)
    assert found.generalisation > 2.0
    drawn = ensemble(random_labels.sampler(12, 3, entries="elliptical", variance=4.0), KEY, 4000).training
    assert abs(drawn.mean() - 3.0) < 4 * drawn.std() / np.sqrt(4000)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mode_interpolation.sampler("sharp"), "denoiser must be one of exact"),
        (lambda: mode_interpolation.sampler("exact", sigma_min=3.0), "sigma_min must be below sigma_max"),
        (lambda: random_labels.sampler(4, 0), "dim must be a whole number"),
        (lambda: random_labels.sampler(4, 2, entries="cauchy"), "entries must be one of"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
