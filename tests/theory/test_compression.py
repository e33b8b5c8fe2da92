"""A compressed spectrum predicts what the whole one predicts, to round-off."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lingen.models import filters, population
from lingen.theory import convergence
from lingen.theory.compression import NODES, compress
from lingen.theory.functional import filter_moments


def whole(source, load, filter=None):
    moments = filter_moments(source, load, filter)
    return moments.mean**2 @ source.weights / (moments.square @ source.weights)


@pytest.mark.parametrize("exponent", [0.5, 1.5, 3.0])
@pytest.mark.parametrize("filter", [None, filters.ridge(1e-4), filters.denoiser(0.01)])
def test_overlap_of_a_power_law(exponent, filter):
    source, loads = population.power_law(exponent, 1000), jnp.asarray([0.1, 1.0, 5.0])
    np.testing.assert_allclose(
        convergence.overlap(source, loads, filter), whole(source, loads, filter), rtol=1e-11
    )


def test_moments_and_zeros():
    source = population.atoms(np.concatenate([np.zeros(100), np.linspace(0.1, 5.0, 400)]))
    small = compress(source)
    assert small.eigenvalues.size == NODES + 1
    for order in (0.5, 1.0, 2.0):
        np.testing.assert_allclose(small.moment(order), source.moment(order), rtol=1e-12)
    np.testing.assert_allclose(small.weights[-1], 0.2, rtol=1e-12)
    np.testing.assert_allclose(small.weights.sum(), 1.0, rtol=1e-12)


def test_equal_eigenvalues():
    source = population.from_covariance(3.0 * np.eye(200))
    np.testing.assert_allclose(convergence.overlap(source, 1.0), (8 / (3 * np.pi)) ** 2, rtol=1e-11)


def test_few_eigenvalues_are_left_alone():
    source = population.power_law(1.5, NODES)
    assert compress(source) is source


def test_gradient_against_finite_differences():
    def q(exponent):
        return convergence.overlap(population.power_law(exponent, 300), 0.5)

    slope = jax.grad(q)(1.5)
    np.testing.assert_allclose(slope, (q(1.5 + 1e-5) - q(1.5 - 1e-5)) / 2e-5, rtol=1e-6)
