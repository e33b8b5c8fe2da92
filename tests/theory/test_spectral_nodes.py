"""The spectral law at the nodes of its own table, on round grids and one ulp beside: ordinary points all."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lingen.models import population
from lingen.theory.spectrum import spectral_law

ISOTROPIC = population.isotropic()
FEW = {
    "isotropic": ISOTROPIC,
    "spiked": population.spiked([3.0]),
    "two atoms": population.atoms([1.0, 10.0]),
    "wide": population.atoms([1.0, 100.0], [0.9, 0.1]),
    "rank deficient": population.atoms([0.0, 1.0, 3.0], [0.3, 0.3, 0.4]),
    "power law 8": population.power_law(1.5, 8),
}
MANY = {"power law 50": population.power_law(1.5, 50), "power law 300": population.power_law(1.0, 300)}
LOADS = [0.1, 0.5, 1.0, 1.5, 2.0, 7.0]


def nodes(bulk: population.Population, load: float) -> np.ndarray:
    """Every node of the table but the edges, where the density vanishes."""
    table = spectral_law.table_of(bulk, jnp.asarray(load))
    x, last = np.asarray(table.x)[: table.used], np.asarray(table.last)[: table.used]
    return np.unique(x[~last & ~np.append(True, last[:-1])])


def beside(x: np.ndarray, count: int) -> np.ndarray:
    """The points and their neighbours among doubles, repeated to one size, which one program serves."""
    return np.concatenate([np.resize(y, count) for y in (x, np.nextafter(x, np.inf), np.nextafter(x, 0.0))])


def polynomial_root(bulk: population.Population, load: float, x: float) -> complex:
    """The root of ℓ (1 + c Σ w σ/(ℓ−σ)) = x in the upper half plane, multiplied out."""
    alive = np.asarray(bulk.eigenvalues) > 0
    sigma, weight = np.asarray(bulk.eigenvalues)[alive], np.asarray(bulk.weights)[alive]
    whole = np.polymul([1.0, -x], np.poly(sigma))
    for k in range(sigma.size):
        term = weight[k] * sigma[k] / load * np.append(np.poly(np.delete(sigma, k)), 0.0)
        whole = np.polyadd(whole, term)
    roots = np.roots(whole)
    return roots[np.argmax(roots.imag)]


def followed_root(bulk: population.Population, load: float, x: float) -> complex:
    """The same by Newton from high above the axis down to it."""
    sigma, weight = np.asarray(bulk.eigenvalues), np.asarray(bulk.weights)
    height = 10.0 * max(x, sigma.max())
    ell = x + 1j * height
    while True:
        for _ in range(50):
            inverse = 1.0 / (ell - sigma)
            step = (ell * (1.0 + weight * sigma @ inverse / load) - x - 1j * height) / (
                1.0 - weight * sigma**2 @ inverse**2 / load
            )
            while (ell - step).imag <= 0:
                step /= 2
            ell -= step
            if abs(step) < 1e-14 * abs(ell):
                break
        if height == 0:
            return ell
        height = 0.0 if height < 1e-9 * x else 0.7 * height


def heights(solve, bulk: population.Population, load: float, x: np.ndarray) -> np.ndarray:
    ell = np.array([solve(bulk, load, point) for point in x])
    return load * ell.imag / (np.pi * np.abs(ell) ** 2)


def marchenko_pastur(load: float, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Density, its slope and the distribution inside the band: λ = 1 + c + 2√c cos θ."""
    c, root = 1 / load, np.sqrt(1 / load)
    low, high = (1 - root) ** 2, (1 + root) ** 2
    density = np.sqrt((high - x) * (x - low)) / (2 * np.pi * c * x)
    slope = density * (0.5 / (x - low) - 0.5 / (high - x) - 1 / x)
    node, weight = np.polynomial.legendre.leggauss(200)
    angle = np.arccos((x - 1 - c) / (2 * root))[:, None] * (node + 1) / 2
    mass = 2 * np.sin(angle) ** 2 / (np.pi * (1 + c + 2 * root * np.cos(angle)))
    return density, slope, 1 - mass @ weight * np.arccos((x - 1 - c) / (2 * root)) / 2


def test_marchenko_pastur_at_the_middle_of_the_band():
    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(spectral_law.density(ISOTROPIC, 1.0, x), [0.27566445, 0.15915494], rtol=1e-7)
    np.testing.assert_allclose(spectral_law.cdf(ISOTROPIC, 1.0, x), [0.60899778, 0.81830989], rtol=1e-7)
    np.testing.assert_allclose(spectral_law.density(ISOTROPIC, 2.0, 1.5), 0.30010544, rtol=1e-7)


@pytest.mark.parametrize("load", LOADS)
def test_isotropic_on_round_grids_and_nodes(load):
    low, high = (1 - load**-0.5) ** 2, (1 + load**-0.5) ** 2
    round_grid = np.concatenate([np.arange(1, 161) / 16, np.arange(1, 161) / 10, [1 + 1 / load]])
    x = np.concatenate([nodes(ISOTROPIC, load), round_grid])
    x = beside(x[(x > low + 1e-3) & (x < high - 1e-3)], 204)
    density, slope, below = marchenko_pastur(load, x)
    np.testing.assert_allclose(spectral_law.density(ISOTROPIC, load, x), density, rtol=1e-11)
    np.testing.assert_allclose(spectral_law.cdf(ISOTROPIC, load, x), below, rtol=1e-11)
    each = jax.vmap(jax.grad(lambda point: spectral_law.density(ISOTROPIC, load, point)))(x)
    np.testing.assert_allclose(each, slope, rtol=1e-8, atol=1e-9)
    each = jax.vmap(jax.grad(lambda point: spectral_law.cdf(ISOTROPIC, load, point)))(x)
    np.testing.assert_allclose(each, density, rtol=1e-10)
    each = jax.vmap(jax.grad(lambda u: spectral_law.quantile(ISOTROPIC, load, u)))(below)
    np.testing.assert_allclose(each, 1 / density, rtol=1e-8)
    np.testing.assert_allclose(spectral_law.quantile(ISOTROPIC, load, below), x, rtol=1e-11)


@pytest.mark.parametrize("load", LOADS)
def test_the_derivative_in_the_load_at_a_node(load):
    x = nodes(ISOTROPIC, load)

    def density(gamma, points):
        return marchenko_pastur(gamma, points)[0]

    expected = (density(load + 1e-6, x) - density(load - 1e-6, x)) / 2e-6
    found = jax.jacfwd(lambda gamma: spectral_law.density(ISOTROPIC, gamma, x))(load)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("load", LOADS)
@pytest.mark.parametrize("name", FEW)
def test_every_node_against_the_polynomial(name, load):
    bulk, x = FEW[name], nodes(FEW[name], load)
    assert 0 < x.size <= 24
    points = beside(x, 24)
    expected = np.tile(heights(polynomial_root, bulk, load, np.resize(x, 24)), 3)
    np.testing.assert_allclose(spectral_law.density(bulk, load, points), expected, rtol=1e-9)
    below = np.asarray(spectral_law.cdf(bulk, load, points))
    for part in below.reshape(3, 24):
        assert np.all(np.diff(part[: x.size]) > 0)
    assert np.all((below > spectral_law.atom(bulk, load)) & (below < 1))
    slope = jax.vmap(jax.grad(lambda point: spectral_law.cdf(bulk, load, point)))(points)
    np.testing.assert_allclose(slope, expected, rtol=1e-9)


@pytest.mark.parametrize("load", [0.2, 1.0, 2.0])
@pytest.mark.parametrize("name", MANY)
def test_nodes_against_newton_from_above(name, load):
    bulk = MANY[name]
    x = nodes(bulk, load)
    some = x[:: max(1, x.size // 12)]
    expected = heights(followed_root, bulk, load, some)
    np.testing.assert_allclose(spectral_law.density(bulk, load, some), expected, rtol=1e-10)
    assert np.all(np.asarray(spectral_law.density(bulk, load, x)) > 0)


def test_no_distribution_is_negative_beside_a_hard_edge():
    x = 10.0 ** -np.arange(2.0, 300.0, 7.0)
    below = np.asarray(spectral_law.cdf(ISOTROPIC, 1.0, x))
    assert np.all(below >= 0)
    np.testing.assert_allclose(below, 2 * np.sqrt(x) / np.pi, rtol=3e-3, atol=1e-15)
