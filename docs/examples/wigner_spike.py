"""A Wigner matrix with a rank-one perturbation θ v vᵀ: at θ = 1 its top eigenvalue leaves the bulk."""

import jax
import jax.numpy as jnp

from lingen import Claim, Experiment, real, whole


def simulate(key, strength, size):
    noise = jax.random.normal(key, (size, size)) / jnp.sqrt(2 * size)
    matrix = (noise + noise.T).at[0, 0].add(strength)  # v is the first axis: the noise has no direction
    values, vectors = jnp.linalg.eigh(matrix)
    return {"largest": values[-1], "overlap": vectors[0, -1] ** 2}


def predict(strength, size):  # the limit (Péché 2006)
    above = jnp.maximum(strength, 1.0)
    return {"largest": above + 1 / above, "overlap": 1 - 1 / above**2}


SPIKE = Experiment(
    "wigner-spike", simulate=simulate, predict=predict,
    parameters={"strength": real(above=0, symbol="θ"), "size": whole(at_least=8, symbol="N", default=100)},
)  # fmt: skip
OUTLIER = Claim(
    "outlier", of=SPIKE, observable="largest", grid={"strength": (1.5, 2.0)}, sizes={"size": (32, 64, 128, 256)},
    concentration="Lipschitz in Gaussian entries", order_source="moments of the resolvent expand in 1/N",
    rivals={"no threshold": lambda strength: jnp.sqrt(4 + strength**2)},
)  # fmt: skip
