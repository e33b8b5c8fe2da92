"""Equivariant and local models: against plain NumPy formulas, one another, and at the edges of the domain."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import optimize

from lingen.models import filters, population
from lingen.models.images import stationary
from lingen.theory import convergence, equivariant, local_denoisers

ISOTROPIC = population.isotropic()
RING = np.asarray(stationary.markov(0.6, 24))
TORUS = np.outer(stationary.markov(0.5, 6), stationary.markov(0.7, 8))


def fixed_point(values, samples, noise):
    """κ(1 − Σ_k σ_k/(σ_k+κ)/n) = s by bracketing."""
    top = noise + values.sum() / samples

    def excess(kappa):
        return kappa * (1 - np.sum(values / (values + kappa)) / samples) - noise

    return optimize.brentq(excess, 1e-14 * top, 1.001 * top, xtol=1e-16, rtol=1e-14)


def sector(values, samples, noise):
    """m and v of one dense model of these eigenvalues, summed over them."""
    kappa = fixed_point(values, samples, noise)
    g = 1 / (values + kappa)
    mean = np.sum(values**2 * g**2 * (values + noise))
    moved = kappa**2 * np.sum(values * g**2) * np.sum((values + noise) * values * g**2)
    return mean, moved / (samples - np.sum(values**2 * g**2))


@pytest.mark.parametrize(("cell", "samples"), [(1, 2), (4, 3), (6, 9), (24, 15)])
def test_sectors_are_frequencies_apart_by_the_number_of_cells(cell, samples):
    parts = [sector(RING[k :: 24 // cell], samples, 0.3) for k in range(24 // cell)]
    mean, moved = np.sum(parts, axis=0)
    found = equivariant.stationary_disagreement(RING, samples, cell, 0.3)
    assert found == pytest.approx(moved / (mean + moved), rel=1e-11)


def test_sectors_of_a_torus():
    parts = [sector(TORUS[k::3, j::4].ravel(), 5, 0.3) for k in range(3) for j in range(4)]
    mean, moved = np.sum(parts, axis=0)
    found = equivariant.stationary_disagreement(TORUS, [5, 50], 2, 0.3)
    assert found.shape == (2,)
    assert found[0] == pytest.approx(moved / (mean + moved), rel=1e-11)


def test_a_cell_is_the_dimension():
    two = population.atoms([1.0, 10.0])
    for filter in (None, filters.ridge(0.2)):
        found = equivariant.overlap(two, [8, 64], 32, filter=filter)
        np.testing.assert_allclose(found, convergence.overlap(two, [0.25, 2.0], filter), rtol=1e-12)
    assert equivariant.overlap(ISOTROPIC, 16, 16) == pytest.approx((8 / 3 / np.pi) ** 2, rel=1e-10)
    white = equivariant.stationary_disagreement(np.ones(64), 16, 16)
    assert white == pytest.approx(1 - (8 / 3 / np.pi) ** 2, rel=1e-9)


def numpy_local(power, samples, taps, noise):
    """The formula with matrices, nothing simplified."""
    c, half = np.fft.ifft(power).real, taps // 2
    index = np.arange(-half, half + 1)
    sigma = c[(index[:, None] - index) % power.size]
    kappa = fixed_point(np.linalg.eigvalsh(sigma), samples, noise)
    g = np.linalg.inv(sigma + kappa * np.eye(taps))
    inputs, e = sigma + noise * np.eye(taps), np.eye(taps)[half]
    mean = e @ sigma @ g @ inputs @ g @ sigma @ e
    first = kappa**2 * (e @ sigma @ g @ g @ e) * np.trace(inputs @ sigma @ g @ g)
    kernel = np.linalg.solve(inputs, sigma @ e)
    last = noise**2 * kernel @ np.linalg.solve(inputs, kernel) / samples
    moved = first / (samples - np.trace(sigma @ sigma @ g @ g)) + last
    return moved / (mean + moved)


@pytest.mark.parametrize(("samples", "taps"), [(1, 5), (7, 7), (40, 9), (3, 1)])
def test_local_denoisers_are_those_of_numpy(samples, taps):
    found = local_denoisers.disagreement(RING, samples, taps, 0.3)
    assert found == pytest.approx(numpy_local(RING, samples, taps, 0.3), rel=1e-10)


def test_wide_windows_are_dense_models_of_their_pixels():
    power = stationary.markov(0.6, 1024)
    found = local_denoisers.disagreement(power, np.array([100, 400]), 201, 0.3)
    dense = equivariant.stationary_disagreement(stationary.markov(0.6, 201), np.array([100, 400]), 201, 0.3)
    np.testing.assert_allclose(found, dense, rtol=0.01)
    p, s = np.asarray(power), 0.3
    limit = np.mean(p * s**2 / (p + s) ** 2) * np.mean(p / (p + s)) / np.mean(p**2 / (p + s))
    assert local_denoisers.disagreement(power, 1e9, 201, s) * 1e9 / 201 == pytest.approx(limit, rel=0.01)


@pytest.mark.parametrize("d", [5, 6])
@pytest.mark.parametrize("noise", [1e-300, 1e-9, 1.0, 1e9, 1e300])
def test_edges_of_the_domain_are_numbers(d, noise):
    for power in (np.ones(d), np.where(np.isin(np.arange(d), [1, d - 1]), 2.0, 0.0)):
        known = [local_denoisers.overlap(power, [1, 3, 1000], taps, noise) for taps in (1, 3, d)]
        known += [1 - equivariant.stationary_disagreement(power, [1, 1000], cell, noise) for cell in (1, d)]
        for q in known:
            assert np.all((q >= 0) & (q <= 1 + 1e-12))
            assert q[-1] >= q[0] - 1e-12


def test_large_noise_has_a_limit():
    """The kernel is ĉ_W/s."""
    for found in (
        [local_denoisers.disagreement(RING, 9, 5, s) for s in (1e8, 1e200)],
        [equivariant.stationary_disagreement(RING, 9, 6, s) for s in (1e8, 1e200)],
    ):
        assert found[0] == pytest.approx(float(found[1]), rel=1e-6)


@pytest.mark.parametrize(
    "disagreement",
    [
        lambda p: local_denoisers.disagreement(p, 6, 5, 0.3),
        lambda p: equivariant.stationary_disagreement(p, 6, 4, 0.3),
        lambda p: equivariant.stationary_disagreement(p, 9, 4),
    ],
    ids=["local", "equivariant denoiser", "equivariant sampler"],
)
def test_gradients_with_respect_to_the_autocovariance(disagreement):
    c, step = np.fft.ifft(RING).real, 1e-6

    def moved_by(c):
        return disagreement(stationary.power_of(c))

    slope = jax.jit(jax.grad(moved_by))(jnp.asarray(c))
    for lag in (0, 1, 4, 12):
        moved = np.zeros(24)
        moved[[lag, -lag]] = step
        difference = float(moved_by(c + moved) - moved_by(c - moved)) / (2 * step)
        assert slope @ moved / step == pytest.approx(difference, rel=2e-5, abs=1e-8)


def test_white_windows_have_gradients():
    slope = jax.jit(jax.grad(lambda p: local_denoisers.disagreement(p, 6, 5, 0.3)))(jnp.ones(24))
    assert np.all(np.isfinite(slope))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: equivariant.overlap(ISOTROPIC, 0, 4), "samples must be positive"),
        (lambda: equivariant.overlap(ISOTROPIC, 1, 0), "cell must be a whole number"),
        (lambda: equivariant.overlap(ISOTROPIC, 1, 4, 0.0), "noise must be positive"),
        (
            lambda: equivariant.stationary_disagreement(RING, 1, 5),
            "cell must divide every side .* 24",
        ),
        (
            lambda: equivariant.overlap(ISOTROPIC, 1, 4, 0.1, filters.ridge(0.1)),
            "filter must be absent",
        ),
        (
            lambda: equivariant.overlap(ISOTROPIC, 1, 4, filter=filters.denoiser(0.1)),
            "a denoiser is",
        ),
        (lambda: local_denoisers.overlap(RING, 1, 4, 0.3), "taps must be odd"),
        (lambda: local_denoisers.overlap(RING, 0.5, 3, 0.3), "samples must be at least 1"),
        (lambda: local_denoisers.overlap(RING, 1, 3, 0.0), "noise must be positive"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
