"""Overlaps of bulk eigenvectors, nonlinear shrinkage and its losses; the quadrature over the law of S."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lingen.models import population
from lingen.theory.spectrum import eigenvectors, shrinkage
from lingen.theory.spectrum import law_nodes as quadrature

ISOTROPIC = population.isotropic(2.0)
TWO_ATOMS = population.atoms([1.0, 10.0])
NULL = population.atoms([0.0, 1.0, 3.0], [0.3, 0.3, 0.4])
DIM = 300
SPECTRUM = np.repeat([10.0, 1.0], DIM // 2)


def limit_of_m(x: float, load: float) -> complex:
    """m(x + i0) of two equal atoms 1 and 10, from the cubic equation of ℓ."""
    one, ten, c = np.poly1d([1, -1]), np.poly1d([1, -10]), 0.5 / load
    ell = np.poly1d([1, 0])
    root = max(((ell - x) * one * ten + c * ell * (ten + 10 * one)).roots, key=lambda r: r.imag)
    assert root.imag > 1e-3  # x lies on the support
    return root / x * np.mean(1 / (np.array([1.0, 10.0]) - root))


def drawn(load: float, draws: int = 10) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Eigenvalues of S and the squared overlaps of its eigenvectors (columns) with the coordinates."""
    rng = np.random.default_rng(4)
    for _ in range(draws):
        x = rng.standard_normal((round(load * DIM), DIM)) * np.sqrt(SPECTRUM)
        values, vectors = np.linalg.eigh(x.T @ x / len(x))
        yield values, vectors**2


@pytest.mark.parametrize(("load", "x"), [(0.4, [1.3, 5.0, 30.0]), (1.0, [0.1, 9.0]), (6.0, [0.9, 11.0])])
def test_the_formula_of_ledoit_and_peche(load: float, x: list[float]) -> None:
    c = 1 / load
    for one in x:
        m = limit_of_m(one, load)
        for t in (1.0, 10.0, 4.0):
            expected = c * t * one / abs(t * (1 - c - c * one * m) - one) ** 2
            np.testing.assert_allclose(eigenvectors.overlap(TWO_ATOMS, load, one, t), expected, rtol=1e-9)
        expected = one / abs(1 - c - c * one * m) ** 2
        np.testing.assert_allclose(shrinkage.oracle(TWO_ATOMS, load, one), expected, rtol=1e-9)


@pytest.mark.parametrize("load", [0.4, 1.5, 8.0])
def test_drawn_eigenvectors_point_there(load: float) -> None:
    low, high = np.quantile(np.concatenate([values for values, _ in drawn(load, 2)]), [0.1, 0.9])
    off = []
    for values, overlaps in drawn(load):
        kept = (values > max(low, 1e-6)) & (values < high)
        truth = SPECTRUM @ overlaps  # uᵀΣu
        off.append(np.mean((truth - shrinkage.oracle(TWO_ATOMS, load, np.maximum(values, 0.0)))[kept]))
    error = np.std(off, ddof=1) / np.sqrt(len(off))
    assert abs(np.mean(off)) < 5 * error + 5.5 / DIM  # a bias of order τ(Σ)/d


def test_the_null_space_of_few_samples() -> None:
    load, found = 0.4, []
    for values, overlaps in drawn(load):
        null = overlaps[:, values < 1e-8]
        assert null.shape[1] == DIM * 0.6
        found.append([null[: DIM // 2].mean() * DIM, null[DIM // 2 :].mean() * DIM])
    error = np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
    expected = eigenvectors.modes(TWO_ATOMS, load, 0.0)
    assert np.all(np.abs(np.mean(found, axis=0) - expected) < 5 * error + 2 * expected / DIM)
    # κ₀ γ/(1−γ), with κ₀ the root of ½σ/(σ+κ) summed = γ: 1/(1+κ) + 10/(10+κ) = 0.8
    kappa = np.roots([0.8, 0.8 * 11 - 11, 0.8 * 10 - 20]).max()
    np.testing.assert_allclose(shrinkage.oracle(TWO_ATOMS, load, 0.0), kappa * 0.4 / 0.6, rtol=1e-12)


@pytest.mark.parametrize("bulk", [TWO_ATOMS, NULL, population.power_law(1.5, 40)])
@pytest.mark.parametrize("load", [0.3, 1.8, 12.0])
def test_overlaps_are_two_laws(bulk: population.Population, load: float) -> None:
    points = quadrature.nodes(bulk, load)
    kept = points.weight > 1e-9
    theta = np.asarray(eigenvectors.modes(bulk, load, points.x[kept]))
    np.testing.assert_allclose(theta @ np.asarray(bulk.weights), 1.0, rtol=1e-12)
    mass = 1.0 - points.weight.sum()
    total = points.weight[kept] @ theta
    if mass > 1e-6:
        total = total + mass * np.asarray(eigenvectors.modes(bulk, load, 0.0))
    np.testing.assert_allclose(total, 1.0, atol=1e-5)


@pytest.mark.parametrize("load", [0.2, 0.9, 1.0, 3.0])
def test_quadrature_gives_the_moments_of_wishart_matrices(load: float) -> None:
    for bulk in (ISOTROPIC, TWO_ATOMS, NULL):
        points = quadrature.nodes(bulk, load)
        one, two, three = (float(bulk.moment(power)) for power in (1.0, 2.0, 3.0))
        moments = [points.weight @ points.x**power for power in (1, 2, 3)]
        third = three + 3 * one * two / load + one**3 / load**2
        np.testing.assert_allclose(moments, [one, two + one**2 / load, third], rtol=1e-11)


def test_an_outlier_is_shrunk_too() -> None:
    """Σ = I + 4vvᵀ, γ = 2: λ = 5 · (1 + 1/8), and uᵀΣu = 1 + 4Q with Q = (1−1/32)/(1+1/8)."""
    found = shrinkage.oracle(population.isotropic(), 2.0, 5 * 1.125)
    np.testing.assert_allclose(found, 1 + 4 * (1 - 1 / 32) / 1.125, rtol=1e-12)


def test_the_hard_edge_is_reached() -> None:
    near = shrinkage.oracle(TWO_ATOMS, 1.0, [0.0, 1e-9])
    np.testing.assert_allclose(near[0], 1 / 0.55, rtol=1e-12)
    np.testing.assert_allclose(near[1], near[0], rtol=1e-4)


def test_isotropic_bulk_is_shrunk_to_its_variance() -> None:
    x = np.array([0.3, 1.0, 2.0, 4.0])
    np.testing.assert_allclose(shrinkage.oracle(ISOTROPIC, 1.2, x), 2.0, rtol=1e-12)
    found = shrinkage.losses(ISOTROPIC, 1.2)
    np.testing.assert_allclose(found, [4 / 1.2, 0.0, 0.0], atol=1e-12)


@pytest.mark.parametrize("load", [0.4, 2.0, 20.0])
def test_losses_of_drawn_matrices(load: float) -> None:
    measured = []
    for values, overlaps in drawn(load):
        truth, mean = SPECTRUM @ overlaps, values.mean()
        square, cross = np.mean(SPECTRUM**2), np.mean(values * truth)
        slope = (cross - mean * 5.5) / (np.mean(values**2) - mean**2)
        linear = square - 5.5**2 - slope * (cross - mean * 5.5)
        null = values < 1e-8
        if null.any():  # one number for a null space of no direction of its own
            truth[null] = truth[null].mean()
        measured.append([square + np.mean(values**2) - 2 * cross, linear, square - np.mean(truth**2)])
    error = np.std(measured, axis=0, ddof=1) / np.sqrt(len(measured))
    expected = np.array(shrinkage.losses(TWO_ATOMS, load))
    # of S itself the loss is (tr(Σ)² + tr Σ²)/(nd) at every size
    expected[0] += 50.5 / (load * DIM)
    assert np.all(np.abs(np.mean(measured, axis=0) - expected) < 5 * error + [0, *(3 * 50.5 / DIM,) * 2])
    assert expected[2] < expected[1] < expected[0]


def test_derivatives_match_differences_under_every_transformation() -> None:
    step = 1e-5
    for function in (
        lambda load: shrinkage.oracle(TWO_ATOMS, load, 3.0),
        lambda load: shrinkage.losses(TWO_ATOMS, load).oracle,
        lambda load: eigenvectors.overlap(TWO_ATOMS, load, 3.0, 10.0),
    ):
        difference = (function(1.5 + step) - function(1.5 - step)) / (2 * step)
        np.testing.assert_allclose(jax.jit(jax.grad(function))(1.5), difference, rtol=1e-6)
        np.testing.assert_allclose(jax.jit(function)(1.5), function(1.5), rtol=1e-11)
        np.testing.assert_allclose(
            jax.jit(jax.vmap(function))(jnp.asarray([1.5]))[0], function(1.5), rtol=1e-11
        )
    assert shrinkage.oracle(TWO_ATOMS, [[1.0], [1.5]], [3.0, 4.0, 5.0]).shape == (2, 3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: shrinkage.oracle(ISOTROPIC, 0.0, 1.0), "load must be positive"),
        (lambda: shrinkage.oracle(TWO_ATOMS, 20.0, [1.0, -4.0]), "x must be at least 0 and finite, got -4"),
        (lambda: eigenvectors.modes(TWO_ATOMS, 20.0, [1.0, 4.0]), r"x must lie on the support of S \[.*4"),
        (lambda: eigenvectors.modes(TWO_ATOMS, 2.0, 0.0), "x must lie on the support of S"),
        (lambda: eigenvectors.overlap(TWO_ATOMS, 2.0, 1.0, -1.0), "eigenvalue must be at least 0"),
        (lambda: shrinkage.losses(TWO_ATOMS, [1.0, 2.0]), r"load must be one number, got shape \(2,\)"),
    ],
)
def test_bad_input_is_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
