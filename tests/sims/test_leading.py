"""A few eigenvectors, and eigenvalues alone, against LAPACK's full decomposition by NumPy."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lingen.models import population
from lingen.sims import recovery
from lingen.sims.dense import leading, wishart


def _covariance(dim: int, samples: int) -> np.ndarray:
    x = np.random.default_rng(dim + samples).standard_normal((samples, dim))
    x[:, 0] *= 2.0
    return x.T @ x / samples


@pytest.mark.parametrize(("dim", "samples"), [(1, 3), (2, 5), (60, 90), (60, 60), (60, 25)])
def test_selected_eigenpairs_are_those_of_the_full_decomposition(dim: int, samples: int) -> None:
    matrix = _covariance(dim, samples)
    values, vectors = np.linalg.eigh(matrix)
    order = np.unique([dim - 1, dim - min(dim, samples) // 2 - 1, dim - min(dim, samples)])
    found, columns = jax.jit(leading.selected)(jnp.asarray(matrix), jnp.asarray(order))
    np.testing.assert_allclose(found, values[order], rtol=0, atol=1e-13 * values[-1])
    np.testing.assert_allclose(np.abs(columns), np.abs(vectors[:, order]), atol=1e-10)


def test_a_matrix_that_is_tridiagonal_or_diagonal_already() -> None:
    matrix = np.diag([3.0, 1.0, 2.0, 0.0])
    found, columns = leading.selected(jnp.asarray(matrix), jnp.asarray([3, 0, 2]))
    np.testing.assert_allclose(found, [3.0, 0.0, 2.0], atol=1e-14)
    np.testing.assert_allclose(np.abs(columns), np.eye(4)[:, [0, 3, 2]], atol=1e-14)
    zero = leading.selected(jnp.zeros((3, 3)), jnp.asarray([1]))
    np.testing.assert_allclose(zero[0], [0.0], atol=1e-15)
    np.testing.assert_allclose(np.sum(np.asarray(zero[1]) ** 2), 1.0, rtol=1e-14)


@pytest.mark.parametrize(("dim", "samples"), [(1, 3), (60, 90), (60, 25)])
def test_eigenvalues_alone(dim: int, samples: int) -> None:
    matrix = _covariance(dim, samples)
    values = np.linalg.eigvalsh(matrix)
    np.testing.assert_allclose(
        jax.jit(leading.eigenvalues)(jnp.asarray(matrix)), values, rtol=0, atol=1e-13 * values[-1]
    )


def test_stacks() -> None:
    stack = jnp.asarray(np.stack([_covariance(12, 20), 2.0 * _covariance(12, 20)]))
    values = np.linalg.eigvalsh(stack)
    np.testing.assert_allclose(jax.jit(jax.vmap(leading.eigenvalues))(stack), values, rtol=1e-11)
    found, columns = jax.jit(jax.vmap(lambda one: leading.selected(one, jnp.asarray([11]))))(stack)
    np.testing.assert_allclose(found[:, 0], values[:, -1], rtol=1e-13)
    np.testing.assert_allclose(columns[0] * columns[1] > 0, True)


@pytest.mark.parametrize(
    ("spikes", "load"), [([2.0], 1.5), ([3.0, 2.0, 2.0], 2.0), ([-0.9], 0.5), ([2.0, 1.0], 0.02)]
)
def test_recovery_from_the_wanted_vectors_is_that_from_all(spikes: list[float], load: float) -> None:
    truth, dim = population.spiked(spikes), 50
    source = wishart.source(truth, dim, load)
    key = jax.random.key(3)
    models = [source.model(k) for k in jax.random.split(key)]
    expected = recovery.compare(*models, source.spectrum, truth.spikes)
    found = recovery.draw(key, truth, dim, load)
    for name in ("recovery", "outlier", "agreement"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("entries", wishart.ENTRIES)
@pytest.mark.parametrize("load", [0.5, 1.5])
def test_covariance_is_that_of_the_data_with_all_rows(entries: str, load: float) -> None:
    source = wishart.source(population.spiked([2.0]), 20, load, entries)
    x = np.asarray(source.data(jax.random.key(1)))
    found, rank = jax.jit(lambda source, key: source.covariance(key))(source, jax.random.key(1))
    np.testing.assert_allclose(found, x.T @ x / round(20 * load), rtol=1e-12, atol=1e-14)
    assert int(rank) == min(20, round(20 * load))
