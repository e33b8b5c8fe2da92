"""The filter of two balanced layers: against the flow by SciPy, dense matrices, and its lazy limit."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lingen.models import filters, population
from lingen.theory import convergence, memorisation
from lingen.theory.moments import functional

TWO = population.atoms([1.0, 10.0])


@pytest.mark.parametrize(("time", "balance", "noise"), [(1.5, 0.1, 0.5), (0.5, 1.0, 0.5), (0.1, 20.0, 2.0)])
def test_its_gain_is_the_flow(time, balance, noise):
    g = filters.balanced(time, balance, noise)
    for eigenvalue in (0.2, 1.0, 7.0):
        total = eigenvalue + noise
        flow = solve_ivp(
            lambda _, a, s=eigenvalue / total: np.sqrt(balance**2 + 4 * a**2) * (s - a),
            (0.0, total * time),
            [0.0],
            rtol=1e-11,
            atol=1e-13,
            method="DOP853",
        )
        np.testing.assert_allclose(g(np.array([eigenvalue]))[0], flow.y[0, -1], rtol=1e-8)
    assert g(np.zeros(1))[0] == 0.0


def test_lazy_layers_are_a_denoiser_that_stops_early():
    """Two routes: along the spectrum, and by a contour; b → ∞ at bt = 2t'."""
    lazy, stopped = filters.balanced(1e-5, 1e5, 0.5), filters.early_stopped(0.5, 0.5)
    law = population.atoms([4.0, 1.0, 0.3], [0.2, 0.5, 0.3])
    for load in (0.5, 2.0):
        one, other = (functional.filter_moments(law, load, g) for g in (lazy, stopped))
        for found, expected in zip(one, other, strict=True):
            np.testing.assert_allclose(found, expected, rtol=1e-8)
        np.testing.assert_allclose(
            memorisation.ratio(law, load, lazy), memorisation.ratio(law, load, stopped), rtol=1e-8
        )


def test_agreement_is_that_of_drawn_matrices():
    g, rng, dim, samples = filters.balanced(1.5, 0.1, 0.5), np.random.default_rng(0), 200, 100
    root = np.sqrt(np.repeat([1.0, 10.0], dim // 2))

    def trained():
        x = rng.normal(size=(samples, dim)) * root
        values, vectors = np.linalg.eigh(x.T @ x / samples)
        return (vectors * np.asarray(g(np.maximum(values, 0.0)))) @ vectors.T

    pairs = [(trained(), trained()) for _ in range(8)]
    drawn = [np.sum(a * b) / np.linalg.norm(a) / np.linalg.norm(b) for a, b in pairs]
    error = np.std(drawn) / np.sqrt(8)
    assert abs(np.mean(drawn) - convergence.overlap(TWO, 0.5, g)) < 5 * error + 2 / dim


def test_units_and_derivatives():
    g = filters.balanced(1.5, 0.1, 0.5)
    plain = convergence.overlap(TWO, 0.5, g)
    for size in (1e-200, 1e200):
        scaled = population.atoms([size, 10 * size])
        same = filters.balanced(1.5 / size, 0.1, 0.5 * size)
        np.testing.assert_allclose(convergence.overlap(scaled, 0.5, same), plain, rtol=1e-9)

    def at(time):
        return convergence.overlap(TWO, 0.5, filters.balanced(time, 0.1, 0.5))

    np.testing.assert_allclose(jax.jit(jax.grad(at))(1.5), (at(1.501) - at(1.499)) / 0.002, rtol=1e-4)
    steep = population.power_law(1.5, 300)  # many atoms are not compressed for it
    lazy, stopped = filters.balanced(1e-5, 1e5, 0.5), filters.early_stopped(0.5, 0.5)
    np.testing.assert_allclose(
        convergence.overlap(steep, 0.5, lazy), convergence.overlap(steep, 0.5, stopped), rtol=1e-6
    )


def test_it_is_written_as_text():
    assert filters.parse("balanced:1:0.5:0.25") == filters.balanced(1.0, 0.5, 0.25)
    with pytest.raises(ValueError, match="balance must be positive"):
        filters.balanced(1.0, 0.0, 0.25)
