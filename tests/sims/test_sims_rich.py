"""Draws of class collapse, per-example gradients and tangent kernels against NumPy."""

from __future__ import annotations

import jax
import jax.random as jr
import numpy as np
import pytest

from lingen.models import population
from lingen.sims import balanced_flow, class_collapse, ensemble, gradient_coherence, tangent_kernels


def test_the_best_minimum_of_two_layers_does_not_hang_on_the_start():
    """Two factors: the singular values √n_k of the labels less Nλ = 1.5."""
    draw = jax.jit(class_collapse.sampler(16, 4, 2, decay=0.0375, depth=2, starts=4, width=6))
    for seed in range(3):
        found = draw(jr.key(seed))
        np.testing.assert_allclose([found.majority_length, found.minority_length], [2.5, 0.5], atol=1e-6)


def test_gradients_are_those_of_the_loss():
    """n = 1: both sides are 4‖x‖²‖y‖², whose mean is 4((tr Σ)² + 2 tr Σ² + s d tr Σ)."""
    drawn = ensemble(
        gradient_coherence.sampler(population.atoms([1.0, 4.0]), 1, 2, noise=2.0), jr.key(0), 20_000
    )
    np.testing.assert_allclose(drawn.shared, drawn.single, rtol=1e-12)
    error = drawn.single.std() / np.sqrt(20_000)
    assert abs(drawn.single.mean() - 4 * (25 + 2 * 17 + 2 * 2 * 5)) < 4 * error
    assert error < 10


def test_the_trained_kernel_against_small_steps():
    """Euler's rule in NumPy, h = Wx alone, of many small steps: both sides of the conserved K² − 4f²/m."""
    drawn = ensemble(tangent_kernels.sampler(4, 3.0), jr.key(1), 2000)
    rng, moved = np.random.default_rng(5), []
    h, a = rng.normal(size=(2, 2000, 4))
    start = np.sum(h**2 + a**2, axis=1) / 4
    for _ in range(8000):
        gap = (np.sum(a * h, axis=1) / 2 - 3.0)[:, None] / 2 * 1e-3
        h, a = h - gap * a, a - gap * h
    moved = np.sum(h**2 + a**2, axis=1) / 4 - start
    error = np.hypot(moved.std(), drawn.drift.std()) / np.sqrt(2000)
    assert abs(moved.mean() - drawn.drift.mean()) < 4 * error
    np.testing.assert_allclose(drawn.end, drawn.start + drawn.drift)


def test_layers_trained_for_long_are_the_best_denoisers():
    """q and tr A/d of S(S+s)⁻¹, in NumPy: the end of the flow at any start."""
    rng, rows = np.random.default_rng(6), []
    for _ in range(2000):
        ends = []
        for x in rng.normal(size=(2, 8, 4)):
            s = x.T @ x / 8
            ends.append(s @ np.linalg.inv(s + 0.5 * np.eye(4)))
        one, two = ends
        shared = np.sum(one * two) / (np.linalg.norm(one) * np.linalg.norm(two))
        rows.append([shared, (np.trace(one) + np.trace(two)) / 8])
    draw = balanced_flow.sampler(2.0, 20.0, 1.0, noise=0.5, dim=4, steps=500)
    drawn = ensemble(draw, jr.key(2), 500)
    for one, other in zip(np.array(rows).T, drawn, strict=True):
        error = np.hypot(one.std() / np.sqrt(2000), other.std() / np.sqrt(500))
        assert abs(one.mean() - other.mean()) < 4 * error
        assert error < 0.01


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: balanced_flow.mode_sampler([1.0], 100.0, 9.0, steps=50), "steps must be at least 922 here"),
        (lambda: class_collapse.sampler(4, 5, 2, decay=0.1, depth=3), "minority must be a whole number"),
        (lambda: class_collapse.sampler(4, 4, 2, decay=0.0, depth=3), "decay must be positive"),
        (lambda: class_collapse.sampler(4, 4, 2, decay=0.1, depth=3, width=3), "width must be a whole"),
        (lambda: tangent_kernels.kernel_sampler("tanh", 4, 0.0), "activation must be one of"),
        (lambda: tangent_kernels.sampler(4, np.nan), "target must be finite"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_depths_up_to_four_are_one_program():
    made = [class_collapse.sampler(16, 4, 2, decay=0.02, depth=depth) for depth in (2, 3, 4)]
    kinds = {(jax.tree.structure(one), *(leaf.shape for leaf in jax.tree.leaves(one))) for one in made}
    assert len(kinds) == 1
