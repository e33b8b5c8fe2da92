"""The Ising chain: energy and correlations of a ring of N spins at temperature T, drawn exactly."""

import jax
import jax.numpy as jnp

from lingen import Claim, Experiment, Observable, real, whole

NEAR = jnp.arange(1, 9)


def simulate(key, temperature, size):
    """Bonds are independent but for closing the ring: tried until the number of domain walls is even."""
    aligned = jax.random.uniform(key, (64, size)) < 1 / (1 + jnp.exp(-2 / temperature))
    bonds = jnp.where(aligned[jnp.argmax(jnp.sum(~aligned, axis=1) % 2 == 0)], 1.0, -1.0)
    spins = jnp.cumprod(bonds)
    return {
        "energy": -jnp.mean(bonds),
        "correlation": jnp.stack([jnp.mean(spins * jnp.roll(spins, r)) for r in range(1, 9)]),
    }


def predict(temperature, size):
    t = jnp.tanh(1 / temperature)
    return {
        "energy": -(t + t ** (size - 1)) / (1 + t**size),
        "correlation": (t**NEAR + t ** (size - NEAR)) / (1 + t**size),
    }


PARAMETERS = {"temperature": real(above=0, symbol="T"), "size": whole(at_least=16, symbol="N", default=64)}
SHOWN = {
    "energy": Observable("energy a spin"),
    "correlation": Observable(axes=("distance",), at={"distance": NEAR}),
}
CHAIN = Experiment(
    "ising-chain", parameters=PARAMETERS, simulate=simulate, predict=predict, observables=SHOWN
)
RIVALS = {
    "an open chain": lambda temperature, size: -jnp.tanh(1 / temperature) * (size - 1) / size,
    "free spins": lambda temperature: -1 / temperature,
}
CLAIM = Claim(
    "ring",
    of=CHAIN,
    observable="energy",
    grid={"temperature": (1.0, 2.0)},
    sizes={"size": (16, 32)},
    exact=True,
    bounds=(-1, 1),
    rivals=RIVALS,
)
