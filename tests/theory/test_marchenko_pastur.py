"""The Marchenko–Pastur law of known numbers: against quadrature and the general law, never compiled."""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from lingen.models import population
from lingen.theory.numerics import marchenko_pastur
from lingen.theory.spectrum import closed_forms, spectral_law

LOADS = (0.01, 0.5, 0.999999, 1.0, 2.0, 50.0)
TRUTH = population.isotropic()


def _mass(load: float, x: float) -> float:
    """Mass at or below x: the density integrated over the angle, by adaptive quadrature."""
    c = 1.0 / load
    low, width = (1 - np.sqrt(c)) ** 2, 4 * np.sqrt(c)
    last = 2 * np.arcsin(np.sqrt(np.clip((x - low) / width, 0.0, 1.0)))

    def slope(angle: float) -> float:
        return 2 * np.sin(angle) ** 2 / (np.pi * max(low + width * np.sin(angle / 2) ** 2, 1e-300))

    gap = abs(1 - np.sqrt(c))  # where the slope bends
    ends = np.minimum([0.0, gap, 10 * gap, 1e3 * gap, np.inf], last)
    parts = [quad(slope, a, b, epsabs=1e-14, epsrel=1e-13, limit=400)[0] for a, b in pairwise(ends) if b > a]
    return max(0.0, 1 - load) + sum(parts)


@pytest.mark.parametrize("load", LOADS)
def test_distribution_and_quantiles_by_quadrature(load: float) -> None:
    low, high = (1 - load**-0.5) ** 2, (1 + load**-0.5) ** 2
    x = low + (high - low) * np.array([1e-4, 0.1, 0.5, 0.9, 0.9999])
    expected = [_mass(load, one) for one in x]
    np.testing.assert_allclose(spectral_law.cdf(TRUTH, load, x), expected, atol=3e-12)
    u = max(0.0, 1 - load) + min(1.0, load) * np.array([1e-6, 0.01, 0.3, 0.9, 1 - 1e-6])
    found = np.asarray(spectral_law.quantile(TRUTH, load, u))
    np.testing.assert_allclose([_mass(load, one) for one in found], u, atol=3e-12)


@pytest.mark.parametrize("load", LOADS)
def test_known_and_traced_numbers_give_the_same(load: float) -> None:
    low, high = marchenko_pastur.edges(load)
    x = np.linspace(low - 0.1, 1.1 * high, 60)[1:-1]
    u = np.linspace(0.0, 1.0, 41)
    scaled = population.isotropic(3.0)
    for truth, unit in ((TRUTH, 1.0), (scaled, 3.0)):
        for function, points in ((spectral_law.density, unit * x), (spectral_law.cdf, unit * x)):
            traced = jax.jit(lambda load, points, f=function, truth=truth: f(truth, load, points))
            np.testing.assert_allclose(
                function(truth, load, points), traced(load, points), rtol=1e-9, atol=1e-12
            )
    back = spectral_law.cdf(scaled, load, spectral_law.quantile(scaled, load, u))
    np.testing.assert_allclose(back, np.maximum(u, max(0.0, 1 - load)), atol=3e-15)


def test_ends_and_the_atom() -> None:
    np.testing.assert_array_equal(
        spectral_law.cdf(TRUTH, 0.25, [-1.0, 0.0, 0.5, 9.0, 10.0]), [0, 0.75, 0.75, 1, 1]
    )
    np.testing.assert_allclose(
        spectral_law.quantile(TRUTH, 0.25, [0.0, 0.75, 1.0]), [0.0, 0.0, 9.0], rtol=1e-15
    )
    np.testing.assert_array_equal(
        spectral_law.density(TRUTH, 4, [[0.0, 0.25], [2.25, 3.0]]), np.zeros((2, 2))
    )


def test_nothing_is_compiled_for_known_numbers() -> None:
    points = np.linspace(0.1, 2.0, 7)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spectral_law, "table_of", lambda *_: pytest.fail("the general law was asked"))
        spectral_law.density(TRUTH, 2.0, points)
        spectral_law.cdf(TRUTH, 2.0, points)
        spectral_law.quantile(TRUTH, 2.0, np.linspace(0, 1, 5))
        closed_forms.mp_density(2.0, points)


def test_derivatives_pass() -> None:
    slope = jax.jit(jax.grad(lambda load: spectral_law.density(TRUTH, load, jnp.array([1.0]))[0]))(2.0)
    step = 1e-6
    near = [float(spectral_law.density(TRUTH, 2.0 + way * step, [1.0])[0]) for way in (-1, 1)]
    np.testing.assert_allclose(slope, (near[1] - near[0]) / (2 * step), rtol=1e-8)


@pytest.mark.parametrize(
    ("load", "x", "words"), [(-1.0, 1.0, "load must be positive"), (2.0, np.nan, "finite")]
)
def test_bad_numbers(load: float, x: float, words: str) -> None:
    for function in (spectral_law.density, spectral_law.cdf):
        with pytest.raises(ValueError, match=words):
            function(TRUTH, load, x)
    with pytest.raises(ValueError, match="u must be between 0 and 1"):
        spectral_law.quantile(TRUTH, 2.0, 1.5)
