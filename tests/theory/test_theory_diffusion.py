"""Predictions of samplers, guidance and information: closed forms, limits, and two routes to one number."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lingen.models import filters, population, schedules
from lingen.theory import (
    convergence,
    denoiser_variance,
    diffusion,
    diffusion_steps,
    distances,
    guidance,
    information,
)
from lingen.theory.moments import functional
from lingen.theory.spectrum import spectral_law

ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 10.0])
LOADS = np.array([0.3, 1.0, 2.5])
SHORT = filters.ddpm(schedules.linear(6))


def test_moments_of_ddpm_against_the_density():
    """The root of a sum of squares has complex zeros: the contour must not go round them."""
    for load in (0.4, 2.0):
        low, high = np.asarray(spectral_law.support(ISOTROPIC, load))[0]
        angle = np.pi * (np.arange(2000) + 0.5) / 2000
        x = 0.5 * (low + high) - 0.5 * (high - low) * np.cos(angle)
        mass = 0.5 * (high - low) * np.sin(angle) * np.pi / 2000 * spectral_law.density(ISOTROPIC, load, x)
        moments, gain = functional.filter_moments(ISOTROPIC, load, SHORT), SHORT(x)
        expected = [mass @ gain, mass @ gain**2, mass @ (x * gain**2)]
        found = [moments.mean[0], moments.square[0], moments.energy]
        np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_reverse_diffusion_in_closed_form():
    found = diffusion.reverse_diffusion_overlap(ISOTROPIC, LOADS)
    np.testing.assert_allclose(found, diffusion.reverse_diffusion_overlap_isotropic(LOADS), rtol=1e-13)
    assert found[1] == pytest.approx(2 / 3, rel=1e-13)
    assert np.all(found < convergence.overlap(ISOTROPIC, LOADS))


def test_ddpm_tends_to_the_reverse_diffusion():
    limit = diffusion.reverse_diffusion_overlap(TWO_ATOMS, LOADS)
    errors = [
        np.abs(diffusion.overlap(TWO_ATOMS, LOADS, filters.ddpm(schedules.linear(n))) - limit)
        for n in (500, 1000)
    ]
    assert np.all(errors[1] < 1e-3)
    assert np.all(errors[1] < 0.7 * errors[0])


def test_a_deterministic_sampler_has_the_overlap_of_its_filter():
    g = filters.heun(schedules.karras(9, 0.05, 20.0))
    assert diffusion.overlap(TWO_ATOMS, 0.7, g) == convergence.overlap(TWO_ATOMS, 0.7, g)
    assert diffusion.predict(TWO_ATOMS, 0.7, g).convergence == diffusion.overlap(TWO_ATOMS, 0.7, g)


def test_overlap_of_ddpm_transforms():
    found = diffusion.overlap(TWO_ATOMS, LOADS, SHORT)
    jitted = jax.jit(diffusion.overlap)(TWO_ATOMS, LOADS, SHORT)
    np.testing.assert_allclose(found, jitted, rtol=1e-12)
    slope = jax.jit(jax.grad(lambda x: diffusion.overlap(TWO_ATOMS, x, SHORT)))(0.7)
    near = [diffusion.overlap(TWO_ATOMS, 0.7 + h, SHORT) for h in (-1e-5, 1e-5)]
    assert slope == pytest.approx(float(near[1] - near[0]) / 2e-5, rel=1e-6)


@pytest.mark.parametrize(
    ("make", "schedule", "tolerance"),
    [
        (filters.heun, schedules.karras, 0.01),
        (filters.ddim, schedules.linear, 0.01),
        (filters.ddpm, schedules.linear, 0.04),
    ],
)
def test_leading_step_errors(make, schedule, tolerance):
    """The exact error approaches its leading term, faster than the error itself falls."""
    ratios = []
    for steps in (320, 640):
        sampler = make(schedule(steps))
        exact = diffusion_steps.step_error(TWO_ATOMS, 1.5, sampler)
        ratios.append(float(exact / diffusion_steps.leading_step_error(TWO_ATOMS, 1.5, sampler)))
    assert ratios[1] == pytest.approx(1.0, abs=tolerance)
    assert abs(ratios[1] - 1.0) < 0.6 * abs(ratios[0] - 1.0)


def test_geometric_levels_have_closed_forms():
    """With dσ = σL/T the two integrals are elementary: see docs/derivations."""
    low, high, steps, value = 0.1, 10.0, 2000, 1.7
    sigmas = schedules.geometric(steps, low, high)
    scale = np.log(high / low)
    ends = value + np.array([low, high]) ** 2
    first = -scale * value / (4 * steps) * (1 / ends[0] - 1 / ends[1])
    antiderivative = -1 / ends + value / (2 * ends**2)
    second = scale**2 * value / (4 * steps**2) * (antiderivative[1] - antiderivative[0])
    for make, expected in ((filters.euler, first), (filters.heun, second)):
        g = make(sigmas)
        assert float(g(value) / g.flow(value)) - 1 == pytest.approx(expected, rel=6e-3)
        assert float(diffusion_steps.gain_error(g, value) / g.flow(value)) == pytest.approx(
            expected, rel=1e-4
        )


def test_variance_is_the_second_moment_less_the_first_squared():
    load = np.array([0.2, 1.0, 5.0])
    moments = functional.filter_moments(TWO_ATOMS, load, filters.denoiser(0.3))
    found = denoiser_variance.predict(TWO_ATOMS, load, noise=0.3)
    np.testing.assert_allclose(found.variance, moments.square - moments.mean**2, atol=1e-14)
    rows = found.entries @ TWO_ATOMS.weights / load[:, None]
    np.testing.assert_allclose(rows, found.variance, rtol=1e-12)


def test_variance_at_large_load_is_the_classical_one():
    shape = 0.3 * TWO_ATOMS.eigenvalues / (TWO_ATOMS.eigenvalues + 0.3) ** 2
    found = denoiser_variance.variance(TWO_ATOMS, 1e6, 0.3)
    np.testing.assert_allclose(found, shape * (shape @ TWO_ATOMS.weights) / 1e6, rtol=1e-5)


def test_divergence_from_scores():
    rng = np.random.default_rng(0)
    first, second = np.cov(rng.normal(size=(4, 20))), np.diag([0.1, 1.0, 2.0, 30.0])
    closed = information.kl(first, second)
    assert information.kl_from_scores(first, second) == pytest.approx(float(closed), rel=1e-10)
    assert information.kl(first, first) == pytest.approx(0.0, abs=1e-12)


def test_excess_risk_integrates_to_the_divergence():
    """N2 through N5 gives D2, whatever the spectrum."""
    load = np.array([1.1, 2.0, 20.0])
    limit = 0.5 * (1 / (load - 1) - 1 + (1 - load) * np.log1p(-1 / load))
    np.testing.assert_allclose(information.kl_from_risks(TWO_ATOMS, load), limit, rtol=1e-9)
    finite = distances.kl_forward(4000, 8000) / 4000
    assert finite == pytest.approx(limit[1], rel=3e-3)


def test_information_from_the_gain_of_denoisers():
    spectrum = np.array([0.1, 1.0, 20.0])
    closed = information.mutual_information(spectrum, 0.5)
    assert information.mutual_information_from_mmse(spectrum, 0.5) == pytest.approx(float(closed), rel=1e-10)


def test_guided_variances():
    known, prior = 0.5, 2.0
    assert guidance.flow_variance(known, prior, 0.0) == pytest.approx(known)
    assert guidance.diffusion_variance(known, prior, 0.0) == pytest.approx(known)
    assert guidance.tilted_variance(known, prior, 0.0) == pytest.approx(known)
    assert guidance.flow_variance(known, prior, 2.0) == pytest.approx(known**3 / prior**2)
    expected = known * (known * (known / prior) ** 4 - prior) / (5 * (known - prior))
    assert guidance.diffusion_variance(known, prior, 2.0) == pytest.approx(expected)
    assert guidance.diffusion_variance(1.0, 1.0, 2.0) == pytest.approx(1.0)
    assert guidance.tilted_variance(prior, known, 2.0) == np.inf
    assert guidance.flow_variance(known, prior, 2.0, 1e9) == pytest.approx(known**3 / prior**2, rel=1e-7)


def test_a_finite_start_of_guidance():
    s = jnp.geomspace(1e-9, 9.0, 200001)
    known, prior, weight = 0.5, 2.0, 1.5
    slope = (1 + weight) / (known + s) - weight / (prior + s)
    expected = 9.0 * jnp.exp(-jnp.trapezoid(slope * s, jnp.log(s)))
    assert guidance.flow_variance(known, prior, weight, 9.0) == pytest.approx(float(expected), rel=1e-6)


def test_a_turn_multiplies_by_its_cosine():
    found = diffusion.predict_gauge(ISOTROPIC, 2.0, 1.0)
    assert found.convergence == pytest.approx(np.cos(1.0) * float(convergence.overlap(ISOTROPIC, 2.0)))
    assert found.same_law == 1.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: diffusion.overlap(ISOTROPIC, 0.0, SHORT), "load must be positive"),
        (lambda: diffusion.reverse_diffusion_overlap(ISOTROPIC, -1.0), "load must be positive"),
        (lambda: diffusion.gauge_overlap(ISOTROPIC, 1.0, np.nan), "angle must be finite"),
        (lambda: diffusion_steps.step_error(ISOTROPIC, 0.0, SHORT), "load must be positive"),
        (lambda: denoiser_variance.variance(ISOTROPIC, 1.0, 0.0), "noise must be positive"),
        (lambda: denoiser_variance.predict(ISOTROPIC, 1.0), "noise or a denoiser must be given"),
        (lambda: information.kl_from_risks(ISOTROPIC, 1.0), "load must be above 1"),
        (lambda: information.kl(np.eye(2), np.eye(3)), "second must be square"),
        (lambda: information.kl(np.eye(2), -np.eye(2)), "second must be positive definite"),
        (lambda: information.mutual_information([1.0], 0.0), "noise must be positive"),
        (lambda: guidance.flow_variance(1.0, 1.0, -1.0), "weight must be at least 0"),
        (lambda: guidance.flow_variance(1.0, 1.0, 1.0, 0.0), "start must be positive"),
        (lambda: guidance.conditional(0.0, 1.0), "unconditional must be positive"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
