"""The Tracy–Widom law: published moments, its own identities, and the edge of a simulated spectrum."""

import jax.random as jr
import numpy as np
import pytest
from scipy import integrate, special

from lingen.models import population
from lingen.sims.engine.ensemble import ensemble
from lingen.sims.krylov import extremes
from lingen.theory.edge import tracy_widom


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


def test_published_values():
    # Bornemann (2010): F₁(0), F₂(−2), and q(0) of the Hastings–McLeod solution
    np.testing.assert_allclose(tracy_widom.cdf(0.0), 0.83190806620295, rtol=1e-13)
    np.testing.assert_allclose(tracy_widom.complex_cdf(-2.0), 0.413224142505123, rtol=1e-13)
    np.testing.assert_allclose(tracy_widom._anchor().q, 0.367061551548078, rtol=1e-13)


def test_both_tails_against_determinants_of_a_hundred_digits():
    # det(I ∓ K) by Gauss–Legendre quadrature of 50 to 140 nodes in 100-digit arithmetic
    low = {
        -8.0: (1.80682792118542e-12, 1.98590042576366e-19),
        -14.0: (6.40795595670553e-56, 3.08156495740901e-100),
    }
    for s, (real, whole) in low.items():
        np.testing.assert_allclose(tracy_widom.cdf(s), real, rtol=1e-12)
        np.testing.assert_allclose(tracy_widom.complex_cdf(s), whole, rtol=1e-12)
    high = {
        8.0: (8.045424879869739e-9, 6.53356320693161e-17),
        30.0: (2.91551634676299e-50, None),
    }
    for s, (real, whole) in high.items():
        np.testing.assert_allclose(tracy_widom.survival(s), real, rtol=1e-12)
        if whole:  # at 30 even those lose 1 − F₂
            np.testing.assert_allclose(tracy_widom.complex_survival(s), whole, rtol=1e-12)


@pytest.mark.parametrize("s", [9.0, 11.999, 12.001, 40.0, 100.0])
def test_the_upper_tail_against_its_leading_trace(s):
    # 1 − F₁ = ½∫Ai and 1 − F₂ = ∫(x−s)Ai² up to their squares
    scale, reach = np.exp(-(s**1.5) * 2 / 3), 60 / np.sqrt(s)

    def airy(x):
        return special.airye(x)[0] * np.exp((s**1.5 - x**1.5) * 2 / 3)

    trace, _ = integrate.quad(airy, s, s + reach, epsrel=1e-13, epsabs=0, limit=200)
    np.testing.assert_allclose(tracy_widom.survival(s), trace / 2 * scale, rtol=5e-12 + 2 * trace * scale)
    np.testing.assert_allclose(tracy_widom.pdf(s), special.airy(s)[0] / 2, rtol=1e-9 + 2 * trace * scale)
    if scale**2 > 1e-250:
        square, _ = integrate.quad(lambda x: (x - s) * airy(x) ** 2, s, s + reach, epsrel=1e-12, epsabs=0)
        np.testing.assert_allclose(tracy_widom.complex_survival(s), square * scale**2, rtol=1e-10)


@pytest.mark.parametrize("s", [-10.0, -15.9, -16.1, -20.0, -25.0])
def test_the_lower_tail_against_its_expansion(s):
    # Baik, Buckingham & DiFranco (2008): τ₁ = 2^{−11/48} e^{ζ'(−1)/2}, τ₂ = 2^{1/24} e^{ζ'(−1)}
    x, slope = -s, -0.16542114370045092
    real = -11 / 48 * np.log(2) + slope / 2 - x**3 / 24 - x**1.5 / np.sqrt(18) - np.log(x) / 16
    whole = np.log(2) / 24 + slope - x**3 / 12 - np.log(x) / 8 + np.log1p(3 / (64 * x**3))
    excess = np.log(tracy_widom.cdf(s)) - real
    np.testing.assert_allclose(excess * x**1.5, -1 / (24 * np.sqrt(2)), rtol=1 / x**1.5)
    if whole > -690:
        np.testing.assert_allclose(np.log(tracy_widom.complex_cdf(s)), whole, atol=2 / x**6)
    rise = np.log(tracy_widom.cdf(s + 1e-5) / tracy_widom.cdf(s - 1e-5)) / 2e-5
    np.testing.assert_allclose(tracy_widom.pdf(s) / tracy_widom.cdf(s), rise, rtol=1e-7)


@pytest.mark.parametrize("tail", [0.9, 0.3, 1e-9, 1e-30, 1e-300])
def test_quantiles_far_out(tail):
    np.testing.assert_allclose(tracy_widom.survival(tracy_widom.upper_quantile(tail)), tail, rtol=1e-10)
    np.testing.assert_allclose(tracy_widom.cdf(tracy_widom.quantile(tail)), tail, rtol=1e-10)
    if tail > 1e-12:
        np.testing.assert_allclose(
            tracy_widom.quantile(1 - tail), tracy_widom.upper_quantile(tail), rtol=1e-7
        )


def test_outside_the_range():
    far = [-1e300, -1e3, -40.0, 120.0, 1e3, 1e300]
    assert tracy_widom.cdf(far).tolist() == [0.0] * 3 + [1.0] * 3
    assert tracy_widom.survival(far).tolist() == [1.0] * 3 + [0.0] * 3
    assert tracy_widom.complex_cdf(far).tolist() == [0.0] * 3 + [1.0] * 3
    assert tracy_widom.complex_survival(far).tolist() == [1.0] * 3 + [0.0] * 3
    assert tracy_widom.pdf(far).tolist() == [0.0] * 6


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
        (lambda: tracy_widom.upper_quantile(0.0), "tail"),
        (lambda: tracy_widom.survival(np.inf), "s must"),
        (lambda: tracy_widom.scaling(0, 5), "dim"),
    ],
)
def test_bad_input(call, named):
    with pytest.raises(ValueError, match=named):
        call()
