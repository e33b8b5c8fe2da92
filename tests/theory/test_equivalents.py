"""The renormalised ridge: closed form, limits, derivatives, transformations."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lingen.models import population
from lingen.theory.spectrum import closed_forms, equivalents

LOADS = np.array([0.01, 0.3, 0.999999, 1.0, 1.000001, 3.0, 100.0])
POWER = population.power_law(exponent=1.5, dim=50)


@pytest.mark.parametrize("t", [0.0, 1e-9, 0.1, 10.0])
def test_isotropic_closed_form(t: float) -> None:
    found = equivalents.kappa(population.isotropic(), LOADS, t)
    np.testing.assert_allclose(found, closed_forms.kappa(LOADS, t), rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("load", [0.05, 0.9, 1.0, 4.0])
def test_kappa_inverts_the_ridge_map(load: float) -> None:
    t = np.geomspace(1e-8, 1e3, 40)
    back = equivalents.ridge_map(POWER, load, equivalents.kappa(POWER, load, t))
    np.testing.assert_allclose(back, t, rtol=1e-11, atol=1e-15)


def test_unregularised_ridge_vanishes_only_with_enough_samples() -> None:
    found = np.asarray(equivalents.kappa(population.isotropic(), [0.5, 1.0, 2.0], 0.0))
    np.testing.assert_allclose(found, [1.0, 0.0, 0.0], rtol=1e-14)
    assert found[1] == 0.0
    deficient = population.atoms([0.0, 1.0], [0.5, 0.5])
    np.testing.assert_allclose(
        equivalents.kappa(deficient, [0.25, 0.5, 0.6], 0.0), [1.0, 0.0, 0.0], rtol=1e-13
    )


@pytest.mark.parametrize(("load", "t"), [(0.4, 0.2), (1.0, 0.01), (3.0, 0.5), (0.4, 0.0)])
def test_derivatives_match_finite_differences(load: float, t: float) -> None:
    def kappa(load: jax.Array, t: jax.Array, scale: jax.Array) -> jax.Array:
        scaled = POWER.replace(eigenvalues=POWER.eigenvalues * scale)
        return equivalents.kappa(scaled, load, t)

    step = 1e-6
    for argument in (0, 2) if t == 0 else (0, 1, 2):
        point = [load, t, 1.3]
        slope = jax.jit(jax.grad(kappa, argument))(*point)
        ends = [kappa(*(v + s * step * (i == argument) for i, v in enumerate(point))) for s in (1, -1)]
        np.testing.assert_allclose(slope, (ends[0] - ends[1]) / (2 * step), rtol=1e-6)
    first = jax.grad(kappa, 0)
    second = (first(load + step, t, 1.3) - first(load - step, t, 1.3)) / (2 * step)
    np.testing.assert_allclose(jax.jit(jax.grad(first))(load, t, 1.3), second, rtol=1e-5)


def test_slope_is_the_derivative_also_off_the_axis() -> None:
    point = jnp.asarray(0.3 + 0.4j)
    slope = jax.jit(jax.grad(lambda k: equivalents.ridge_map(POWER, 0.7, k), holomorphic=True))(point)
    np.testing.assert_allclose(equivalents.ridge_slope(POWER, 0.7, point), slope, rtol=1e-12)


def test_jit_vmap_and_broadcasting_agree() -> None:
    whole = equivalents.kappa(POWER, LOADS[:, None], np.array([0.1, 1.0]))
    assert whole.shape == (LOADS.size, 2)
    single = jax.jit(jax.vmap(jax.jit(lambda g: equivalents.kappa(POWER, g, 1.0))))(jnp.asarray(LOADS))
    np.testing.assert_allclose(whole[:, 1], single, rtol=1e-13)
    assert equivalents.kappa(POWER, 1.0, 0.1).shape == ()


def test_bad_arguments_are_named() -> None:
    with pytest.raises(ValueError, match=r"load must be positive and finite, got 0"):
        equivalents.kappa(POWER, 0.0, 1.0)
    with pytest.raises(ValueError, match=r"t must be at least 0 and finite, got -1"):
        equivalents.kappa(POWER, 1.0, -1.0)
