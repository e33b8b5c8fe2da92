"""Memorisation against quadrature on the host, closed forms and direct draws."""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import erf, gammaln
from scipy.stats import chi

from lingen.models import population
from lingen.models.filters import ridge
from lingen.theory import memorisation

ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 10.0])


def test_checked_values():
    np.testing.assert_allclose(memorisation.nearest_cosine([1, 2, 8]), [1.0, 0.9003, 0.6505], atol=5e-5)


@pytest.mark.parametrize("samples", [1, 2, 17, 400, 10**6])
def test_largest_normal_is_its_integral(samples):
    ends = (0.0, 3.0, 5.0, 12.0)
    parts = [
        quad(lambda t: 1 - erf(t / np.sqrt(2)) ** samples, a, b, epsabs=1e-13, limit=200)[0]
        for a, b in pairwise(ends)
    ]
    assert memorisation.largest_normal(samples) == pytest.approx(sum(parts), rel=1e-9)


@pytest.mark.parametrize("samples", [1, 2, 8, 1000])
@pytest.mark.parametrize("rho", [0.0, 1e-3, 0.5, 50.0])
def test_nearest_cosine_factorises_into_direction_and_length(samples, rho):
    """E max|u_i| · E‖g‖/√(‖g‖²+nρ), the second over the chi law."""
    length = np.exp(0.5 * np.log(2) + gammaln((samples + 1) / 2) - gammaln(samples / 2))
    low, high = np.sqrt(samples) + np.array([-9.0, 9.0])
    shrink, _ = quad(
        lambda r: chi.pdf(r, samples) * r / np.sqrt(r**2 + samples * rho),
        max(low, 0.0), high, epsabs=1e-12, limit=400,
        points=[min(0.5 * np.sqrt(rho), high)],
    )  # fmt: skip
    expected = float(memorisation.largest_normal(samples)) / length * shrink
    assert memorisation.nearest_cosine(samples, rho) == pytest.approx(expected, rel=1e-9)


def test_nearest_cosine_of_drawn_gaussians():
    g = np.random.default_rng(7).standard_normal((200_000, 5))
    drawn = np.abs(g).max(axis=1) / np.sqrt(np.sum(g**2, axis=1) + 5 * 0.4)
    error = drawn.std() / np.sqrt(drawn.size)
    assert abs(memorisation.nearest_cosine(5, 0.4) - drawn.mean()) < 5 * error


def test_isotropic_closed_forms():
    load = np.array([0.1, 1.0, 7.0])
    np.testing.assert_allclose(memorisation.cosine_variance(ISOTROPIC, load), 1 + 1 / load, rtol=1e-12)
    np.testing.assert_allclose(memorisation.fresh_variance(ISOTROPIC, load), 1.0, rtol=1e-12)
    ridged = memorisation.ratio(ISOTROPIC, load, ridge(0.5))
    np.testing.assert_allclose(ridged, 1 + 1 / load / 1.5, rtol=1e-12)


def test_two_atoms_by_wishart_moments():
    mean, second = 5.5, 50.5
    expected = (second + mean**2 / 0.5) / mean**2
    assert memorisation.cosine_variance(TWO_ATOMS, 0.5) == pytest.approx(expected, rel=1e-12)
    assert memorisation.fresh_variance(TWO_ATOMS, 0.5) == pytest.approx(second / mean**2, rel=1e-12)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0.1, 10.0), min_size=1, max_size=3), st.floats(0.05, 10.0), st.floats(0.01, 5.0))
def test_memorisation_fades_with_load_and_with_regularisation(values, load, rho):
    source = population.atoms(values)
    plain = memorisation.ratio(source, np.array([load, 2 * load]))
    assert plain[0] > plain[1] > 1
    assert 1 < memorisation.ratio(source, load, ridge(rho)) < plain[0]


def test_largest_cosine_is_scaled_by_the_variance():
    value = memorisation.largest_cosine(ISOTROPIC, 2.0, dim=100)
    expected = np.sqrt(1.5 / 100) * float(memorisation.largest_normal(200))
    assert value == pytest.approx(expected, rel=1e-12)


def test_gumbel_mean_approaches_the_exact_one():
    samples = np.array([1e2, 1e4, 1e8])
    law = memorisation.gumbel(samples)
    gap = np.abs(law.location + np.euler_gamma * law.scale - memorisation.largest_normal(samples))
    assert gap[2] < gap[1] < gap[0] < 0.05
    np.testing.assert_allclose(samples * (1 - erf(law.location / np.sqrt(2))), 1.0, rtol=1e-6)


def test_gradient_agrees_with_differences():
    def cosine(rho):
        return memorisation.nearest_cosine(6.0, rho)

    difference = (cosine(0.5 + 1e-6) - cosine(0.5 - 1e-6)) / 2e-6
    assert jax.jit(jax.grad(cosine))(0.5) == pytest.approx(float(difference), rel=1e-7)

    def largest(load):
        return memorisation.largest_cosine(TWO_ATOMS, load, dim=50)

    difference = (largest(0.8 + 1e-6) - largest(0.8 - 1e-6)) / 2e-6
    assert jax.jit(jax.grad(largest))(0.8) == pytest.approx(float(difference), rel=1e-7)


def test_transformations_agree_and_a_curve_is_one_call():
    load = np.geomspace(0.1, 50.0, 1000)
    eager = memorisation.predict(TWO_ATOMS, load, dim=64)
    jitted = jax.jit(lambda x: memorisation.predict(TWO_ATOMS, x, dim=64))(load)
    mapped = jax.jit(jax.vmap(lambda x: memorisation.predict(TWO_ATOMS, x, dim=64)))(jnp.asarray(load))
    for leaf, one, two in zip(eager, jitted, mapped, strict=True):
        assert leaf.shape == (1000,)
        np.testing.assert_allclose(one, leaf, rtol=1e-12)
        np.testing.assert_allclose(two, leaf, rtol=1e-12)


def test_without_a_dimension_the_nearest_cosine_is_its_limit():
    assert memorisation.predict(ISOTROPIC, 2.0).nearest_cosine == 0.0
    assert memorisation.predict(population.power_law(1.0, 64), 2.0).nearest_cosine > 0.1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: memorisation.nearest_cosine(0), "samples must be positive"),
        (lambda: memorisation.nearest_cosine(0.5), "samples must be at least 1, got 0.5"),
        (lambda: memorisation.nearest_cosine(2, -1.0), "regularisation must be at least 0"),
        (lambda: memorisation.gumbel(1), "samples must be at least 2, got 1"),
        (lambda: memorisation.cosine_variance(ISOTROPIC, 0.0), "load must be positive"),
        (lambda: memorisation.largest_cosine(ISOTROPIC, 1.0), "dim must be given"),
        (lambda: memorisation.largest_cosine(ISOTROPIC, 0.001, dim=10), "load must give at least one sample"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
