"""Chains of NUTS against a posterior in closed form, and diagnostics that must notice what is wrong."""

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import numpyro
import pytest
from numpyro import distributions as dist

from lingen.claims.inference import nuts
from lingen.models.posterior import Chains, measure

DATA = jnp.array([1.0, 2.0, 4.0, 5.0])


def conjugate(data, spread):
    mean = numpyro.sample("mean", dist.Normal(0.0, spread))
    numpyro.deterministic("double", 2.0 * mean)
    numpyro.sample("data", dist.Normal(mean, 1.0), obs=data)


@pytest.fixture(scope="module")
def found():
    return nuts(conjugate, jr.key(0), (DATA, jnp.asarray(2.0)), {"mean": [0.0, 1.0]}, warmup=200, draws=1000)


def test_agrees_with_the_conjugate_posterior(found):
    variance = 1 / (DATA.size + 1 / 4)
    error = np.sqrt(variance / found.effective["mean"])
    assert abs(found.flat("mean").mean() - variance * float(DATA.sum())) < 5 * error
    assert found.flat("mean").var() == pytest.approx(variance, rel=5 * np.sqrt(2 / found.effective["mean"]))
    np.testing.assert_allclose(found.flat("double"), 2 * found.flat("mean"))


def test_sound_chains_have_no_trouble(found):
    assert found.sound
    assert found.trouble == ""
    assert found.effective["mean"] > 400
    low, high = found.interval("mean")
    assert low < found.flat("mean").mean() < high
    assert "0 divergences" in found.diagnostics


def test_same_key_same_samples(found):
    again = nuts(conjugate, jr.key(0), (DATA, jnp.asarray(2.0)), {"mean": [0.0, 1.0]}, warmup=200, draws=1000)
    np.testing.assert_array_equal(again.samples["mean"], found.samples["mean"])


def test_chains_apart_are_reported():
    apart = np.random.default_rng(0).standard_normal((4, 100)) + 3 * np.arange(4)[:, None]
    found = measure(Chains({"x": apart}, np.zeros((4, 100))))
    assert not found.sound
    assert "R-hat of x" in found.trouble


def test_divergences_are_reported():
    mixed = np.random.default_rng(0).standard_normal((4, 1000))
    diverging = np.zeros((4, 1000))
    diverging[1, 3] = 1
    found = measure(Chains({"x": mixed}, diverging))
    assert found.trouble == "1 transitions diverged"


def test_chains_that_stand_still_are_no_posterior():
    found = measure(Chains({"x": np.ones((4, 100))}, np.zeros((4, 100))))
    assert not found.sound


def test_refuses_a_start_without_density():
    with pytest.raises(ValueError, match="start must have a finite density"):
        nuts(
            conjugate, jr.key(0), (DATA * jnp.nan, jnp.asarray(2.0)), {"mean": [0.0]}, warmup=200, draws=1000
        )


@pytest.mark.parametrize(("option", "value"), [("count", 1), ("warmup", 0), ("draws", 2)])
def test_refuses_steps_out_of_range(option, value):
    with pytest.raises(ValueError, match=option):
        nuts(conjugate, jr.key(0), (DATA, jnp.asarray(2.0)), {"mean": [0.0]}, **{option: value})
