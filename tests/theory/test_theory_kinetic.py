"""Kinetic optimal paths against SciPy, integrals over Marchenko–Pastur laws, paths walked step by step."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy import integrate, stats

from lingen.models import population
from lingen.theory import kinetic

TWO = population.atoms([0.2, 1.8])
PHI = kinetic.angles()
QUARTER = np.pi / 2


def two_points(phi):
    """K of ±1 by quadrature."""
    s = np.tan(phi)
    hidden, _ = integrate.quad(
        lambda g: stats.norm.pdf(g) / np.cosh(s * s + s * g) ** 2, -9, 9, epsabs=1e-14, limit=200, points=[-s]
    )
    return 1 - (1 + s * s) * hidden


def test_the_sum_rule_is_the_entropy():
    by_parts, _ = integrate.quad(lambda s: s * (1 - two_points(np.arctan(s))) / (1 + s * s), 0, 8, limit=200)
    assert by_parts == pytest.approx(np.log(2), rel=1e-7)
    assert kinetic.sum_rule([1.0, 1.0], 1) == pytest.approx(np.log(2))
    assert kinetic.sum_rule([1.0, 3.0, 0.0], 4) == pytest.approx(stats.entropy([0.25, 0.75]) / 4)
    assert kinetic.sum_rule([5.0], 3) == 0.0
    assert kinetic.sum_rule([1e-300, 1e-300], 1) == pytest.approx(np.log(2))


def test_energies_of_two_points():
    found = kinetic.energies(kinetic.two_points(PHI))
    length, _ = integrate.quad(lambda phi: np.sqrt(max(two_points(phi), 0.0)), 0.02, 1.49, epsabs=1e-9)
    area, _ = integrate.quad(two_points, 0.0, 1.49, epsabs=1e-9)
    # below √K = √(2/3) s³, above K = 1
    length += np.sqrt(2 / 3) * 0.02**4 / 4 + QUARTER - 1.49
    area += QUARTER - 1.49
    expected = [4 * np.sin(length / 2) ** 2, 2 - QUARTER + area, length**2, QUARTER * area]
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    np.testing.assert_allclose(kinetic.two_points(1.2), two_points(1.2), rtol=1e-9)
    np.testing.assert_allclose(kinetic.energies(kinetic.two_points(kinetic.angles(65))), found, rtol=1e-5)


@pytest.mark.parametrize(
    ("values", "weights"),
    [([0.2, 1.8], [0.5, 0.5]), ([0.5, 3.0], [0.8, 0.2]), ([0.1, 1.0, 4.0], [0.5, 0.3, 0.2])],
)
def test_gaussian_data(values, weights):
    sigma, weight = np.asarray(values), np.asarray(weights)
    sigma = sigma / (weight @ sigma)
    law = population.atoms(values, weights)

    def length(phi):
        inside = np.cos(phi) ** 2 + sigma * np.sin(phi) ** 2
        return np.sqrt(max(weight @ ((1 - sigma) / inside) * np.cos(phi) ** 2, 0.0))

    found = kinetic.gaussian(law)
    phi_1, _ = integrate.quad(length, 0, QUARTER, epsabs=1e-11)
    root = weight @ np.sqrt(sigma)
    assert found.preserving == pytest.approx(phi_1**2, rel=1e-8)
    assert found.conditional == pytest.approx(2 - QUARTER * root, rel=1e-10)
    transport = 2 * (1 - root)
    if len(values) == 2:
        assert found.optimal == pytest.approx(transport, rel=1e-9)
    else:
        assert transport * 1.001 < found.optimal < found.preserving
    s = np.array([0.0, 0.7, 3.0])
    known = (s[:, None] ** 2 * sigma**2 / (1 + s[:, None] ** 2 * sigma)) @ weight
    np.testing.assert_allclose(kinetic.separation(law, s), known, rtol=1e-12)
    np.testing.assert_allclose(
        kinetic.metric(known, s), kinetic.gaussian_metric(law, np.arctan(s)), rtol=1e-9, atol=1e-15
    )


@pytest.mark.parametrize("load", [0.5, 1.0, 2.0, 8.0])
def test_the_learnt_law_against_marchenko_pastur(load, reference):
    law, phi = reference.marchenko_pastur(load), np.linspace(0.05, 1.5, 7)
    hidden = np.array([law.mean(law.x / (1 + np.tan(f) ** 2 * law.x))[0] for f in phi])
    expected = 1 - hidden / np.cos(phi) ** 2
    isotropic = population.isotropic(3.0)
    np.testing.assert_allclose(kinetic.gaussian_metric(isotropic, phi, load), expected, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(
        kinetic.gaussian(isotropic, load).conditional, 2 - QUARTER * law.mean(np.sqrt(law.x))[0], rtol=1e-6
    )


def test_many_samples_are_the_truth():
    np.testing.assert_allclose(kinetic.gaussian(TWO, 1e9), kinetic.gaussian(TWO), rtol=1e-6)
    np.testing.assert_array_equal(kinetic.gaussian(population.isotropic())[::2], [0.0, 0.0])
    assert np.all(np.isfinite(np.stack(kinetic.gaussian(population.isotropic(), [1e-6, 1e-3, 0.1, 1e12]))))


def test_random_points_at_a_dimension_and_in_the_limit():
    phi = np.linspace(1e-9, QUARTER - 1e-9, 400001)
    known = stats.norm.cdf(np.sqrt(56) / np.sin(phi) * (-np.log(np.cos(phi)) - 0.2))
    length, area = np.trapezoid(np.sqrt(known), phi), np.trapezoid(known, phi)
    expected = [4 * np.sin(length / 2) ** 2, 2 - QUARTER + area, length**2, QUARTER * area]
    np.testing.assert_allclose(kinetic.random_points(0.2, 56), expected, rtol=1e-8)
    load = np.array([1e-9, 0.2, 3.0, 700.0])
    limit = kinetic.random_points(load)
    np.testing.assert_allclose(limit.optimal[:3], 2 - 2 * np.sqrt(1 - np.exp(-2 * load[:3])), rtol=1e-9)
    np.testing.assert_allclose(kinetic.random_points(load[1:3], 1e12), np.stack(limit)[:, 1:3], rtol=1e-4)
    assert np.all(np.isfinite(np.stack(kinetic.random_points(load, 8))))
    np.testing.assert_allclose(kinetic.random_metric(0.2, [0.0, 0.5, QUARTER]), [0.0, 0.0, 1.0])


def test_the_schedule_walks_the_chord():
    """At 4000 times, the energy of each step by the regression of x₁ and x₀ on X, mode by mode."""
    times = np.sin(np.linspace(0, QUARTER, 4001)) ** 2
    a, m = (np.asarray(part) for part in kinetic.schedule(kinetic.gaussian_metric(TWO, PHI), times))
    np.testing.assert_allclose([a[0], a[-1], m[0], m[-1]], [0, 1, 1, 0], atol=1e-12)
    assert np.all(np.diff(a) > 0)
    assert np.all(np.diff(m) < 0)
    steps, sigma = np.diff(times)[:, None], np.array([0.2, 1.8])
    middle, noise = ((part[1:] + part[:-1])[:, None] / 2 for part in (a, m))
    speed = (middle * np.diff(a)[:, None] / steps * sigma + noise * np.diff(m)[:, None] / steps) ** 2
    energy = np.sum(steps * speed / (middle**2 * sigma + noise**2)) / 2
    assert energy == pytest.approx(2 - np.sqrt(0.2) - np.sqrt(1.8), rel=1e-5)


def test_the_schedule_at_its_ends():
    straight = kinetic.schedule(np.ones(513), [0.0, 0.3, 1.0])
    np.testing.assert_allclose(straight, [[0.0, 0.3, 1.0], [1.0, 0.7, 0.0]], atol=1e-5)
    free = kinetic.schedule(np.zeros(513), [0.0, 0.5, 1.0])
    np.testing.assert_allclose(np.hypot(*free), 1.0)


@pytest.mark.slow
def test_slopes():
    slope = jax.jit(jax.grad(lambda load: kinetic.gaussian(population.isotropic(), load).optimal))(1.5)
    low, high = kinetic.gaussian(population.isotropic(), np.array([1.4999, 1.5001])).optimal
    assert slope == pytest.approx(float(high - low) / 2e-4, rel=1e-6)
    slope = jax.jit(jax.grad(lambda load: kinetic.random_points(load, 32.0).conditional))(0.2)
    low, high = kinetic.random_points(np.array([0.1999, 0.2001]), 32.0).conditional
    assert slope == pytest.approx(float(high - low) / 2e-4, rel=1e-6)
    flat = jax.jit(jax.grad(lambda law: kinetic.gaussian(law).optimal))(population.isotropic())
    assert np.all(np.isfinite(flat.eigenvalues))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kinetic.sum_rule([1e-320, 1e-320], 2), "weights must hold at least one positive number"),
        (lambda: kinetic.sum_rule([0.0, 0.0], 2), "weights must hold at least one positive number"),
        (lambda: kinetic.energies(np.ones(8)), "metric must have at least 17 angles"),
        (lambda: kinetic.energies(np.full(17, 1.5)), "metric must be between 0 and 1, got 1.5"),
        (lambda: kinetic.schedule(np.ones(17), 1.2), "times must be between 0 and 1, got 1.2"),
        (lambda: kinetic.separation(TWO, -1.0), "s must be at least 0 and finite, got -1"),
        (lambda: kinetic.random_points(0.0), "load must be positive"),
        (lambda: kinetic.random_points(0.1, 0.5), "dim must be at least 1 and finite, got 0.5"),
        (lambda: kinetic.gaussian_metric(TWO, 2.0), "angle must be between 0 and 1.5708, got 2"),
    ],
)
def test_wrong_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
