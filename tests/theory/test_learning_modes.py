"""Sigmoids, collapse and random features: against ordinary differential equations, and their limits."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

from lingen.models import population
from lingen.theory import collapse, feature_width, mode_curves, random_features


def step(a, value, noise, rate, layers):
    speed = mode_curves.LAYERS[layers] / 2
    return a * (1 + rate * speed * (value - (value + noise) * a)) ** 2


@pytest.mark.parametrize("layers", ["tied", "two"])
def test_sigmoids_against_descent(layers):
    """The correction for the step leaves an error of second order: a quarter for half the step."""
    value, noise, start, worst = 1.5, 0.4, 1e-3, []
    for rate in (0.02, 0.01):
        a, curve = start, []
        for _ in range(round(8 / rate)):
            a = step(a, value, noise, rate, layers)
            curve.append(a)
        time = rate * np.arange(1, len(curve) + 1)
        found = mode_curves.strength(value, time, start, noise, layers, rate)
        worst.append(np.abs(found - np.array(curve)).max())
        flow = mode_curves.strength(value, time, start, noise, layers)
        assert worst[-1] < 0.2 * np.abs(flow - np.array(curve)).max()
    assert worst[0] / worst[1] == pytest.approx(4.0, rel=0.25)


def test_a_plateau_ends_at_half_height():
    values, start = np.array([4.0, 2.0, 1.0]), 1e-4
    time = mode_curves.plateau_time(values, start, 0.3)
    half = mode_curves.strength(values, time, start, 0.3)
    np.testing.assert_allclose(half, mode_curves.final_strength(values, 0.3) / 2, rtol=1e-12)
    later = mode_curves.plateau_time(values, start**2, 0.3)
    assert np.all((later - time) * 8 * values == pytest.approx(np.log(1 / start), rel=1e-3))


def test_the_rank_climbs_by_ones():
    values, start = np.array([16.0, 4.0, 1.0]), 1e-12
    ends = np.asarray(mode_curves.plateau_time(values, start))
    between = np.sqrt(ends * np.append(ends[1:], 2 * ends[-1]))
    np.testing.assert_allclose(mode_curves.rank(values, between, start), [1, 2, 3], atol=0.02)


def test_a_dead_direction_carries_nothing():
    values, beta = np.array([5.0, 2.0, 0.0, 0.0]), 0.7
    found, alive = collapse.predict(values, beta, 3), collapse.predict(values[:2], beta, 2)
    np.testing.assert_array_equal(found.weight, [4.3, 1.3, 0.0, 0.0])
    np.testing.assert_allclose(found.information, alive.information, rtol=1e-15)
    # its decoder is N(0, β) there: ½ log 2πβ each
    rest = float(collapse.negative_elbo(values, beta, 3) - collapse.negative_elbo(values[:2], beta, 2))
    assert rest == pytest.approx(np.log(2 * np.pi * beta), rel=1e-12)
    assert collapse.active(values, beta, 4) == 2.0


def test_collapse_is_the_best_of_all_weights():
    values, beta = np.array([4.0, 2.0, 0.5]), 1.0
    best = collapse.predict(values, beta, 3).weight

    def cost(weight):
        model = beta + weight
        return 0.5 * jnp.sum(jnp.log(2 * jnp.pi * model) + values / model)

    assert cost(best) == pytest.approx(float(collapse.negative_elbo(values, beta, 3)), rel=1e-12)
    slope = jax.jit(jax.grad(cost))(best)
    np.testing.assert_allclose(slope[:2], 0.0, atol=1e-12)
    assert slope[2] > 0
    np.testing.assert_array_equal(collapse.active(values, np.array([0.1, 1.0, 3.0, 9.0]), 2), [2, 2, 1, 0])


def test_finite_data_wake_a_latent():
    source = population.spiked([3.0])
    np.testing.assert_allclose(collapse.sampled_weight(source, np.array([1.0, 100.0]), 4.5), [[5 / 6], [0.0]])


def test_modes_of_random_features_are_a_linear_flow():
    numbers = random_features.Constants(0.6, 0.2, 0.3)
    value, noise, load, width, time = 1.3, 0.4, 2.0, 50.0, 3.0
    alpha, beta, delta = 2 * 0.36, 2 * 0.2 / load, 2 * 0.3 / width
    matrix = np.array([[alpha * (value + noise) + delta, alpha * value], [beta, beta + delta]])
    end = np.linalg.solve(matrix, [alpha * value, beta])
    expected = end - expm(-matrix * time) @ end
    np.testing.assert_allclose(
        random_features.modes(numbers, jnp.asarray(value), time, noise, load, width), expected, rtol=1e-10
    )
    power = np.linalg.matrix_power(np.eye(2) - 0.1 * matrix, 30)
    discrete = random_features.modes(numbers, jnp.asarray(value), time, noise, load, width, 0.1)
    np.testing.assert_allclose(discrete, end - power @ end, rtol=1e-10)


def test_one_time_is_constant_in_n_and_the_other_linear():
    numbers = random_features.constants(jnp.tanh, 1.0, 0.25)
    found = random_features.times(numbers, 1.0, 0.25, np.array([50.0, 100.0, 200.0]))
    np.testing.assert_allclose(found.generalisation, 1 / (2.5 * numbers.slope**2), rtol=0.02)
    np.testing.assert_allclose(found.memorisation[1:] / found.memorisation[:-1], 2.0, rtol=0.02)
    np.testing.assert_allclose(found.memorisation[-1], 200 * 1.25 / (0.5 * numbers.memory), rtol=0.02)


def test_constants_of_a_sine_are_explicit():
    numbers = random_features.constants(lambda h: jnp.sin(1.5 * h), 1.0, 0.25)
    slope = 1.5 * np.exp(-2.25 * 1.25 / 2)
    seen = np.exp(-2.25 * 0.25) * (1 - np.exp(-4.5)) / 2
    rest = (1 - np.exp(-4.5 * 1.25)) / 2 - seen - 0.25 * slope**2
    np.testing.assert_allclose(numbers, [slope, seen - slope**2, rest], rtol=1e-9)


def sine(h):
    return jnp.sin(1.5 * h)


def test_features_of_great_width_are_a_plane():
    """Corrections of order (n+d)/p apart."""
    load, time, errors = np.array([0.5, 2.0]), np.array([3.0, 10.0]), []
    for width in (500.0, 2000.0):
        found = feature_width.predict(load, time, 0.25, sine, width)
        plane = random_features.predict(population.isotropic(), load, time, 0.25, sine, width)
        errors.append(np.abs(np.array(found) - np.array(plane)).max())
    assert errors[0] < 2e-3
    assert errors[1] < errors[0] / 3


def test_features_of_any_width_start_alike():
    """At first A = 2tV: the overlaps are those of V with the truth and with itself."""
    load, variance = np.array([0.5, 2.0]), 1.7
    numbers = random_features.constants(sine, variance, 0.25)
    found = feature_width.predict(load, 1e-6, 0.25, sine, np.array([[1.0], [9.0]]), variance)
    linear = 2e-6 * numbers.slope**2 * variance
    both = 2e-6 * (numbers.slope**2 * variance + numbers.memory) / load + linear
    np.testing.assert_allclose(found.generalisation, np.full((2, 2), linear), rtol=2e-5)
    np.testing.assert_allclose(found.generalisation + found.memorisation, [both, both], rtol=2e-5)


def test_features_of_any_width_are_differentiable():
    @jax.jit
    def seen(load):
        return feature_width.predict(load, 4.0, 0.25, sine, 3.0).memorisation

    slope = (seen(1.0 + 1e-4) - seen(1.0 - 1e-4)) / 2e-4
    assert float(jax.jit(jax.grad(seen))(1.0)) == pytest.approx(float(slope), rel=1e-6)


def test_features_of_finite_width_against_matrices():
    """Gaussian features of the same covariances: the law is met up to 1/d."""
    dim, load, width, noise, time = 96, 1.0, 3.0, 0.25, 4.0
    numbers = [float(x) for x in random_features.constants(sine, 1.0, noise)]
    rng, drawn = np.random.default_rng(1), []
    p, n = int(width * dim), int(load * dim)
    for _ in range(8):
        f, x = rng.normal(size=(p, dim)) / np.sqrt(dim), rng.normal(size=(n, dim))
        g = numbers[0] * x @ f.T + np.sqrt(numbers[1]) * rng.normal(size=(n, p))
        target = g.T @ g / n + noise * numbers[0] ** 2 * f @ f.T + numbers[2] * np.eye(p)
        value, vector = np.linalg.eigh(target)
        seen, fresh = x.T @ g / n @ vector, numbers[0] * f.T @ vector
        gain = -np.expm1(-2 * value * time / width) / value
        linear = np.sum(seen * fresh, axis=0) @ gain / dim
        drawn.append([linear, np.sum(seen**2, axis=0) @ gain / dim - linear])
    found = feature_width.predict(load, time, noise, sine, width)
    error = np.std(drawn, axis=0, ddof=1) / np.sqrt(8)
    assert np.all(error < 0.01)
    assert np.all(np.abs(np.mean(drawn, axis=0) - np.array(found)) < 5 * error + 0.5 / dim)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mode_curves.strength(1.0, 1.0, 0.0), "start must be positive"),
        (lambda: mode_curves.strength(1.0, 1.0, 1.0), "start must be below the end 1, got 1"),
        (lambda: mode_curves.strength(1.0, 1.0, 0.8, noise=0.5), r"start must be below the end 0\.666667"),
        (lambda: mode_curves.plateau_time([2.0, 1.0], 0.75, 0.5), r"below the end 0\.666667, got 0\.75"),
        (lambda: mode_curves.strength(1.0, 1.0, 0.1, layers="deep"), "layers must be one of tied, two"),
        (lambda: mode_curves.plateau_time(-1.0, 0.1), "eigenvalue must be positive"),
        (lambda: collapse.predict([1.0], 0.0, 1), "variance must be positive"),
        (lambda: collapse.predict([1.0], 1.0, 2), "latents must be a whole number"),
        (lambda: random_features.constants(jnp.cos, 1.0, 0.1), "activation must be odd"),
        (lambda: random_features.constants(jnp.tanh, 1.0, 0.0), "noise must be positive"),
        (lambda: feature_width.predict(1.0, 1.0, 0.1, jnp.tanh, 0.5), "width must be between 1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
