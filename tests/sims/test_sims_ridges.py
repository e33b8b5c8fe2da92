"""Ridges, combinations and disagreement measured: against plain NumPy on the same data."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from lingen.models import population
from lingen.sims import critics, denoiser_combinations, disagreement, ridge_denoisers, ridge_models
from lingen.sims.dense import wishart
from lingen.sims.engine.ensemble import ensemble

KEY = jr.key(7)
DIM = 12
TRUTH = population.atoms([4.0, 1.0], [1.0, 2.0])
SIGMA = np.asarray(TRUTH.spectrum(DIM))


def covariance(key, load, truth=TRUTH):
    source = wishart.source(truth, DIM, load)
    x = np.asarray(source.data(key))[: int(source.samples)]
    return x.T @ x / len(x)


def divergence(first, second):
    ratio = np.linalg.solve(second, first)
    return 0.5 * (np.trace(ratio) - DIM - np.linalg.slogdet(ratio)[1]) / DIM


def least(function, low=-8.0, high=6.0):
    grid = np.linspace(low, high, 200)
    start = grid[np.argmin([function(np.exp(x)) for x in grid])]
    found = minimize_scalar(
        lambda x: function(np.exp(x)),
        bounds=(start - 0.1, start + 0.1),
        method="bounded",
        options={"xatol": 1e-9},
    )
    return np.exp(found.x)


@pytest.mark.parametrize("load", [0.5, 2.5])
def test_ridge_models(load):
    learnt, truth, identity = covariance(KEY, load), np.diag(SIGMA), np.eye(DIM)
    found = ridge_models.draw(KEY, TRUTH, DIM, load, rho=0.4)
    assert found.kl_forward == pytest.approx(divergence(truth, learnt + 0.4 * identity), rel=1e-9)
    assert found.kl_reverse == pytest.approx(divergence(learnt + 0.4 * identity, truth), rel=1e-9)
    forward = least(lambda r: divergence(truth, learnt + r * identity))
    reverse = least(lambda r: divergence(learnt + r * identity, truth))
    assert found.best_forward == pytest.approx(forward, rel=1e-5)
    assert found.best_reverse == pytest.approx(reverse, rel=1e-5)
    assert found.best_wasserstein2 is None


def test_the_best_ridge_of_transport():
    truth = population.isotropic(2.0)
    values = np.linalg.eigvalsh(covariance(KEY, 1.5, truth))
    found = ridge_models.draw(KEY, truth, DIM, 1.5, rho=0.1).best_wasserstein2
    assert found == pytest.approx(
        least(lambda r: np.sum((np.sqrt(values + r) - np.sqrt(2.0)) ** 2)), rel=1e-5
    )


@pytest.mark.parametrize(("load", "noise"), [(0.5, 2.0), (2.5, 0.3)])
def test_ridge_denoisers(load, noise):
    learnt = covariance(KEY, load)

    def risk(total):
        denoiser = learnt @ np.linalg.inv(learnt + total * np.eye(DIM))
        missing = denoiser - np.eye(DIM)
        return (np.trace(missing @ np.diag(SIGMA) @ missing.T) + noise * np.sum(denoiser**2)) / DIM

    found = ridge_denoisers.draw(KEY, TRUTH, DIM, load, noise=noise)
    assert found.risk == pytest.approx(risk(noise), rel=1e-9)
    best = least(risk)
    assert found.best_ridge + noise == pytest.approx(best, rel=1e-5)
    assert found.best_risk == pytest.approx(risk(best), rel=1e-9)


def root(matrix):
    values, vectors = np.linalg.eigh(matrix)
    return vectors * np.sqrt(np.maximum(values, 0.0)) @ vectors.T


def test_disagreement():
    one, two = (root(covariance(key, 1.5)) for key in jr.split(KEY))
    apart, energy = np.sum((one - two) ** 2, axis=0), np.sum(one**2 + two**2, axis=0)
    modes = disagreement.draw(KEY, TRUTH, DIM, 1.5).modes
    expected = [apart[:4].sum() / energy[:4].sum(), apart[4:].sum() / energy[4:].sum()]
    np.testing.assert_allclose(modes, expected, rtol=1e-9)
    seeds = np.random.default_rng(0).normal(size=(3, DIM))
    found = disagreement.seed_sampler(TRUTH, 1.5, jnp.asarray(seeds))(KEY).distances
    expected = [np.sum(((one - two) @ z) ** 2) / (2 * DIM) for z in seeds]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_combinations_of_denoisers():
    noise, loads = 0.4, (2.0, 2.0, 2.0, 0.75)
    denoisers = []
    for number, load in enumerate(loads):
        learnt = covariance(jr.fold_in(KEY, number), load)
        denoisers.append(learnt @ np.linalg.inv(learnt + noise * np.eye(DIM)))

    def risk(denoiser):
        missing = denoiser - np.eye(DIM)
        return (np.sum(missing**2 * SIGMA) + noise * np.sum(denoiser**2)) / DIM

    found = denoiser_combinations.draw(KEY, TRUTH, DIM, 2.0, other=0.75, noise=noise, models=3)
    first, last = denoisers[0], denoisers[-1]
    best = minimize_scalar(lambda w: risk((1 + w) * first - w * last))
    assert found.weight == pytest.approx(best.x, rel=1e-6)
    assert found.extrapolated == pytest.approx(best.fun, rel=1e-9)
    assert found.averaged == pytest.approx(risk(np.mean(denoisers[:3], axis=0)), rel=1e-9)


def test_critics_have_mean_one_and_the_information():
    """The variance of e^f over pairs is E e^{2f} − 1 only if its mean is 1; that of f is 0.04 d."""
    draws = ensemble(critics.sampler(0.2, 3, pairs=64), KEY, 20_000)
    joint = np.asarray(draws.estimate - draws.partition)
    for values, expected in ((np.asarray(draws.partition), 0.96**-3 - 1), (joint, 0.12)):
        assert abs(values.mean() - expected) < 5 * values.std() / np.sqrt(values.size)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ridge_models.sampler(TRUTH, DIM, 1.0, rho=-0.1), "rho must be at least 0"),
        (lambda: ridge_models.sampler(population.atoms([1.0, 0.0]), DIM, 1.0, rho=0.1), "no zero eigenvalue"),
        (lambda: ridge_denoisers.sampler(TRUTH, DIM, 1.0, noise=0.0), "noise must be positive"),
        (lambda: disagreement.sampler(TRUTH, 1, 1.0), "dim must give each of 2 bulk atoms"),
        (
            lambda: denoiser_combinations.sampler(TRUTH, DIM, 1.0, other=0.0, noise=1.0),
            "other must be positive",
        ),
        (lambda: critics.sampler(1.0, 3), "correlation must be between -1 and 1"),
        (lambda: critics.sampler(0.5, 3, pairs=1), "pairs must be a whole number of at least 2"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
