"""W2 between given covariances, W2 of a ridge for several atoms, and samples of unknown mean."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lingen.models import population
from lingen.models.filters import ridge
from lingen.theory import distances
from lingen.theory.distances import bures
from lingen.theory.moments import functional
from lingen.theory.spectrum import unknown_mean

TWO_ATOMS = population.atoms([1.0, 10.0])


def factor(dim: int, samples: int, seed: int) -> np.ndarray:
    """X with covariance XᵀX."""
    x = np.random.default_rng(seed).standard_normal((samples, dim)) * np.geomspace(1, 5, dim)
    return x / np.sqrt(samples)


def covariance(dim: int, samples: int, seed: int) -> np.ndarray:
    x = factor(dim, samples, seed)
    return x.T @ x


@pytest.mark.parametrize(("samples", "others"), [(30, 40), (6, 40), (6, 5)])
def test_bures_is_the_textbook_formula(samples: int, others: int) -> None:
    """A = XᵀX and B = YᵀY: tr (A^{1/2}BA^{1/2})^{1/2} is the nuclear norm of XYᵀ, singular or not."""
    x, y = factor(12, samples, 0), factor(12, others, 1)
    one, two = x.T @ x, y.T @ y
    expected = np.sum(x**2) + np.sum(y**2) - 2 * np.linalg.svd(x @ y.T, compute_uv=False).sum()
    assert bures(one, two) == pytest.approx(expected, rel=1e-12)
    assert bures(two, one) == pytest.approx(float(bures(one, two)), rel=1e-11)


def test_bures_of_commuting_and_close_covariances() -> None:
    basis = np.linalg.qr(np.random.default_rng(2).standard_normal((9, 9)))[0]
    a, b = np.geomspace(0.1, 7, 9), np.linspace(3, 1, 9)
    one = (basis * a) @ basis.T
    assert bures(one, (basis * b) @ basis.T) == pytest.approx(np.sum((a**0.5 - b**0.5) ** 2), rel=1e-12)
    # W2² = Σ (√(a(1+ε)) − √a)² = ε²/4 Σa: no digits of tr A are left in it
    assert bures(one, one * (1 + 1e-7)) == pytest.approx(1e-14 / 4 * a.sum(), rel=1e-6)
    assert bures(one, one) < 1e-26


def test_bures_has_the_derivative_of_transport() -> None:
    one, two = (jnp.asarray(covariance(5, 40, seed)) for seed in (3, 4))
    change = jnp.asarray(covariance(5, 20, 5))
    for place in (0, 1):

        def moved(step: jax.Array, place=place) -> jax.Array:
            pair = [one, two]
            pair[place] = pair[place] + step * change
            return bures(*pair)

        difference = (moved(1e-5) - moved(-1e-5)) / 2e-5
        assert jax.jit(jax.grad(moved))(0.0) == pytest.approx(float(difference), rel=1e-6)
    np.testing.assert_allclose(jax.jit(jax.grad(bures))(jnp.eye(4), 4 * jnp.eye(4)), -np.eye(4), atol=1e-12)


def test_bures_of_a_draw_is_the_bulk_distance() -> None:
    spectrum, rng = np.repeat([10.0, 1.0], 60), np.random.default_rng(6)
    drawn = []
    for _ in range(8):
        x = rng.standard_normal((240, 120)) * np.sqrt(spectrum)
        drawn.append(bures(x.T @ x / 240, np.diag(spectrum)) / 120)
    error = np.std(drawn, ddof=1) / np.sqrt(8)
    assert abs(np.mean(drawn) - distances.wasserstein2(TWO_ATOMS, 2.0)) < 5 * error + 1e-3


@pytest.mark.parametrize("load", [0.3, 1.0, 6.0])
@pytest.mark.parametrize("rho", [0.01, 0.5, 20.0])
def test_ridge_distance_of_one_atom_is_explicit(load: float, rho: float) -> None:
    """σ² + τ(g²) − 2στ(g), τ(g) = ∫√(λ+ρ) dMP by quadrature of the law on the host."""
    c, node = 1 / load, (np.arange(4000) + 0.5) * np.pi / 4000
    edges = 2 * np.array([(1 - c**0.5) ** 2, (1 + c**0.5) ** 2])
    x = edges.mean() - np.diff(edges) / 2 * np.cos(node)
    weight = load * (np.diff(edges) / 2 * np.sin(node)) ** 2 / (2 * np.pi * 2 * x) * np.pi / 4000
    root = weight @ np.sqrt(x + rho) + max(0.0, 1 - load) * rho**0.5
    expected = 2 + 2 + rho - 2 * 2**0.5 * root
    found = distances.wasserstein2(population.isotropic(2.0), load, ridge(rho))
    np.testing.assert_allclose(found, expected, rtol=1e-6 if load == 1.0 else 1e-9)


@pytest.mark.parametrize("load", [0.4, 3.0])
def test_ridge_distance_of_two_atoms_from_drawn_matrices(load: float) -> None:
    dim, rho, rng = 160, 0.7, np.random.default_rng(8)
    spectrum, drawn = np.repeat([10.0, 1.0], dim // 2), []
    for _ in range(10):
        x = rng.standard_normal((round(load * dim), dim)) * np.sqrt(spectrum)
        learnt = x.T @ x / len(x) + rho * np.eye(dim)
        inner = np.linalg.eigvalsh(np.sqrt(spectrum)[:, None] * learnt * np.sqrt(spectrum))
        drawn.append((spectrum.sum() + np.trace(learnt) - 2 * np.sqrt(inner).sum()) / dim)
    error = np.std(drawn, ddof=1) / np.sqrt(len(drawn))
    # the finite-size term is of order 1/d²
    assert abs(distances.wasserstein2(TWO_ATOMS, load, ridge(rho)) - np.mean(drawn)) < 5 * error + 1e-3


def test_ridge_distance_meets_its_limits_and_differentiates() -> None:
    loads = np.array([0.2, 1.0, 5.0])
    gaussian = distances.wasserstein2(TWO_ATOMS, loads)
    np.testing.assert_allclose(distances.wasserstein2(TWO_ATOMS, loads, ridge(0.0)), gaussian, rtol=1e-11)
    many = population.power_law(1.5, 200)
    squared = many.replace(eigenvalues=many.eigenvalues**2)
    np.testing.assert_allclose(
        distances.wasserstein2(many, loads, ridge(0.0)),
        2 * (many.moment(1.0) - functional.root_trace(squared, loads)),
        rtol=1e-9,
    )
    # ρ → ∞: Σ + ρ against Σ, W2² = τ(Σ) + τ(Σ) + ρ − 2√ρ τ(√Σ)
    far = 11 + 1e8 - 2 * 1e4 * (1 + 10**0.5) / 2
    np.testing.assert_allclose(distances.wasserstein2(TWO_ATOMS, loads, ridge(1e8)), far, rtol=1e-8)

    def one(load: jax.Array, rho: jax.Array) -> jax.Array:
        return distances.wasserstein2(TWO_ATOMS, load, ridge(rho))

    slopes = jax.jit(jax.grad(one, (0, 1)))(0.8, 0.3)
    step = 1e-5
    differences = [
        (one(0.8 + step, 0.3) - one(0.8 - step, 0.3)) / (2 * step),
        (one(0.8, 0.3 + step) - one(0.8, 0.3 - step)) / (2 * step),
    ]
    np.testing.assert_allclose(slopes, differences, rtol=1e-6)


def test_centred_samples_are_one_fewer() -> None:
    """E log det of the centred covariance, by Wishart sums at n − 1 = 11, d = 5; any mean."""
    rng, dim, samples = np.random.default_rng(9), 5, 12
    load = unknown_mean.centred_load(samples / dim, dim)
    assert load * dim == pytest.approx(11.0, rel=1e-14)
    found = []
    for _ in range(8000):
        x = rng.standard_normal((samples, dim)) + 7.0
        found.append(-0.5 * np.linalg.slogdet(np.cov(x.T))[1])
    predicted = float(distances.kl_reverse(dim, load * dim))
    error = np.std(found) / np.sqrt(8000)
    assert abs(np.mean(found) - predicted) < 5 * error
    assert abs(np.mean(found) - float(distances.kl_reverse(dim, samples))) > 10 * error  # n is wrong


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: bures(np.eye(2), np.eye(3)), r"second must have the shape of first \(2, 2\), got \(3, 3\)"),
        (lambda: bures(np.ones(3), np.eye(3)), r"first must be a square matrix, got shape \(3,\)"),
        (lambda: bures([[1.0, 2.0], [0.0, 1.0]], np.eye(2)), "first must be symmetric, got .* differ by 2"),
        (lambda: bures(np.eye(2), -np.eye(2)), "second must have no negative eigenvalue, got -1"),
        (lambda: bures(np.eye(2), np.full((2, 2), np.nan)), "second must be finite"),
        (lambda: unknown_mean.centred_load(0.1, 10), "load must be above 1/dim = 0.1 .*, got 0.1"),
    ],
)
def test_bad_input_is_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
