"""Distances of samples measured: given covariances, against SciPy; and what a load of one sample gives."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest
from scipy import linalg

from lingen.models import population
from lingen.sims import finite_samples
from lingen.sims.engine.ensemble import ensemble

KEY = jr.key(2)
TWO_ATOMS = population.atoms([1.0, 10.0])


def test_frechet_and_kernel_distances_of_known_covariances():
    rng = np.random.default_rng(1)
    a, b = (m @ m.T for m in rng.normal(size=(2, 4, 5)))
    root = linalg.sqrtm(linalg.sqrtm(a) @ b @ linalg.sqrtm(a)).real
    expected = (np.trace(a) + np.trace(b) - 2 * np.trace(root)) / 4
    assert finite_samples._bures(a, b) == pytest.approx(expected, rel=1e-8)
    kernel = [linalg.det(np.eye(4) + c / 9.0) ** -0.5 for c in (2 * a, 2 * b, a + b)]
    expected = kernel[0] + kernel[1] - 2 * kernel[2]
    assert finite_samples._discrepancy(a, b, 3.0) == pytest.approx(expected, rel=1e-9)


def test_fitted_means_are_compared():
    """In one dimension of two points each: (x̄−ȳ)² + (s_x − s_y)², redrawn from the same key."""
    source = finite_samples.fid_sampler(population.isotropic(), 1, 2.0, mean=True)
    x, y = (np.asarray(source.args[0].data(k))[:2, 0] for k in jr.split(KEY))
    expected = (x.mean() - y.mean()) ** 2 + (x.std(ddof=1) - y.std(ddof=1)) ** 2
    assert source(KEY) == pytest.approx(expected, rel=1e-9)


def test_one_sample_is_enough_and_all_parts_are_one_draw():
    drawn = ensemble(finite_samples.sampler(TWO_ATOMS, 6, 1 / 6), KEY, 8)
    assert all(np.all(np.isfinite(part)) and np.all(part > 0) for part in drawn)
    unequal = ensemble(finite_samples.fid_sampler(TWO_ATOMS, 6, 0.5, 4.0), KEY, 8)
    assert np.all(unequal > 0)
    assert np.std(unequal) > 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: finite_samples.fid_sampler(TWO_ATOMS, 4, 0.25, mean=True), "mean must be False"),
        (lambda: finite_samples.sampler(TWO_ATOMS, 4, 1.0, width=0.0), "width must be positive"),
        (lambda: finite_samples.sliced_sampler(TWO_ATOMS, 4, 1.0, directions=0), "directions must be"),
        (lambda: finite_samples.fid_sampler(TWO_ATOMS, 4, 1.0, 0.0), "other must be positive"),
    ],
)
def test_wrong_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
