"""Intervals reach as far as what the data do not exclude."""

import numpy as np
import pytest
from scipy import stats

from lingen.claims.inference import adequacy
from lingen.claims.inference.adequacy import Refit


def normal(mean, deviation, count=4000):
    return mean + deviation * stats.norm.ppf((np.arange(count) + 0.5) / count)


def refit(mean, shift):
    return Refit("on a part", {"nu": mean}, {"nu": 1.0}, {"nu": shift})


def ends(samples):
    return np.quantile(samples, (0.025, 0.975))


def test_laws_that_agree_widen_nothing():
    whole = normal(0.5, 0.01).reshape(4, -1)
    found = adequacy.widened(whole, "nu", [{"nu": normal(0.5, 0.01)}] * 2, [refit(0.6, 0.9)])
    np.testing.assert_allclose(ends(found), 0.5 + 0.01 * 1.959964 * np.array([-1, 1]), atol=1e-4)
    assert found.shape == whole.shape


def test_the_interval_reaches_as_far_as_that_of_every_law():
    """The 97.5 % point of N(0, 3²), though another law is likelier."""
    whole = normal(0.0, 1.0).reshape(4, -1)
    found = adequacy.widened(whole, "nu", [{"nu": normal(0.0, 1.0)}, {"nu": normal(0.0, 3.0)}], [])
    low, high = ends(found)
    for end in (-low, high):
        assert end == pytest.approx(3 * stats.norm.isf(0.025), rel=2e-3)


@pytest.mark.parametrize(("mean", "moved"), [(0.7, (0.0, 0.2)), (0.3, (-0.2, 0.0))])
def test_a_refit_widens_to_its_own_side_by_its_distance(mean, moved):
    whole = normal(0.5, 0.01)
    found = adequacy.widened(whole, "nu", [{"nu": whole}], [refit(mean, 1.1)])
    np.testing.assert_allclose(ends(found) - ends(whole), moved, atol=1e-6)
    assert np.median(found) == pytest.approx(0.5, abs=1e-4)


def test_a_refit_that_is_far_off_is_a_doubt():
    checks = adequacy.Checks(0.5, {}, 0.0)
    assert not list(adequacy.doubts(checks, [refit(0.6, 2.9)], 0.005))
    assert "moves by 3.1 of its own errors on a part" in next(
        adequacy.doubts(checks, [refit(0.6, 3.1)], 0.005)
    )
