"""Exponents and offsets that were planted come back."""

import jax.random as jr
import numpy as np
import pytest

from lingen.claims.inference import exponents
from lingen.claims.inference import grids as quadrature

SIZES = np.geomspace(10, 1000, 9)


@pytest.mark.parametrize(("exponent", "offset"), [(0.7, 0.25), (1.5, -1.0)])
def test_power_law_with_offset(exponent, offset):
    mean = offset + 3.0 * SIZES**-exponent
    error = 0.0005 * np.abs(mean).max() * np.ones(9)
    noisy = mean + error * np.random.default_rng(3).standard_normal(9)
    found = exponents.power_law(exponents.means(SIZES, noisy, error), jr.key(0), offset=True)
    assert found.posterior.sound, found.posterior.trouble
    for name, truth in (("exponent", exponent), ("offset", offset)):
        samples = found.posterior.flat(name)
        assert abs(samples.mean() - truth) < 5 * samples.std(), name
        assert samples.std() < 0.25 * abs(truth), name
    assert sum(found.weights.values()) == pytest.approx(1.0)
    curves = exponents.predicted(exponents.means(SIZES, noisy, error), found.posterior, SIZES, 200)
    assert np.abs(curves.mean(axis=0) - mean).max() < 3 * error[0]


def test_evidence_and_moments_are_those_of_a_plain_sum():
    """One law without ω, on a dense regular grid, by dense normal densities."""
    size = np.geomspace(0.1, 10, 8)
    mean = 0.8 * size**-0.6 + 0.2 + 0.003 * np.random.default_rng(0).standard_normal(8)
    points = quadrature.SizedMeans(size, mean, np.full(8, 0.003))
    law = quadrature.LAWS[1]
    grid = np.linspace(0.01, 4, 4001)
    edges = np.concatenate([[0], (quadrature.SCATTERS[1:] + quadrature.SCATTERS[:-1]) / 2, [np.inf]])
    shares = np.diff(2 / np.pi * np.arctan(edges / 0.003))
    total = np.zeros(grid.size)
    leading = 10.0 * size ** -grid[:, None]
    for scatter, share in zip(quadrature.SCATTERS, shares, strict=True):
        for width in quadrature.SCALES:
            noise = np.diag(0.003**2 + (scatter * mean) ** 2) + width**2
            covariance = leading[:, :, None] * leading[:, None, :] + noise
            solved = np.linalg.solve(covariance, np.broadcast_to(mean[:, None], (grid.size, 8, 1)))[..., 0]
            total += share / 4 * np.exp(-0.5 * (solved @ mean + np.linalg.slogdet(2 * np.pi * covariance)[1]))
    found = quadrature.posterior(law, points)
    step = grid[1] - grid[0]
    assert found.evidence == pytest.approx(np.log(total.sum() * step / 3.99), abs=0.01)
    drawn = quadrature.draw(found, np.random.default_rng(0), 20_000)[0]
    centre = np.sum(total * grid) / total.sum()
    assert drawn.mean() == pytest.approx(centre, abs=0.02 * drawn.std())
    assert drawn.std() == pytest.approx(np.sqrt(np.sum(total * (grid - centre) ** 2) / total.sum()), rel=0.02)


@pytest.mark.parametrize(
    ("mean", "words"),
    [
        (np.exp(-SIZES / 150), "an exponential has weight 1 "),
        (SIZES**-0.5 * (1 + 0.1 * np.cos(2 * np.log(SIZES))), "scatter by"),
        (1 / (1 + SIZES / 30), "scatter by"),
    ],
)
def test_data_that_are_no_power_are_not_believed(mean, words):
    error = 0.002 * mean
    noisy = mean + error * np.random.default_rng(0).standard_normal(9)
    found = exponents.power_law(exponents.means(SIZES, noisy, error), jr.key(0)).posterior
    assert not found.sound
    assert words in found.trouble


def test_a_known_order_is_kept_and_laws_are_named():
    mean = SIZES**-0.75 * (1 - 0.7 * SIZES**-0.25)
    data = exponents.means(SIZES, mean, 0.001 * mean)
    found = exponents.power_law(data, jr.key(0), laws=("correction",), order=0.25, correction=True).posterior
    assert np.all(found.flat("correction_exponent") == 0.25)
    assert abs(found.flat("exponent").mean() - 0.75) < 2 * found.flat("exponent").std()
    with pytest.raises(ValueError, match="laws must be of power, offset"):
        exponents.power_law(data, jr.key(0), laws=("cubic",))
    with pytest.raises(ValueError, match="laws must have one with an exponent"):
        exponents.power_law(data, jr.key(0), laws=("exponential",))
    with pytest.raises(ValueError, match="order must be positive"):
        exponents.power_law(data, jr.key(0), order=0.0)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"size": SIZES - 10}, "size must be positive"),
        ({"error": np.zeros(9)}, "error must be positive"),
        ({"mean": np.ones(8)}, "one length"),
        ({"size": np.ones(9)}, "size must take at least 5"),
    ],
)
def test_refuses_data_without_a_scale(changed, words):
    given = {"size": SIZES, "mean": np.ones(9), "error": np.ones(9)}
    with pytest.raises(ValueError, match=words):
        exponents.means(**given | changed)
