"""Soft and hard edges of S: published scalings, closed laws, and eigenvalues of drawn matrices."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import kstest

from lingen.models import population
from lingen.theory.edge import hard_edge, soft_edge, tracy_widom

ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 10.0])
POWER = population.power_law(1.5, 60)
MEAN, VARIANCE = -1.2065335745820, 1.607781034581  # of the Tracy–Widom law, β = 1 (Bornemann 2010)


def extremes(spectrum: np.ndarray, samples: int, draws: int, seed: int) -> np.ndarray:
    """The smallest eigenvalue that is not 0 and the largest one, of each draw."""
    rng, found = np.random.default_rng(seed), []
    for _ in range(draws):
        x = rng.standard_normal((samples, spectrum.size)) * np.sqrt(spectrum)
        small = x @ x.T if samples < spectrum.size else x.T @ x
        found.append(np.linalg.eigvalsh(small / samples)[[0, -1]])
    return np.array(found)


@pytest.mark.parametrize("samples", [40, 100, 700])
def test_isotropic_upper_edge_is_johnstones(samples: int) -> None:
    expected = tracy_widom.scaling(100, samples)
    np.testing.assert_allclose(soft_edge.upper(ISOTROPIC, 100, samples), expected, rtol=1e-11)


@pytest.mark.parametrize("samples", [40, 700])
def test_isotropic_lower_edge_is_that_of_feldheim_and_sodin(samples: int) -> None:
    # n λ_min ≈ (√n−√d)² − |√n−√d| |1/√d−1/√n|^{1/3} s
    n, d = samples - 0.5, 99.5
    width = abs(n**0.5 - d**0.5)
    expected = [width**2 / samples, width * abs(d**-0.5 - n**-0.5) ** (1 / 3) / samples]
    np.testing.assert_allclose(soft_edge.lower(ISOTROPIC, 100, samples), expected, rtol=1e-10)


@pytest.mark.parametrize("bulk", [TWO_ATOMS, POWER])
@pytest.mark.parametrize("samples", [50, 100, 900])
def test_the_formulas_of_el_karoui(bulk: population.Population, samples: int) -> None:
    """μ = (1 + r∫λc/(1−λc))/c, σ³ = (1 + r∫(λc/(1−λc))³)/c³, r∫(λc/(1−λc))² = 1, r = d/n."""
    sigma, weight = np.asarray(bulk.eigenvalues), np.asarray(bulk.weights)
    n, d = samples - 0.5, 99.5

    def integral(c: float, power: int) -> float:
        return d / n * weight @ (sigma * c / (1 - sigma * c)) ** power

    c = brentq(lambda c: integral(c, 2) - 1, 1e-12, (1 - 1e-12) / sigma.max(), xtol=1e-15, rtol=1e-14)
    place, width = (1 + integral(c, 1)) / c, np.cbrt((1 + integral(c, 3)) / c**3)
    expected = np.array([place, n ** (-2 / 3) * width]) * n / samples
    np.testing.assert_allclose(soft_edge.upper(bulk, 100, samples), expected, rtol=1e-9)


@pytest.mark.parametrize("samples", [64, 480])
def test_edges_of_drawn_matrices_follow_tracy_widom(samples: int) -> None:
    draws = 800
    drawn = extremes(np.repeat([10.0, 1.0], 80), samples, draws, samples)
    low, high = soft_edge.lower(TWO_ATOMS, 160, samples), soft_edge.upper(TWO_ATOMS, 160, samples)
    top = (drawn[:, 1] - high.location) / high.scale
    bottom = (low.location - drawn[:, 0]) / low.scale
    error = np.sqrt(VARIANCE / draws)
    # what is left is of order d^{−2/3} = 0.034 at the top, d^{−1/3} = 0.18 at the bottom
    assert abs(top.mean() - MEAN) < 4 * error + 2 * 160 ** (-2 / 3)
    assert abs(bottom.mean() - MEAN) < 4 * error + 160 ** (-1 / 3)
    assert top.var() == pytest.approx(VARIANCE, rel=4 * np.sqrt(2 / draws) + 160 ** (-1 / 3))
    assert bottom.var() == pytest.approx(VARIANCE, rel=4 * np.sqrt(2 / draws) + 2 * 160 ** (-1 / 3))


def test_soft_edges_differentiate_under_jit() -> None:
    step = 1e-3
    for function in (soft_edge.upper, soft_edge.lower):
        for field in (0, 1):

            def one(n: float, function=function, field=field):
                return function(TWO_ATOMS, 100, n)[field]

            difference = (one(300 + step) - one(300 - step)) / (2 * step)
            np.testing.assert_allclose(jax.jit(jax.grad(one))(300.0), difference, rtol=1e-6)


def test_the_square_case_is_edelmans_law() -> None:
    values = extremes(np.ones(100), 100, 2000, 1)[:, 0] / float(hard_edge.scale(ISOTROPIC, 100, 100))
    assert kstest(values, lambda x: np.asarray(hard_edge.cdf(x))).statistic < 1.95 / np.sqrt(2000) + 0.01
    assert kstest(values, lambda x: np.asarray(hard_edge.cdf(x, 1))).statistic > 0.2  # not the other law
    spread = np.repeat([10.0, 1.0], 50)
    values = extremes(spread, 100, 2000, 2)[:, 0] / float(hard_edge.scale(TWO_ATOMS, 100, 100))
    assert kstest(values, lambda x: np.asarray(hard_edge.cdf(x))).statistic < 1.95 / np.sqrt(2000) + 0.01


def test_one_sample_more_is_exponential_at_every_size() -> None:
    source = population.atoms([1.0, 4.0, 9.0])
    values = extremes(np.array([9.0, 4.0, 1.0]), 4, 5000, 3)[:, 0] / float(hard_edge.scale(source, 3, 4))
    assert kstest(values, lambda x: np.asarray(hard_edge.cdf(x, 1))).statistic < 1.95 / np.sqrt(5000)


def test_hard_edge_laws_are_consistent() -> None:
    x = np.array([1e-12, 0.01, 1.0, 30.0, 1000.0])
    for excess in (0, 1):
        np.testing.assert_allclose(hard_edge.quantile(hard_edge.cdf(x[:3], excess), excess), x[:3], rtol=1e-9)
        slopes = jax.jit(jax.vmap(jax.grad(lambda x, e=excess: hard_edge.survival(x, e))))(x)
        np.testing.assert_allclose(hard_edge.pdf(x, excess), -slopes, rtol=1e-12)
    np.testing.assert_allclose(hard_edge.survival(x), np.exp(-x / 2 - np.sqrt(x)), rtol=1e-14)
    assert hard_edge.quantile(0.0) == 0.0
    assert np.isinf(hard_edge.quantile(1.0))
    # median of Edelman's law: x/2 + √x = log 2
    np.testing.assert_allclose(hard_edge.quantile(0.5), (np.sqrt(1 + 2 * np.log(2)) - 1) ** 2, rtol=1e-13)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: soft_edge.upper(ISOTROPIC, 0.5, 10), "dim must be one number above 1/2, got 0.5"),
        (lambda: soft_edge.upper(ISOTROPIC, 10, [1.0, 2.0]), "samples must be one number above 1/2"),
        (lambda: soft_edge.lower(ISOTROPIC, 10, 10), "samples must differ from the rank of Σ .*, got 10"),
        (
            lambda: hard_edge.scale(ISOTROPIC, 10, 12),
            "samples must be dim = 10 or one more .*, got 12",
        ),
        (lambda: hard_edge.scale(population.atoms([0.0, 1.0]), 10, 10), "positive eigenvalues"),
        (lambda: hard_edge.cdf(-1.0), "x must be at least 0"),
        (lambda: hard_edge.cdf(1.0, 2), "excess must be a whole number .*, got 2"),
        (lambda: hard_edge.quantile(1.5), "level must be between 0 and 1"),
    ],
)
def test_bad_input_is_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
