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


def test_at_finite_dimension_it_is_the_law_of_each_side_far_from_the_threshold():
    theta = np.array([0.5, 1.0, 3.0])
    above, below = 9.0 / theta**2, 0.04 / theta**2
    limit = (1.0 - 1.0 / (above * theta**2)) / (1.0 + 1.0 / (above * theta))
    np.testing.assert_allclose(critical.recovery(1e7, above, theta), limit, rtol=1e-4)
    hidden = (1.0 + theta) / (1.0 - theta * np.sqrt(below)) ** 2
    np.testing.assert_allclose(1e12 * critical.recovery(1e12, below, theta), hidden, rtol=1e-4)


def test_at_finite_dimension_it_is_continuous_where_its_pieces_meet():
    for load in (1.0, 1.0 + 6.0 / critical.length(1e9, 1.0)):  # the threshold, and w = −3 nearly
        loads = load * (1.0 + np.linspace(-1e-4, 1e-4, 41))
        values = critical.recovery(1e9, loads, 1.0)
        assert np.all(np.diff(values) > 0)
        assert np.ptp(np.diff(values)) < 0.5 * np.diff(values).max()


@pytest.mark.parametrize(
    ("dim", "load", "theta", "measured", "error", "within"),
    [  # 8,000 to 40,000 draws each of the bidiagonal model
        (1000, 0.539, 1.0, 0.01754, 0.00011, 0.13),
        (1000, 1.0, 1.0, 0.06749, 0.00029, 0.02),
        (1000, 1.326, 1.0, 0.14167, 0.00041, 0.02),
        (1000, 1.852, 1.0, 0.28970, 0.00035, 0.02),
        (10_000, 1.1492, 1.0, 0.06988, 0.00028, 0.02),
        (10_000, 1.3805, 1.0, 0.15618, 0.00026, 0.02),
        (1000, 6.866, 0.5, 0.31504, 0.00057, 0.02),
        (10_000, 5.2686, 0.5, 0.17110, 0.00041, 0.02),
    ],
)
def test_its_finite_size_term_is_that_of_draws(dim, load, theta, measured, error, within):
    found = float(critical.recovery(dim, load, theta))
    assert abs(found - measured) < within * measured + 3 * error
    length = critical.length(dim, load)
    window = critical.latent(length * (1 - theta * np.sqrt(load))) / ((1 + theta) * length)
    assert abs(found - measured) <= abs(window - measured) + 3 * error  # no worse than the limit, anywhere
