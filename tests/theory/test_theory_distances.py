"""Distances against exact finite-size results, classical limits and matrices drawn on the host."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import digamma

from lingen.models import filters, population
from lingen.models.filters import pca, ridge
from lingen.theory import convergence, distances

ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 10.0])
LOADS = np.array([0.1, 1.0, 4.0])


def learnt(spectrum, samples, draws=8):
    """Learnt covariances of diag(spectrum)."""
    rng = np.random.default_rng(3)
    for _ in range(draws):
        x = rng.standard_normal((samples, spectrum.size)) * np.sqrt(spectrum)
        yield x.T @ x / samples


@settings(max_examples=10, deadline=None)
@given(st.floats(0.02, 50.0), st.floats(0.1, 10.0))
def test_isotropic_bulk_distance_is_convergence(load, variance):
    q = convergence.overlap(ISOTROPIC, load)
    value = distances.wasserstein2(population.isotropic(variance), load)
    assert value == pytest.approx(float(2 * variance * (1 - q**0.5)), rel=1e-9)


def test_bulk_distance_of_the_ridge_filter_meets_the_gaussian_one():
    small = distances.wasserstein2(ISOTROPIC, LOADS, ridge(1e-14))
    np.testing.assert_allclose(small, distances.wasserstein2(ISOTROPIC, LOADS), rtol=1e-5)
    with pytest.raises(NotImplementedError, match="PCA"):
        distances.wasserstein2(TWO_ATOMS, 1.0, pca(fraction=0.1))


def test_bulk_distance_of_two_atoms_from_drawn_matrices():
    spectrum = np.repeat([10.0, 1.0], 100)
    root = np.sqrt(spectrum)
    drawn = np.array([
        np.mean(spectrum) + np.trace(s) / 200
        - 2 * np.mean(np.sqrt(np.clip(np.linalg.eigvalsh(root[:, None] * s * root), 0, None)))
        for s in learnt(spectrum, 200)
    ])  # fmt: skip
    error = drawn.std(ddof=1) / np.sqrt(drawn.size)
    # the finite-size term is O(1/d²): below a thousandth here
    assert abs(distances.wasserstein2(TWO_ATOMS, 1.0) - drawn.mean()) < 6 * error + 1e-3


@pytest.mark.parametrize(("dim", "samples"), [(1, 4), (5, 12), (40, 44)])
def test_divergences_are_the_wishart_sums(dim, samples):
    log_det = sum(digamma((samples - j) / 2) for j in range(dim)) + dim * np.log(2 / samples)
    forward = 0.5 * (samples * dim / (samples - dim - 1) - dim + log_det)
    assert distances.kl_forward(dim, samples) == pytest.approx(forward, rel=1e-11)
    assert distances.kl_reverse(dim, samples) == pytest.approx(-0.5 * log_det, rel=1e-11)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from([1, 2, 15, 60]), st.integers(2, 2000))
def test_divergences_are_positive_and_the_forward_one_is_larger(dim, excess):
    samples = dim + excess
    assert 0 < distances.kl_reverse(dim, samples) < distances.kl_forward(dim, samples)


def test_divergences_share_their_large_load_limit():
    limit = distances.kl_limit(500, 2000.0)
    assert distances.kl_forward(500, 10**6) == pytest.approx(float(limit), rel=3e-3)
    assert distances.kl_reverse(500, 10**6) == pytest.approx(float(limit), rel=3e-3)


def test_frobenius_counts_the_spikes():
    source = population.spiked([3.0])
    assert distances.frobenius(source, 10, 20) == pytest.approx((13.0**2 + 25.0) / 20)
    errors = [
        np.sum((s - np.diag(np.r_[4.0, np.ones(9)])) ** 2) for s in learnt(np.r_[4.0, np.ones(9)], 20, 4000)
    ]
    error = np.std(errors) / np.sqrt(len(errors))
    assert abs(distances.frobenius(source, 10, 20) - np.mean(errors)) < 5 * error


@pytest.mark.parametrize("strength", [0.3, 1.2, 3.0, 20.0])
def test_operator_norm_of_one_spike_is_the_closed_form(strength):
    ratio = 1 / LOADS
    u = (ratio - np.sqrt(ratio**2 + 4 * ratio * strength)) / 2
    outlier = ratio - u - ratio / u
    expected = np.where(strength > 1 + np.sqrt(ratio), outlier, ratio + 2 * np.sqrt(ratio))
    value = distances.operator_norm(population.spiked([strength]), LOADS)
    np.testing.assert_allclose(value, expected, rtol=1e-12)


def test_operator_threshold_is_above_that_of_recovery():
    np.testing.assert_allclose(distances.operator_threshold(ISOTROPIC, LOADS), 2 + LOADS**-0.5, rtol=1e-7)
    # θ = 1.2 is recovered from γ = 0.69; the norm sees it only from γ = 25
    blind = distances.operator_norm(population.spiked([1.2]), 4.0)
    assert blind == pytest.approx(float(distances.operator_norm(ISOTROPIC, 4.0)), rel=1e-14)
    assert distances.subspace(population.spiked([1.2]), 4.0) < 0.5


@pytest.mark.parametrize("load", [0.5, 3.0])
@pytest.mark.parametrize("spikes", [[], [8.0], [2.0, 0.05], [8.0, 2.9]])
def test_operator_norm_of_any_bulk_from_drawn_matrices(load, spikes):
    source = population.atoms([1.0, 3.0]).with_spikes(spikes)
    spectrum = np.asarray(source.spectrum(400))
    drawn = [
        np.abs(np.linalg.eigvalsh(s - np.diag(spectrum))).max() for s in learnt(spectrum, int(400 * load))
    ]
    # an edge fluctuates and is displaced at scale d^{−2/3} = 0.02, an outlier at d^{−1/2} over eight draws
    assert distances.operator_norm(source, load) == pytest.approx(np.mean(drawn), rel=0.06)


def test_operator_norm_scales_with_the_unit():
    one = distances.operator_norm(population.power_law(1.0, 100), LOADS)
    scaled = population.atoms(7.0 * population.power_law(1.0, 100).eigenvalues)
    np.testing.assert_allclose(distances.operator_norm(scaled, LOADS), 7 * one, rtol=1e-12)


@pytest.mark.parametrize("source", [population.spiked([0.5]), population.spiked([30.0]), TWO_ATOMS])
def test_max_sliced_distance_is_blind_to_spikes(source):
    """(max_u √(uᵀSu)−√(uᵀΣu))² = max_{r>1} (1−1/r) λ_max(S−rΣ), an identity for every pair of matrices."""
    spectrum = np.asarray(source.spectrum(300))
    covariance = next(learnt(spectrum, 600))
    ratios = np.linspace(1.2, 3.0, 37)
    values = [(1 - 1 / r) * np.linalg.eigvalsh(covariance - r * np.diag(spectrum))[-1] for r in ratios]
    assert distances.max_sliced(source, 2.0) == pytest.approx(np.sqrt(max(values)), rel=0.06)


def test_subspace_distance_without_spikes_is_zero():
    np.testing.assert_array_equal(distances.subspace(ISOTROPIC, LOADS), np.zeros(3))


@pytest.mark.parametrize(
    "function", [distances.wasserstein2, distances.operator_norm, distances.subspace, distances.max_sliced]
)
@pytest.mark.parametrize("load", [0.03, 2.0])
def test_gradient_agrees_with_differences(function, load):
    source = population.atoms([1.0, 3.0]).with_spikes([9.0])
    step = 1e-5 * load
    difference = (function(source, load + step) - function(source, load - step)) / (2 * step)
    slope = jax.jit(jax.grad(lambda x: function(source, x)))(load)
    assert slope == pytest.approx(float(difference), rel=1e-6, abs=1e-7)


def test_gradient_of_the_divergences():
    for function in (distances.kl_forward, distances.kl_reverse):
        difference = (function(10, 30.001) - function(10, 29.999)) / 0.002
        assert jax.jit(jax.grad(lambda n, f=function: f(10, n)))(30.0) == pytest.approx(
            float(difference), rel=1e-6
        )


@pytest.mark.parametrize("filter", [filters.ridge(0.4), filters.pca(3), filters.early_stopped(0.5, 1.0)])
def test_what_is_known_of_the_covariance_alone_is_not_told_of_another_model(filter):
    found = distances.predict(ISOTROPIC, [2.0, 4.0], filter, dim=16)
    assert found.kl_forward is found.kl_reverse is found.operator_norm is found.max_sliced is None
    if not isinstance(filter, filters.Ridge):
        assert found.frobenius is None


def test_frobenius_distance_of_a_ridge():
    rng, dim, samples, rho = np.random.default_rng(0), 6, 12, 3.0
    sigma = np.asarray([1.0] * 3 + [10.0] * 3)
    data = rng.normal(size=(20_000, samples, dim)) * np.sqrt(sigma)
    learnt = np.einsum("kni,knj->kij", data, data) / samples + rho * np.eye(dim)
    drawn = np.sum((learnt - np.diag(sigma)) ** 2, axis=(1, 2))
    error = drawn.std() / np.sqrt(drawn.size)
    told = distances.predict(population.atoms([1.0, 10.0]), samples / dim, filters.ridge(rho), dim=dim)
    assert abs(drawn.mean() - float(told.frobenius)) < 4 * error
    assert rho**2 * dim > 8 * error  # the ridge's own term is seen


def test_predict_gives_a_curve_in_one_call_under_every_transformation():
    source, load = population.spiked([2.0]), np.geomspace(0.1, 50.0, 1000)
    eager = distances.predict(source, load, dim=64)
    jitted = jax.jit(lambda x: distances.predict(source, x, dim=64))(load)
    mapped = jax.jit(jax.vmap(lambda x: distances.predict(source, x, dim=64)))(jnp.asarray(load))
    for leaf, one, two in zip(eager, jitted, mapped, strict=True):
        assert leaf.shape == (1000,)
        assert not np.any(np.isnan(leaf))
        np.testing.assert_allclose(one, leaf, rtol=1e-11)
        np.testing.assert_allclose(two, leaf, rtol=1e-11)
    np.testing.assert_array_equal(np.isinf(eager.kl_forward), load * 64 <= 65)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: distances.wasserstein2(ISOTROPIC, 0.0), "load must be positive"),
        (lambda: distances.kl_forward(10, 11), r"samples must be above dim\+1 = 11, got 11"),
        (lambda: distances.kl_reverse(10, 9), r"samples must be above dim-1 = 9, got 9"),
        (lambda: distances.kl_forward(0, 9), "dim must be a whole number"),
        (lambda: distances.frobenius(ISOTROPIC, 4, 0), "samples must be at least 1"),
        (lambda: distances.operator_norm(ISOTROPIC, -1.0), "load must be positive"),
        (lambda: distances.max_sliced(ISOTROPIC, -1.0), "load must be positive"),
        (lambda: distances.subspace(TWO_ATOMS.with_spikes([10.0]), 1.0), "spikes must differ from the bulk"),
        (lambda: distances.predict(ISOTROPIC, 1.0), "dim must be given"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
