"""Two-layer networks, variational autoencoders and random features in training, against their predictions."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from lingen.models import population
from lingen.sims import collapse, mode_curves, random_features
from lingen.sims.ensemble import ensemble

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


def test_the_kernel_is_that_of_many_features():
    rng = np.random.default_rng(0)
    y, other, f = rng.normal(size=(3, 5)), rng.normal(size=(2, 5)), rng.normal(size=(40000, 5)) / np.sqrt(5)
    products = np.sin(1.5 * y @ f.T)[:, None] * np.sin(1.5 * other @ f.T)
    errors = products.std(axis=-1) / np.sqrt(len(f))
    found = random_features._sine_kernel(jnp.asarray(y), jnp.asarray(other), jnp.asarray(1.5))
    assert np.all(np.abs(found - products.mean(axis=-1)) < 5 * errors)


def test_a_kernel_recalls_its_points_in_the_end():
    """First it denoises fresh points, then it forgets them and recalls the training points."""
    draw = random_features.kernel_sampler(
        population.isotropic(), 10, 1.0, copies=6, noise=0.25, times=[1e-3, 3.0, 1e6]
    )
    found = ensemble(draw, KEY, 4)
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
            lambda: random_features.kernel_sampler(
                population.isotropic(), 4, 1.0, copies=2, noise=0.1, times=[0.0]
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
