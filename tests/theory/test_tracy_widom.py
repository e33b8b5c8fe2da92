"""The Tracy–Widom law: published moments, its own identities, and the edge of a simulated spectrum."""

import jax.random as jr
import numpy as np
import pytest
from scipy import integrate

from lingen.models import population
from lingen.sims import extremes
from lingen.sims.ensemble import ensemble
from lingen.theory import tracy_widom


def test_moments_published_by_prähofer_and_bornemann():
    np.testing.assert_allclose(tracy_widom.mean(), -1.2065335745820, atol=1e-11)
    np.testing.assert_allclose(tracy_widom.variance(), 1.6077810345810, atol=1e-10)


def test_the_density_integrates_to_the_law():
    for s in (-3.0, -1.0, 1.0):
        mass, _ = integrate.fixed_quad(tracy_widom.pdf, -12, s, n=200)
        np.testing.assert_allclose(mass, tracy_widom.cdf(s), atol=1e-9)


@pytest.mark.parametrize("level", [0.01, 0.5, 0.95, 0.999])
def test_quantile_inverts_the_law(level):
    np.testing.assert_allclose(tracy_widom.cdf(tracy_widom.quantile(level)), level, rtol=1e-10)


def test_tabled_quantiles():
    # 0.95 and 0.99 points of the table in Johnstone & Ma (2012)
    np.testing.assert_allclose(
        [tracy_widom.quantile(0.95), tracy_widom.quantile(0.99)], [0.9793, 2.0234], atol=2e-4
    )


def test_outside_the_range():
    assert tracy_widom.cdf([-20.0, 20.0]).tolist() == [0.0, 1.0]
    assert tracy_widom.pdf([-20.0, 20.0]).tolist() == [0.0, 0.0]


def test_the_edge_of_a_simulated_spectrum():
    dim = 10**6
    draws = ensemble(extremes.sampler(population.isotropic(), dim, 1.0), jr.key(0), 512).largest
    location, scale = tracy_widom.scaling(dim, dim)
    s = (draws - location) / scale
    assert abs(s.mean() - tracy_widom.mean()) < 5 * s.std() / np.sqrt(len(s))
    assert abs(s.mean()) > 5 * s.std() / np.sqrt(len(s))  # a centred Gaussian edge is refuted


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: tracy_widom.cdf(np.nan), "s must"),
        (lambda: tracy_widom.quantile(1.0), "level"),
        (lambda: tracy_widom.scaling(0, 5), "dim"),
    ],
)
def test_bad_input(call, named):
    with pytest.raises(ValueError, match=named):
        call()
