"""Memorisation measured: against NumPy on the same data, and the thin path against the dense formula."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

from lingen.models import filters, population
from lingen.sims import memorisation
from lingen.sims.dense import wishart
from lingen.sims.engine.ensemble import ensemble

KEY = jr.key(2)
TRUTH = population.atoms([1.0, 4.0]).with_spikes([9.0])
DIM = 12
RIDGE = filters.ridge(0.5)


def expected(load, g, rows, seeds, fresh_rows):
    """The three observables from the same data, by NumPy alone."""
    training, noise, other = jr.split(KEY, 3)
    spectrum, n = TRUTH.spectrum(DIM), wishart.samples_for(load, DIM)
    x = np.asarray(wishart.data(training, spectrum, np.asarray(n), rows))[:n]
    z = np.asarray(jr.normal(noise, (seeds, DIM)))
    fresh = np.asarray(jr.normal(other, (fresh_rows, DIM))) * np.sqrt(np.asarray(spectrum))
    values, vectors = np.linalg.eigh(x.T @ x / n)
    made = z @ (vectors * g(np.where(values > 1e-12, values, 0.0)) @ vectors.T)
    known, unknown = cosines(made, x), cosines(made, fresh)
    return np.mean(np.max(np.abs(known), axis=1)), DIM * np.mean(known**2), DIM * np.mean(unknown**2)


def cosines(made, points):
    norms = np.linalg.norm(made, axis=1)[:, None] * np.linalg.norm(points, axis=1)
    return made @ points.T / norms


@pytest.mark.parametrize("load", [1 / DIM, 0.5, 1.0, 2.5])
@pytest.mark.parametrize(("filter", "g"), [(None, np.sqrt), (RIDGE, lambda v: np.sqrt(v + 0.5))])
def test_dense_against_numpy(load, filter, g):
    rows = wishart.rows_for(wishart.samples_for(load, DIM), DIM)
    found = memorisation.draw(KEY, TRUTH, DIM, load, filter, seeds=3)
    np.testing.assert_allclose(found, expected(load, g, rows, 3, DIM), atol=1e-10)


@pytest.mark.parametrize("samples", [1, 5, DIM])
@pytest.mark.parametrize(("filter", "g"), [(None, np.sqrt), (RIDGE, lambda v: np.sqrt(v + 0.5))])
def test_thin_against_numpy(samples, filter, g):
    found = memorisation.sampler_thin(TRUTH, DIM, samples, filter, seeds=3)(KEY)
    np.testing.assert_allclose(found, expected(samples / DIM, g, DIM, 3, DIM), atol=1e-10)


def test_thin_pca_keeps_its_rank_and_its_floor():
    def g(values):
        return np.where(np.arange(DIM) >= DIM - 2, np.sqrt(values), np.sqrt(0.1))

    found = memorisation.sampler_thin(TRUTH, DIM, 5, filters.pca(2, floor=0.1), seeds=3)(KEY)
    np.testing.assert_allclose(found, expected(5 / DIM, g, DIM, 3, DIM), atol=1e-10)


def test_thin_survives_null_directions_of_the_truth():
    found = memorisation.sampler_thin(population.atoms([1.0, 0.0]), 8, 6)(KEY)
    assert np.all(np.isfinite(np.asarray(found)))


def test_one_point_is_copied():
    for truth in (TRUTH, population.isotropic()):
        found = memorisation.sampler_thin(truth, 5000, 1)(KEY)
        np.testing.assert_allclose(found.nearest_cosine, 1.0, atol=1e-10)
        np.testing.assert_allclose(found.cosine_variance, 5000, rtol=1e-10)


def test_fresh_points_of_an_isotropic_truth_have_variance_one_over_d():
    fresh = ensemble(memorisation.sampler(population.isotropic(), 16, 0.5), KEY, 400).fresh_variance
    assert abs(fresh.mean() - 1.0) < 5 * fresh.std(ddof=1) / 20


def test_cosines_are_bounded_and_zero_at_the_origin():
    found = ensemble(memorisation.sampler(TRUTH, DIM, 0.5), KEY, 50)
    assert np.all((found.nearest_cosine > 0) & (found.nearest_cosine <= 1 + 1e-12))
    assert np.all(np.asarray(memorisation.cosines(np.ones((2, 3)), np.zeros((4, 3)))) == 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: memorisation.sampler(TRUTH, DIM, 0.0), "load must be positive"),
        (lambda: memorisation.sampler(TRUTH, DIM, 1.0, seeds=0), "seeds must be"),
        (lambda: memorisation.sampler(TRUTH, DIM, 1.0, method="exact"), "method must be one of"),
        (lambda: memorisation.sampler_thin(TRUTH, DIM, 0), "samples must be"),
        (lambda: memorisation.sampler_thin(TRUTH, DIM, 13), "samples must be .* at most 12, got 13"),
        (lambda: memorisation.sampler_thin(TRUTH, 0, 1), "dim must be"),
        (
            lambda: memorisation.sampler_thin(TRUTH, DIM, 2, filters.pca(3)),
            "samples must be at least the rank 3",
        ),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
