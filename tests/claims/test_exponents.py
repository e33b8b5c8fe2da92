"""Exponents and offsets that were planted come back."""

import jax.random as jr
import numpy as np
import pytest

from lingen.claims import exponents

SIZES = np.geomspace(10, 1000, 9)
STEPS = {"warmup": 400, "draws": 500}


@pytest.mark.parametrize(("exponent", "offset"), [(0.7, 0.25), (1.5, -1.0)])
def test_power_law_with_offset(exponent, offset):
    mean = offset + 3.0 * SIZES**-exponent
    error = 0.002 * np.abs(mean).max() * np.ones(9)
    noisy = mean + error * np.random.default_rng(3).standard_normal(9)
    found = exponents.power_law(
        exponents.means(SIZES, noisy, error), jr.key(0), offset=True, correction=False, **STEPS
    )
    assert max(found.r_hat.values()) < 1.05
    for name, truth in (("exponent", exponent), ("offset", offset)):
        samples = found.flat(name)
        assert abs(samples.mean() - truth) < 5 * samples.std(), name
        assert samples.std() < 0.25 * abs(truth), name


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"size": SIZES - 10}, "size must be positive"),
        ({"error": np.zeros(9)}, "error must be positive"),
        ({"mean": np.ones(8)}, "one length"),
        ({"size": np.ones(9)}, "size must take at least 5"),
    ],
)
def test_refuses_data_without_a_scale(changed, words):
    given = {"size": SIZES, "mean": np.ones(9), "error": np.ones(9)}
    with pytest.raises(ValueError, match=words):
        exponents.means(**given | changed)
