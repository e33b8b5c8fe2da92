"""The Ising chain: energy and correlations at temperature T, by Glauber dynamics of a ring of N spins, in JAX."""

import jax
import jax.numpy as jnp

from lingen import Claim, Experiment, Observable, real, whole


def simulate(key, temperature, size):
    """A ring drawn exactly: the transfer matrix makes it a Markov chain of bonds, conditioned on closing."""
    aligned = 1 / (1 + jnp.exp(-2 / temperature))
    tries = jax.random.uniform(key, (64, size)) < aligned
    closed = jnp.sum(~tries, axis=1) % 2 == 0  # a ring has an even number of domain walls
    bonds = jnp.where(tries[jnp.argmax(closed)], 1.0, -1.0)
    spins = jnp.cumprod(bonds)
    near = jnp.stack([jnp.mean(spins * jnp.roll(spins, r)) for r in range(1, 9)])
    return {"energy": -jnp.mean(bonds), "correlation": near}


def predict(temperature, size):
    """Energy and correlations of an infinite chain."""
    t = jnp.tanh(1 / temperature)
    return {"energy": -t, "correlation": t ** jnp.arange(1, 9)}


EXPERIMENT = Experiment(
    "ising-chain",
    parameters={"temperature": real(above=0, symbol="T"), "size": whole(at_least=16, symbol="N", default=64)},
    simulate=simulate,
    predict=predict,
    observables={"correlation": Observable(axes=("distance",), at={"distance": range(1, 9)})},
)
