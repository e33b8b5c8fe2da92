"""Networks trained by descent on drawn images: where descent ends, by the least squares of plain NumPy."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from flax import nnx

from lingen.models.images import stationary
from lingen.models.networks.denoiser import CnnArchitecture
from lingen.models.networks.linear_convolution import LinearConvolution
from lingen.sims.convolution import descent, trained_pairs
from lingen.sims.networks import stationary_images
from lingen.sims.networks.settings import Settings

KEY = jr.key(3)
RING = np.asarray(stationary.markov(0.7, 12))
TORUS = np.outer(stationary.markov(0.5, 6), stationary.markov(0.7, 7))
SHAPES = pytest.mark.parametrize("shape", [(12,), (6, 7)], ids=["ring", "torus"])


def shifts(pixels, taps):
    """Every image moved by each offset of the window: shape (r, n, ...)."""
    line = range(-(taps // 2), taps // 2 + 1)
    axes = tuple(range(1, pixels.ndim))
    offsets = [(i,) for i in line] if len(axes) == 1 else [(i, j) for i in line for j in line]
    return np.stack([np.roll(pixels, np.negative(j), axes) for j in offsets]), np.array(offsets)


def fitted(pixels, taps, noise):
    """The transfer function of the ridge regression of every pixel on its window."""
    moved, offsets = shifts(pixels, taps)
    rows = moved.reshape(len(offsets), -1).T
    more = np.sqrt(noise * pixels.size) * np.eye(len(offsets))
    kernel = np.linalg.lstsq(np.vstack([rows, more]), np.append(pixels.ravel(), 0 * more[0]), rcond=None)[0]
    k = np.stack(np.meshgrid(*[np.arange(n) / n for n in pixels.shape[1:]], indexing="ij"), -1)
    return sum(a * np.cos(2 * np.pi * (k @ j)) for a, j in zip(kernel, offsets, strict=True))


@SHAPES
def test_the_network_is_a_sum_of_moved_images(shape):
    network = LinearConvolution(3, shape)
    weight = np.random.default_rng(0).normal(size=3 ** len(shape))
    network.weight[...] = jnp.asarray(weight)
    pixels = np.random.default_rng(1).normal(size=(2, *shape))
    expected = np.tensordot(weight, shifts(pixels, 3)[0], 1)
    np.testing.assert_allclose(network(jnp.asarray(pixels)), expected, atol=1e-13)


@SHAPES
@pytest.mark.parametrize("noise", [0.01, 0.3])
def test_descent_ends_at_the_least_squares(shape, noise):
    pixels = np.random.default_rng(2).normal(size=(2, *shape)) + 1.0
    network = LinearConvolution(3, shape)
    found = jax.jit(descent.trained)(network, jnp.asarray(pixels), jnp.asarray(noise))
    expected = fitted(pixels, 3, noise)[..., : shape[-1] // 2 + 1]
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert not np.any(network.weight[...])  # where it starts is left alone


def test_a_descent_that_does_not_end_is_no_number(monkeypatch):
    monkeypatch.setattr(descent, "STEPS", 3)
    pixels = jnp.asarray(np.random.default_rng(2).normal(size=(1, 8)))
    found = jax.jit(descent.trained)(LinearConvolution(3, (8,)), pixels, jnp.asarray(0.1))
    assert np.all(np.isnan(found))


@pytest.mark.parametrize("power", [RING, TORUS], ids=["ring", "torus"])
def test_a_pair_is_two_of_them_on_images_of_their_own(power):
    sampler = trained_pairs.denoiser_sampler(power, 2, 3, 0.3)
    seen = trained_pairs._drawn(sampler.args[0], sampler.args[2], KEY)
    one, two = (fitted(np.asarray(pixels), 3, 0.3) for pixels in seen)
    found = jax.jit(sampler)(KEY)
    weight = power + 0.3
    assert found.disagreement == pytest.approx(np.mean(weight * (one - two) ** 2) / 2, rel=1e-3)
    assert found.energy == pytest.approx(np.mean(weight * (one**2 + two**2)) / 2, rel=1e-5)
    own = [np.mean(np.abs(np.fft.fftn(x, axes=range(1, x.ndim))) ** 2, axis=0) / power.size for x in seen]
    gaps = [np.mean((1 - h) ** 2 * (power - p)) for h, p in zip((one, two), own, strict=True)]
    axes = range(power.ndim)
    line = np.meshgrid(*[np.arange(n) for n in power.shape], indexing="ij")
    offsets = shifts(seen[0], 3)[1]
    covariance = np.fft.ifftn(power).real
    matrix = [[covariance[tuple(np.mod(i - j, power.shape))] for j in offsets] for i in offsets]
    wanted = [covariance[tuple(np.mod(j, power.shape))] for j in offsets]
    kernel = np.linalg.solve(matrix + 0.3 * np.eye(len(offsets)), wanted)
    phase = [sum(line[a] * j[a] / power.shape[a] for a in axes) for j in offsets]
    best = sum(a * np.cos(2 * np.pi * p) for a, p in zip(kernel, phase, strict=True))
    chance = np.mean((1 - best) ** 2 * (power - sum(own) / 2))
    assert found.test_risk - found.train_risk == pytest.approx(np.mean(gaps) - chance, rel=1e-3)


def test_a_flow_is_made_of_networks_of_every_level():
    key, span = jr.key(1), (0.05, 20.0)
    sampler = trained_pairs.flow_sampler(RING, 2, 3, span)
    found = jax.jit(sampler)(key)
    drawn = trained_pairs._drawn(sampler.args[0], sampler.args[2], key)
    noises = np.geomspace(*span, 801)
    gains = []
    for pixels in drawn:
        missing = [(1 - fitted(np.asarray(pixels), 3, s)) / (2 * s) for s in noises]
        gains.append(np.sqrt(span[1]) * np.exp(-np.trapezoid(missing, noises, axis=0)))
    assert found.energy == pytest.approx((np.mean(gains[0] ** 2) + np.mean(gains[1] ** 2)) / 2, rel=2e-4)
    assert found.disagreement == pytest.approx(np.mean((gains[0] - gains[1]) ** 2) / 2, rel=2e-3)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: trained_pairs.denoiser_sampler(RING, 0, 3, 0.3), "samples must be"),
        (lambda: trained_pairs.denoiser_sampler(RING, 1, 4, 0.3), "taps must be odd"),
        (lambda: trained_pairs.denoiser_sampler(RING, 1, 3, -1.0), "noise must be positive"),
        (lambda: trained_pairs.flow_sampler(RING, 1, 3, (2.0, 1.0)), "span must be two increasing numbers"),
        (lambda: LinearConvolution(9, (7, 9)), "taps must be odd"),
        (lambda: bias_free(RING), r"power must have two axes \(a torus\)"),
        (lambda: bias_free(TORUS, noise=0.0), "noise must be positive"),
        (lambda: bias_free(TORUS, architecture=CnnArchitecture(channels=3)), "data must have 3 channels"),
    ],
)
def test_bad_arguments_are_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def bias_free(power, **changes):
    form = CnnArchitecture(kernels=4, layers=3, predicts="image")
    given = {"samples": 8, "noise": 0.3, "architecture": form, "settings": Settings(steps=150, rate=1e-2)}
    return stationary_images.denoiser_sampler(power, **given | changes)


@pytest.mark.slow
def test_bias_free_networks_learn_to_denoise():
    power = jnp.outer(stationary.markov(0.7, 8), stationary.markov(0.7, 8))
    found = jax.jit(bias_free(power))(KEY)
    assert found.disagreement == pytest.approx(float(found.energy - found.shared), rel=1e-9)
    assert 0.0 < found.disagreement < 0.2 * found.energy
    # no denoiser is better than Wiener's; to leave images as they are costs s
    wiener = float(jnp.mean(power * 0.3 / (power + 0.3)))
    assert 0.9 * wiener < found.test_risk < 0.8 * 0.3


def test_networks_are_left_as_modules():
    assert [leaf.shape for leaf in jax.tree.leaves(nnx.state(LinearConvolution(3, (5, 5)), nnx.Param))] == [
        (9,)
    ]
