"""Populations: spectra of the right length, moments, scale; and the covariances that are none."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from lingen.models import empirical, population

VALUES = st.floats(1e-3, 1e3)
SPECTRA = st.lists(st.tuples(VALUES, st.floats(0.01, 1.0)), min_size=1, max_size=8)
relaxed = settings(max_examples=60, deadline=None)


def _rotated(eigenvalues, seed):
    basis = np.linalg.qr(np.random.default_rng(seed).normal(size=(len(eigenvalues),) * 2))[0]
    return (basis * eigenvalues) @ basis.T


@relaxed
@given(SPECTRA, st.lists(VALUES, max_size=3), st.integers(4, 300))
def test_spectrum_has_d_entries_in_the_right_shares(spectrum, spikes, dim):
    values, weights = map(np.array, zip(*spectrum, strict=True))
    p = population.atoms(values, weights).with_spikes(jnp.asarray(spikes, float))
    assert float(p.weights.sum()) == pytest.approx(1.0, rel=1e-14)
    assert np.all(np.diff(p.eigenvalues) <= 0)
    assert np.all(np.diff(p.spikes) <= 0)
    sigma = np.asarray(p.spectrum(dim))
    bulk = dim - len(spikes)
    assert sigma.shape == (dim,)
    assert np.array_equal(sigma[: len(spikes)], p.spikes)
    counts = p.multiplicities(dim)
    assert counts.sum() == bulk
    # a difference of two rounded cumulative counts is off by less than one
    assert np.all(np.abs(counts - np.asarray(p.weights) * bulk) <= 1.0)


@relaxed
@given(SPECTRA, st.floats(1e-3, 1e3), st.sampled_from([0.5, 1.0, 2.0]))
def test_moments_scale(spectrum, scale, order):
    values, weights = map(np.array, zip(*spectrum, strict=True))
    one, other = population.atoms(values, weights), population.atoms(scale * values, weights)
    assert float(other.moment(order)) == pytest.approx(scale**order * float(one.moment(order)), rel=1e-12)
    direct = np.sum(weights / weights.sum() * values**order)
    assert float(one.moment(order)) == pytest.approx(direct, rel=1e-12)


def test_equal_weights_share_evenly():
    assert population.atoms([3.0, 1.0]).multiplicities(10).tolist() == [5, 5]
    p = population.power_law(1.5, dim=50)
    assert np.array_equal(p.spectrum(50), p.eigenvalues)
    assert p.dim == 50
    assert p.multiplicities(200).tolist() == [4] * 50


def test_constructors_agree():
    assert np.array_equal(population.isotropic(2.0).spectrum(3), [2.0] * 3)
    assert np.array_equal(population.spiked([1.0, 8.0]).spectrum(4), [9.0, 2.0, 1.0, 1.0])
    assert np.allclose(population.power_law(2.0, dim=3).eigenvalues, [1, 1 / 4, 1 / 9], rtol=1e-15)


@settings(max_examples=25, deadline=None)
@given(st.lists(VALUES, min_size=1, max_size=6), st.integers(0, 1000))
def test_covariance_gives_its_eigenvalues_whatever_the_basis(values, seed):
    p = population.from_covariance(_rotated(np.array(values), seed))
    assert np.allclose(p.spectrum(p.dim), sorted(values, reverse=True), rtol=1e-8, atol=1e-11 * max(values))
    assert p.dim == len(values)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 1000))
def test_dead_directions_are_exactly_zero(alive, dead, seed):
    values = np.concatenate([np.arange(1.0, alive + 1), np.zeros(dead)])
    p = population.from_covariance(_rotated(values, seed))
    assert np.count_nonzero(p.eigenvalues) == alive


def test_samples_lose_their_mean():
    x = np.random.default_rng(0).normal(size=(40, 6)) + 100.0
    p = population.from_samples(x)
    assert np.allclose(p.eigenvalues, np.linalg.eigvalsh(np.cov(x.T))[::-1], rtol=1e-10)


def test_fewer_samples_than_dimensions_leave_zeros():
    p = population.from_samples(np.random.default_rng(1).normal(size=(4, 9)))
    assert np.count_nonzero(p.eigenvalues) == 3


def test_is_a_pytree_with_a_static_dimension():
    p = population.power_law(1.0, dim=4)
    doubled = jax.tree.map(lambda x: 2 * x, p)
    assert doubled.dim == 4
    assert jax.jit(lambda p: p.moment(1.0))(p) == pytest.approx(float(p.moment(1.0)))
    slope = jax.jit(jax.grad(lambda s: population.isotropic(s).moment(2.0)))(3.0)
    assert float(slope) == pytest.approx(6.0)
    assert float(jax.jit(lambda c: population.from_covariance(c).moment(1.0))(jnp.eye(3))) == pytest.approx(
        1.0
    )


def test_traced_weights_cannot_be_drawn():
    with pytest.raises(ValueError, match="weights must be known numbers"):
        jax.jit(lambda p: p.spectrum(4))(population.isotropic())


@given(st.lists(VALUES, min_size=2, max_size=5), st.floats(1e-6, 1e3), st.integers(0, 100))
@settings(max_examples=25, deadline=None)
def test_negative_eigenvalues_are_refused(values, deficit, seed):
    assume(deficit > 1e-6 * max(values))
    matrix = _rotated(np.array([*values, -deficit]), seed)
    with pytest.raises(
        ValueError, match="covariance must have no negative eigenvalue and one positive, got -"
    ):
        population.from_covariance((matrix + matrix.T) / 2)


def _with_nan():
    matrix = np.eye(3)
    matrix[1, 2] = np.nan
    return matrix


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: population.from_covariance(_with_nan()), "covariance must be finite, got nan"),
        (lambda: population.from_covariance(np.triu(np.ones((3, 3)))), "covariance must be symmetric"),
        (lambda: population.from_covariance(np.ones((3, 2))), r"square matrix, got shape \(3, 2\)"),
        (lambda: population.from_covariance(np.ones(3)), r"square matrix, got shape \(3,\)"),
        (lambda: population.from_covariance(np.zeros((3, 3))), "one positive, got 0"),
        (lambda: population.from_covariance(np.zeros((0, 0))), "at least one row"),
        (lambda: population.from_samples(np.full((3, 2), np.nan)), "samples must be finite, got nan"),
        (lambda: population.from_samples(np.ones((1, 2))), r"shape \(n >= 2, d\), got \(1, 2\)"),
        (lambda: population.from_samples(np.ones((5, 3))), "samples must vary, got 5 equal rows"),
        (
            lambda: population.from_samples(1e200 * np.eye(3)),
            "samples must be at most 1e.70 in size, got 1e.200",
        ),
        (
            lambda: population.from_samples(1e-200 * np.eye(3)),
            "samples must vary by 1e-70 or more, got .*e-201",
        ),
        (lambda: population.isotropic(0.0), "variance must be positive and finite, got 0"),
        (lambda: population.isotropic([1.0, 2.0]), r"variance must be one number, got shape \(2,\)"),
        (lambda: population.spiked([2.0, -1.0]), "strengths must be above -1 and not 0, got -1"),
        (lambda: population.spiked([0.0]), "strengths must be above -1 and not 0, got 0"),
        (lambda: population.spiked(1.0), "strengths must have one axis"),
        (lambda: population.power_law(-1.0, 3), "exponent must be positive and finite, got -1"),
        (lambda: population.power_law(1.0, 0), "dim must be a whole number of at least 1, got 0"),
        (lambda: population.power_law([1.0, 2.0], 3), "exponent must be one number"),
        (lambda: population.atoms([]), "values must hold at least one positive eigenvalue"),
        (lambda: population.atoms([0.0, 0.0]), "values must hold at least one positive eigenvalue"),
        (lambda: population.atoms([1.0, -2.0]), "values must be at least 0 and finite, got -2"),
        (
            lambda: population.atoms([1.0, 2.0], [1.0]),
            r"weights must have the shape of values \(2,\), got \(1,\)",
        ),
        (lambda: population.atoms([1.0], [0.0]), "weights must be positive and finite, got 0"),
        (lambda: population.isotropic().with_spikes([np.inf]), "spikes must be positive and finite, got inf"),
        (
            lambda: population.spiked([1.0, 2.0]).spectrum(2),
            "dim must be a whole number of at least 3, got 2",
        ),
    ],
)
def test_bad_input_is_one_clear_line(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_zeros_and_equal_eigenvalues_are_one_atom_each():
    p = population.from_samples(np.random.default_rng(1).normal(size=(4, 9)))
    assert p.eigenvalues.shape == (4,)
    assert np.allclose(p.weights, [1 / 9, 1 / 9, 1 / 9, 6 / 9], rtol=1e-15)
    assert p.spectrum(9).shape == (9,)
    q = population.from_covariance(np.diag([3.0, 1.0, 3.0, 0.0]))
    assert q.eigenvalues.tolist() == [3.0, 1.0, 0.0]
    assert q.weights.tolist() == [0.5, 0.25, 0.25]
    assert q.spectrum(4).tolist() == [3.0, 3.0, 1.0, 0.0]


@pytest.mark.parametrize("write", [np.float32, lambda m: np.round(m, 6), lambda m: _significant(m, 6)])
@pytest.mark.parametrize("alive", [30, 12])
def test_covariances_are_taken_to_their_own_precision(write, alive):
    rng = np.random.default_rng(2)
    x = rng.normal(size=(60, alive)) @ rng.normal(size=(alive, 30))
    exact = x.T @ x / 60
    p = population.from_covariance(write(exact))
    known = np.linalg.eigvalsh(exact)[::-1][:alive]
    found = np.asarray(p.spectrum(30))
    # Weyl: no eigenvalue moves by more than the Frobenius norm of the errors of the entries
    assert np.abs(found[:alive] - known).max() <= np.linalg.norm(np.float64(write(exact)) - exact) * 1.01
    assert np.all(found >= 0)
    if alive == 12:
        assert np.abs(found[alive:]).max() <= np.linalg.norm(np.float64(write(exact)) - exact)


def _significant(matrix, digits):
    return np.array([[float(f"{x:.{digits - 1}e}") for x in row] for row in matrix])


def test_asymmetry_of_the_last_digit_is_none():
    x = np.random.default_rng(3).normal(size=(50, 8)).astype(np.float32)
    skewed = (x.T @ x / 50).astype(np.float32)
    skewed[0, 1] = np.nextafter(skewed[0, 1], np.float32(9))
    assert population.from_covariance(skewed).dim == 8
    with pytest.raises(ValueError, match="symmetric"):
        population.from_covariance(skewed.astype(np.float64) + np.triu(np.full((8, 8), 1e-4), 1))


@pytest.mark.parametrize("factor", [1e-60, 1.0, 1e60])
def test_samples_of_any_unit(factor):
    x = np.random.default_rng(4).normal(size=(20, 3))
    known = np.linalg.eigvalsh(np.cov(x.T))[::-1]
    assert np.allclose(population.from_samples(factor * x).eigenvalues / factor**2, known, rtol=1e-12)


@pytest.mark.parametrize("shape", [(300, 20), (20, 300)])
@pytest.mark.parametrize("dtype", ["float32", "int16"])
def test_large_samples_are_read_in_blocks(monkeypatch, tmp_path, shape, dtype):
    x = (100 * np.random.default_rng(0).normal(3.0, 1.0, shape)).astype(dtype)
    x[5] = x[3]  # rows that repeat others are samples all the same
    np.save(tmp_path / "x.npy", x)
    monkeypatch.setattr(empirical, "_WHOLE", 1000)
    found = population.from_samples(np.load(tmp_path / "x.npy", mmap_mode="r")).spectrum(shape[1])
    values = np.sort(np.linalg.eigvalsh(np.cov(x.astype(float), rowvar=False)))[::-1]
    assert np.allclose(found, values, rtol=1e-9, atol=1e-9 * values[0])
    broken = x.astype(float)
    broken[2, 2] = np.nan
    with pytest.raises(ValueError, match="samples must be finite"):
        population.from_samples(broken)
    with pytest.raises(ValueError, match="samples must vary"):
        population.from_samples(np.ones(shape))
