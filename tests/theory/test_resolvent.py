"""The resolvent at complex z against quadratic and cubic equations, drawn matrices, and its symmetries."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lingen.models import population
from lingen.theory.spectrum import resolvent

ISOTROPIC = population.isotropic(2.0)
TWO_ATOMS = population.atoms([1.0, 10.0])
NULL = population.atoms([0.0, 1.0, 3.0], [0.3, 0.3, 0.4])
POINTS = np.array([1 + 1j, 2 + 1e-10j, 0.01 + 0.3j, -3 + 1e-3j, 1e-8j, 50 + 1e-12j, 1.9 + 1e-100j])


def marchenko_pastur(z: complex, c: float, variance: float) -> complex:
    """The root of σ² c z m² + (z + σ²(c−1)) m + 1 = 0 in the half plane of z."""
    return max(np.roots([variance * c * z, z + variance * (c - 1), 1]), key=lambda m: m.imag * z.imag)


def cubic(z: complex, load: float) -> complex:
    """ℓ of two equal atoms 1 and 10: the one root of ψ(ℓ) = z in the upper half plane."""
    one, ten, c = np.poly1d([1, -1]), np.poly1d([1, -10]), 0.5 / load
    ell = np.poly1d([1, 0])
    roots = ((ell - z) * one * ten + c * ell * (ten + 10 * one)).roots
    return max(roots, key=lambda x: x.imag)


@pytest.mark.parametrize("load", [0.1, 0.5, 1.0, 3.0, 100.0])
def test_isotropic_bulk_is_marchenko_pastur(load: float) -> None:
    for z in (POINTS, POINTS.conj()):
        expected = [marchenko_pastur(one, 1 / load, 2.0) for one in z]
        found = resolvent.stieltjes(ISOTROPIC, load, z)
        np.testing.assert_allclose(found, expected, rtol=1e-12)
        joined = load * np.asarray(resolvent.companion(ISOTROPIC, load, z)) - (1 - load) / z
        np.testing.assert_allclose(joined, expected, rtol=1e-7)  # cancels near 0


@pytest.mark.parametrize("load", [0.3, 1.0, 8.0])
def test_two_atoms_solve_their_cubic(load: float) -> None:
    z = np.array([0.5 + 0.1j, 3.0 + 1e-3j, 9.0 + 2.0j, -1.0 + 0.2j, 1e-3 + 1e-2j])
    expected = np.array([cubic(one, load) for one in z])
    np.testing.assert_allclose(resolvent.inverse(TWO_ATOMS, load, z), expected, rtol=1e-10)
    np.testing.assert_allclose(resolvent.psi(TWO_ATOMS, load, expected), z, rtol=1e-10)
    m = np.mean(1 / (np.array([1.0, 10.0]) - expected[:, None]), axis=1) * expected / z
    np.testing.assert_allclose(resolvent.stieltjes(TWO_ATOMS, load, z), m, rtol=1e-9)


@pytest.mark.parametrize("load", [0.4, 2.5])
def test_drawn_matrices_have_this_resolvent(load: float) -> None:
    dim, rng = 400, np.random.default_rng(2)
    spectrum = np.repeat([10.0, 1.0], dim // 2)
    z = np.array([0.5 + 0.5j, 4.0 - 1.0j, -0.7, 90.0])
    drawn = []
    for _ in range(12):
        x = rng.standard_normal((int(load * dim), dim)) * np.sqrt(spectrum)
        values, vectors = np.linalg.eigh(x.T @ x / len(x))
        half = np.sum(vectors[: dim // 2] ** 2, axis=0) / (dim // 2)
        drawn.append([[np.mean(1 / (values - one)), np.sum(half / (values - one))] for one in z])
    drawn = np.array(drawn)
    error = drawn.std(axis=0, ddof=1) / np.sqrt(len(drawn))
    expected = np.stack(
        [resolvent.stieltjes(TWO_ATOMS, load, z), resolvent.modes(TWO_ATOMS, load, z)[:, 0]], axis=1
    )
    # real data shift a trace by O(1), the mean over d by O(1/d)
    assert np.all(np.abs(drawn.mean(axis=0) - expected) < 5 * error + 3 * np.abs(expected) / dim)


def test_real_points_off_the_bands_are_real_and_continuous() -> None:
    x = np.array([-4.0, -1e-6, 0.05, 5.0, 40.0])  # before, between (load 20) and after the bands
    found = np.asarray(resolvent.stieltjes(TWO_ATOMS, 20.0, x))
    np.testing.assert_array_equal(found.imag, 0.0)
    near = resolvent.stieltjes(TWO_ATOMS, 20.0, x + 1e-9j)
    np.testing.assert_allclose(found, np.real(near), rtol=1e-8)
    assert np.all(np.real(resolvent.inverse(TWO_ATOMS, 20.0, x)) != 0)


@pytest.mark.parametrize("load", [1.7, 30.0])
def test_zero_gives_the_inverse_wishart_moment(load: float) -> None:
    # E τ(S⁻¹) = τ(Σ⁻¹) γ/(γ−1); E τ(S⁻²) by a derivative: γ²τ(Σ⁻²)/(γ−1)² + γ²τ(Σ⁻¹)²/(γ−1)³
    np.testing.assert_allclose(
        resolvent.stieltjes(TWO_ATOMS, load, 0.0), 0.55 * load / (load - 1), rtol=1e-13
    )
    slope = jax.jit(jax.grad(lambda x: jnp.real(resolvent.stieltjes(TWO_ATOMS, load, x))))(0.0)
    second = load**2 * (0.505 / (load - 1) ** 2 + 0.55**2 / (load - 1) ** 3)
    np.testing.assert_allclose(slope, second, rtol=1e-12)


def test_zero_below_load_one_is_no_pole_of_the_companion() -> None:
    # n < d: tr((XXᵀ/n)⁻¹)/n = 1/κ₀; isotropic κ₀ = σ²(1−γ)/γ
    np.testing.assert_allclose(resolvent.companion(ISOTROPIC, 0.25, 0.0), 1 / (2 * 0.75 / 0.25), rtol=1e-13)


@pytest.mark.parametrize("bulk", [ISOTROPIC, TWO_ATOMS, NULL])
@pytest.mark.parametrize("load", [0.2, 1.0, 6.0])
def test_the_transform_is_that_of_a_law(bulk: population.Population, load: float) -> None:
    far = 1e6 * np.exp(1j * np.array([0.3, 1.5, 2.9]))
    m = np.asarray(resolvent.stieltjes(bulk, load, far))
    mean, square = bulk.moment(1.0), bulk.moment(2.0) + bulk.moment(1.0) ** 2 / load
    np.testing.assert_allclose(-m * far, 1 + mean / far + square / far**2, rtol=1e-14)
    z = np.array([0.3 + 0.1j, 2.0 - 1e-5j])
    below = resolvent.stieltjes(bulk, load, z.conj())
    np.testing.assert_array_equal(np.conj(below), resolvent.stieltjes(bulk, load, z))


def test_derivatives_match_differences_under_every_transformation() -> None:
    z, load, step = 2.0 + 0.3j, 1.5, 1e-6

    def real(load: jax.Array, top: jax.Array) -> jax.Array:
        bulk = TWO_ATOMS.replace(eigenvalues=jnp.stack([top, jnp.ones(())]))
        return jnp.real(resolvent.stieltjes(bulk, load, z))

    slopes = jax.jit(jax.grad(real, (0, 1)))(jnp.asarray(load), jnp.asarray(10.0))
    by_load = (real(load + step, jnp.asarray(10.0)) - real(load - step, jnp.asarray(10.0))) / (2 * step)
    by_top = (real(load, jnp.asarray(10 + step)) - real(load, jnp.asarray(10 - step))) / (2 * step)
    np.testing.assert_allclose(slopes, [by_load, by_top], rtol=1e-7)
    grid = jnp.asarray(POINTS)
    whole = resolvent.stieltjes(TWO_ATOMS, np.array([[0.5], [2.0]]), grid)
    assert whole.shape == (2, POINTS.size)
    jitted = jax.jit(lambda p, z: resolvent.stieltjes(p, 2.0, z))(TWO_ATOMS, grid)
    mapped = jax.jit(jax.vmap(lambda z: resolvent.stieltjes(TWO_ATOMS, 2.0, z)))(grid)
    np.testing.assert_allclose(jitted, whole[1], rtol=1e-10)
    np.testing.assert_allclose(mapped, whole[1], rtol=1e-10)


def test_a_traced_point_on_a_band_has_the_limit_from_above() -> None:
    x = jnp.asarray([0.7, 2.5])  # isotropic, variance 2, load 1: density √(x(8−x))/(4πx)
    m = jax.jit(lambda x: resolvent.stieltjes(ISOTROPIC, 1.0, x))(x)
    np.testing.assert_allclose(jnp.imag(m) / jnp.pi, np.sqrt(x * (8 - x)) / (4 * np.pi * x), rtol=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: resolvent.stieltjes(ISOTROPIC, -1.0, 1j), "load must be positive"),
        (
            lambda: resolvent.stieltjes(ISOTROPIC, 1e-300, 1j),
            "load must be between 1e-12 and 1e.12, got 1e-300",
        ),
        (lambda: resolvent.stieltjes(ISOTROPIC, 1.0, np.nan), "z must be finite, got nan"),
        (
            lambda: resolvent.stieltjes(ISOTROPIC, 1.0, "z"),
            "z must be a number .*, got 'z'",
        ),
        (lambda: resolvent.stieltjes(TWO_ATOMS, 20.0, [5.0, 1.1]), r"z must lie off the bands of S \[.*1.1"),
        (lambda: resolvent.stieltjes(ISOTROPIC, 0.5, 0.0), "z must lie off 0, an eigenvalue of S"),
        (lambda: resolvent.companion(ISOTROPIC, 2.0, 0.0), "z must lie off 0, an eigenvalue of the comp"),
        (lambda: resolvent.stieltjes(NULL, 5.0, 0.0), "z must lie off 0, an eigenvalue of S"),
        (lambda: resolvent.psi(TWO_ATOMS, 1.0, 10.0), "ell must differ from the bulk's eigenvalues, got 10"),
    ],
)
def test_bad_input_is_named(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
