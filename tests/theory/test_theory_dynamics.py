"""Learning curves: their ends, descent against the flow, the best time, batches; against NumPy."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lingen.models import population
from lingen.models.filters import early_stopped, gaussian
from lingen.theory import convergence, denoising, dynamics, memorisation
from lingen.theory.moments.functional import filter_moments

ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 4.0])


def test_the_curve_is_made_of_the_moments_of_the_filter():
    load, time, noise = np.array([0.5, 2.0]), 0.7, 0.5
    found = dynamics.curve(TWO_ATOMS, load, time, noise)
    filter = early_stopped(time, noise)
    moments, weight = filter_moments(TWO_ATOMS, load, filter), TWO_ATOMS.weights
    test = (1 - 2 * moments.mean + moments.square) @ (weight * TWO_ATOMS.eigenvalues)
    np.testing.assert_allclose(found.test_risk, test + noise * moments.square @ weight, rtol=1e-10)
    np.testing.assert_allclose(found.convergence, convergence.overlap(TWO_ATOMS, load, filter), rtol=1e-10)
    ratio = memorisation.ratio(TWO_ATOMS, load, filter)
    np.testing.assert_allclose(found.memorisation, ratio, rtol=1e-10)


def test_it_starts_from_nothing_and_ends_at_the_trained_denoiser():
    early, late = (dynamics.curve(TWO_ATOMS, 2.0, t, 0.5) for t in (1e-6, 40.0))
    assert early.test_risk == pytest.approx(2.5, rel=1e-4)
    assert early.train_risk == pytest.approx(2.5, rel=1e-4)
    assert late.test_risk == pytest.approx(float(denoising.test_risk(TWO_ATOMS, 2.0, 0.5)), rel=1e-9)
    assert late.train_risk == pytest.approx(float(denoising.train_risk(TWO_ATOMS, 2.0, 0.5)), rel=1e-9)


def test_the_curve_against_drawn_matrices():
    """One draw of d = 300: self-averaging to a fraction of a per cent."""
    rng, dim, time, noise = np.random.default_rng(1), 300, 0.4, 0.8
    sigma = np.asarray(TWO_ATOMS.spectrum(dim))
    x = rng.normal(size=(dim // 2, dim)) * np.sqrt(sigma)
    s = x.T @ x / len(x)
    values, vectors = np.linalg.eigh(s)
    g = values / (values + noise) * (1 - np.exp(-2 * time * (values + noise)))
    w = (vectors * g) @ vectors.T
    missing = w - np.eye(dim)
    risks = [(np.trace(missing @ c @ missing) + noise * np.sum(w**2)) / dim for c in (np.diag(sigma), s)]
    found = dynamics.curve(TWO_ATOMS, 0.5, time, noise)
    np.testing.assert_allclose([found.test_risk, found.train_risk], risks, rtol=0.02)


def test_descent_tends_to_the_flow_in_first_order():
    flow = dynamics.curve(TWO_ATOMS, 2.0, 0.8, 0.5).test_risk
    off = [
        float(dynamics.descent_curve(TWO_ATOMS, 2.0, n, 0.8 / n, 0.5).test_risk - flow) for n in (40, 80, 160)
    ]
    assert off[0] / off[1] == pytest.approx(2.0, rel=0.1)
    assert off[1] / off[2] == pytest.approx(2.0, rel=0.05)


@pytest.mark.parametrize("rate", [0.01, 0.1, 0.4])
def test_the_step_error_is_a_bound(rate):
    value, steps = 0.9, np.arange(1, 400)
    flow = np.asarray(early_stopped(rate * steps, 0.3)(value))
    found = value / 1.2 * (1 - (1 - 2 * rate * 1.2) ** steps)
    worst, bound = np.abs(found - flow).max(), float(dynamics.step_error(rate, value, 0.3))
    assert 0.3 * bound < worst < bound


def test_the_best_time():
    """Against the least of drawn spectra at d = 400; infinite where stopping never helps."""
    found = np.asarray(dynamics.optimal_time(ISOTROPIC, np.array([0.1, 0.2, 0.5, 2.0]), 1.0))
    np.testing.assert_allclose(found[:2], [0.0371, 0.0778], rtol=0.02)
    assert np.all(np.isinf(found[2:]))


@pytest.mark.parametrize(("load", "rises", "late"), [(0.15, True, 2.0), (0.2, True, 4.0), (0.5, False, 10.0)])
@pytest.mark.parametrize("noise", [0.3, 2.0])
def test_late_training_harms_below_a_quarter(load, rises, late, noise):
    slope = jax.jit(jax.grad(lambda t: dynamics.curve(ISOTROPIC, load, t, noise).test_risk))(
        late / (1 + noise)
    )
    assert abs(slope) > 1e-9
    assert (slope > 0) == rises


def test_large_batches_learn_as_the_truth_does():
    found = dynamics.online_curve(TWO_ATOMS, 10, 50, 0.02, 0.5, 10**12)
    sigma = np.asarray(TWO_ATOMS.spectrum(10))
    g = sigma / (sigma + 0.5) * (1 - (1 - 0.04 * (sigma + 0.5)) ** 50)
    assert found[-1] == pytest.approx(np.mean(sigma * (1 - g) ** 2 + 0.5 * g**2), rel=1e-9)
    assert np.all(dynamics.online_curve(TWO_ATOMS, 10, 50, 0.02, 0.5, 2) > found)


def test_loads_and_times_broadcast_and_differentiate():
    load, time = np.array([0.5, 2.0])[:, None], np.array([0.1, 0.5, 2.0])
    found = dynamics.curve(ISOTROPIC, load, time, 0.5)
    assert all(leaf.shape == (2, 3) for leaf in found)
    assert np.all(np.diff(found.train_risk, axis=1) < 0)
    assert np.all(found.train_risk < found.test_risk)

    def risk(t):
        return dynamics.curve(ISOTROPIC, 0.5, t, 0.5).test_risk

    slope = (risk(0.5 + 1e-5) - risk(0.5 - 1e-5)) / 2e-5
    assert jax.jit(jax.grad(risk))(0.5) == pytest.approx(float(slope), rel=1e-6)
    assert jax.jit(risk)(jnp.asarray(0.5)) == pytest.approx(float(found.test_risk[0, 1]), rel=1e-10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: dynamics.curve(ISOTROPIC, 0.0, 1.0, 1.0), "load must be positive"),
        (lambda: dynamics.curve(ISOTROPIC, 1.0, 0.0, 1.0), "time must be positive"),
        (lambda: dynamics.optimal_time(ISOTROPIC, 1.0, -1.0), "noise must be positive"),
        (lambda: dynamics.online_curve(ISOTROPIC, 4, 3, 0.1, 0.1, 0), "batch must be a whole number"),
        (lambda: dynamics.step_error(0.1, -1.0, 0.1), "eigenvalue must be at least 0"),
        (lambda: dynamics.predict(ISOTROPIC, 1.0), "filter or time and noise must be given"),
        (lambda: dynamics.predict(ISOTROPIC, 1.0, gaussian(), noise=1.0), "filter or time and noise"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
