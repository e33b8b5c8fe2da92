"""Two-layer networks, variational autoencoders and random features in training, against their predictions."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from lingen.models import population
from lingen.sims import collapse, mode_curves, random_features
from lingen.sims.dense import wishart
from lingen.sims.engine.ensemble import ensemble

KEY = jr.key(3)
VALUES = np.array([3.0, 1.0])


def test_a_tied_autoencoder_against_numpy():
    """The same steps by hand, from the weights at the first look, in the basis of the data."""
    draw = mode_curves.sampler(VALUES, 64, start=0.05, rate=0.01, records=2, every=40, noise=0.2)
    found = np.asarray(ensemble(draw, KEY, 64).strength)
    a = np.full(2, 0.05)
    for _ in range(40):
        a = a * (1 + 4 * 0.01 * (VALUES - (VALUES + 0.2) * a)) ** 2
    errors = found[:, 0].std(axis=0, ddof=1) / 8
    assert np.all(np.abs(found[:, 0].mean(axis=0) - a) < 5 * errors + 2 / 64 * a)


def test_plateaus_end_in_order_and_a_smaller_start_is_later():
    draw = mode_curves.plateau_sampler(VALUES, 2, starts=(1e-4, 1e-6), rate=0.01, steps=400)
    found = ensemble(draw, KEY, 8)
    assert np.all(found.order == 1)
    np.testing.assert_allclose(found.delay, np.tile(np.log(100) / (8 * VALUES), (8, 1)), rtol=0.1)


def test_an_unfinished_plateau_is_not_a_number():
    found = ensemble(mode_curves.plateau_sampler(VALUES, 2, starts=(1e-4, 1e-6), rate=0.01, steps=30), KEY, 2)
    assert np.all(np.isnan(found.delay[:, 1]))


def test_latents_collapse():
    values = np.array([3.0, 1.0, 0.3])
    found = ensemble(collapse.sampler(values, 0.5, 3), KEY, 2)
    np.testing.assert_allclose(found.weight, [[2.5, 0.5, 0.0]] * 2, atol=1e-3)
    np.testing.assert_allclose(found.information, 0.5 * np.log(12.0), atol=1e-3)


def test_on_a_sample_the_leading_eigenvalue_decides():
    """Descent to the end meets (λ−β)₊ of each data set, asleep or awake."""
    source, beta, draws = wishart.source(population.spiked([3.0]), 12, 0.5), 5.0, 24
    found = ensemble(collapse.sampled_sampler(population.spiked([3.0]), 12, 0.5, beta), KEY, draws)
    data = [source.data(jr.split(jr.fold_in(KEY, i))[0]) for i in range(draws)]
    covariances = np.stack([x.T @ x for x in data]) / int(source.samples)
    leading = np.linalg.eigvalsh(covariances)[:, -1]
    assert leading.min() < beta < leading.max()
    clear = np.abs(leading - beta) > 0.2
    np.testing.assert_allclose(found.weight[clear], np.maximum(leading - beta, 0.0)[clear], atol=1e-3)
    np.testing.assert_allclose(found.along, covariances[:, 0, 0], rtol=1e-12)


def test_averages_over_the_noise_are_explicit():
    """Against many noises, by NumPy; the third row of x is padding and counts for nothing."""
    rng = np.random.default_rng(0)
    spectrum, noise, count = np.array([2.0, 0.5, 1.0]), 0.3, 40000
    f, x = rng.normal(size=(4, 3)), np.vstack([rng.normal(size=(2, 3)), np.zeros(3)])
    found = random_features._averages(jnp.asarray(f), jnp.asarray(x), 2, jnp.asarray(spectrum), noise)
    blur = np.sqrt(noise) * rng.normal(size=(count, 1, 3))
    waves, new = np.sin((x[:2] + blur) @ f.T), np.sqrt(spectrum) * rng.normal(size=(count, 3))
    draws = (
        np.einsum("cip,ciq->cpq", waves, waves) / 8,
        np.einsum("id,cip->cdp", x[:2], waves) / 4,
        np.einsum("cd,cp->cdp", new, np.sin((new + blur[:, 0]) @ f.T)) / 2,
    )
    for value, sample in zip(found, draws, strict=True):
        assert np.all(np.abs(value - sample.mean(axis=0)) < 5 * sample.std(axis=0) / np.sqrt(count))


def test_descent_on_noisy_copies_follows_the_flow():
    """The same features and training points by key: the mean over the noise is the flow, up to the step."""
    sizes = {"width": 12, "noise": 0.25}
    source, rate, steps, draws = population.isotropic(), 0.008, 200, 128
    flow = random_features.sine_sampler(source, 4, 1.0, times=[rate * steps], **sizes)
    run = random_features.sampler(
        source, 4, 1.0, rate=rate, records=1, every=steps, activation=lambda h: jnp.sin(1.5 * h), **sizes
    )
    difference = np.stack(ensemble(run, KEY, draws)) - np.stack(ensemble(flow, KEY, draws))
    errors = difference.std(axis=1, ddof=1) / np.sqrt(draws)
    assert np.all(errors < 0.02)
    assert np.all(np.abs(difference.mean(axis=1)) < 5 * errors + rate)


def test_features_recall_their_points_in_the_end():
    """First they denoise fresh points, then they forget them and recall the training points."""
    draw = random_features.sine_sampler(
        population.isotropic(), 8, 1.0, width=200, noise=0.25, times=[1e-3, 3.0, 1e3]
    )
    found = ensemble(draw, KEY, 8)
    fresh, seen = found.generalisation.mean(axis=0), found.memorisation.mean(axis=0)
    assert abs(fresh[0]) < 0.01
    assert fresh[1] > 0.2
    assert np.all(np.diff(seen) > 0)
    assert fresh[2] + seen[2] > 0.7


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: mode_curves.sampler(VALUES, 4, start=0.1, rate=0.1, records=1, layers="x"),
            "layers must be",
        ),
        (
            lambda: mode_curves.sampler([-1.0], 4, start=0.1, rate=0.1, records=1),
            "eigenvalues must be positive",
        ),
        (
            lambda: mode_curves.plateau_sampler(VALUES, 4, starts=(1e-6, 1e-4), rate=0.1, steps=1),
            "starts must",
        ),
        (lambda: collapse.sampler(VALUES, 0.0, 1), "variance must be positive"),
        (lambda: collapse.sampler(VALUES, 1.0, 3), "latents must be"),
        (
            lambda: random_features.sine_sampler(
                population.isotropic(), 4, 1.0, width=2, noise=0.1, times=[0.0]
            ),
            "times must be positive",
        ),
        (
            lambda: random_features.sampler(
                population.isotropic(), 4, 1.0, width=0, noise=0.1, rate=0.1, records=1
            ),
            "width must be",
        ),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
