"""Dense sample covariances: moments known exactly, the entries' laws, arguments."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from jax.tree_util import Partial

from lingen.models import filters, population
from lingen.sims.dense import wishart
from lingen.sims.engine.ensemble import ensemble

KEY = jr.key(11)
TRUTH = population.atoms([1.0, 4.0]).with_spikes([9.0])


def moments(source, key):
    x = source.data(key)
    s = x.T @ x / source.samples
    return jnp.trace(s), jnp.sum((s - jnp.diag(source.spectrum)) ** 2), jnp.diagonal(s)


def within(samples, expected, sigmas=5.0):
    error = np.std(samples, axis=0, ddof=1) / np.sqrt(len(samples))
    return np.all(np.abs(np.mean(samples, axis=0) - expected) <= sigmas * error + 1e-12)


@pytest.mark.parametrize("load", [0.25, 1.0, 1.7])
def test_wishart_moments(load):
    source = wishart.source(TRUTH, 16, load)
    trace, error, diagonal = ensemble(Partial(moments, source), KEY, 2000)
    values = np.asarray(source.spectrum)
    assert within(trace, values.sum())
    assert within(error, (values.sum() ** 2 + (values**2).sum()) / int(source.samples))
    assert within(diagonal, values)


@pytest.mark.parametrize("entries", wishart.ENTRIES)
def test_every_law_of_entries_has_the_covariance(entries):
    source = wishart.source(TRUTH, 8, 2.0, entries)
    _, _, diagonal = ensemble(Partial(moments, source), KEY, 2000)
    assert within(diagonal, np.asarray(source.spectrum))


def test_elliptical_rows_have_dependent_entries():
    def spread(entries):
        x = np.asarray(wishart.data(KEY, jnp.ones(400), jnp.asarray(200), 200, entries))
        return np.var(np.mean(x**2, axis=1))

    assert spread("elliptical") > 0.3
    assert spread("gaussian") < 0.02


def test_rows_beyond_the_samples_are_zero_and_the_others_do_not_depend_on_them():
    few = wishart.data(KEY, jnp.ones(6), jnp.asarray(3), 6)
    all_rows = wishart.data(KEY, jnp.ones(6), jnp.asarray(6), 6)
    assert np.all(np.asarray(few[3:]) == 0)
    assert np.array_equal(few[:3], all_rows[:3])


@pytest.mark.parametrize("load", [1 / 12, 0.5, 1.0, 3.0])
def test_the_model_is_the_decomposition_of_the_data(load):
    source = wishart.source(TRUTH, 12, load)
    x, model = source.train(KEY)
    x, n = np.asarray(x), int(source.samples)
    values, vectors = (np.asarray(part) for part in model)
    np.testing.assert_allclose(vectors * values @ vectors.T, x.T @ x / n, atol=1e-12)
    assert np.count_nonzero(values) == min(n, 12)
    assert np.all(np.diff(values) >= 0)


def test_null_directions_of_the_truth_are_exactly_null():
    model = wishart.source(population.atoms([2.0, 0.0]), 8, 3.0).model(KEY)
    assert np.count_nonzero(np.asarray(model.eigenvalues)) == 4


def test_samples_and_rows():
    assert [wishart.samples_for(load, 10) for load in (0.06, 0.5, 2.0)] == [1, 5, 20]
    with pytest.raises(ValueError, match=r"load must give at least one sample, got load = 0\.04 at dim = 10"):
        wishart.samples_for(0.04, 10)
    assert [wishart.rows_for(n, 10) for n in (1, 20, 21, 32, 33)] == [20, 20, 32, 32, 64]
    assert [wishart.rows_for(n, 1000) for n in (1, 1000, 1001)] == [1000, 1000, 1024]


def test_apply_is_the_filtered_covariance():
    x, model = wishart.source(TRUTH, 10, 2.0).train(KEY)
    z = jr.normal(jr.key(1), (3, 10))
    s = np.asarray(x.T @ x) / 20
    expected = np.linalg.solve((s + 0.3 * np.eye(10)).T, s).T
    np.testing.assert_allclose(
        wishart.apply(model, filters.denoiser(0.3), z), np.asarray(z) @ expected, atol=1e-12
    )


@pytest.mark.parametrize(
    ("dim", "load", "entries", "message"),
    [
        (8, 0.0, "gaussian", "load must be positive and finite, got 0"),
        (8, -1.0, "gaussian", "load must be positive and finite, got -1"),
        (8, np.nan, "gaussian", "load must be positive and finite, got nan"),
        (8, [1.0, 2.0], "gaussian", "load must be one known number"),
        (0, 1.0, "gaussian", "dim must be a whole number of at least 1, got 0"),
        (1, 1.0, "gaussian", "dim must be a whole number of at least 2, got 1"),
        (2.5, 1.0, "gaussian", "dim must be a whole number, got 2.5"),
        (8, 1.0, "cauchy", "entries must be one of gaussian, .*, got 'cauchy'"),
    ],
)
def test_bad_sources_are_named(dim, load, entries, message):
    with pytest.raises(ValueError, match=message):
        wishart.source(TRUTH, dim, load, entries)


def test_bad_filters_are_named():
    with pytest.raises(ValueError, match="rank must be"):
        wishart.check_filter(filters.pca(9), 8)
