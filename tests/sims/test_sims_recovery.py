"""Recovery measured: against NumPy on the same data, degenerate spikes, ranks."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from lingen.models import population
from lingen.sims import recovery
from lingen.sims.dense import wishart
from lingen.sims.engine.ensemble import ensemble

KEY = jr.key(8)
DIM = 14
DISTINCT = population.spiked([8.0, 3.0])
DOUBLE = population.spiked([8.0, 3.0, 3.0])


def models(truth, load):
    source = wishart.source(truth, DIM, load)
    for key in jr.split(KEY):
        x = np.asarray(source.data(key))
        values, vectors = np.linalg.eigh(x.T @ x / int(source.samples))
        yield values[::-1], vectors[:, ::-1]


@pytest.mark.parametrize("load", [2 / DIM, 1.0, 3.0])
def test_against_numpy_on_the_same_data(load):
    found = recovery.draw(KEY, DISTINCT, DIM, load)
    (values, one), (others, two) = models(DISTINCT, load)
    expected = [(one[i, i] ** 2 + two[i, i] ** 2) / 2 for i in range(2)]
    np.testing.assert_allclose(found.recovery, expected, atol=1e-10)
    np.testing.assert_allclose(found.outlier, (values[:2] + others[:2]) / 2, atol=1e-10)
    agreement = [(one[:, i] @ two[:, i]) ** 2 for i in range(2)]
    np.testing.assert_allclose(found.agreement, agreement, atol=1e-10)


def test_equal_spikes_are_compared_as_a_subspace():
    found = recovery.draw(KEY, DOUBLE, DIM, 3.0)
    (_, one), (_, two) = models(DOUBLE, 3.0)
    pair = [np.sum(v[1:3, 1:3] ** 2) / 2 for v in (one, two)]
    np.testing.assert_allclose(found.recovery[1:], [np.mean(pair)] * 2, atol=1e-10)
    shared = np.sum((one[:, 1:3].T @ two[:, 1:3]) ** 2) / 2
    np.testing.assert_allclose(found.agreement[1:], [shared] * 2, atol=1e-10)


def test_subspaces_keep_what_single_vectors_lose():
    truth = population.spiked([30.0, 30.0])
    found = ensemble(recovery.sampler(truth, 32, 4.0), KEY, 50)
    assert np.all(found.recovery.mean(axis=0) > 0.95)
    assert np.array_equal(found.recovery[:, 0], found.recovery[:, 1])


def test_overlaps_lie_between_0_and_1():
    for load in (1 / 32, 0.5, 4.0):
        found = ensemble(recovery.sampler(DOUBLE, 32, load), KEY, 20)
        for overlap in (found.recovery, found.agreement):
            assert np.all((overlap >= 0) & (overlap <= 1 + 1e-12))
        assert np.all(np.diff(found.outlier, axis=1) <= 0)


def test_a_spike_below_the_bulk_is_found_at_the_bottom():
    truth = population.isotropic(5.0).with_spikes([50.0, 0.1])
    found = recovery.draw(KEY, truth, 16, 20.0)
    assert np.all(np.asarray(found.recovery) > 0.9)
    assert found.outlier[1] < 0.5


@pytest.mark.parametrize(
    ("truth", "load", "found"),
    [
        # by hand: ψ(ℓ) = ℓ(1+c∫t/(ℓ−t)), Q = (1−c∫t²/(ℓ−t)²)/(1+c∫t/(ℓ−t))
        (
            population.atoms([1.0, 10.0]).with_spikes([40.0, 4.0, 0.2]), 8.0,
            [(40.8974359, 0.9712242), (3.6666667, 0.8939394), (0.1716199, 0.9757222)],
        ),
        (
            population.atoms([1.0, 10.0], [0.9, 0.1]).with_spikes([4.0]), 0.8,
            [(4 * (1 + 0.4 / 3 / 0.8), (1 - 0.34 / 0.9 / 0.8) / (1 + 0.4 / 3 / 0.8))],
        ),
    ],
)  # fmt: skip
def test_spikes_in_gaps_and_below_the_bulk(truth, load, found):
    draws = ensemble(recovery.sampler(truth, 200, load), KEY, 50)
    error = np.stack([draws.outlier.std(axis=0), draws.recovery.std(axis=0)]) / np.sqrt(50)
    for spike, (place, known) in enumerate(found):
        # finite-size terms of order 1/d, relative to what separates the spike from the bands
        assert abs(draws.outlier[:, spike].mean() - place) < 5 * error[0, spike] + 2 / 200 * place
        assert abs(draws.recovery[:, spike].mean() - known) < 5 * error[1, spike] + 2 / 200


def test_a_rank_beyond_the_samples_has_the_mean_over_the_null_space():
    """n < d: the lowest spike belongs to no vector; κ₀/(ℓ+κ₀)/(d−n) of it lies in each, κ₀ = (1−γ)/γ."""
    found = ensemble(recovery.sampler(population.isotropic().with_spikes([0.2]), 200, 0.5), KEY, 40)
    np.testing.assert_array_equal(found.outlier, 0.0)
    np.testing.assert_allclose(found.recovery.mean(), 1 / 1.2 / 100, rtol=0.02)


def test_ranks_count_the_larger_eigenvalues():
    assert recovery.ranks(jnp.asarray([5.0, 2.0, 0.5, 3.0, 1.0, 1.0]), 3).tolist() == [0, 2, 5]


@pytest.mark.parametrize("load", [0.5, 2.0])
def test_extremes_against_numpy(load):
    found = recovery.extreme_sampler(DISTINCT, DIM, load, 3)(KEY).largest
    source = wishart.source(DISTINCT, DIM, load)
    x = np.asarray(source.data(KEY))
    expected = np.linalg.eigvalsh(x.T @ x / int(source.samples))[::-1][:3]
    np.testing.assert_allclose(found, expected, atol=1e-10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: recovery.sampler(population.isotropic(), DIM, 1.0),
            "population must have at least one",
        ),
        (lambda: recovery.sampler(DISTINCT, DIM, -1.0), "load must be positive"),
        (lambda: recovery.sampler(DISTINCT, 2, 1.0), "dim must be"),
        (lambda: recovery.sampler(DISTINCT, DIM, 1.0, method="exact"), "method must be one of"),
        (lambda: recovery.extreme_sampler(DISTINCT, DIM, 1.0, 15), "count must be"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
