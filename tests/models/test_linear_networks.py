"""Linear networks: their matrix is what they do, the ELBO is its definition, features stay as drawn."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from flax import nnx

from lingen.models.descent import descent
from lingen.models.networks.linear import LinearDenoiser, LinearVAE, RandomFeatures, TiedAutoencoder, TwoLayer

KEY = jr.key(7)
W = jr.normal(KEY, (2, 3))
V = jr.normal(jr.fold_in(KEY, 1), (3, 2))


@pytest.mark.parametrize("network", [LinearDenoiser(3), TwoLayer(W, V), TiedAutoencoder(W), LinearVAE(W, V)])
def test_a_network_applies_its_matrix(network):
    rows = jr.normal(jr.fold_in(KEY, 2), (5, 3))
    np.testing.assert_allclose(network(rows), rows @ network.matrix.T, atol=1e-14)


def test_the_elbo_is_the_expectation_over_latents():
    network, beta, rng = LinearVAE(W, V), 0.7, np.random.default_rng(0)
    network.log_variance[...] = jnp.array([-0.4, 0.3])
    x = rng.normal(size=(3, 3))
    z = x @ np.asarray(W).T + rng.normal(size=(40000, 3, 2)) * np.exp([-0.2, 0.15])
    error = np.sum((x - z @ np.asarray(V).T) ** 2, axis=-1) / (2 * beta)
    kl = 0.5 * np.mean(np.sum((x @ np.asarray(W).T) ** 2, axis=1))
    kl += 0.5 * np.sum(np.exp([-0.4, 0.3]) - 1 - np.array([-0.4, 0.3]))
    expected = error.mean(axis=1) + 1.5 * np.log(2 * np.pi * beta) + kl
    found = float(network.negative_elbo(x.T @ x / 3, beta))
    assert abs(found - expected.mean()) < 5 * expected.std() / np.sqrt(len(expected))
    assert float(network.information(x.T @ x / 3)) == pytest.approx(kl, rel=1e-12)


def test_only_the_readout_of_random_features_is_trained():
    network = RandomFeatures(W, jnp.sin)
    np.testing.assert_allclose(network.hidden(V.T), np.sin(V.T @ W.T) / np.sqrt(2), rtol=1e-12)
    trained = jax.tree.leaves(nnx.state(network, nnx.Param))
    assert [leaf.shape for leaf in trained] == [(3, 2)]


def test_the_filter_of_descent_is_its_recursion():
    gain, value = 0.0, 1.7
    for _ in range(9):
        gain -= 2 * 0.3 * ((value + 0.4) * gain - value)
    assert float(descent(9, 0.3, 0.4)(value)) == pytest.approx(gain, rel=1e-12)
    assert complex(descent(9, 0.3, 0.4)(value + 0j)) == pytest.approx(gain, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: LinearDenoiser(0), "dim must be a whole number"),
        (lambda: TwoLayer(W, W), "second must have shape"),
        (lambda: LinearVAE(W, W), "decoder must have shape"),
        (lambda: descent(0, 0.1, 0.1), "steps must be a whole number"),
        (lambda: descent(3, 0.0, 0.1), "rate must be positive"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
