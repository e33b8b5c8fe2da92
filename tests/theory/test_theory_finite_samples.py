"""Distances of finite samples against SciPy's quadrature, Gamma functions and draws in NumPy."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy import integrate, special, stats

from lingen.models import population
from lingen.theory import finite_samples

ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 10.0])


@pytest.mark.parametrize(
    ("one", "two"), [(1.0, 1.0), (2.0, 8.0), (0.5, 0.5), (0.5, 2.0), (0.3, 0.31), (1.0001, 5.0)]
)
def test_fid_against_quadrature(one, two):
    end = min(1.0, one, two)

    def integrand(root):
        v = root**2
        return 2 * np.sqrt(max(1 - v, 0) * max(1 - v / one, 0) * max(1 - v / two, 0))

    shared, _ = integrate.quad(integrand, 0, np.sqrt(end), epsabs=1e-13, limit=300)
    expected = 2 - 4 / np.pi * shared
    assert finite_samples.fid(one, two) == pytest.approx(expected, rel=1e-7)
    assert finite_samples.fid(two, one) == pytest.approx(expected, rel=1e-7)


def test_fid_of_equal_samples_is_linear_in_one_over_n():
    load = np.array([1.0, 1.5, 7.0, 1e9])
    np.testing.assert_allclose(finite_samples.fid(load), 0.5 / load, rtol=1e-9)
    np.testing.assert_allclose(finite_samples.fid(load[1:3], 1e12), _to_truth(load[1:3]), rtol=1e-6)
    assert jax.jit(jax.grad(finite_samples.fid))(2.0) == pytest.approx(-0.125, rel=1e-9)
    few = finite_samples.fid(np.array([1e-6, 1e-3]))
    assert np.all((few > 1.9) & (few < 2.0))


def _to_truth(load):
    return 2 - 2 * special.hyp2f1(-0.5, 0.5, 2, 1 / load)


def test_fid_of_many_samples_against_draws():
    """d = 3, n = 400: nuclear norms of X₁X₂ᵀ in NumPy."""
    rng, sigma, n = np.random.default_rng(2), np.array([4.0, 1.0, 0.25]), 400
    law = population.atoms(sigma)
    total = np.zeros(1500)
    with_means = np.zeros(1500)
    for k in range(total.size):
        x, y = (rng.normal(size=(n, 3)) * np.sqrt(sigma) for _ in range(2))
        total[k] = _bures(x.T @ x / n, y.T @ y / n)
        with_means[k] = _bures(np.cov(x.T), np.cov(y.T)) + np.sum((x.mean(0) - y.mean(0)) ** 2)
    for values, mean in ((total, False), (with_means, True)):
        found = float(finite_samples.fid_first_order(law, 3, n, mean=mean))
        assert found == pytest.approx(values.mean(), abs=4 * values.std() / np.sqrt(1500) + 0.002 * found)
    half = finite_samples.fid_first_order(law, 3, n, 1e15)
    assert half == pytest.approx(float(finite_samples.fid_first_order(law, 3, n)) / 2, rel=1e-9)


def _bures(a, b):
    values, vectors = np.linalg.eigh(a)
    root = vectors * np.sqrt(values)
    return np.trace(a) + np.trace(b) - 2 * np.sqrt(np.maximum(np.linalg.eigvalsh(root.T @ b @ root), 0)).sum()


@pytest.mark.parametrize("samples", [1, 2, 50, 199, 201, 5000])
def test_sliced_is_the_mean_of_a_root_of_chi_square(samples):
    mean = stats.chi(samples).mean() / np.sqrt(samples)  # SciPy keeps about 1e-11 of it at n = 5000
    expected = pytest.approx(11.0 * (1 - mean), rel=1e-8, abs=1e-10)
    assert finite_samples.sliced(TWO_ATOMS, 4, samples) == expected
    other = stats.chi(7).mean() / np.sqrt(7)
    between = finite_samples.sliced(TWO_ATOMS, 4, samples, 7)
    assert between == pytest.approx(11.0 * (1 - mean * other), rel=1e-9)


def test_sliced_of_very_many_samples():
    assert finite_samples.sliced(ISOTROPIC, 4, 1e12) == pytest.approx(0.5e-12, rel=1e-9)


@pytest.mark.parametrize(("samples", "width"), [(1, 0.7), (3, 2.0), (40, 3.0)])
def test_mmd_against_quadrature(samples, width):
    """E over r ~ χ²_n/n of the gap of three kernels, in four dimensions of two variances."""
    sigma = np.array([1.0, 1.0, 10.0, 10.0])

    def kernel(v):
        return np.prod(1 + v * sigma / width**2) ** -0.5

    def integrand(root):
        r = root**2
        gap = kernel(2.0) + kernel(2 * r) - 2 * kernel(1 + r)
        return gap * stats.chi2(samples).pdf(samples * r) * samples * 2 * root

    expected, _ = integrate.quad(integrand, 1e-12, 8.0, limit=400, epsabs=1e-13)
    assert finite_samples.mmd(TWO_ATOMS, 4, samples, width) == pytest.approx(expected, rel=1e-7)


def test_mmd_in_many_dimensions_is_blind_to_them():
    n = np.array([1.0, 10.0, 50.0])
    limit = np.exp(-1) + (1 + 2 / n) ** (-n / 2) - 2 * np.exp(-0.5) * (1 + 1 / n) ** (-n / 2)
    far = finite_samples.mmd(ISOTROPIC, 100_000, n, 100_000**0.5)
    np.testing.assert_allclose(far, limit, rtol=1e-3)
    assert finite_samples.mmd(ISOTROPIC, 8, 5, [1e-100, 1e100]).tolist() == [0.0, 0.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: finite_samples.fid(0.0), "load must be positive"),
        (lambda: finite_samples.fid(1.0, -1.0), "other must be positive"),
        (lambda: finite_samples.fid_first_order(ISOTROPIC, 3, 1, mean=True), "samples must be at least 2"),
        (lambda: finite_samples.sliced(ISOTROPIC, 3, 0.5), "samples must be at least 1"),
        (lambda: finite_samples.mmd(ISOTROPIC, 3, 5, 0.0), "width must be positive"),
    ],
)
def test_wrong_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
