"""Closed forms against SciPy's hypergeometric function and quadrature."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy import integrate, special

from lingen.theory.spectrum import closed_forms

RATIOS = np.concatenate([np.linspace(0.0, 1.0, 41), 1 - np.geomspace(1e-10, 1e-2, 9)])


def test_root_is_the_hypergeometric_function() -> None:
    np.testing.assert_allclose(closed_forms.root(RATIOS), special.hyp2f1(-0.5, 0.5, 2, RATIOS), rtol=1e-12)
    np.testing.assert_allclose(closed_forms.root(1.0), 8 / (3 * np.pi), rtol=1e-13)


@pytest.mark.parametrize("order", [0.25, 0.5, 1.0, 1.5, 2.0, 3.7])
def test_moments_of_real_order(order: float) -> None:
    expected = special.hyp2f1(1 - order, -order, 2, RATIOS)
    np.testing.assert_allclose(closed_forms.moment(order, RATIOS), expected, rtol=1e-12)
    above = closed_forms.moment(order, 4.0)
    np.testing.assert_allclose(
        above, 4 ** (order - 1) * special.hyp2f1(1 - order, -order, 2, 0.25), rtol=1e-12
    )


def test_inverse_moment_diverges_with_an_atom_at_zero() -> None:
    np.testing.assert_allclose(closed_forms.moment(-1.0, [0.0, 0.25, 0.9]), [1.0, 4 / 3, 10.0], rtol=1e-11)
    assert np.all(np.isinf(closed_forms.moment(-1.0, [1.0, 2.0])))


def test_root_is_differentiable_everywhere() -> None:
    points = np.array([0.0, 0.05, 0.1, 0.5, 1.0])
    slope = np.asarray(jax.jit(jax.vmap(jax.grad(closed_forms.root)))(points))
    np.testing.assert_allclose(slope, -special.hyp2f1(0.5, 1.5, 3, points) / 8, rtol=1e-10)


def test_overlap_has_its_known_values() -> None:
    np.testing.assert_allclose(closed_forms.overlap(1.0), (8 / (3 * np.pi)) ** 2, rtol=1e-13)
    np.testing.assert_allclose(closed_forms.overlap(1e-4), 1e-4, rtol=1e-4)
    np.testing.assert_allclose(1 - closed_forms.overlap(1e4), 0.25e-4, rtol=1e-3)


@pytest.mark.parametrize("load", [0.3, 1.0, 4.0])
def test_density_has_the_mass_of_the_bulk(load: float) -> None:
    low, high = np.asarray(closed_forms.mp_edges(load))

    def integrand(angle: float) -> float:
        x = low + (high - low) * np.sin(angle / 2) ** 2
        return float(closed_forms.mp_density(load, x)) * (high - low) * np.sin(angle) / 2

    mass = integrate.quad(integrand, 0, np.pi)[0]
    np.testing.assert_allclose(mass, min(1.0, load), rtol=1e-8)


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="c must be at least 0"):
        closed_forms.root(-0.1)
    with pytest.raises(ValueError, match="load must be positive"):
        closed_forms.overlap(0.0)
