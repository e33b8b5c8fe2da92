"""The Ising chain: energy and correlations of a ring of N spins at temperature T, drawn exactly."""

import jax
import jax.numpy as jnp

from lingen import Claim, Experiment, Observable, real, whole

NEAR = jnp.arange(1, 9)


def simulate(key, temperature, size):  # bonds are independent, if the number of domain walls is even
    aligned = jax.random.uniform(key, (64, size)) < 1 / (1 + jnp.exp(-2 / temperature))
    bonds = jnp.where(aligned[jnp.argmax(jnp.sum(~aligned, axis=1) % 2 == 0)], 1.0, -1.0)
    spins = jnp.cumprod(bonds)
    near = jnp.stack([jnp.mean(spins * jnp.roll(spins, r)) for r in range(1, 9)])
    return {"energy": -jnp.mean(bonds), "correlation": near}


def predict(temperature, size):
    t = jnp.tanh(1 / temperature)
    near = (t**NEAR + t ** (size - NEAR)) / (1 + t**size)
    return {"energy": -(t + t ** (size - 1)) / (1 + t**size), "correlation": near}


CHAIN = Experiment(
    "ising-chain", simulate=simulate, predict=predict,
    parameters={"temperature": real(above=0, symbol="T"), "size": whole(at_least=16, default=64)},
    observables={"correlation": Observable(axes=("distance",), at={"distance": NEAR})})  # fmt: skip
RING = Claim("ring", of=CHAIN, observable="energy", grid={"temperature": (1.0, 2.0)}, sizes={"size": (16, 32)},
             exact=True, bounds=(-1, 1), rivals={"free spins": lambda temperature: -1 / temperature})  # fmt: skip
