"""Balanced layers, collapse, coherence and tangent kernels: predictions against NumPy and SciPy."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.optimize import minimize, minimize_scalar

from lingen.models import population
from lingen.theory import balanced_flow, class_collapse, gradient_coherence, tangent_kernels


def _shortest(label, penalty, depth):
    """The global minimum of (z−y)²/2 + (Mμ/2) z^{2/M}, by a search over z."""

    def loss(z):
        return 0.5 * (z - label) ** 2 + 0.5 * penalty * depth * z ** (2 / depth)

    grid = np.linspace(0.0, label, 2001)
    best = grid[np.argmin(loss(grid))]
    found = minimize_scalar(loss, bounds=(max(best - 0.01, 0.0), best + 0.01), options={"xatol": 1e-12})
    return found.x if found.fun < loss(0.0) else 0.0


@pytest.mark.parametrize("depth", [2, 3, 4, 7])
@pytest.mark.parametrize("decay", [1e-4, 0.01, 0.03, 0.09])
def test_lengths_against_a_search(depth, decay):
    counts = np.array([16.0, 9.0, 4.0, 1.0])
    expected = [_shortest(np.sqrt(n), counts.sum() * decay, depth) for n in counts]
    np.testing.assert_allclose(class_collapse.lengths(counts, decay, depth), expected, atol=2e-6)


def test_lengths_of_three_factors_are_those_of_descent():
    """The numbers of a descent on the whole loss, by SciPy from several starts."""
    rng, counts, decay = np.random.default_rng(1), [9, 1], 0.06
    labels = np.repeat(np.eye(2), counts, axis=1)
    shapes = [(4, 10), (4, 4), (2, 4)]
    ends = np.cumsum([0, *[a * b for a, b in shapes]])

    def loss(flat):
        u, v, w = (flat[i:j].reshape(s) for i, j, s in zip(ends, ends[1:], shapes, strict=False))
        gap = w @ v @ u - labels
        slopes = [(w @ v).T @ gap, w.T @ gap @ u.T, gap @ (v @ u).T]
        slope = np.concatenate([s.ravel() for s in slopes]) + 10 * decay * flat
        return 0.5 * np.sum(gap**2) + 5 * decay * np.sum(flat**2), slope

    tries = [
        minimize(loss, s * rng.normal(size=ends[-1]), jac=True, options={"gtol": 1e-9})
        for s in (0.2, 0.6, 1.0) * 3
    ]
    flat = min(tries, key=lambda found: found.fun).x
    u, v, w = (flat[i:j].reshape(s) for i, j, s in zip(ends, ends[1:], shapes, strict=False))
    classes = w @ v @ u
    np.testing.assert_allclose(
        np.linalg.norm(classes, axis=1), class_collapse.lengths(counts, decay, 3), atol=1e-6
    )
    assert abs(classes[0] @ classes[1]) < 1e-6


def test_a_class_collapses_at_once_at_the_threshold():
    # M = 3: y_c = 2 μ^{3/4}, from z = μ^{3/4}; N = 30, λ = 0.05, μ = 1.5
    critical = float(class_collapse.threshold(30, 0.05, 3))
    assert critical == pytest.approx(4 * 1.5**1.5)
    above, below = (
        float(class_collapse.lengths([critical * f, 30 - critical * f], 0.05, 3)[0])
        for f in (1 + 1e-9, 1 - 1e-9)
    )
    assert above == pytest.approx(1.5**0.75, rel=1e-6)
    assert below == 0.0
    assert float(class_collapse.threshold(30, 0.05, 2)) == pytest.approx(2.25)


def test_lengths_at_the_ends_of_decay_and_their_slope():
    np.testing.assert_allclose(class_collapse.lengths([16.0, 4.0], 0.0, 5), [4.0, 2.0], rtol=1e-14)
    np.testing.assert_array_equal(class_collapse.lengths([16.0, 4.0], 1e300, 5), [0.0, 0.0])
    np.testing.assert_array_equal(class_collapse.lengths([1e-300, 4.0], 1e-3, 3)[0], 0.0)
    slope = jax.grad(lambda decay: class_collapse.lengths([16.0, 4.0], decay, 3)[0])
    pair = [_shortest(4.0, 20 * decay, 3) for decay in (0.0299, 0.0301)]
    assert slope(0.03) == pytest.approx((pair[1] - pair[0]) / 2e-4, rel=1e-3)


@pytest.mark.parametrize(("samples", "dim", "noise"), [(1, 3, 0.0), (20, 10, 0.0), (5, 4, 2.0)])
def test_coherence_against_gradients_one_by_one(samples, dim, noise):
    """Gradients 2x(x+√s z)ᵀ, signs aside; eigenvalues 1 and 4 at d = 4."""
    truth = population.atoms([1.0, 4.0]) if dim == 4 else population.isotropic()
    scale = np.sqrt([1.0, 1.0, 4.0, 4.0]) if dim == 4 else np.ones(dim)
    rng = np.random.default_rng(2)
    x = rng.normal(size=(20_000, samples, dim)) * scale
    y = x + np.sqrt(noise) * rng.normal(size=x.shape)
    shared = np.sum((2 * np.einsum("rni,rnj->rij", x, y) / samples) ** 2, axis=(1, 2))
    single = 4 * np.mean(np.sum(x**2, -1) * np.sum(y**2, -1), axis=1)
    found = gradient_coherence.predict(truth, samples, dim, noise)
    for drawn, expected in ((shared, found.shared), (single, found.single)):
        assert abs(drawn.mean() - expected) < 4 * drawn.std() / np.sqrt(20_000)
    assert gradient_coherence.coherence(truth, samples, dim, noise) == found.shared / found.single


def test_coherence_of_the_identity_and_its_ends():
    found = gradient_coherence.coherence(population.isotropic(), [1, 20, 1e300], 10)
    np.testing.assert_allclose(found, [1.0, 31 / 240, 1 / 12], rtol=1e-14)


@pytest.mark.parametrize("activation", ["linear", "relu"])
@pytest.mark.parametrize("angle", [0.0, 0.7, 2.0, np.pi])
def test_kernel_moments_against_terms(activation, angle):
    rng = np.random.default_rng(3)
    u, v, a = rng.normal(size=(3, 400_000))
    v = np.cos(angle) * u + np.sin(angle) * v
    if activation == "linear":
        terms = u * v + a**2 * np.cos(angle)
    else:
        terms = 2 * (np.maximum(u, 0) * np.maximum(v, 0) + a**2 * (u > 0) * (v > 0) * np.cos(angle))
    mean, variance = tangent_kernels.moments(activation, angle)
    assert abs(terms.mean() - mean) <= 4 * terms.std() / np.sqrt(400_000) + 1e-15
    squares = (terms - terms.mean()) ** 2
    assert abs(squares.mean() - variance) <= 4 * squares.std() / np.sqrt(400_000) + 1e-15


def test_kernel_drift_against_chi_squares_and_its_ends():
    rng = np.random.default_rng(4)
    for width, target in ((1, 3.0), (3, 0.5), (40, 3.0)):
        u, v = rng.chisquare(width, size=(2, 400_000)) / width
        moved = 2 * np.sqrt(u * v + target**2 / width) - u - v
        found = float(tangent_kernels.drift(width, target))
        assert abs(found - moved.mean()) < 4 * moved.std() / np.sqrt(400_000)
    # E 2√(UV) − 2 = 2 (E|z|)² − 2
    assert float(tangent_kernels.drift(1, 0.0)) == pytest.approx(4 / np.pi - 2, rel=1e-10)
    wide = np.array([1e6, 1e12, 1e300])
    np.testing.assert_allclose(tangent_kernels.drift(wide, 3.0) * wide, 8.0, rtol=1e-4)


@pytest.mark.parametrize("balance", [1e-3, 0.5, 20.0])
def test_balanced_layers_against_an_integration(balance):
    times, target = np.array([0.1, 0.7, 2.0, 6.0]), 1.5

    def slope(_, w):
        return [w[1] * (target - w[0] * w[1]), w[0] * (target - w[0] * w[1])]

    found = solve_ivp(slope, (0, 6), [0.0, np.sqrt(balance)], "DOP853", times, rtol=1e-11, atol=1e-14)
    expected = found.y[0] * found.y[1]
    np.testing.assert_allclose(balanced_flow.strength(target, times, balance), expected, rtol=1e-7)


def test_balanced_layers_at_the_ends():
    # lazy: s(1−e^{−bt}); rich: the sigmoid from b/4; s = 0 and t = 0 are 0
    lazy = balanced_flow.strength([0.5, 2.0], 1e-8, 1e8)
    np.testing.assert_allclose(lazy, np.array([0.5, 2.0]) * -np.expm1(-1), rtol=1e-7)
    rich = balanced_flow.strength(2.0, 5.0, 4e-9)
    np.testing.assert_allclose(rich, 2 / (1 + 2e9 * np.exp(-20)), rtol=1e-7)
    np.testing.assert_array_equal(balanced_flow.strength([0.0, 2.0], [1.0, 0.0], 1.0), [0.0, 0.0])
    np.testing.assert_allclose(balanced_flow.strength(2.0, 1e300, [1e-300, 1e-9, 1e300]), 2.0, rtol=1e-9)


@pytest.mark.parametrize("load", [0.5, 2.0])
def test_agreement_of_balanced_layers_against_the_density(load):
    """Means over Marchenko and Pastur's law at large b, where g = λ/(λ+s)(1−e^{−bt(λ+s)})."""
    c, time, balance, noise = 1 / load, 1e-6, 1e6, 0.5
    low, high = (1 - np.sqrt(c)) ** 2, (1 + np.sqrt(c)) ** 2

    def mean(power):
        def term(x):
            gain = x / (x + noise) * -np.expm1(-balance * time * (x + noise))
            return gain**power * np.sqrt((high - x) * (x - low)) / (2 * np.pi * c * x)

        return quad(term, low, high, limit=200)[0]

    found = balanced_flow.predict(load, time, balance, noise)
    assert found.gain == pytest.approx(mean(1), rel=1e-5)
    assert found.convergence == pytest.approx(mean(1) ** 2 / mean(2), rel=1e-5)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: balanced_flow.strength(1.0, 1.0, 0.0), "balance must be positive"),
        (lambda: balanced_flow.strength(-1.0, 1.0, 1.0), "target must be at least 0"),
        (lambda: balanced_flow.predict(0.0, 1.0, 1.0, 1.0), "load must be positive"),
        (lambda: class_collapse.lengths([4.0, 0.0], 0.1, 3), "counts must be positive"),
        (lambda: class_collapse.lengths(4.0, 0.1, 3), "counts must hold the samples"),
        (lambda: class_collapse.lengths([4.0], -0.1, 3), "decay must be at least 0"),
        (lambda: class_collapse.threshold(4.0, 0.1, 1), "depth must be a whole number of at least 2"),
        (lambda: class_collapse.predict(4, 5, 2, 0.1, 3), "minority must be at most majority"),
        (lambda: gradient_coherence.coherence(population.isotropic(), 0, 3), "samples must be at least 1"),
        (lambda: tangent_kernels.moments("tanh", 0.0), "activation must be one of linear, relu"),
        (lambda: tangent_kernels.moments("relu", 4.0), "angle must be between 0 and"),
        (lambda: tangent_kernels.drift(0, 1.0), "width must be at least 1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
