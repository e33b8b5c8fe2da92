"""Convergence against its closed forms, its invariants and finite-size exact results."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import hyp2f1, poch

from lingen.models import population
from lingen.models.filters import denoiser, early_stopped, ode_sampler, pca, ridge
from lingen.theory import convergence

ISOTROPIC = population.isotropic()
VALUES = st.lists(st.floats(0.05, 20.0), min_size=2, max_size=4)


def closed_form(load):
    """C1: F(1/γ)² above load one, γF(γ)² below."""
    ratio = np.minimum(load, 1 / load)
    return np.minimum(load, 1.0) * hyp2f1(-0.5, 0.5, 2.0, ratio) ** 2


def test_isotropic_convergence_is_the_closed_form():
    load = np.geomspace(0.01, 100.0, 1001)
    np.testing.assert_allclose(convergence.overlap(ISOTROPIC, load), closed_form(load), rtol=1e-10)
    np.testing.assert_allclose(convergence.overlap(ISOTROPIC, 1.0), (8 / (3 * np.pi)) ** 2, rtol=1e-10)


def test_power_law_value_checked_by_simulation():
    value = convergence.overlap(population.power_law(1.5, 600), 0.5)
    assert value == pytest.approx(0.94245, abs=5e-6)


def test_limits_of_small_and_large_load():
    assert convergence.overlap(ISOTROPIC, 1e-4) == pytest.approx(1e-4, rel=1e-3)
    assert 1 - convergence.overlap(ISOTROPIC, 1e4) == pytest.approx(1 / 4e4, rel=1e-3)


def test_a_spike_does_not_move_convergence():
    spiked = convergence.overlap(population.spiked([5.0]), 0.7)
    assert spiked == convergence.overlap(ISOTROPIC, 0.7)


@settings(max_examples=10, deadline=None)
@given(VALUES, st.floats(0.05, 5.0))
def test_convergence_lies_in_the_unit_interval_and_grows_with_the_load(values, load):
    q = convergence.overlap(population.atoms(values), np.array([load, 1.3 * load]))
    assert 0 <= q[0] < q[1] <= 1


@settings(max_examples=10, deadline=None)
@given(VALUES, st.floats(0.05, 5.0), st.floats(1e-3, 1e3))
def test_convergence_does_not_depend_on_the_unit(values, load, unit):
    source, scaled = population.atoms(values), population.atoms(np.array(values) * unit)
    np.testing.assert_allclose(
        convergence.overlap(source, load), convergence.overlap(scaled, load), rtol=1e-10
    )


def test_ridge_raises_convergence_and_its_unit_matters():
    q = [convergence.overlap(ISOTROPIC, 0.5, f) for f in (None, ridge(0.3), ridge(3.0))]
    assert q[0] < q[1] < q[2] < 1


@pytest.mark.parametrize("load", [0.5, 2.0])
@pytest.mark.parametrize(
    "filter", [ridge(0.3), denoiser(0.5), ode_sampler(0.2, 3.0), early_stopped(0.5, 0.2)]
)
def test_filters_of_an_isotropic_truth_are_free(filter, load):
    """C2: q = τ(g)²/τ(g²) over the Marchenko–Pastur law, the atom at zero included."""
    angle = (np.arange(4000) + 0.5) * np.pi / 4000
    value = 1 + 1 / load - 2 * np.cos(angle) / np.sqrt(load)
    weight = 2 * np.sin(angle) ** 2 / (4000 * value)  # of total mass min(1, γ)
    gain, null = np.asarray(filter(value)), float(filter(0.0))
    first, second = (weight @ gain**k + max(0.0, 1 - load) * null**k for k in (1, 2))
    assert convergence.overlap(ISOTROPIC, load, filter) == pytest.approx(first**2 / second, rel=1e-9)


def test_pca_needs_a_dimension_for_its_rank():
    by_rank = convergence.overlap(ISOTROPIC, 0.5, pca(rank=25), dim=100)
    assert by_rank == pytest.approx(float(convergence.overlap(ISOTROPIC, 0.5, pca(fraction=0.25))), rel=1e-6)
    with pytest.raises(ValueError, match="dim"):
        convergence.overlap(ISOTROPIC, 0.5, pca(rank=25))


def test_gradient_agrees_with_differences():
    source, step = population.atoms([1.0, 10.0]), 1e-5
    slope = jax.jit(jax.grad(lambda load: convergence.overlap(source, load)))(0.8)
    ends = convergence.overlap(source, np.array([0.8 - step, 0.8 + step]))
    assert slope == pytest.approx(float(ends[1] - ends[0]) / (2 * step), rel=1e-7)


def test_transformations_agree_with_the_eager_call():
    source, load = population.atoms([1.0, 10.0]), jnp.array([0.3, 1.0, 4.0])
    eager = convergence.overlap(source, load)
    np.testing.assert_allclose(jax.jit(convergence.overlap)(source, load), eager, rtol=1e-12)
    mapped = jax.jit(jax.vmap(lambda one: convergence.overlap(source, one)))(load)
    np.testing.assert_allclose(mapped, eager, rtol=1e-12)


def test_averaging_reads_convergence():
    q = convergence.overlap(ISOTROPIC, 1.0)
    assert convergence.averaged_variance(ISOTROPIC, 1.0, models=1) == pytest.approx(1.0)
    assert convergence.averaged_variance(ISOTROPIC, 1.0, models=4) == pytest.approx(float((1 + 3 * q) / 4))


def test_cholesky_sampler_has_another_convergence():
    exact = convergence.cholesky_overlap_exact(4000, np.array([4000, 8000]))
    np.testing.assert_allclose(exact, convergence.cholesky_overlap(np.array([1.0, 2.0])), rtol=2e-4)
    assert convergence.cholesky_overlap(1.0) < convergence.overlap(ISOTROPIC, 1.0) - 0.2


@pytest.mark.parametrize(("dim", "samples"), [(1, 1), (3, 5), (60, 100), (200, 201)])
def test_cholesky_at_finite_size_is_bartletts_sum(dim, samples):
    degrees = samples - np.arange(dim)
    expected = np.sum(2 * poch(degrees / 2, 0.5) ** 2) / (samples * dim)
    assert convergence.cholesky_overlap_exact(dim, samples) == pytest.approx(expected, rel=1e-12)


def test_predict_answers_like_the_simulation():
    result = convergence.predict(ISOTROPIC, np.array([0.5, 1.0]))
    np.testing.assert_array_equal(result.convergence, convergence.overlap(ISOTROPIC, np.array([0.5, 1.0])))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: convergence.overlap(ISOTROPIC, 0.0), "load must be positive and finite, got 0"),
        (lambda: convergence.averaged_variance(ISOTROPIC, 1.0, models=0), "models must be a whole number"),
        (lambda: convergence.cholesky_overlap(0.5), "load must be at least 1 .* got 0.5"),
        (lambda: convergence.cholesky_overlap_exact(10, 9), "samples must be at least dim = 10, got 9"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
