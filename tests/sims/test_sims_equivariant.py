"""Equivariant and local models drawn: against plain NumPy with d × d matrices on the same images."""

from __future__ import annotations

import jax
import jax.random as jr
import numpy as np
import pytest
from scipy.linalg import sqrtm

from lingen.models import population
from lingen.models.images import stationary
from lingen.sims import ensemble, equivariant, local_denoisers

KEY = jr.key(5)
RING = np.asarray(stationary.markov(0.7, 12))
TORUS = np.outer(stationary.markov(0.5, 4), stationary.markov(0.7, 6))


def filtered(key, power, samples):
    white = np.asarray(jr.normal(key, (samples, *power.shape)))
    axes = tuple(range(1, white.ndim))
    return np.fft.ifftn(np.fft.fftn(white, axes=axes) * np.sqrt(power), axes=axes).real


def shifted_mean(images, cell):
    """The d × d covariance, averaged over all shifts by whole cells."""
    shape = images.shape[1:]
    axes = tuple(range(1, images.ndim))
    steps = np.stack(np.meshgrid(*[np.arange(0, side, cell) for side in shape], indexing="ij"), -1)
    steps = steps.reshape(-1, len(shape))
    moved = [np.roll(images, tuple(step), axes).reshape(images.shape[0], -1) for step in steps]
    return sum(x.T @ x for x in moved) / len(moved) / images.shape[0]


def circulant(power):
    c = np.fft.ifftn(power).real
    places = np.stack(np.unravel_index(np.arange(c.size), c.shape), -1)
    apart = (places[:, None] - places) % np.array(c.shape)
    return c[tuple(np.moveaxis(apart, -1, 0))]


@pytest.mark.parametrize("power", [RING, TORUS], ids=["ring", "torus"])
@pytest.mark.parametrize("cell", [1, 2])
@pytest.mark.parametrize("noise", [None, 0.3])
def test_sectors_are_the_covariance_averaged_over_shifts(power, cell, noise):
    d = power.size
    covariances = [shifted_mean(filtered(k, power, 5), cell) for k in jr.split(KEY)]
    if noise is None:
        one, two = (sqrtm(s).real for s in covariances)
        inputs = np.eye(d)
    else:
        one, two = (np.linalg.solve(s + noise * np.eye(d), s) for s in covariances)
        inputs = circulant(power) + noise * np.eye(d)
    found = equivariant.stationary_sampler(power, 5, cell, noise)(KEY)
    assert found.shared == pytest.approx(np.trace(one @ inputs @ two.T) / d, rel=1e-6)
    energy = (np.trace(one @ inputs @ one.T) + np.trace(two @ inputs @ two.T)) / 2 / d
    assert found.energy == pytest.approx(energy, rel=1e-6)
    apart = one - two
    assert found.disagreement == pytest.approx(np.trace(apart @ inputs @ apart.T) / 2 / d, rel=1e-6)


def test_independent_cells_of_given_variances():
    found = equivariant.draw(KEY, population.atoms([1.0, 9.0]), 4, 2, 3, 0.3)
    scale = np.sqrt(np.tile([9.0, 1.0], 3))
    one, two = (shifted_mean(np.asarray(jr.normal(k, (4, 6))) * scale, 2) for k in jr.split(KEY))
    inputs = np.diag(scale**2 + 0.3)
    one, two = (np.linalg.solve(s + 0.3 * np.eye(6), s) for s in (one, two))
    assert found.shared == pytest.approx(np.trace(one @ inputs @ two.T) / 6, rel=1e-10)


@pytest.mark.parametrize("power", [RING, TORUS], ids=["ring", "torus"])
def test_every_pixel_is_regressed_on_its_own_window(power):
    noise, taps, d = 0.3, 3, power.size
    sets = [filtered(k, power, 4) for k in jr.split(KEY)]
    table = stationary.window(taps, power.shape)
    centre = int(np.flatnonzero(table.offsets == 0)[0])
    sigma = np.fft.ifftn(power).real.reshape(-1)[table.differences]
    inputs = sigma + noise * np.eye(sigma.shape[0])
    shared, moved, risks = [], [], []
    for place in np.ndindex(power.shape):
        kernels = []
        for images in sets:
            at = np.roll(images, tuple(-p for p in place), tuple(range(1, images.ndim)))
            x = at.reshape(4, -1)[:, table.offsets]
            s = x.T @ x / 4
            kernels.append(np.linalg.solve(s + noise * np.eye(len(s)), s[:, centre]))
        one, two = kernels
        shared.append(one @ inputs @ two)
        moved.append((one - two) @ inputs @ (one - two) / 2)
        left = [np.eye(len(sigma))[centre] - a for a in kernels]
        risks.append(np.mean([b @ sigma @ b + noise * a @ a for a, b in zip(kernels, left, strict=True)]))
    found = local_denoisers.draw(KEY, power, 4, taps, noise, d)
    assert found.shared == pytest.approx(np.mean(shared), rel=1e-9)
    assert found.disagreement == pytest.approx(np.mean(moved), rel=1e-9)
    assert found.test_risk == pytest.approx(np.mean(risks), rel=1e-9)


def test_pixels_are_spread_over_the_image():
    few = local_denoisers.sampler(RING, 3, 3, 0.3)
    assert np.asarray(few.args[1]).shape == (4, 3)
    np.testing.assert_array_equal(np.asarray(few.args[1])[:, 1], [0, 3, 6, 9])


def test_many_draws_compile_once():
    draws = ensemble(equivariant.sampler(population.isotropic(), 6, 4, 3), KEY, 5)
    alone = jax.jit(jax.vmap(equivariant.sampler(population.isotropic(), 6, 4, 3)))(jr.split(KEY, 5))
    assert draws.shared.shape == alone.shared.shape == (5,)
    assert np.all(draws.shared <= draws.energy)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: equivariant.sampler(population.isotropic(), 0, 4, 3), "samples must be a whole number"),
        (lambda: equivariant.sampler(population.isotropic(), 1, 4, 0), "shifts must be a whole number"),
        (lambda: equivariant.stationary_sampler(RING, 1, 5), "cell must divide"),
        (lambda: local_denoisers.sampler(RING, 1, 4, 0.3), "taps must be odd"),
        (lambda: local_denoisers.sampler(RING, 1, 3, 0.3, 13), "pixels must be .* at most 12"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
