"""The critical window: its two ends, and the Tracy–Widom law far below the threshold."""

import numpy as np
import pytest

from lingen.models import population
from lingen.theory import edges, recovery
from lingen.theory.edge import critical, tracy_widom


def test_far_below_the_threshold_it_is_the_tracy_widom_law():
    np.testing.assert_allclose(critical.mean(np.inf), tracy_widom.mean(), atol=1e-8)


def test_the_latent_is_the_slope_of_the_mean():
    offset, step = np.linspace(-2.5, 6.0, 18), 1e-3
    slope = (critical.mean(offset + step) - critical.mean(offset - step)) / (2 * step)
    np.testing.assert_allclose(critical.latent(offset), -slope, rtol=1e-5)


def test_it_joins_the_laws_of_both_sides():
    np.testing.assert_allclose(critical.latent(200.0) * 200.0**2, 1.0, rtol=1e-4)
    np.testing.assert_allclose(critical.latent(-3.0), 6.0, rtol=0.02)
    assert np.all(np.diff(critical.latent(np.linspace(-3, 10, 100))) < 0)


@pytest.mark.parametrize("load", [0.25, 4.0])
def test_in_a_large_matrix_it_meets_the_hidden_and_the_emerged_latent(load):
    dim = 1e12
    length = critical.length(dim, load)
    for offset, tail in ((40.0, edges.hidden), (-3.0, recovery.recovery)):
        source = population.spiked([(1 - offset / length) / np.sqrt(load)])
        expected = tail(source, load)[0] / (dim if offset > 0 else 1.0)
        found = critical.latent(offset) / (source.spikes[0] * length)
        np.testing.assert_allclose(found, expected, rtol=0.02)


def test_bad_input():
    with pytest.raises(ValueError, match="offset must"):
        critical.latent(-3.1)
