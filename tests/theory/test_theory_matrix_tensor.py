"""Nested matrix–tensor model: the prediction against whole tensors in NumPy, limits and edges."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from lingen.sims import ensemble
from lingen.sims import matrix_tensor as sim
from lingen.theory import matrix_tensor

SIZES = (30, 24, 4)


def unfolded(rng, strength, ratio, sizes):
    """(ŷ·y)² and the largest eigenvalue, of a tensor drawn entry by entry in random directions."""
    x, y, z = (v / np.linalg.norm(v) for v in (rng.normal(size=n) for n in sizes))
    total, tensor = sum(sizes), ratio * np.sqrt(np.prod(sizes)) / sum(sizes)
    matrix = strength * np.outer(x, y) + rng.normal(size=sizes[:2]) / np.sqrt(sizes[0] + sizes[1])
    whole = np.sqrt(tensor) * matrix[:, :, None] * z + rng.normal(size=sizes) / np.sqrt(total)
    values, vectors = np.linalg.eigh(np.einsum("iaj,ibj->ab", whole, whole))
    return (vectors[:, -1] @ y) ** 2, values[-1]


@pytest.fixture(scope="module")
def whole_tensors():
    rng = np.random.default_rng(9)
    return np.array([unfolded(rng, 2.0, 2.0, SIZES) for _ in range(2000)])


def test_the_prediction_against_whole_tensors(whole_tensors):
    found = matrix_tensor.predict(2.0, 2.0, *SIZES)
    error = whole_tensors.std(axis=0) / np.sqrt(2000)
    # the finite-size term is of order 1/n₂
    allowed = 4 * error + np.array([0.3, 0.3 * float(found.outlier)]) / 24
    np.testing.assert_array_less(np.abs(whole_tensors.mean(axis=0) - np.array(found)), allowed)
    assert abs(whole_tensors[:, 0].mean() - float(matrix_tensor.limit(2.0, 2.0, 24 / 54))) > 2 * allowed[0]


def test_draws_by_factors_and_whole_tensors_have_one_law(whole_tensors):
    drawn = ensemble(sim.sampler(2.0, 2.0, rows=30, columns=24, slices=4), jax.random.key(1), 2000)
    for one, other in zip(whole_tensors.T, drawn, strict=True):
        assert abs(one.mean() - other.mean()) < 5 * np.hypot(one.std(), other.std()) / np.sqrt(2000)


def test_many_slices_and_a_matrix_alone():
    found = matrix_tensor.predict(2.0, 0.6, 1e12, 1e12, 1e12).recovery
    assert found == pytest.approx(float(matrix_tensor.limit(2.0, 0.6)), abs=1e-5)
    # BBP of a matrix: (1 − c₁c₂/b²)/(1 + c₂/b), b = 4
    assert matrix_tensor.limit(2.0, 1e9) == pytest.approx(0.875)
    assert matrix_tensor.predict(2.0, 1e9, 1e6, 1e6, 1).recovery == pytest.approx(0.875, abs=1e-8)


def test_the_threshold_is_where_the_limit_vanishes():
    critical = float(matrix_tensor.threshold(1.2, 0.3))
    assert matrix_tensor.limit(1.2, 0.999 * critical, 0.3) == 0.0
    assert matrix_tensor.limit(1.2, 1.001 * critical, 0.3) > 0.0


def test_hidden_signals_leave_the_edge_of_the_bulk():
    """Without a signal one slice has the spectrum of n₁ points in n₂ dimensions, of variance v₁."""
    n1, n2, ratio = 400, 100, 3.0
    found = matrix_tensor.predict(1e-3, ratio, n1, n2, 1)
    tensor = ratio * np.sqrt(n1 * n2) / (n1 + n2 + 1)
    noise = tensor / (n1 + n2) + 1 / (n1 + n2 + 1)
    assert found.recovery == 0.0
    assert found.outlier == pytest.approx(noise * (np.sqrt(n1) + np.sqrt(n2)) ** 2, rel=1e-10)


def test_slopes_agree_with_finite_differences():
    def recovery(strength, ratio):
        return matrix_tensor.predict(strength, ratio, 50, 40, 3).recovery

    slopes = jax.jit(jax.grad(recovery, argnums=(0, 1)))(1.5, 2.0)
    step = 1e-6
    first = (recovery(1.5 + step, 2.0) - recovery(1.5 - step, 2.0)) / (2 * step)
    second = (recovery(1.5, 2.0 + step) - recovery(1.5, 2.0 - step)) / (2 * step)
    np.testing.assert_allclose(slopes, [first, second], rtol=1e-7)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: matrix_tensor.predict(0.0, 1.0, 4, 4, 1), "strength must be positive"),
        (lambda: matrix_tensor.predict(1.0, 1.0, 4, 4, 0), "slices must be at least 1"),
        (lambda: matrix_tensor.threshold(0.5), r"strength\*\*4"),
        (lambda: matrix_tensor.limit(1.0, 1.0, 1.0), "1 − share must be positive"),
        (lambda: sim.sampler(1.0, 1.0, rows=4, columns=0, slices=1), "columns must be a whole number"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
