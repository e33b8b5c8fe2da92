"""Convolutional models drawn: against plain NumPy on the same periodograms, drawn in both ways."""

from __future__ import annotations

from itertools import combinations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from scipy import stats

from lingen.models import filters
from lingen.models.images import stationary
from lingen.sims import convolutional, ensemble
from lingen.sims.convolution.latents import localised_sampler
from lingen.sims.convolution.periodograms import images

KEY = jr.key(3)
RING = np.asarray(stationary.markov(0.7, 12))
TORUS = np.outer(stationary.markov(0.5, 6), stationary.markov(0.7, 7))
SHAPES = pytest.mark.parametrize("power", [RING, TORUS], ids=["ring", "torus"])


def periodograms(power, samples):
    """Of the two models of `draw` with the same key, at all frequencies."""
    source = images(power, jnp.asarray(float(samples)), "periodograms")
    found = []
    for key in jr.split(KEY):
        half = np.asarray(source.periodogram(key))
        c = np.fft.irfftn(half, power.shape, range(power.ndim))
        found.append(np.fft.fftn(c).real)
        np.testing.assert_allclose(found[-1][..., : half.shape[-1]], half, rtol=1e-10)
    return found


def transfer(periodogram, taps, noise):
    """By the d × d circulant matrix and a least-squares fit of every pixel on its window."""
    shape = periodogram.shape
    c = np.fft.ifftn(periodogram).real
    line = range(-(taps // 2), taps // 2 + 1)
    offsets = [(i,) for i in line] if len(shape) == 1 else [(i, j) for i in line for j in line]

    def at(j):
        return c[tuple(np.mod(j, shape))]

    matrix = np.array([[at(tuple(np.subtract(i, j))) for j in offsets] for i in offsets])
    kernel = np.linalg.solve(matrix + noise * np.eye(len(offsets)), [at(j) for j in offsets])
    k = np.stack(np.meshgrid(*[np.arange(n) / n for n in shape], indexing="ij"), -1)
    return sum(a * np.cos(2 * np.pi * (k @ np.array(j))) for a, j in zip(kernel, offsets, strict=True))


@SHAPES
@pytest.mark.parametrize("taps", [None, 1, 3, 5])
def test_denoisers_against_numpy(power, taps):
    seen = periodograms(power, 3)
    one, two = (p / (p + 0.3) if taps is None else transfer(p, taps, 0.3) for p in seen)
    found = convolutional.draw(KEY, power, 3, taps, 0.3, method="periodograms")
    weight = power + 0.3
    assert found.shared == pytest.approx(np.mean(weight * one * two), rel=1e-10)
    assert found.energy == pytest.approx(np.mean(weight * (one**2 + two**2)) / 2, rel=1e-10)
    assert found.disagreement == pytest.approx(np.mean(weight * (one - two) ** 2) / 2, rel=1e-8)
    best = power / (power + 0.3) if taps is None else transfer(power, taps, 0.3)
    risks = [np.mean((1 - h) ** 2 * power + 0.3 * h**2) for h in (one, two)]
    assert found.test_risk == pytest.approx(np.mean(risks), rel=1e-10)
    own = [np.mean((1 - h) ** 2 * p + 0.3 * h**2) for h, p in zip((one, two), seen, strict=True)]
    chance = np.mean((1 - best) ** 2 * (sum(seen) / 2 - power))
    assert found.train_risk == pytest.approx(np.mean(own) - chance, rel=1e-10)


@SHAPES
@pytest.mark.parametrize("taps", [None, 3])
def test_disjoint_halves_of_given_images_against_numpy(power, taps):
    pixels = np.random.default_rng(0).normal(size=(5, *power.shape))
    axes = range(1, pixels.ndim)
    each = np.abs(np.fft.fftn(pixels, axes=axes)) ** 2 / power.size
    drawn = ensemble(convolutional.split_sampler(pixels, 2, 0.3, taps), KEY, 40)
    weight, fit = each.mean(axis=0) + 0.3, lambda p: p / (p + 0.3) if taps is None else transfer(p, taps, 0.3)
    gains = {two: fit(each[list(two)].mean(axis=0)) for two in combinations(range(5), 2)}
    apart = [(one, two) for one in gains for two in gains if not set(one) & set(two)]
    moved = np.unique([np.mean(weight * (gains[one] - gains[two]) ** 2) / 2 for one, two in apart])
    # every draw is one of the splits, and of 15 splits 40 draws find most
    place = np.argmin(np.abs(moved[:, None] - np.asarray(drawn.disagreement)), axis=0)
    np.testing.assert_allclose(drawn.disagreement, moved[place], rtol=1e-9)
    assert len(moved) == 15
    assert len(set(place)) > 10


def test_splits_of_images_that_cannot_be_are_named():
    for given, words in (
        ({"images": np.ones(4)}, "images must have two axes or three"),
        ({"images": np.ones((1, 4))}, "images must hold at least two images"),
        ({"samples": 3}, "samples must be a whole number of at least 1 and at most 2, got 3"),
        ({"noise": 0.0}, "noise must be positive"),
        ({"taps": 2}, "taps must be odd"),
    ):
        with pytest.raises(ValueError, match=words):
            convolutional.split_sampler(**{"images": np.eye(5), "samples": 2, "noise": 0.1} | given)


@SHAPES
def test_samplers_against_numpy(power):
    seen = periodograms(power, 2)
    found = convolutional.draw(KEY, power, 2, filter=filters.ridge(0.1), method="periodograms")
    one, two = (np.sqrt(p + 0.1) for p in seen)
    assert found.shared == pytest.approx(np.mean(one * two), rel=1e-10)
    assert found.trained == pytest.approx(np.mean(one**2 * seen[0] + two**2 * seen[1]) / 2, rel=1e-10)
    assert found.fresh == pytest.approx(np.mean((one**2 + two**2) * power) / 2, rel=1e-10)


def test_the_flow_is_that_of_many_euler_steps():
    seen, taps, noises = periodograms(RING, 20), 3, np.geomspace(1e-4, 1e4, 4001)
    found = convolutional.draw(KEY, RING, 20, taps, method="periodograms")
    gains = []
    for p in seen:
        missing = np.array([1 - transfer(p, taps, s * RING.mean()) for s in noises])
        gains.append(np.exp(-0.5 * np.trapezoid(missing, np.log(noises), axis=0)))
    one, two = gains
    q = np.sum(one * two) / np.sum(one**2 + two**2) * 2
    assert found.shared / found.energy == pytest.approx(q, rel=1e-7)


@SHAPES
def test_both_methods_draw_one_law(power):
    """Every frequency a Gamma of its own, by Kolmogorov–Smirnov; pairs are one number, others independent."""
    real = np.asarray(stationary.self_conjugate(power.shape))[..., : power.shape[-1] // 2 + 1].ravel()
    for method in ("images", "periodograms"):
        source = images(power, jnp.asarray(3.0), method)
        drawn = jax.jit(jax.vmap(source.periodogram))(jr.split(KEY, 4000)).reshape(4000, -1)
        drawn = np.asarray(drawn) / np.asarray(source.half).ravel()
        for k in (0, 1, drawn.shape[1] - 1):
            shape = 1.5 if real[k] else 3.0
            assert stats.kstest(drawn[:, k], stats.gamma(shape, scale=1 / shape).cdf).pvalue > 1e-3
        assert abs(np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1]) < 0.06


def test_a_set_larger_than_a_batch_is_drawn_whole():
    source = images(RING, jnp.asarray(333.0), "images")
    mean = np.mean(jax.jit(jax.vmap(source.periodogram))(jr.split(KEY, 200)), axis=0)
    np.testing.assert_allclose(mean, RING[:7], rtol=0.03)


def test_the_leading_pair():
    power = np.ones(32)
    power[[5, -5]] = 50.0
    assert convolutional.recovery_sampler(power, 50)(KEY) == 1.0
    drawn = ensemble(convolutional.recovery_sampler(np.where(power > 1, 1.0001, 1.0), 1), KEY, 2000)
    assert np.mean(drawn) == pytest.approx(1 / 15, abs=0.02)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: convolutional.sampler(RING, 0), "samples must be a whole number of at least 1"),
        (lambda: convolutional.sampler(RING, 1, 4), "taps must be odd"),
        (lambda: convolutional.sampler(RING, 1, 3, 0.0), "noise must be positive"),
        (lambda: convolutional.sampler(RING, 1, method="dense"), "method must be one of"),
        (lambda: convolutional.sampler(RING, 1, 3, filter=filters.ridge(0.1)), "filter must be absent"),
        (lambda: convolutional.sampler(RING, 1, 3, span=(1.0, 0.1)), "span must be two increasing"),
        (lambda: convolutional.sampler(RING[1:], 1), "power must be even"),
        (lambda: convolutional.recovery_sampler(TORUS, 1), "power must be of a ring"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_localised_latents_against_images():
    """The periodogram in law against drawn images: the share found, its mean and its largest."""
    dim, n, theta = 16, 3, 6.0
    found = ensemble(localised_sampler(theta, n, dim), KEY, 4000)
    rng, shares = np.random.default_rng(0), []
    for _ in range(4000):
        v = rng.normal(size=dim)
        v /= np.linalg.norm(v)
        x = rng.normal(size=(n, dim)) + np.sqrt(theta) * rng.normal(size=(n, 1)) * v
        power = np.sum(np.abs(np.fft.rfft(x, axis=1)) ** 2, axis=0)[1:8]
        share = 2 * np.abs(np.fft.rfft(v, norm="ortho")[1:8]) ** 2
        shares.append((share[np.argmax(power)], share.max()))
    for drawn, plain in zip(found, np.transpose(shares), strict=True):
        assert stats.ks_2samp(np.asarray(drawn), plain).pvalue > 1e-3


def test_a_window_of_all_taps_leads_as_the_periodogram_does():
    power = np.ones(15)
    power[[3, -3]] = 5.0
    whole = ensemble(convolutional.recovery_sampler(power, 2, taps=15), KEY, 200)
    np.testing.assert_array_equal(whole, ensemble(convolutional.recovery_sampler(power, 2), KEY, 200))
    assert np.mean(ensemble(convolutional.recovery_sampler(power, 400, taps=9), KEY, 50)) == 1.0
