"""Risks of the learnt denoiser: checked values, the resolvent formulas, and train <= optimal <= test."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingen.models import population
from lingen.models.filters import denoiser, gaussian
from lingen.theory import denoising
from lingen.theory.spectrum.equivalents import kappa

ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 10.0])


def test_checked_values():
    load = np.array([0.5, 2.0])
    np.testing.assert_allclose(denoising.test_risk(ISOTROPIC, load, 0.3), [0.62824, 0.27907], atol=5e-6)
    np.testing.assert_allclose(denoising.train_risk(ISOTROPIC, load, 0.3), [0.12, 0.20593], atol=5e-6)
    assert denoising.effective_noise(ISOTROPIC, 0.5, 0.3) == pytest.approx(1.5, rel=1e-14)


def test_risks_are_the_resolvent_traces():
    """N2 as written, with τ(R²) = −∂τ(R) and τ(ΣR²) = −∂τ(ΣR) taken by automatic differentiation."""
    load, noise = 0.7, 0.3
    sigma, weight = TWO_ATOMS.eigenvalues, TWO_ATOMS.weights

    def trace(power, s):
        value = kappa(TWO_ATOMS, load, s)
        return value / s * jnp.sum(weight * sigma**power / (sigma + value))

    plain = trace(0, noise)
    square = -jax.jit(jax.grad(trace, 1))(0, noise)
    weighted = -jax.jit(jax.grad(trace, 1))(1, noise)
    filtered = noise * (1 - 2 * noise * plain + noise**2 * square)
    test, train = noise**2 * weighted + filtered, noise**2 * (plain - noise * square) + filtered
    assert denoising.test_risk(TWO_ATOMS, load, noise) == pytest.approx(float(test), rel=1e-11)
    assert denoising.train_risk(TWO_ATOMS, load, noise) == pytest.approx(float(train), rel=1e-11)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.floats(0.05, 20.0), min_size=1, max_size=4), st.floats(0.05, 20.0), st.floats(0.01, 10.0))
def test_training_risk_below_the_optimum_below_the_test_risk(values, load, noise):
    source = population.atoms(values)
    best = denoising.optimal_risk(source, noise)
    assert 0 < denoising.train_risk(source, load, noise) < best < denoising.test_risk(source, load, noise)
    assert denoising.effective_noise(source, load, noise) > noise


def test_both_risks_reach_the_optimum_at_large_load():
    best = denoising.optimal_risk(TWO_ATOMS, 0.3)
    assert denoising.test_risk(TWO_ATOMS, 1e7, 0.3) == pytest.approx(float(best), rel=1e-6)
    assert denoising.train_risk(TWO_ATOMS, 1e7, 0.3) == pytest.approx(float(best), rel=1e-6)


def test_loads_and_noises_broadcast_and_transformations_agree():
    load, noise = np.geomspace(0.1, 10, 1000)[:, None], np.array([0.1, 1.0])
    eager = denoising.predict(TWO_ATOMS, load, noise=noise)
    assert [leaf.shape for leaf in eager] == [(1000, 2), (1000, 2), (1000, 2, 2)]
    assert all(np.all(np.isfinite(leaf)) for leaf in eager)
    jitted = jax.jit(lambda p, x, s: denoising.predict(p, x, noise=s))(TWO_ATOMS, load, noise)
    for one, two in zip(eager, jitted, strict=True):
        np.testing.assert_allclose(one, two, rtol=1e-12)
    mapped = jax.jit(jax.vmap(lambda x: denoising.test_risk(TWO_ATOMS, x, 0.1)))(jnp.asarray(load[:, 0]))
    np.testing.assert_allclose(mapped, eager.test_risk[:, 0], rtol=1e-12)


@pytest.mark.parametrize("argument", [0, 1])
def test_gradient_agrees_with_differences(argument):
    point, step = np.array([0.7, 0.3]), 1e-6
    shift = step * np.eye(2)[argument]

    def risk(load, noise):
        return denoising.test_risk(TWO_ATOMS, load, noise)

    slope = jax.jit(jax.grad(risk, argument))(*point)
    assert slope == pytest.approx(
        float(risk(*(point + shift)) - risk(*(point - shift))) / (2 * step), rel=1e-6
    )


def test_predict_takes_the_noise_of_a_denoiser():
    one, two = (denoising.predict(TWO_ATOMS, 0.5, **k) for k in ({"noise": 0.3}, {"filter": denoiser(0.3)}))
    assert one.test_risk == two.test_risk
    with pytest.raises(NotImplementedError, match="Gaussian"):
        denoising.predict(TWO_ATOMS, 0.5, gaussian())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: denoising.test_risk(ISOTROPIC, 0.0, 0.3), "load must be positive"),
        (lambda: denoising.train_risk(ISOTROPIC, 1.0, 0.0), "noise must be positive"),
        (lambda: denoising.optimal_risk(ISOTROPIC, -1.0), "noise must be positive"),
        (lambda: denoising.predict(ISOTROPIC, 1.0), "noise or a denoiser must be given"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
