"""Disagreement drawn exactly: both sides of the data agree, and one dimension has its closed form."""

import jax.random as jr
import numpy as np
import pytest
from scipy.special import gamma

from lingen.models import population
from lingen.sims import power_laws
from lingen.sims.engine.ensemble import ensemble


def test_the_small_side_gives_what_the_large_side_gives():
    x, y = (np.array(jr.normal(jr.key(i), (5, 9))) for i in range(2))
    np.testing.assert_allclose(power_laws._dual(x, y), power_laws._direct(x, y), rtol=1e-10)


def test_one_dimension():
    samples, draws = 3, 4096
    mean = (gamma(2.0) / gamma(1.5) * np.sqrt(2 / samples)) ** 2
    found = ensemble(power_laws.sampler(population.isotropic(), 1, samples), jr.key(0), draws).disagreement
    assert abs(found.mean() - (1 - mean)) < 5 * found.std() / np.sqrt(draws)
    assert power_laws.draw(jr.key(0), population.isotropic(), 1, samples).disagreement >= 0


def test_bad_input():
    with pytest.raises(ValueError, match="samples"):
        power_laws.sampler(population.isotropic(), 4, 0)
