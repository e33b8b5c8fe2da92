"""Moments of filters: closed forms, two independent routes, the density as a third."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lingen.models import filters, population
from lingen.theory.moments import functional
from lingen.theory.spectrum import closed_forms, equivalents, spectral_law

ISOTROPIC = population.isotropic()
POWER = population.power_law(exponent=1.5, dim=50)
DEFICIENT = population.atoms([0.0, 1.0, 3.0], [0.3, 0.3, 0.4])
NEAR_ONE = [1 - 1e-6, 1 - 1e-12, 1.0, 1 + 1e-12, 1 + 1e-6]
LOADS = np.concatenate([np.geomspace(0.01, 100.0, 21), NEAR_ONE])


def test_isotropic_overlap_is_the_closed_form() -> None:
    moments = functional.filter_moments(ISOTROPIC, LOADS)
    overlap = moments.mean[:, 0] ** 2 / moments.square[:, 0]
    np.testing.assert_allclose(overlap, closed_forms.overlap(LOADS), rtol=1e-13)


def test_power_law_overlap_has_its_known_value() -> None:
    moments = functional.filter_moments(population.power_law(exponent=1.5, dim=600), 0.5)
    assert abs(jnp.sum(moments.mean**2) / jnp.sum(moments.square) - 0.94245) < 5e-6


@pytest.mark.parametrize("bulk", [ISOTROPIC, POWER, DEFICIENT], ids=["isotropic", "power", "deficient"])
@pytest.mark.parametrize("rho", [0.0, 1e-6, 0.1, 100.0])
def test_ridge_by_contour_and_by_quadrature(bulk: population.Population, rho: float) -> None:
    direct = functional.root_mean(bulk, LOADS, rho)
    around = functional.expect(bulk, LOADS, lambda x: jnp.sqrt(x + rho), rho)
    np.testing.assert_allclose(around, direct, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("bulk", [ISOTROPIC, POWER, DEFICIENT], ids=["isotropic", "power", "deficient"])
def test_contour_keeps_constants_means_and_resolvents(bulk: population.Population) -> None:
    ones = functional.expect(bulk, LOADS, jnp.ones_like, jnp.inf)
    np.testing.assert_allclose(ones, np.ones(ones.shape), rtol=1e-13)
    mean = functional.expect(bulk, LOADS, lambda x: x, jnp.inf)
    np.testing.assert_allclose(mean, np.broadcast_to(bulk.eigenvalues, mean.shape), rtol=1e-8, atol=1e-10)
    ridge = equivalents.kappa(bulk, LOADS, 0.02)[:, None]
    response = functional.expect(bulk, LOADS, lambda x: x / (x + 0.02), 0.02)
    np.testing.assert_allclose(response, bulk.eigenvalues / (bulk.eigenvalues + ridge), atol=1e-13)


FILTERS: list[Any] = [
    filters.denoiser(0.3),
    filters.ode_sampler(0.1, 3.0),
    filters.ode_sampler(0.0, 3.0),
    filters.early_stopped(1.0, 0.1),
    filters.early_stopped(1000.0, 0.001),
]


@pytest.mark.parametrize("load", [0.2, 0.9, 5.0])
@pytest.mark.parametrize("g", FILTERS, ids=lambda g: g.name)
def test_moments_are_integrals_against_the_density(g: filters.Filter, load: float) -> None:
    x, mass, null = _nodes(load)
    moments = functional.filter_moments(POWER, load, g)
    value, zero = np.asarray(g(x)), float(g(jnp.zeros(())))
    for found, integrand, rest in (
        (moments.mean @ POWER.weights, value, zero),
        (moments.square @ POWER.weights, value**2, zero**2),
        (moments.energy, x * value**2, 0.0),
    ):
        np.testing.assert_allclose(found, np.sum(mass * integrand) + null * rest, rtol=1e-8)


@pytest.mark.parametrize("g", FILTERS, ids=lambda g: g.name)
def test_explicit_moments_agree_with_the_contour_mode_by_mode(g: filters.Filter) -> None:
    loads = np.array([0.2, 1.0, 5.0])
    moments = functional.filter_moments(POWER, loads, g)
    if g.name.startswith("early"):
        denoiser = functional.filter_moments(POWER, loads, filters.denoiser(g.noise))
        assert np.all(moments.mean < denoiser.mean + 1e-13)
        return
    square = functional.expect(POWER, loads, lambda x: g(x) ** 2, g.singularity)
    energy = functional.expect(POWER, loads, lambda x: x * g(x) ** 2, g.singularity) @ POWER.weights
    np.testing.assert_allclose(moments.square, square, rtol=1e-9)
    np.testing.assert_allclose(moments.energy, energy, rtol=1e-9)


def test_pca_keeps_everything_or_the_leading_bulk() -> None:
    loads = np.array([0.2, 1.0, 5.0])
    whole = functional.filter_moments(POWER, loads, filters.pca(fraction=1.0))
    gaussian = functional.filter_moments(POWER, loads)
    for kept, expected in zip(whole, gaussian, strict=True):
        np.testing.assert_allclose(kept, expected, rtol=1e-8)
    bulk = population.atoms([1.0, 10.0], [0.5, 0.5])
    leading = functional.filter_moments(bulk, 20.0, filters.pca(fraction=0.5, floor=0.25))
    edge = np.asarray(spectral_law.support(bulk, 20.0))
    half = functional.filter_moments(bulk, 20.0, filters.pca(rank=5, floor=0.25), dim=10)
    assert edge.shape == (2, 2)
    x, mass = _chebyshev(bulk, 20.0, 2000)
    top = x > edge[1, 0]
    expected = np.sum(mass * np.where(top, np.sqrt(x), 0.5))
    np.testing.assert_allclose(leading.mean @ bulk.weights, expected, rtol=1e-10)
    np.testing.assert_allclose(half.energy, np.sum(mass * x * np.where(top, x, 0.25)), rtol=1e-10)


def test_a_rank_needs_a_dimension() -> None:
    with pytest.raises(ValueError, match="dim must be given for a filter of rank 3"):
        functional.filter_moments(ISOTROPIC, 1.0, filters.pca(rank=3))
    assert functional.filter_moments(POWER, 1.0, filters.pca(rank=3)).mean.shape == (50,)


@pytest.mark.parametrize("load", [0.4, 1.0, 2.5])
@pytest.mark.parametrize("make", [filters.ridge, filters.denoiser, lambda s: filters.ode_sampler(s, 3.0)])
def test_derivatives_match_finite_differences(make: Any, load: float) -> None:
    def overlap(load: Any, number: Any) -> jax.Array:
        moments = functional.filter_moments(POWER, load, make(number))
        return jnp.sum(moments.mean**2) / jnp.sum(moments.square)

    step, point = 1e-5, (load, 0.2)
    for argument in (0, 1):
        slope = jax.jit(jax.grad(overlap, argument))(*point)
        ends = [overlap(*(v + s * step * (i == argument) for i, v in enumerate(point))) for s in (1, -1)]
        np.testing.assert_allclose(slope, (ends[0] - ends[1]) / (2 * step), rtol=1e-5, atol=1e-9)


def test_the_overlap_is_smooth_at_equal_numbers() -> None:
    def overlap(load: Any) -> jax.Array:
        return functional.root_trace(ISOTROPIC, load) ** 2

    slope = float(jax.jit(jax.grad(overlap))(1.0))
    np.testing.assert_allclose(slope, float(jax.jit(jax.grad(closed_forms.overlap))(1.0)), rtol=1e-10)


def test_a_curve_is_one_call_and_agrees_with_its_points() -> None:
    loads = np.geomspace(0.1, 10.0, 1000)
    curve = functional.filter_moments(POWER, loads)
    assert curve.mean.shape == (1000, 50)
    assert curve.energy.shape == (1000,)
    point = jax.jit(lambda g: functional.filter_moments(POWER, g).mean)(loads[300])
    np.testing.assert_allclose(curve.mean[300], point, rtol=1e-12)


def _chebyshev(bulk: population.Population, load: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    edges = np.asarray(spectral_law.support(bulk, load))
    angle = (np.arange(count) + 0.5) * np.pi / count
    width = edges[:, 1:] - edges[:, :1]
    x = edges[:, :1] + width * np.sin(angle / 2) ** 2
    mass = np.asarray(spectral_law.density(bulk, load, x)) * width * np.sin(angle) / 2 * np.pi / count
    return x, mass


def _nodes(load: float) -> tuple[np.ndarray, np.ndarray, float]:
    x, mass = _chebyshev(POWER, load, 2000)
    return x, mass, float(spectral_law.atom(POWER, load))
