"""The spectral law: Marchenko–Pastur, mass, edges, distribution, derivatives."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lingen.models import population
from lingen.theory.moments import functional
from lingen.theory.spectrum import closed_forms, silverstein, spectral_law

BULKS = {
    "isotropic": population.isotropic(),
    "two atoms": population.atoms([1.0, 10.0], [0.5, 0.5]),
    "power law 50": population.power_law(exponent=1.5, dim=50),
    "power law 500": population.power_law(exponent=1.5, dim=500),
    "rank deficient": population.atoms([0.0, 1.0, 3.0], [0.3, 0.3, 0.4]),
}


@pytest.mark.parametrize("load", [0.01, 0.2, 0.9999, 1.0, 5.0, 100.0])
def test_isotropic_bulk_is_marchenko_pastur(load: float) -> None:
    edges = np.asarray(spectral_law.support(BULKS["isotropic"], load))
    np.testing.assert_allclose(edges[0], closed_forms.mp_edges(load), rtol=1e-10, atol=1e-15)
    x = np.linspace(0.0, 1.1 * edges[0, 1], 500)
    # traced: known numbers of one atom go to the closed form themselves
    found = jax.jit(spectral_law.density)(BULKS["isotropic"], load, x)
    np.testing.assert_allclose(found, closed_forms.mp_density(load, x), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", BULKS)
@pytest.mark.parametrize("load", [0.2, 1.0, 5.0])
def test_density_integrates_to_the_mass_and_the_moments(name: str, load: float) -> None:
    bulk, count = BULKS[name], 3000
    edges = np.asarray(spectral_law.support(bulk, load))
    angle = (np.arange(count) + 0.5) * np.pi / count
    width = edges[:, 1:] - edges[:, :1]
    x = edges[:, :1] + width * np.sin(angle / 2) ** 2
    height = np.stack([spectral_law.density(bulk, load, band) for band in x])
    mass = height * width * np.sin(angle) / 2 * np.pi / count
    np.testing.assert_allclose(mass.sum() + spectral_law.atom(bulk, load), 1.0, rtol=1e-8)
    np.testing.assert_allclose((mass * x).sum(), bulk.moment(1.0), rtol=1e-7)
    np.testing.assert_allclose(
        (mass * x**2).sum(), bulk.moment(2.0) + bulk.moment(1.0) ** 2 / load, rtol=1e-7
    )
    if load != 1.0:  # the hard edge at 0 slows these nodes, not the density
        np.testing.assert_allclose((mass * np.sqrt(x)).sum(), functional.root_trace(bulk, load), rtol=1e-8)


def test_bands_split_as_the_load_grows() -> None:
    assert spectral_law.support(BULKS["two atoms"], 1.0).shape == (1, 2)
    assert spectral_law.support(BULKS["two atoms"], 5.0).shape == (2, 2)
    gap = np.asarray(spectral_law.support(BULKS["two atoms"], 5.0)).ravel()[1:3]
    assert np.all(spectral_law.density(BULKS["two atoms"], 5.0, np.linspace(*gap, 7)) == 0.0)
    np.testing.assert_allclose(spectral_law.cdf(BULKS["two atoms"], 5.0, gap.mean()), 0.5, rtol=1e-13)


def test_atom_counts_the_directions_never_seen() -> None:
    np.testing.assert_allclose(spectral_law.atom(BULKS["isotropic"], [0.25, 1.0, 3.0]), [0.75, 0.0, 0.0])
    np.testing.assert_allclose(spectral_law.atom(BULKS["rank deficient"], [0.5, 0.7, 3.0]), [0.5, 0.3, 0.3])


@pytest.mark.parametrize("name", BULKS)
@pytest.mark.parametrize("load", [0.2, 1.0, 5.0])
def test_quantile_inverts_the_distribution(name: str, load: float) -> None:
    u = np.array([0.81, 0.9, 0.99])
    x = spectral_law.quantile(BULKS[name], load, u)
    np.testing.assert_allclose(spectral_law.cdf(BULKS[name], load, x), u, rtol=1e-12)
    assert spectral_law.quantile(BULKS["isotropic"], 0.2, 0.5) == 0.0


def test_distribution_is_the_integral_of_the_density() -> None:
    bulk, u = BULKS["two atoms"], [0.83, 0.87, 0.91]
    assert len(spectral_law.support(bulk, 0.2)) == 1
    ends = np.asarray(spectral_law.quantile(bulk, 0.2, u))[[0, 2]]
    node, weight = np.polynomial.legendre.leggauss(40)
    x = ends.mean() + np.diff(ends) / 2 * node
    between = weight @ np.asarray(spectral_law.density(bulk, 0.2, x)) * np.diff(ends) / 2
    np.testing.assert_allclose(between, 0.08, rtol=1e-10)


def hard_bulks() -> list[tuple[population.Population, float]]:
    """Equal and nearly equal atoms, tiny weights, null atoms, σ over ten decades; all of 8 atoms."""
    rng, found = np.random.default_rng(5), []
    for number in range(60):
        sigma = 10.0 ** rng.uniform(-5, 5, 8) if number % 2 else rng.uniform(0.5, 4.0, 8)
        weight = 10.0 ** rng.uniform(-12, 0, 8) if number % 3 == 0 else rng.uniform(0.1, 1.0, 8)
        sigma[1] = sigma[0]
        sigma[3] = sigma[2] * (1 + 1e-9)
        sigma[4] = 0.0 if number % 5 == 0 else sigma[4]
        found.append((population.atoms(sigma, weight / weight.sum()), 10.0 ** rng.uniform(-2, 2)))
    return found


@pytest.mark.parametrize("case", range(60))
def test_the_root_solves_silversteins_equation(case: int) -> None:
    bulk, load = hard_bulks()[case]
    edges = np.asarray(spectral_law.support(bulk, load))
    part = np.concatenate([10.0 ** np.linspace(-9, -0.5, 12), 1 - 10.0 ** np.linspace(-0.5, -9, 12)])
    band = edges[np.arange(8) % len(edges)]  # one shape for all
    x = (band[:, :1] + (band[:, 1:] - band[:, :1]) * part).ravel()
    table = spectral_law.table_of(bulk, jnp.asarray(load))
    ell, inside = map(np.asarray, silverstein.locate(bulk, jnp.asarray(load), table, jnp.asarray(x)))
    sigma, weight = np.asarray(bulk.eigenvalues), np.asarray(bulk.weights)
    terms = weight * sigma / (ell[:, None] - sigma) / load
    size = np.abs(ell) * (1.0 + np.abs(terms).sum(axis=1))  # what rounding is relative to
    off = np.abs(ell * (1.0 + terms.sum(axis=1)) - x) / (size + x)
    assert np.all(np.isfinite(ell))
    assert inside.mean() > 0.9
    assert np.all(ell[inside].imag > 0)
    assert off[inside].max() < 1e-12


def test_distribution_ends_at_its_atom_and_at_one() -> None:
    ends = spectral_law.cdf(BULKS["isotropic"], 0.2, [-1.0, 0.0, 0.5, 100.0])
    np.testing.assert_allclose(ends, [0.0, 0.8, 0.8, 1.0], rtol=1e-14)


def test_derivatives_match_finite_differences() -> None:
    bulk, step = BULKS["two atoms"], 1e-6

    def edge(load: Any) -> jax.Array:
        return spectral_law.support(bulk, load)[1, 0]

    def height(load: Any) -> jax.Array:
        return spectral_law.density(bulk, load, 1.3)

    def median(load: Any) -> jax.Array:
        return spectral_law.quantile(bulk, load, 0.8)

    for function in (edge, height, median, lambda load: spectral_law.cdf(bulk, load, 12.0)):
        slope = jax.grad(function)(5.0)
        expected = (function(5.0 + step) - function(5.0 - step)) / (2 * step)
        np.testing.assert_allclose(slope, expected, rtol=1e-6)


def test_jit_and_loads_agree_with_single_calls() -> None:
    bulk, grid, loads = BULKS["power law 50"], np.linspace(0.0, 2.0, 40), np.array([0.3, 1.0, 4.0])
    whole = spectral_law.density(bulk, loads, grid)
    assert whole.shape == (3, 40)
    jitted = jax.jit(lambda p, g: spectral_law.density(p, g, grid))(bulk, loads[2])
    np.testing.assert_allclose(whole[2], jitted, rtol=1e-10)
    assert spectral_law.quantile(bulk, loads, 0.9).shape == (3,)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="load must be positive"):
        spectral_law.density(BULKS["isotropic"], -1.0, [1.0])
    with pytest.raises(ValueError, match="load must be one number"):
        spectral_law.support(BULKS["isotropic"], [1.0, 2.0])
    with pytest.raises(ValueError, match="u must be between 0 and 1"):
        spectral_law.quantile(BULKS["isotropic"], 1.0, 1.5)
