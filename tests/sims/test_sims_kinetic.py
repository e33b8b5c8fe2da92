"""Paths measured: posterior means against plain NumPy, known energies, the planted form and all points."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from lingen.models import population
from lingen.models.systems import PathSchedule
from lingen.sims import kinetic
from lingen.sims.dense import point_data
from lingen.sims.engine.ensemble import ensemble

KEY = jr.key(5)
POINTS = np.random.default_rng(3).normal(size=(7, 3))
PAIR = np.array([[1.0], [-1.0]])


@pytest.mark.parametrize(("a", "m"), [(0.3, 1.1), (0.8, 0.3)])
def test_energies_against_posterior_means_in_numpy(a, m):
    pairs = point_data.draw_pairs(point_data.point_data(POINTS), 64, KEY)
    x = POINTS / np.sqrt(np.mean(POINTS**2))
    seen = a * np.asarray(pairs.end) + m * np.asarray(pairs.start)
    logs = -np.sum((seen[:, None] - a * x) ** 2, axis=2) / (2 * m * m)
    weight = np.exp(logs - logs.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    mean = weight @ x
    velocity = 0.7 * mean - 1.3 * (seen - a * mean) / m
    np.testing.assert_allclose(
        point_data.energy(pairs, *map(jnp.asarray, (a, m, 0.7, -1.3))),
        np.mean(velocity**2, axis=1),
        rtol=1e-9,
    )
    hidden = (weight @ np.sum(x**2, axis=1) - np.sum(mean**2, axis=1)) / 3
    np.testing.assert_allclose(point_data.unknown(pairs, jnp.asarray(a / m)), hidden, rtol=1e-7, atol=1e-14)


def test_both_ends_of_the_metric_have_one_mean():
    """Below and above s = 1 other estimates: both are λ(1+s²) − s² of two points on a line, λ = E tanh²."""
    s = np.array([0.0, 0.3, 0.999, 1.0, 3.0, 1e3, 1e300])
    found = kinetic.separation(PAIR, s, KEY, 40000)
    g = np.linspace(-9, 9, 4001)
    weight = np.exp(-g * g / 2) / np.exp(-g * g / 2).sum()
    known = np.array([weight @ np.tanh(t * t + t * g) ** 2 for t in s[:5]])
    error = np.maximum(np.asarray(found.error[:5]), 1e-15)
    assert np.all(np.abs(found.separation[:5] - known) < 5 * error)
    np.testing.assert_array_equal(found.separation[5:], 1.0)
    np.testing.assert_array_equal(found.metric[5:], 1.0)


def test_single_and_equal_points_are_known():
    for points in (np.ones((1, 4)), np.ones((3, 4))):
        found = kinetic.separation(points, [0.0, 0.5, 2.0, 1e9], KEY, 4096)
        assert abs(found.separation[1] - 1.0) < 5 * found.error[1] < 0.1
        np.testing.assert_allclose(np.delete(found.separation, 1), 1.0, rtol=1e-12)
        assert kinetic.sum_sampler(points)(KEY) == pytest.approx(0.0, abs=1e-12)


def test_the_sum_of_repeated_points_is_that_of_their_entropy():
    draws = ensemble(kinetic.sum_sampler(np.array([[1.0], [1.0], [1.0], [-3.0]])), KEY, 2000)
    shares = np.array([0.75, 0.25])
    assert np.mean(draws) == pytest.approx(-shares @ np.log(shares), abs=5 * draws.std() / np.sqrt(2000))
    assert draws.std() > 0


def test_the_search_finds_optimal_transport_of_two_variances():
    found = kinetic.gaussian_sampler(population.atoms([0.1, 1.9]))(KEY)
    root = (np.sqrt(0.1) + np.sqrt(1.9)) / 2
    assert found.optimal == pytest.approx(2 - 2 * root, rel=1e-4)
    assert found.conditional == pytest.approx(2 - np.pi / 2 * root, rel=1e-9)
    assert found.optimal < found.preserving < found.trigonometric


def test_the_search_on_a_line_beats_every_path_that_is_tried():
    found = kinetic.line_sampler([1.0, -1.0])(KEY)
    times = np.linspace(0, 1, 201)
    straight = ensemble(kinetic.schedule_sampler(PAIR, times, PathSchedule(times, 1 - times)), KEY, 400)
    assert np.mean(straight) == pytest.approx(float(found.conditional), abs=5 * straight.std() / 20)
    transport = 2 - 2 * np.sqrt(2 / np.pi)  # no path is shorter
    assert transport < found.optimal < found.preserving < found.trigonometric < found.conditional


def test_the_weight_of_the_data_point_is_the_metric_of_random_points():
    """n = 55 points drawn in full in 20 dimensions: K of each set of points, and the planted weight."""
    dim, samples, phi = 20, 55, np.array([0.5, 0.8, 1.1])
    rng = np.random.default_rng(7)
    # scaled to the law's own E‖x‖² = d, on average
    whole = np.mean(
        [
            kinetic.separation(rng.normal(size=(samples, dim)), np.tan(phi), jr.key(k), 256).metric
            for k in range(24)
        ],
        axis=0,
    )
    planted = ensemble(kinetic.planted_sampler(dim, np.log(samples) / dim, phi), KEY, 400)
    np.testing.assert_allclose(planted.mean(axis=0), whole, atol=3 / dim)
    assert np.all(np.diff(planted.mean(axis=0)) > 0.05)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kinetic.sum_sampler(np.zeros((2, 2))), "points must not all be 0"),
        (lambda: kinetic.line_sampler([]), "points must have two axes|points must"),
        (lambda: kinetic.planted_sampler(20, 0.1, [0.0]), "angles must lie strictly between 0 and π/2"),
        (
            lambda: kinetic.schedule_sampler(PAIR, [0.0, 1.0], PathSchedule(np.ones(3), np.ones(3))),
            "schedule must have the shape of times",
        ),
        (
            lambda: kinetic.schedule_sampler(PAIR, [1.0, 0.0], PathSchedule(np.ones(2), np.ones(2))),
            "times must be two or more that increase",
        ),
    ],
)
def test_wrong_arguments(call, message):
    with pytest.raises(ValueError, match=message):
        call()
