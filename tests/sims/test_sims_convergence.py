"""Convergence measured: against NumPy on the same data, and what holds exactly for every draw."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingen.models import filters, population
from lingen.sims import convergence
from lingen.sims.dense import wishart
from lingen.sims.engine.ensemble import ensemble
from lingen.theory import power_laws

KEY = jr.key(5)
TRUTH = population.atoms([1.0, 4.0]).with_spikes([9.0])
DIM = 12
FILTERS = {
    "gaussian": (None, np.sqrt),
    "ridge": (filters.ridge(0.5), lambda x: np.sqrt(x + 0.5)),
    "ode_sampler": (filters.ode_sampler(0.2, 3.0), lambda x: 3 * np.sqrt((x + 0.04) / (x + 9))),
    "denoiser": (filters.denoiser(0.3), lambda x: x / (x + 0.3)),
    "pca": (filters.pca(2), lambda x: np.where(np.arange(x.size) >= x.size - 2, np.sqrt(x), 0.0)),
}


def covariances(key, load, **options):
    source = wishart.source(TRUTH, DIM, load, **options)
    sets = [np.asarray(source.data(k)) for k in jr.split(key)]
    return [x.T @ x / int(source.samples) for x in sets]


def function(matrix, g):
    values, vectors = np.linalg.eigh(matrix)
    return vectors * g(np.where(values > 1e-12, values, 0.0)) @ vectors.T


def numpy_overlap(first, second):
    return np.sum(first * second) / np.sqrt(np.sum(first**2) * np.sum(second**2))


@pytest.mark.parametrize("load", [1 / DIM, 0.5, 1.0, 2.5])
@pytest.mark.parametrize("name", FILTERS)
def test_against_numpy_on_the_same_data(name, load):
    filter, g = FILTERS[name]
    if name == "pca" and load < 0.1:
        filter, g = filters.pca(1), lambda x: np.where(np.arange(x.size) >= x.size - 1, np.sqrt(x), 0.0)
    found = convergence.draw(KEY, TRUTH, DIM, load, filter).convergence
    expected = numpy_overlap(*(function(s, g) for s in covariances(KEY, load)))
    np.testing.assert_allclose(found, expected, atol=1e-10)


@pytest.mark.parametrize("entries", wishart.ENTRIES)
def test_other_entries_against_numpy(entries):
    found = convergence.draw(KEY, TRUTH, DIM, 1.5, entries=entries).convergence
    roots = [function(s, np.sqrt) for s in covariances(KEY, 1.5, entries=entries)]
    np.testing.assert_allclose(found, numpy_overlap(*roots), atol=1e-10)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31), st.floats(1 / DIM, 4.0), st.sampled_from(list(FILTERS)))
def test_every_draw_lies_between_0_and_1(seed, load, name):
    q = float(convergence.draw(jr.key(seed), TRUTH, DIM, load, FILTERS[name][0]).convergence)
    assert -1e-12 <= q <= 1 + 1e-12


def test_rotating_the_data_leaves_q():
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(DIM, DIM)))[0]

    def q(rotation):
        pair = [wishart.decompose(jnp.asarray(rotation.T @ s @ rotation)) for s in covariances(KEY, 1.5)]
        return convergence.overlap(*pair, filters.gaussian())

    np.testing.assert_allclose(q(np.eye(DIM)), q(turn), atol=1e-12)


def test_the_scale_of_the_truth_leaves_q():
    one, four = (convergence.draw(KEY, population.isotropic(v), DIM, 0.7).convergence for v in (1.0, 4.0))
    np.testing.assert_allclose(one, four, atol=1e-12)


def test_a_model_agrees_with_itself():
    model = wishart.source(TRUTH, DIM, 0.7).model(KEY)
    np.testing.assert_allclose(convergence.overlap(model, model, filters.gaussian()), 1.0, atol=1e-12)


def test_keys_decide():
    sampler = convergence.sampler(TRUTH, DIM, 0.7)
    assert sampler(KEY) == sampler(KEY)
    assert sampler(KEY) != sampler(jr.key(6))
    assert len(np.unique(ensemble(sampler, KEY, 20).convergence)) == 20


def test_one_sample_of_a_gaussian_model_has_the_squared_cosine():
    x, y = (np.asarray(wishart.source(TRUTH, DIM, 1 / DIM).data(k))[0] for k in jr.split(KEY))
    cosine = x @ y / np.linalg.norm(x) / np.linalg.norm(y)
    np.testing.assert_allclose(convergence.draw(KEY, TRUTH, DIM, 1 / DIM).convergence, cosine**2, atol=1e-10)


@pytest.mark.parametrize("models", [1, 3])
def test_averaging_against_numpy(models):
    found = convergence.average_sampler(TRUTH, DIM, 0.8, models=models)(KEY).averaged_variance
    source = wishart.source(TRUTH, DIM, 0.8)
    sets = [np.asarray(source.data(jr.fold_in(KEY, i))) for i in range(models)]
    roots = [function(x.T @ x / int(source.samples), np.sqrt) for x in sets]
    mean = np.mean(roots, axis=0)
    np.testing.assert_allclose(found, np.sum(mean**2) / np.mean([np.sum(r**2) for r in roots]), atol=1e-10)


def test_gauges_against_numpy():
    found = convergence.gauge_sampler(TRUTH, DIM, 2.0)(KEY)
    source = wishart.source(TRUTH, DIM, 2.0)
    sets = [np.asarray(source.data(k)) for k in jr.split(KEY, 3)[:2]]
    matrices = [x.T @ x / int(source.samples) for x in sets]
    np.testing.assert_allclose(
        found.symmetric, numpy_overlap(*(function(s, np.sqrt) for s in matrices)), atol=1e-10
    )
    np.testing.assert_allclose(found.cholesky, numpy_overlap(*map(np.linalg.cholesky, matrices)), atol=1e-10)


def test_a_random_rotation_leaves_no_overlap():
    rotated = ensemble(convergence.gauge_sampler(population.isotropic(), DIM, 2.0), KEY, 400).rotated
    assert abs(rotated.mean()) < 5 * rotated.std(ddof=1) / 20


def test_splits_are_disjoint_and_of_the_data():
    data = np.random.default_rng(1).normal(size=(30, 6)) * np.arange(1, 7)
    found = convergence.split_sampler(data, 10, filters.ridge(0.1))(KEY).convergence
    order = np.asarray(jr.permutation(KEY, 30))
    halves = [data[order[:10]], data[order[10:20]]]
    roots = [function(x.T @ x / 10, lambda v: np.sqrt(v + 0.1)) for x in halves]
    np.testing.assert_allclose(found, numpy_overlap(*roots), atol=1e-10)


@pytest.mark.parametrize("samples", [1, 4, 15])
def test_splits_of_every_size(samples):
    data = np.random.default_rng(1).normal(size=(30, 6))
    q = ensemble(convergence.split_sampler(data, samples), KEY, 5).convergence
    assert np.all((q > 0) & (q < 1))


def test_samplers_of_equal_shape_have_equal_structure():
    one, two = (convergence.sampler(p, DIM, g) for p, g in ((population.isotropic(), 0.2), (TRUTH, 1.0)))
    assert jax.tree.structure(one) == jax.tree.structure(two)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: convergence.sampler(TRUTH, DIM, 0.0), "load must be positive"),
        (lambda: convergence.sampler(TRUTH, 0, 1.0), "dim must be"),
        (lambda: convergence.sampler(TRUTH, DIM, 1.0, method="fast"), "method must be one of"),
        (lambda: convergence.sampler(TRUTH, DIM, 1.0, entries="cauchy"), "entries must be one of"),
        (lambda: convergence.sampler(TRUTH, DIM, 1.0, filters.pca(13)), "rank must be"),
        (lambda: convergence.average_sampler(TRUTH, DIM, 1.0, models=0), "models must be"),
        (
            lambda: convergence.gauge_sampler(TRUTH, DIM, 0.5),
            "load must give at least dim = 12 samples",
        ),
        (lambda: convergence.split_sampler(np.ones((9, 2)), 5), "samples must be .* at most 4, got 5"),
        (lambda: convergence.split_sampler(np.ones(9), 2), "data must have shape"),
        (lambda: convergence.split_sampler(np.full((9, 2), np.nan), 2), "data must be finite"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_two_meanings_of_q_in_few_dimensions():
    # six modes: the norms fluctuate, which the cosine of a single pair does not see
    source = population.from_covariance(np.diag(2.0 ** np.arange(2, -4, -1)))
    n, draws = 240, 4096
    traces = ensemble(convergence.traces_sampler(source, 6, n / 6), jr.key(11), draws)
    pairs = np.asarray(ensemble(convergence.sampler(source, 6, n / 6), jr.key(11), draws).convergence)
    q, error = convergence.ratio_of_means(traces)
    spread = pairs.std() / np.sqrt(draws)
    ratio, single = (float(power_laws.disagreement(source, n, pairs=one)) for one in (False, True))
    assert n * error < 0.04
    assert abs((1 - q) - ratio) < 4 * error
    assert abs((1 - pairs.mean()) - single) < 4 * spread + 0.01 / n
    assert ratio - single > 10 * spread  # single pairs refute the other meaning
    np.testing.assert_allclose(n * (ratio - single), 0.5 * 21.328125 / 7.875**2, rtol=1e-10)


def test_traces_are_those_of_the_same_data():
    key = jr.key(3)
    drawn = convergence.traces_sampler(TRUTH, DIM, 1.0)(key)
    cosine = convergence.sampler(TRUTH, DIM, 1.0)(key).convergence
    # the arithmetic mean of two energies is above the geometric one by the square of their difference
    assert cosine >= drawn.shared / drawn.energy > 0.9 * cosine
