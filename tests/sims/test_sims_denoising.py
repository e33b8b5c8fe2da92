"""Denoisers measured: the risks against their definition on the same data, the response atom by atom."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

from lingen.models import filters, population
from lingen.sims import denoising
from lingen.sims.dense import wishart

KEY = jr.key(4)
TRUTH = population.atoms([4.0, 1.0], [1.0, 3.0]).with_spikes([9.0])
DIM = 13
NOISE = 0.3


def sample(load, truth=TRUTH):
    source = wishart.source(truth, DIM, load)
    x = np.asarray(source.data(KEY))[: int(source.samples)]
    return x, x.T @ x / len(x), np.asarray(source.spectrum)


def risks(h, x, spectrum):
    """E‖h(x+√s z) − x‖²/d over z, for a fresh x and on average over the training points."""
    amplified = NOISE * np.sum(h**2)
    missing = h - np.eye(DIM)
    test = np.trace(missing @ np.diag(spectrum) @ missing.T)
    train = np.mean(np.sum((x @ missing.T) ** 2, axis=1))
    return (test + amplified) / DIM, (train + amplified) / DIM


@pytest.mark.parametrize("load", [1 / DIM, 0.5, 1.0, 2.5])
def test_against_numpy_on_the_same_data(load):
    x, s, spectrum = sample(load)
    h = s @ np.linalg.inv(s + NOISE * np.eye(DIM))
    found = denoising.draw(KEY, TRUTH, DIM, load, noise=NOISE)
    np.testing.assert_allclose((found.test_risk, found.train_risk), risks(h, x, spectrum), atol=1e-10)
    diagonal = np.diag(h)
    np.testing.assert_allclose(found.response, [diagonal[1:4].mean(), diagonal[4:].mean()], atol=1e-10)


def test_the_risk_is_that_of_the_map_on_noisy_points():
    _, s, spectrum = sample(1.0)
    h = s @ np.linalg.inv(s + NOISE * np.eye(DIM))
    rng = np.random.default_rng(0)
    fresh = rng.normal(size=(20000, DIM)) * np.sqrt(spectrum)
    noisy = fresh + np.sqrt(NOISE) * rng.normal(size=fresh.shape)
    errors = np.mean((noisy @ h.T - fresh) ** 2, axis=1)
    found = denoising.draw(KEY, TRUTH, DIM, 1.0, noise=NOISE).test_risk
    assert abs(errors.mean() - found) < 5 * errors.std(ddof=1) / np.sqrt(len(errors))


def test_an_early_stopped_denoiser():
    x, s, spectrum = sample(0.5)
    values, vectors = np.linalg.eigh(s)
    gains = values / (values + NOISE) * (1 - np.exp(-2 * 0.7 * (values + NOISE)))
    found = denoising.draw(KEY, TRUTH, DIM, 0.5, filters.early_stopped(0.7, NOISE), noise=NOISE)
    expected = risks(vectors * gains @ vectors.T, x, spectrum)
    np.testing.assert_allclose((found.test_risk, found.train_risk), expected, atol=1e-10)


def test_endless_training_is_the_denoiser():
    stopped = denoising.draw(KEY, TRUTH, DIM, 0.5, filters.early_stopped(1e6, NOISE), noise=NOISE)
    plain = denoising.draw(KEY, TRUTH, DIM, 0.5, noise=NOISE)
    for one, two in zip(stopped, plain, strict=True):
        np.testing.assert_allclose(one, two, atol=1e-12)


def test_no_linear_map_beats_the_trained_one_on_its_training_set():
    best = float(denoising.draw(KEY, TRUTH, DIM, 0.8, noise=NOISE).train_risk)
    x, s, spectrum = sample(0.8)
    h = s @ np.linalg.inv(s + NOISE * np.eye(DIM))
    rng = np.random.default_rng(2)
    for _ in range(20):
        assert risks(h + 0.01 * rng.normal(size=h.shape), x, spectrum)[1] > best


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: denoising.sampler(TRUTH, DIM, 1.0, noise=0.0), "noise must be positive"),
        (lambda: denoising.sampler(TRUTH, DIM, 1.0, noise=[1.0]), "noise must be one known number"),
        (lambda: denoising.sampler(TRUTH, DIM, 0.0, noise=1.0), "load must be positive"),
        (lambda: denoising.sampler(TRUTH, DIM, 1.0, method="exact", noise=1.0), "method must be one of"),
        (lambda: denoising.sampler(TRUTH, 2, 1.0, noise=1.0), "dim must give each of 2 bulk atoms"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
