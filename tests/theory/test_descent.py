"""Many steps of descent at every stable rate: against quadrature of the spectral law, and drawn matrices."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lingen.models import filters, population
from lingen.models.descent import Descent, descent, lost
from lingen.theory import convergence, dynamics, memorisation, random_features

STEPS = np.array([1, 2, 10, 100, 3000, 10**5])
SHARES = np.array([1e-4, 0.1, 0.5, 0.95, 0.9999])
ATOMS = {
    "two atoms": ([4.0, 1.0], [0.5, 0.5]),
    "one in a hundred": ([100.0, 1.0], [0.1, 0.9]),
    "six decades": ([1e3, 1.0, 1e-3], [0.4, 0.3, 0.3]),
    "null directions": ([3.0, 1.0, 0.0], [0.4, 0.3, 0.3]),
}


def gain(x: np.ndarray, steps: int, rate: float, noise: float) -> np.ndarray:
    y = 2 * rate * (x + noise)
    slow = -np.expm1(steps * np.log1p(-np.minimum(y, 0.5)))
    return x / (x + noise) * np.where(y < 0.5, slow, 1 - (1 - y) ** steps)


def curves(bulk, load, noise, bound):
    """All numbers of steps at all rates in one call, shape (4, shares, steps)."""
    rate = SHARES[:, None] * bound
    found = dynamics.predict(bulk, load, Descent(STEPS.astype(float), rate, noise))
    return np.array(found)


def references(learning, sigma, weight, known, noise, bound):
    rows = [
        [learning(sigma, weight, known, gain(known.x, int(n), share * bound, noise), noise) for n in STEPS]
        for share in SHARES
    ]
    return np.moveaxis(np.array(rows), -1, 0)


@pytest.mark.parametrize("noise", [1e-3, 0.3])
@pytest.mark.parametrize("load", [0.1, 0.5, 1.0, 2.0, 10.0])
def test_isotropic_against_marchenko_pastur(reference, load, noise):
    known = reference.marchenko_pastur(load)
    bound = 1 / ((1 + load**-0.5) ** 2 + noise)
    expected = references(reference.learning, [1.0], [1.0], known, noise, bound)
    np.testing.assert_allclose(curves(population.isotropic(), load, noise, bound), expected, rtol=1e-9)


@pytest.mark.parametrize("load", [0.2, 0.9, 1.0, 4.0])
@pytest.mark.parametrize("name", ATOMS)
def test_atoms_against_the_polynomial(reference, name, load):
    (sigma, weight), noise = ATOMS[name], 0.3
    known = reference.law(sigma, weight, load)
    bound = 1 / (known.x.max() + noise)
    expected = references(reference.learning, sigma, weight, known, noise, bound)
    found = curves(population.atoms(sigma, weight), load, noise, bound)
    np.testing.assert_allclose(found, expected, rtol=1e-8)


def test_values_that_were_wrong_by_many_orders(reference):
    bound = 1 / ((1 + 10**-0.5) ** 2 + 0.3)
    found = dynamics.descent_curve(population.isotropic(), 10.0, 100, 0.5 * bound, 0.3)
    assert float(found.test_risk) == pytest.approx(0.23575, abs=5e-6)
    sigma, weight = ATOMS["one in a hundred"]
    rate = 0.95 / (reference.law(sigma, weight, 4.0).x.max() + 0.3)
    found = dynamics.descent_curve(population.atoms(sigma, weight), 4.0, 10, rate, 0.3)
    assert float(found.test_risk) == pytest.approx(0.76528, abs=5e-6)


@pytest.mark.parametrize("load", [0.5, 4.0])
def test_overlap_and_memorisation_of_the_filter(reference, load):
    sigma, weight = ATOMS["one in a hundred"]
    bulk, known = population.atoms(sigma, weight), reference.law(sigma, weight, load)
    rate = 0.9 / (known.x.max() + 0.1)
    filter = descent(1000, rate, 0.1)
    values = reference.learning(sigma, weight, known, gain(known.x, 1000, rate, 0.1), 0.1)
    np.testing.assert_allclose(convergence.overlap(bulk, load, filter), values[2], rtol=1e-9)
    np.testing.assert_allclose(memorisation.ratio(bulk, load, filter), values[3], rtol=1e-9)


def test_a_rate_beyond_the_stable_ones_grows_as_the_polynomial_does(reference):
    known, noise = reference.marchenko_pastur(2.0), 0.3
    for share, steps in ((1.2, 20), (3.0, 5)):
        rate = share / ((1 + 0.5**0.5) ** 2 + noise)
        found = dynamics.descent_curve(population.isotropic(), 2.0, steps, rate, noise)
        expected = reference.learning([1.0], [1.0], known, gain(known.x, steps, rate, noise), noise)
        np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("load", [0.5, 1.3])
def test_derivatives_in_load_and_rate(reference, load):
    noise, steps = 0.3, 50
    bulk = population.isotropic()

    def risk(load, rate):
        return dynamics.descent_curve(bulk, load, steps, rate, noise).test_risk

    def direct(load, rate):
        known = reference.marchenko_pastur(load)
        return reference.learning([1.0], [1.0], known, gain(known.x, steps, rate, noise), noise)[0]

    rate, step = 0.9 / ((1 + load**-0.5) ** 2 + noise), 1e-5
    by_load, by_rate = jax.jit(jax.grad(risk, (0, 1)))(load, rate)
    ends = [direct(load + step, rate) - direct(load - step, rate)]
    ends.append(direct(load, rate + step) - direct(load, rate - step))
    np.testing.assert_allclose([by_load, by_rate], np.array(ends) / (2 * step), rtol=1e-5, atol=1e-8)
    several = jax.jit(jax.vmap(lambda one: risk(load, one)))(jnp.array([rate, rate / 2]))
    np.testing.assert_allclose(several, [direct(load, rate), direct(load, rate / 2)], rtol=1e-9)


def test_against_a_drawn_matrix():
    """One draw at d = 2000 of two atoms, alternating modes and all: self-averaging."""
    rng, dim, load, noise, steps = np.random.default_rng(3), 2000, 2.0, 0.3, 30
    sigma = np.repeat([100.0, 1.0], [dim // 10, dim - dim // 10])
    x = rng.normal(size=(int(load * dim), dim)) * np.sqrt(sigma)
    values, vectors = np.linalg.eigh(x.T @ x / len(x))
    rate = 0.95 / (values[-1] + noise)
    g = gain(values, steps, rate, noise)
    missing = ((vectors * (1 - g) ** 2) * vectors).sum(axis=1) @ sigma
    drawn = np.array([missing + noise * np.sum(g**2), np.sum(values * (1 - g) ** 2) + noise * np.sum(g**2)])
    bulk = population.atoms([100.0, 1.0], [0.1, 0.9])
    found = dynamics.descent_curve(bulk, load, steps, rate, noise)
    np.testing.assert_allclose(drawn / dim, [found.test_risk, found.train_risk], rtol=1e-2)


def plane(numbers, x, noise, load, width, rate, steps):
    """b and m of `steps` steps of the recursion itself, by repeated squaring."""
    slope, memory, rest = (float(number) for number in numbers)
    alpha, beta, delta = 2 * slope**2, 2 * memory / load, 2 * rest / width
    rows = [[alpha * (x + noise) + delta, alpha * x], [beta + 0 * x, beta + delta + 0 * x]]
    matrix = np.moveaxis(np.array(rows), -1, 0)
    end = np.linalg.solve(matrix, np.stack([alpha * x, beta + 0 * x], axis=-1)[..., None])
    power = np.linalg.matrix_power(np.eye(2) - rate * matrix, steps)
    return np.moveaxis((end - power @ end)[..., 0], -1, 0)


@pytest.mark.parametrize("width", [np.inf, 20.0])
@pytest.mark.parametrize("load", [0.3, 2.0])
@pytest.mark.parametrize("name", ["two atoms", "one in a hundred"])
def test_random_features_by_steps(reference, name, load, width):
    (sigma, weight), noise = ATOMS[name], 0.3
    bulk, known = population.atoms(sigma, weight), reference.law(sigma, weight, load)
    mean = float(np.dot(sigma, weight))
    numbers = random_features.constants(jnp.tanh, mean, noise)
    slope, memory, rest = (float(number) for number in numbers)
    sharp = 2 * slope**2 * (known.x.max() + noise) + 2 * memory / load + 2 * rest / width
    steps, rate = np.array([3, 40, 3000])[:, None], np.array([0.2, 1.3, 1.95]) / sharp
    found = random_features.predict(bulk, load, steps * rate, noise, jnp.tanh, width, rate)
    for i, count in enumerate(steps[:, 0]):
        for j, eta in enumerate(rate):
            b, m = plane(numbers, known.x, noise, load, width, eta, int(count))
            fresh = known.mean(b) @ (np.array(weight) * sigma) / mean
            seen = known.mean(known.x * (b + m)) @ weight / mean
            np.testing.assert_allclose(found.generalisation[i, j], fresh, rtol=1e-8, atol=1e-11)
            np.testing.assert_allclose(found.memorisation[i, j], seen - fresh, rtol=1e-8, atol=1e-11)


def test_overshooting_features_take_whole_steps():
    numbers = random_features.Constants(0.6, 0.2, 0.3)
    x = np.array([0.5, 6.0])
    found = random_features.modes(numbers, jnp.asarray(x), 30 * 0.3, 0.4, 2.0, 50.0, 0.3)
    np.testing.assert_allclose(found, plane(numbers, x, 0.4, 2.0, 50.0, 0.3, 30), rtol=1e-11)
    with pytest.raises(ValueError, match=r"time must be a whole number of steps of rate = 0\.3"):
        random_features.modes(numbers, jnp.asarray(x), 9.1, 0.4, 2.0, 50.0, 0.3)
    with pytest.raises(ValueError, match="time must be a whole number of steps"):
        random_features.predict(population.isotropic(4.0), 2.0, 4.1, 0.4, jnp.tanh, rate=1.0)

    def linear(load, rate):
        return random_features.predict(
            population.isotropic(), load, 3.0, 0.3, jnp.tanh, rate=rate
        ).generalisation

    for argument in (0, 1):
        slope = jax.jit(jax.grad(linear, argument))(2.0, 0.3)
        ends = [linear(2.0 + s * (argument == 0), 0.3 + s * (argument == 1)) for s in (1e-4, -1e-4)]
        np.testing.assert_allclose(slope, (ends[0] - ends[1]) / 2e-4, rtol=1e-5)


@pytest.mark.parametrize("x", [1e-12, 0.3, 0.7, 1.0, 1.5, 1.999])
def test_what_a_power_loses(x):
    expected = 1 - (1 - x) ** 7 if x > 0.1 else 7 * x * (1 - 3 * x)
    np.testing.assert_allclose(lost(x, 7.0), expected, rtol=1e-13)
    np.testing.assert_allclose(lost(x + 1e-30j, 7.0), expected, rtol=1e-12)


def test_only_filters_of_training_have_a_learning_curve():
    with pytest.raises(ValueError, match="filter must be descent or early_stopped"):
        dynamics.predict(population.isotropic(), 1.0, filters.denoiser(0.1))
