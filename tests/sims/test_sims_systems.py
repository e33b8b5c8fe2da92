"""Draws of the further systems: against NumPy, direct draws and each other."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

from lingen.models import population
from lingen.sims import databases, kernel_density, leakage, mixtures, noisy_worth, refitting, spectral_entropy
from lingen.sims.engine.ensemble import ensemble

KEY = jr.key(3)
ISOTROPIC = population.isotropic()


def test_entropy_of_known_eigenvalues():
    assert spectral_entropy.entropy(np.ones(8)) == pytest.approx(np.log(8))
    assert spectral_entropy.entropy(np.array([0.0, 0.0, 3.0])) == 0.0


def test_members_are_certain_up_to_the_dimension():
    drawn = ensemble(leakage.sampler(ISOTROPIC, 6, 1.0), KEY, 3)
    np.testing.assert_array_equal(drawn.blind, 1.0)
    np.testing.assert_array_equal(drawn.informed, 1.0)


def test_knowing_the_population_helps():
    drawn = ensemble(leakage.sampler(ISOTROPIC, 12, 12.0, released=6.0), KEY, 64)
    error = 5 * np.std(drawn.informed - drawn.blind) / 8
    assert np.mean(drawn.informed - drawn.blind) > error
    assert np.mean(drawn.informed - drawn.released) > 5 * np.std(drawn.informed - drawn.released) / 8


def test_both_ways_of_sampling_a_model_have_one_law():
    """Rows by the Cholesky factor and by the n × n matrix: the second moments agree within five errors."""
    one = refitting.sampler(ISOTROPIC, 6, 2.0, generations=3, volume=False)
    by_data = one.args[0], type(one)(refitting._by_data), *one.args[2:]
    two = type(one)(one.func, *by_data)
    first, second = (ensemble(s, KEY, 2000).second_moment for s in (one, two))
    gap = abs(first.mean() - second.mean())
    assert 0 < gap < 5 * np.hypot(first.std(), second.std()) / np.sqrt(2000)


def test_a_line_of_few_samples_loses_its_volume():
    drawn = ensemble(refitting.sampler(ISOTROPIC, 6, 0.5), KEY, 2)
    assert np.all(drawn.log_volume == -np.inf)
    assert np.all(np.isfinite(drawn.second_moment))


def test_clean_pools_are_estimated_by_their_variance():
    squares, counts = np.array([[2.0, 4.0]]), np.array([10.0, 30.0])
    assert noisy_worth.estimate(squares, np.zeros(2), counts)[0] == pytest.approx(3.5)


def test_a_component_is_whole_from_its_rank_on():
    few, enough = (mixtures.draw(KEY, 16, 4, n) for n in (3, 4))
    assert few.overlap == pytest.approx(0.75)
    assert (few.recovered, enough.recovered) == (0.0, 1.0)


@pytest.mark.slow
def test_nearest_points_have_the_law_of_all_points():
    """d = 16 and n = 602: points drawn in full against the Poisson process, within five errors."""
    samples = 602
    load = np.log(samples) / 16
    whole = ensemble(kernel_density.direct_sampler(16, samples, 0.6), KEY, 1500)
    near = ensemble(kernel_density.sampler(16, load, 0.6, repeats=8), KEY, 300)
    for one, two in zip(whole, near, strict=True):
        error = np.hypot(one.std() / np.sqrt(1500), two.std() / np.sqrt(300))
        assert abs(one.mean() - two.mean()) < 5 * error


def test_the_weight_of_a_planted_point_is_that_among_all_points():
    """d = 16 and n = 602, the other points drawn in full, within five errors."""
    dim, samples, width = 16, 602, 0.8
    rng = np.random.default_rng(0)
    own = []
    for _ in range(1000):
        planted = rng.normal(size=dim)
        points = np.vstack([planted, rng.normal(size=(samples, dim))])
        squares = np.sum((points - planted - width * rng.normal(size=dim)) ** 2, axis=1)
        terms = np.exp((squares.min() - squares) / (2 * width**2))
        own.append(terms[0] / terms.sum())
    near = ensemble(kernel_density.collapse_sampler(dim, np.log(samples) / dim, width), KEY, 500).own_weight
    error = np.hypot(np.std(own) / np.sqrt(1000), near.std() / np.sqrt(500))
    assert abs(np.mean(own) - near.mean()) < 5 * error
    assert error < 0.02


def test_rows_are_partners_after_the_shuffle():
    x, y, order = databases.tables(KEY, np.zeros((5, 3)), 1.0)
    np.testing.assert_allclose(y, np.asarray(x)[np.asarray(order)])
    assert sorted(np.asarray(order).tolist()) == list(range(5))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: leakage.sampler(population.atoms([0.0, 1.0]), 4, 2.0), "population must have positive"),
        (lambda: refitting.sampler(ISOTROPIC, 4, 2.0, generations=0), "generations must be"),
        (lambda: refitting.curation_sampler(4), "samples must be a whole number of at least 16"),
        (lambda: noisy_worth.sampler(8, 1.0, [0.0], [1.0, 1.0]), "shares must have the shape"),
        (
            lambda: noisy_worth.sampler(8, 1.0, [0.0, 1.0], [1.0, 0.01]),
            "shares must give each noise a sample",
        ),
        (lambda: leakage.sampler(ISOTROPIC, 4, 2.0, released=0.1), "released must give at least one sample"),
        (lambda: mixtures.sampler(4, 5, 3), "rank must be"),
        (lambda: kernel_density.sampler(4, 0.3, 1.0), "dim must be a whole number of at least 12"),
        (lambda: databases.alignment_sampler(4, 1, 0.5), "users must be"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
