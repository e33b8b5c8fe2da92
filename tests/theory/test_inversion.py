"""The population behind a sample: planted spectra, drawn and diagonalised by NumPy alone."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy.stats import wasserstein_distance

import lingen as lg
from lingen.theory import convergence
from lingen.theory.inversion.equation import equation, stacked
from lingen.theory.inversion.noise import residual_covariance

PLANTED = {
    "identity": lambda d: np.ones(d),
    "two atoms": lambda d: np.repeat([3.0, 1.0], [d // 2, d - d // 2]),
    "power law": lambda d: np.arange(1.0, d + 1) ** -0.5,
    "spikes": lambda d: np.concatenate([[10.0, 6.0, 4.0, 1.8, 1.4], np.ones(d - 5)]),
    "spikes on both sides": lambda d: np.concatenate([[8.0, 1.5], np.ones(d - 5), [0.3, 0.1, 0.03]]),
    "dead half": lambda d: np.repeat([1.0, 0.0], [d - d // 2, d // 2]),
}


def sample(spectrum, count, seed):
    """Eigenvalues, in decreasing order, of the covariance of Gaussian samples whose mean is known to be 0."""
    rows = np.random.default_rng(seed).standard_normal((count, spectrum.size)) * np.sqrt(spectrum)
    small = rows.T @ rows if count >= spectrum.size else rows @ rows.T
    values = np.maximum(np.linalg.eigvalsh(small / count), 0.0)[::-1]
    return np.pad(values, (0, spectrum.size - values.size))


def agreement(spectrum, load):
    return float(convergence.overlap(lg.population.atoms(spectrum), load))


def improved(planted, dim, load, seed):
    """W₁ of the estimate over W₁ of the sample, and q at 4N over the truth."""
    truth = PLANTED[planted](dim)
    seen = sample(truth, round(load * dim), seed)
    found = lg.population.from_spectrum(seen, samples=float(round(load * dim)))
    distance = [wasserstein_distance(truth, values) for values in (np.asarray(found.eigenvalues), seen)]
    assert found.dim == dim
    assert float(found.moment(1.0)) == pytest.approx(seen.mean(), rel=1e-9)
    return distance[0] / distance[1], agreement(np.asarray(found.eigenvalues), 4 * load) / agreement(
        truth, 4 * load
    )


@pytest.mark.parametrize("load", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("planted", PLANTED)
def test_the_estimate_is_three_times_closer_and_tells_convergence(planted, load):
    closer, q = improved(planted, 240, load, seed=1)
    assert closer < 1 / 3
    assert q == pytest.approx(1.0, abs=0.01)


@pytest.mark.slow
@pytest.mark.parametrize("dim", [400, 1000])
@pytest.mark.parametrize("load", [1 / 3, 0.5, 1.0, 2.0, 3.0])
@pytest.mark.parametrize("planted", PLANTED)
def test_real_sizes_and_several_seeds(planted, load, dim):
    for seed in range(3):
        closer, q = improved(planted, dim, load, seed)
        assert closer < 1 / 3
        assert q == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("load", [0.5, 3.0])
def test_the_noise_is_that_of_samples(load):
    truth, count = PLANTED["two atoms"](80), round(80 * load)
    population = lg.population.atoms([3.0, 1.0])
    read = equation(sample(truth, count, 0), float(count))
    expected = np.sqrt(np.diag(residual_covariance(population, float(count), 80, read.z)))
    seen = []
    for seed in range(200):
        values = sample(truth, count, seed)
        ell = -count / ((1.0 / (values - read.z[:, None])).sum(axis=1) - (count - 80) / read.z)
        terms = ell[:, None] / (ell[:, None] - np.array([3.0, 1.0])) @ np.array([1.5, 0.5])
        seen.append(stacked(read.z - ell - terms * 80 / count))
    ratio = np.std(seen, axis=0) / expected  # of 200 draws to 5 %, and at d = 80 as much of the next order
    assert np.median(ratio) == pytest.approx(1.0, abs=0.08)
    assert 0.6 < ratio.min() <= ratio.max() < 1.6


def test_the_fit_tells_a_spectrum_that_no_population_has():
    honest = lg.population.estimate(np.random.default_rng(0).standard_normal((300, 60)))
    equal = lg.population.from_spectrum(np.ones(60), samples=60.0)  # as sharp as no 60 samples leave it
    assert 0.2 < honest.misfit < 2.0
    assert equal.misfit > 5.0
    assert honest.samples == 299.0


def test_replicates_tell_the_error():
    truth = PLANTED["power law"](120)
    found = [lg.population.from_spectrum(sample(truth, 120, seed), 120.0) for seed in range(12)]
    q = np.array([agreement(np.asarray(p.eigenvalues), 4.0) for p in found])
    told = np.mean([np.std([agreement(r, 4.0) for r in p.replicates[:8]], ddof=1) for p in found[:4]])
    assert 1 / 3 < told / q.std(ddof=1) < 3  # twelve samples tell their spread to 20 %, eight to 25 %


def test_mean_and_unit():
    rows = np.random.default_rng(2).standard_normal((90, 60)) * np.arange(1.0, 61) ** -0.5
    found = lg.population.estimate(rows)
    moved = lg.population.estimate(1e30 * (rows + 7.0))
    np.testing.assert_allclose(moved.eigenvalues / 1e60, found.eigenvalues, rtol=1e-2)
    values = np.linalg.eigvalsh(np.cov(rows, rowvar=False))
    given = lg.population.from_spectrum(values, samples=89.0)
    np.testing.assert_allclose(given.eigenvalues, found.eigenvalues, rtol=1e-3)


def test_dead_directions_stay_dead():
    rows = np.random.default_rng(3).standard_normal((150, 40))
    found = lg.population.estimate(np.concatenate([rows, np.zeros((150, 20))], axis=1))
    assert np.count_nonzero(np.asarray(found.eigenvalues)) == 40


@pytest.mark.parametrize(("count", "dim"), [(3, 1), (3, 10), (4, 4), (20, 3), (12, 300), (41, 40)])
def test_few_samples_give_numbers(count, dim):
    found = lg.population.estimate(np.random.default_rng(0).standard_normal((count, dim)))
    assert np.isfinite(found.eigenvalues).all()
    assert np.all(np.diff(found.eigenvalues) <= 0)


def test_it_is_a_population():
    found = lg.population.estimate(np.random.default_rng(0).standard_normal((40, 20)))
    assert isinstance(found, lg.population.Population)
    assert type(jax.tree.map(lambda leaf: leaf, found)) is lg.models.population.Population
    assert jax.jit(convergence.overlap)(found, 2.0) == pytest.approx(float(convergence.overlap(found, 2.0)))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"eigenvalues": [1.0, -1.0]}, "eigenvalues must be at least 0 and finite, got -1"),
        ({"eigenvalues": [0.0, 0.0]}, "eigenvalues must hold at least one positive number"),
        ({"eigenvalues": np.ones(9)}, "samples must be at least the 9 positive eigenvalues, got 5"),
        ({"samples": 1.0}, r"samples must be between 2 and 2e\+09, got 1"),
        ({"samples": 1e12}, r"samples must be between 2 and 2e\+09, got 1e\+12"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
    ],
)
def test_what_is_no_sample_spectrum_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        lg.population.from_spectrum(**{"eigenvalues": [2.0, 1.0], "samples": 5.0} | given)


def test_traced_samples_are_refused():
    with pytest.raises(ValueError, match="samples must be known numbers, got traced values"):
        jax.jit(lg.population.estimate)(np.ones((4, 3)))
    with pytest.raises(ValueError, match=r"samples must have shape \(n >= 3, d\), got \(2, 3\)"):
        lg.population.estimate(np.ones((2, 3)))
