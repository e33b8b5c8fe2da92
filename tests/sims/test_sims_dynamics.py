"""Trained linear denoisers: the closed form along the way and at the end; what diverges is named."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest

from lingen.models import population
from lingen.models.descent import descent
from lingen.models.filters import denoiser, early_stopped
from lingen.sims import dynamics
from lingen.sims.engine.ensemble import ensemble
from lingen.theory.dynamics import step_error

KEY = jr.key(12)
TRUTH = population.atoms([4.0, 1.0])
DIM, NOISE, RATE, LOADS = 6, 0.3, 0.02, (0.5, 2.0)


def gains(covariance, filter):
    values, vectors = np.linalg.eigh(covariance)
    return (vectors * np.asarray(filter(np.maximum(values, 0.0)))) @ vectors.T


@pytest.fixture(scope="module")
def trained():
    draw = dynamics.sampler(TRUTH, DIM, LOADS, noise=NOISE, rate=RATE, records=2, every=300)
    return dynamics.train(draw, KEY, 3)


def test_optax_reaches_the_closed_form(trained):
    """At the end to 1e-3 relative; at every number of steps the discrete filter to round-off."""
    assert trained.draws.weights.shape == (3, 2, 2, DIM, DIM)
    assert trained.failures == ()
    for place in np.ndindex(3, 2, 2):
        weight, covariance = trained.draws.weights[place], trained.draws.covariances[place]
        closed = gains(covariance, denoiser(NOISE))
        assert np.linalg.norm(weight - closed) < 1e-3 * np.linalg.norm(closed)
        np.testing.assert_allclose(weight, gains(covariance, descent(600, RATE, NOISE)), atol=1e-12)


def test_descent_follows_the_flow_within_the_bound():
    draw = dynamics.sampler(TRUTH, DIM, 2.0, noise=NOISE, rate=RATE, records=1, every=15)(KEY)
    for weight, covariance in zip(draw.weights[0], draw.covariances[0], strict=True):
        values = np.linalg.eigvalsh(covariance)
        assert RATE * (values[-1] + NOISE) < 0.5
        off = np.linalg.norm(weight - gains(covariance, early_stopped(15 * RATE, NOISE)), 2)
        assert 0 < off < step_error(RATE, values[-1], NOISE)


def test_observables_are_their_definitions(trained):
    """Of the last look, from weights and covariances."""
    spectrum = np.diag(np.asarray(TRUTH.spectrum(DIM)))
    seed, load = 1, 0
    one, two = trained.draws.weights[seed, load]
    first, second = trained.draws.covariances[seed, load]
    missing = [w - np.eye(DIM) for w in (one, two)]
    test = [
        np.trace(m @ spectrum @ m.T) + NOISE * np.sum(w**2) for m, w in zip(missing, (one, two), strict=True)
    ]
    kept = [np.trace(w @ s @ w.T) / np.trace(w @ spectrum @ w.T) for w, s in ((one, first), (two, second))]
    found = trained.draws.learning
    assert found.test_risk[seed, load, -1] == pytest.approx(np.mean(test) / DIM, rel=1e-12)
    assert found.memorisation[seed, load, -1] == pytest.approx(np.mean(kept), rel=1e-12)
    overlap = np.sum(one * two) / np.sqrt(np.sum(one**2) * np.sum(two**2))
    assert found.convergence[seed, load, -1] == pytest.approx(overlap, rel=1e-12)


def test_minibatches_follow_full_batches_on_average():
    """The gradient is linear in W: batches and noise leave its mean exactly where it was, whatever η."""
    draw = dynamics.sampler(
        TRUTH, DIM, 1.0, noise=NOISE, rate=RATE, records=1, every=20, mode="minibatch", batch=2
    )
    found = ensemble(draw, KEY, 512)
    expected = np.stack([gains(s, descent(20, RATE, NOISE)) for s in found.covariances[:, 0, 0]])
    off = found.weights[:, 0, 0] - expected
    errors = off.std(axis=0, ddof=1) / np.sqrt(512)
    assert np.all(np.abs(off.mean(axis=0)) < 5 * errors)
    assert np.linalg.norm(off, axis=(1, 2)).min() > 1e-3


def test_a_diverged_member_is_named_and_the_others_are_kept():
    rate = 0.1
    draw = dynamics.sampler(TRUTH, DIM, 1.0, noise=NOISE, rate=rate, records=1, every=8000)
    found, stacked = dynamics.train(draw, KEY, 16), ensemble(draw, KEY, 16)
    stable, failed = rate * (np.linalg.eigvalsh(stacked.covariances)[..., -1] + NOISE), stacked.failed >= 0
    assert np.all(stable[failed] > 1)
    assert np.all(failed[stable > 1.05])  # nearer to 1 the loss takes longer to overflow
    np.testing.assert_array_equal(found.seeds, np.flatnonzero(~np.any(failed, axis=(1, 2))))
    assert 0 < len(found.seeds) < 16
    assert np.all(np.isfinite(found.draws.learning.test_risk))
    assert np.all(np.isnan(stacked.learning.test_risk[np.any(failed, axis=(1, 2))]))
    assert len(found.failures) == np.sum(failed)
    place = np.argwhere(failed)[0]
    step = int(stacked.failed[tuple(place)])
    assert found.failures[0] == (
        f"seed {place[0]}, load 0, half {place[2]}: loss is not finite at step {step}, learning rate 0.1"
    )
    assert 0 < step < 8000


def test_an_ensemble_that_diverges_altogether_says_so():
    draw = dynamics.sampler(TRUTH, DIM, 1.0, noise=NOISE, rate=50.0, records=1, every=8000)
    with pytest.raises(
        dynamics.Diverged, match=r"no seed finished: seed 0.* at step \d+, learning rate 50; 3 more"
    ):
        dynamics.train(draw, KEY, 2)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"rate": 0.0}, "rate must be positive"),
        ({"mode": "all"}, "mode must be one of full, minibatch, online"),
        ({"optimiser": "lion"}, "optimiser must be one of sgd"),
        ({"records": 0}, "records must be a whole number"),
        ({"batch": 0}, "batch must be a whole number"),
        ({"noise": -1.0}, "noise must be positive"),
    ],
)
def test_bad_arguments_are_named(how, message):
    with pytest.raises(ValueError, match=message):
        dynamics.sampler(TRUTH, DIM, 1.0, **({"noise": NOISE, "rate": RATE, "records": 1} | how))


def test_no_load_is_an_error():
    with pytest.raises(ValueError, match="loads must hold at least one load"):
        dynamics.sampler(TRUTH, DIM, [], noise=NOISE, rate=RATE, records=1)
