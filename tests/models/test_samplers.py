"""Samplers as filters: written out in NumPy, the exact flow as their limit, and their schedules."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
import pytest

from lingen.models import filters, schedules

GRID = np.geomspace(1e-2, 1e2, 9)
STEPS = 12
BETAS = np.asarray(schedules.linear(STEPS))
SIGMAS = np.asarray(schedules.karras(STEPS, 0.05, 20.0))
MADE = {
    "ddpm": filters.ddpm(BETAS),
    "ddpm-beta": filters.ddpm(BETAS, "beta"),
    "ddim": filters.ddim(BETAS),
    "euler": filters.euler(SIGMAS),
    "heun": filters.heun(SIGMAS),
}


def ancestral_variance(value, kind):
    """The variance of one eigendirection, step by step as the algorithm has it."""
    bars = np.concatenate([[1.0], np.cumprod(1.0 - BETAS)])
    law = np.ones_like(value)
    for t in range(STEPS, 0, -1):
        beta, bar, before = BETAS[t - 1], bars[t], bars[t - 1]
        mean = (1.0 - beta / (bar * value + 1.0 - bar)) / np.sqrt(1.0 - beta)
        added = beta if kind == "beta" else beta * (1.0 - before) / (1.0 - bar)
        law = mean**2 * law + (added if t > 1 else 0.0)
    return law


@pytest.mark.parametrize("kind", ["posterior", "beta"])
def test_ddpm_is_the_law_of_the_algorithm(kind):
    np.testing.assert_allclose(
        filters.ddpm(BETAS, kind)(GRID) ** 2, ancestral_variance(GRID, kind), rtol=1e-12
    )


def test_ddpm_is_a_sum_of_denoisers():
    noise, strength = MADE["ddpm"].channels
    gains = np.sqrt(strength) * GRID[:, None] / (GRID[:, None] + noise)
    assert gains.shape == (GRID.size, STEPS)
    np.testing.assert_allclose(np.sum(gains**2, axis=1), MADE["ddpm"](GRID) ** 2, rtol=1e-12)


def test_ddim_is_the_product_of_its_steps():
    bars = np.concatenate([[1.0], np.cumprod(1.0 - BETAS)])
    gain = np.ones_like(GRID)
    for t in range(STEPS, 0, -1):
        epsilon = np.sqrt(1.0 - bars[t]) / (bars[t] * GRID + 1.0 - bars[t])
        clean = (1.0 - np.sqrt(1.0 - bars[t]) * epsilon) / np.sqrt(bars[t])
        gain *= np.sqrt(bars[t - 1]) * clean + np.sqrt(1.0 - bars[t - 1]) * epsilon
    np.testing.assert_allclose(MADE["ddim"](GRID), gain, rtol=1e-12)


@pytest.mark.parametrize("name", ["euler", "heun"])
def test_steps_on_the_flow(name):
    gain = np.full_like(GRID, SIGMAS[-1])
    for sigma, tau in zip(SIGMAS[:0:-1], SIGMAS[-2::-1], strict=True):
        slope = sigma / (GRID + sigma**2)
        first = 1.0 + (tau - sigma) * slope
        second = 1.0 + 0.5 * (tau - sigma) * (slope + tau / (GRID + tau**2) * first)
        gain *= first if name == "euler" else second
    np.testing.assert_allclose(MADE[name](GRID), gain, rtol=1e-12)


def test_ddim_is_euler_in_the_noise():
    sigmas = jnp.sqrt(schedules.levels(jnp.asarray(BETAS)))
    start = np.sqrt(1.0 + sigmas[-1] ** 2) / sigmas[-1]
    np.testing.assert_allclose(MADE["ddim"](GRID), start * filters.euler(sigmas)(GRID), rtol=1e-12)


@pytest.mark.parametrize(("name", "order"), [("ddpm", 1), ("ddim", 1), ("euler", 1), ("heun", 2)])
def test_many_steps_are_the_exact_flow(name, order):
    def error(steps):
        schedule = schedules.linear if name in ("ddpm", "ddim") else lambda n: schedules.karras(n, 0.05, 20.0)
        made = {"ddpm": filters.ddpm, "ddim": filters.ddim, "euler": filters.euler, "heun": filters.heun}[
            name
        ]
        g = made(schedule(steps))
        return np.max(np.abs(g(GRID[2:]) / g.flow(GRID[2:]) - 1.0))

    slope = np.log2(error(512) / error(1024))
    assert slope == pytest.approx(order, abs=0.25 if name == "ddpm" else 0.06)
    assert error(1024) < (0.02 if order == 1 else 1e-4)


def test_the_flow_is_the_ode_sampler():
    known = filters.ode_sampler(SIGMAS[0], SIGMAS[-1])
    np.testing.assert_allclose(MADE["heun"].flow(GRID), known(GRID), rtol=1e-14)


def test_a_last_step_to_zero_noise_is_euler():
    sigmas = np.concatenate([[0.0], SIGMAS])
    last = GRID / (GRID + SIGMAS[0] ** 2)
    np.testing.assert_allclose(filters.heun(sigmas)(GRID), last * MADE["heun"](GRID), rtol=1e-12)


@pytest.mark.parametrize("name", MADE)
def test_dead_directions_and_the_complex_plane(name):
    g = MADE[name]
    assert np.all(np.isfinite(g(jnp.zeros(2))))
    z = jnp.asarray([0.3 + 0.4j, 5.0 + 20.0j])
    np.testing.assert_allclose(g(z.conj()), np.conj(g(z)), rtol=1e-12)
    step = 1e-5
    real, imaginary = (g(z + h) - g(z - h) for h in (step, 1j * step))
    np.testing.assert_allclose(imaginary, 1j * real, rtol=1e-5)


def test_the_linear_schedule_is_ddpms():
    betas = np.asarray(schedules.linear(1000))
    np.testing.assert_allclose(betas[[0, -1]], [1.1e-4, 0.0198], rtol=2e-2)
    bars = schedules.alpha_bars(schedules.linear(7))
    assert bars[-1] == pytest.approx(float(schedules.alpha_bars(jnp.asarray(betas))[-1]), rel=1e-12)
    assert np.all(np.asarray(schedules.cosine(50)) <= schedules.LARGEST_BETA)


def test_schedules_have_their_ends():
    for make in (schedules.karras, schedules.geometric):
        np.testing.assert_allclose(make(5, 0.1, 10.0)[jnp.array([0, -1])], [0.1, 10.0], rtol=1e-12)


@pytest.mark.parametrize("text", ["ddpm:8", "ddim:8", "euler:8", "heun:8"])
def test_samplers_are_parsed(text):
    g = filters.parse(text)
    assert g.name == text.replace(":", "(steps=") + ")"
    assert isinstance(g, filters.Sampler)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: filters.parse("ddpm:2.5"), "steps must be a whole number"),
        (lambda: filters.parse("ddpm:0"), "steps must be a whole number of at least 1"),
        (lambda: filters.ddpm([0.1, 1.0]), "betas must lie strictly between 0 and 1, got 1"),
        (lambda: filters.ddim([[0.1]]), "betas must have one axis"),
        (lambda: filters.ddpm([0.1], "none"), "noise must be one of posterior, beta"),
        (lambda: filters.euler([0.1]), "sigmas must have one axis of at least two"),
        (lambda: filters.heun([0.1, 0.1]), "sigmas must increase, got 0.1 before 0.1"),
        (lambda: filters.heun([-0.1, 0.1]), "sigmas must be at least 0, got -0.1"),
        (lambda: schedules.karras(5, 2.0, 1.0), "sigma_min must be below sigma_max"),
        (lambda: schedules.linear(5, 2.0, 1.0), "beta_max must be above beta_min"),
        (lambda: schedules.geometric(5, 0.0), "sigma_min must be positive"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
