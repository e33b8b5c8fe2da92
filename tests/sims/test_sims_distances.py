"""Distances measured: against NumPy and SciPy on the same data, exact moments, singular models."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from scipy import linalg, optimize

from lingen.models import filters, population
from lingen.sims import distances
from lingen.sims.dense import wishart
from lingen.sims.engine.ensemble import ensemble

KEY = jr.key(7)
TRUTH = population.atoms([1.0, 4.0]).with_spikes([9.0, 6.0])
DIM = 12


def matrices(load, ridge=0.0):
    source = wishart.source(TRUTH, DIM, load)
    x = np.asarray(source.data(KEY))
    return x.T @ x / int(source.samples) + ridge * np.eye(DIM), np.diag(np.asarray(source.spectrum))


def divergence(one, two):
    """KL(N(0, one) ‖ N(0, two))."""
    inverse = np.linalg.solve(two, one)
    return (np.trace(inverse) - len(one) - np.linalg.slogdet(inverse)[1]) / 2


@pytest.mark.parametrize(("load", "ridge"), [(2.5, 0.0), (1.0, 0.0), (0.5, 0.7)])
def test_against_numpy_on_the_same_data(load, ridge):
    found = distances.draw(KEY, TRUTH, DIM, load, filters.ridge(ridge) if ridge else None)
    learnt, truth = matrices(load, ridge)
    root = np.sqrt(truth)
    mixed = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ learnt @ root), 0)).sum()
    expected = (np.trace(truth) + np.trace(learnt) - 2 * mixed) / DIM
    np.testing.assert_allclose(found.wasserstein2, expected, atol=1e-10)
    np.testing.assert_allclose(found.kl_forward, divergence(truth, learnt), rtol=1e-7)
    np.testing.assert_allclose(found.kl_reverse, divergence(learnt, truth), rtol=1e-9)
    np.testing.assert_allclose(found.frobenius, np.linalg.norm(learnt - truth) ** 2, rtol=1e-10)
    np.testing.assert_allclose(found.operator_norm, np.linalg.norm(learnt - truth, 2), rtol=1e-10)
    top = np.linalg.eigh(learnt)[1][:, -2:]
    gap = top @ top.T - np.diag([1.0, 1.0] + [0.0] * (DIM - 2))
    np.testing.assert_allclose(found.subspace, np.sum(gap**2) / 4, atol=1e-10)
    assert found.max_sliced is None


def test_wasserstein_of_a_singular_model_against_scipy():
    learnt, truth = matrices(0.5)
    root = linalg.sqrtm(truth)
    mixed = np.trace(linalg.sqrtm(root @ (learnt + 1e-14 * np.eye(DIM)) @ root).real)
    found = distances.draw(KEY, TRUTH, DIM, 0.5).wasserstein2
    np.testing.assert_allclose(found, (np.trace(truth) + np.trace(learnt) - 2 * mixed) / DIM, atol=1e-5)


@pytest.mark.parametrize("load", [0.5, 3.0])
def test_max_sliced_is_what_an_optimiser_finds(load):
    learnt, truth = matrices(load)

    def loss(u, sign):
        u = u / np.linalg.norm(u)
        seen = max(u @ learnt @ u, 0.0)  # where S has no samples round-off may be negative
        return -sign * (np.sqrt(seen) - np.sqrt(u @ truth @ u))

    rng = np.random.default_rng(0)
    starts = rng.normal(size=(12, DIM))
    best = max(-optimize.minimize(loss, u, args=(sign,), tol=1e-10).fun for u in starts for sign in (1, -1))
    found = distances.draw(KEY, TRUTH, DIM, load, max_sliced=True).max_sliced
    np.testing.assert_allclose(found, best, rtol=1e-5)
    assert found >= best * (1 - 1e-9)


def test_max_sliced_of_commuting_laws_is_the_largest_gap_of_the_scales():
    learnt, truth = np.array([4.0, 9.0, 1.0]), np.array([1.0, 25.0, 1.0])
    found = distances.max_sliced_distance(jnp.diag(jnp.asarray(learnt)), jnp.asarray(truth))
    np.testing.assert_allclose(found, 2.0, rtol=1e-12)
    swapped = distances.max_sliced_distance(jnp.diag(jnp.asarray(truth)), jnp.asarray(learnt))
    np.testing.assert_allclose(swapped, 2.0, rtol=1e-12)


def test_frobenius_has_its_exact_mean():
    spectrum = np.asarray(TRUTH.spectrum(16))
    for load in (0.25, 1.5):
        found = ensemble(distances.sampler(TRUTH, 16, load), KEY, 1000).frobenius
        expected = (spectrum.sum() ** 2 + (spectrum**2).sum()) / round(16 * load)
        assert abs(found.mean() - expected) < 5 * found.std(ddof=1) / np.sqrt(1000)


def test_divergences_are_infinite_when_either_law_is_singular():
    below = distances.draw(KEY, TRUTH, DIM, 0.5)
    null = distances.draw(KEY, population.atoms([1.0, 0.0]), DIM, 3.0)
    for found in (below, null):
        assert np.isposinf(found.kl_forward)
        assert np.isposinf(found.kl_reverse)
        assert np.all(np.isfinite([found.wasserstein2, found.frobenius, found.operator_norm, found.subspace]))


def test_divergences_do_not_depend_on_the_spectrum():
    one, two = (
        distances.draw(KEY, p, DIM, 2.0) for p in (population.isotropic(), population.power_law(2.0, DIM))
    )
    np.testing.assert_allclose(one.kl_forward, two.kl_forward, rtol=1e-8)
    np.testing.assert_allclose(one.kl_reverse, two.kl_reverse, rtol=1e-8)


def test_no_spikes_no_subspace():
    assert distances.draw(KEY, population.isotropic(), DIM, 2.0).subspace == 0.0


def test_ensembles_pass_on_what_was_not_measured():
    found = ensemble(distances.sampler(TRUTH, DIM, 2.0), KEY, 3)
    assert found.max_sliced is None
    assert found.wasserstein2.shape == (3,)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: distances.sampler(TRUTH, DIM, 0.0), "load must be positive"),
        (lambda: distances.sampler(TRUTH, 2, 1.0), "dim must be"),
        (lambda: distances.sampler(TRUTH, DIM, 1.0, method="exact"), "method must be one of"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
