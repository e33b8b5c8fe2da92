"""Shifts and variances of linear spectral statistics: closed forms, exact Wishart moments, drawn matrices."""

from __future__ import annotations

from math import comb

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lingen.models import population
from lingen.theory.spectrum import linear_statistics

ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 10.0])
POWER = population.power_law(1.5, 50)


def power_shift(r: int, c: float) -> float:
    """Bai & Silverstein 2004, equation 1.23."""
    ends = ((1 - c**0.5) ** (2 * r) + (1 + c**0.5) ** (2 * r)) / 4
    return ends - sum(comb(r, j) ** 2 * c**j for j in range(r + 1)) / 2


def power_covariance(r: int, s: int, c: float) -> float:
    """Bai & Silverstein 2004, equation 1.24."""
    total = 0.0
    for i in range(r):
        for j in range(s + 1):
            inner = sum(
                k * comb(2 * r - 1 - i - k, r - 1) * comb(2 * s - 1 - j + k, s - 1)
                for k in range(1, r - i + 1)
            )
            total += comb(r, i) * comb(s, j) * ((1 - c) / c) ** (i + j) * inner
    return 2 * c ** (r + s) * total


@pytest.mark.parametrize("load", [0.3, 1.7, 12.0])
def test_isotropic_powers(load: float) -> None:
    for r in (1, 2, 4):
        found = linear_statistics.fluctuations(ISOTROPIC, load, lambda x, r=r: x**r)
        np.testing.assert_allclose(found.shift, power_shift(r, 1 / load), rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(found.variance, power_covariance(r, r, 1 / load), rtol=1e-11)
    joint = linear_statistics.covariance(ISOTROPIC, load, lambda x: x, lambda x: x**3)
    np.testing.assert_allclose(joint, power_covariance(1, 3, 1 / load), rtol=1e-11)


@pytest.mark.parametrize("bulk", [ISOTROPIC, TWO_ATOMS, POWER])
@pytest.mark.parametrize("load", [1.01, 1.3, 50.0])
def test_log_determinant_does_not_see_the_population(bulk: population.Population, load: float) -> None:
    found = linear_statistics.fluctuations(bulk, load, jnp.log, 0.0)
    np.testing.assert_allclose(found.shift, np.log(1 - 1 / load) / 2, rtol=1e-11)
    np.testing.assert_allclose(found.variance, -2 * np.log(1 - 1 / load), rtol=1e-11)


@pytest.mark.parametrize("bulk", [TWO_ATOMS, POWER, population.atoms([0.0, 1.0, 3.0], [0.3, 0.3, 0.4])])
@pytest.mark.parametrize("load", [0.2, 1.0, 6.0])
def test_traces_are_the_exact_wishart_moments(bulk: population.Population, load: float) -> None:
    """Var tr S = 2 tr Σ²/n and E tr S² = tr Σ²(1 + 1/n) + tr(Σ)²/n at every size."""
    square = float(bulk.moment(2.0)) / load
    one = linear_statistics.fluctuations(bulk, load, lambda x: x)
    np.testing.assert_allclose(one, [0.0, 2 * square], rtol=1e-12, atol=1e-13)
    two = linear_statistics.fluctuations(bulk, load, lambda x: x**2)
    np.testing.assert_allclose(two.shift, square, rtol=1e-12)


@pytest.mark.parametrize("load", [0.5, 4.0])
def test_drawn_traces_of_roots(load: float) -> None:
    """Var Σ√λ of matrices; the covariance with tr S, whose variance is exact, controls it."""
    dim, draws, rng = 60, 1500, np.random.default_rng(6)
    spectrum, found = np.repeat([10.0, 1.0], dim // 2), []
    for _ in range(draws):
        x = rng.standard_normal((round(load * dim), dim)) * np.sqrt(spectrum)
        values = np.linalg.svd(x, compute_uv=False) / np.sqrt(len(x))
        found.append([values.sum(), np.sum(values**2)])
    drawn = np.cov(np.array(found).T)
    predicted = linear_statistics.fluctuations(TWO_ATOMS, load, jnp.sqrt, 0.0).variance
    joint = linear_statistics.covariance(TWO_ATOMS, load, jnp.sqrt, lambda x: x, 0.0)
    noise = 5 * np.sqrt(2 / draws)  # of a variance, relative; what is left is of order 1/d
    assert drawn[0, 0] == pytest.approx(float(predicted), rel=noise + 2 / dim)
    assert drawn[0, 1] == pytest.approx(float(joint), rel=noise + 2 / dim)


def test_derivatives_and_shapes() -> None:
    def variance(load: float) -> jax.Array:
        return linear_statistics.fluctuations(POWER, load, jnp.log, 0.0).variance

    np.testing.assert_allclose(jax.jit(jax.grad(variance))(2.0), -1.0, rtol=1e-10)  # of −2 log(1 − 1/γ)
    loads = jnp.asarray([[1.5], [2.0]])
    whole = linear_statistics.fluctuations(POWER, loads, jnp.log, 0.0)
    assert whole.shift.shape == (2, 1)
    np.testing.assert_allclose(jax.jit(jax.vmap(variance))(loads[:, 0]), whole.variance[:, 0], rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linear_statistics.fluctuations(ISOTROPIC, -1.0, jnp.sin), "load must be positive"),
        (lambda: linear_statistics.fluctuations(ISOTROPIC, 1e100, jnp.sin), "load must be between"),
        (
            lambda: linear_statistics.fluctuations(ISOTROPIC, 2.0, jnp.log, -1.0),
            "singularity must be at least",
        ),
        (
            lambda: linear_statistics.fluctuations(ISOTROPIC, 1.0, jnp.log, 0.0),
            "singularity must be positive",
        ),
        (lambda: linear_statistics.fluctuations(ISOTROPIC, 1.0, jnp.log, np.nan), "singularity must be at"),
    ],
)
def test_bad_input_is_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
