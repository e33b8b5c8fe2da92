"""Samplers from a denoiser: a linear one ends where its filter says; same seed, same image."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from lingen.models import filters
from lingen.models.networks import image_samplers
from lingen.models.networks.image_samplers import probability_flow, seed, stochastic

VARIANCE = np.array([4.0, 1.0, 0.25, 0.04]).reshape(1, 2, 2, 1)
HIGH, LOW = 2.0, 0.05


def at_level(sigma):
    """The residual of N(0, diag λ) at a known noise level."""
    return lambda y: y * sigma**2 / (VARIANCE + sigma**2)


def flow(steps: int) -> np.ndarray:
    """Probability flow of the exact linear denoiser, whose level the sampler never tells: a clock does."""
    levels = np.asarray(image_samplers.schedule(HIGH, LOW, steps))
    y, calls = np.ones((1, 2, 2, 1)), iter(np.append(np.repeat(levels, 2)[1:-1], [LOW]))
    start = image_samplers.Seed(jnp.asarray(y), jr.key(0))
    with jax.disable_jit():
        return np.asarray(probability_flow(lambda y: at_level(next(calls))(y), start, HIGH, LOW, steps))


def test_probability_flow_ends_at_its_filter_with_error_of_second_order():
    whole = filters.ode_sampler(LOW, HIGH)(VARIANCE) / HIGH * VARIANCE / (VARIANCE + LOW**2)
    errors = [np.abs(flow(steps) - whole).max() for steps in (16, 32)]
    assert errors[1] < 1e-2
    assert 3.0 < errors[0] / errors[1] < 5.0


def blind(y):
    """A blind denoiser of images in a plane: noise is what leaves it."""
    inside = jnp.mean(y, axis=(1, 2), keepdims=True)
    return y - inside


@pytest.mark.parametrize("sampler", image_samplers.SAMPLERS.values(), ids=image_samplers.SAMPLERS)
def test_same_seed_same_image_and_noise_is_gone(sampler):
    mean = jnp.ones((4, 4, 1), jnp.float32)
    start = seed(jr.key(3), 5, mean, HIGH)
    one, two = sampler(blind, start, HIGH, LOW), sampler(blind, start, HIGH, LOW)
    assert one.dtype == jnp.float32
    assert np.array_equal(one, two)
    assert np.abs(blind(one)).max() < 1e-5
    other = sampler(blind, seed(jr.key(4), 5, mean, HIGH), HIGH, LOW)
    assert np.abs(one - other).max() > 0.1


def test_stochastic_noise_level_falls_as_it_should():
    # on pure noise f(y) = y: σ̂ shrinks by 1 − βh a step, until it is below σ_min
    start = seed(jr.key(0), 64, jnp.zeros((8, 8, 1)), 1.0)
    seen = []

    def watch(y):
        seen.append(float(jnp.sqrt(jnp.mean(y**2))))
        return y

    with jax.disable_jit():
        stochastic(watch, start, 1.0, 1e-3, steps=6, step_size=0.2, noise=0.5)
    t = np.arange(1, 7)
    expected = np.cumprod(1.0 - 0.5 * 0.2 * t / (1.0 + 0.2 * (t - 1.0)))
    # 4096 Gaussians: σ̂ has a relative error of 1/√8192 a step
    assert np.allclose(seen[1:7], seen[0] * expected, rtol=5 * np.sqrt(6 / 8192))


def test_bad_schedules_are_refused():
    start = seed(jr.key(0), 1, jnp.zeros((2, 2, 1)), 1.0)
    with pytest.raises(ValueError, match="sigma_min must be below sigma_max = 1"):
        probability_flow(blind, start, 1.0, 2.0)
    with pytest.raises(ValueError, match="steps must be"):
        stochastic(blind, start, steps=0)
    with pytest.raises(ValueError, match="noise must be"):
        stochastic(blind, start, noise=2.0)
