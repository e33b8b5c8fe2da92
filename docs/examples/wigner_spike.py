"""A Wigner matrix with a rank-one perturbation θ v vᵀ: its top eigenvalue leaves the bulk at θ = 1, and v is seen."""

import jax
import jax.numpy as jnp

from lingen import Claim, Experiment, real, whole


def simulate(key, strength, size):
    noise = jax.random.normal(key, (size, size)) / jnp.sqrt(2 * size)
    matrix = (noise + noise.T).at[0, 0].add(strength)  # v is the first axis: the noise has no direction
    values, vectors = jnp.linalg.eigh(matrix)
    return {"largest": values[-1], "overlap": vectors[0, -1] ** 2}


def predict(strength, size):
    """The limit (Péché 2006): θ + 1/θ and 1 − 1/θ², or 2 and 0 below the threshold."""
    above = jnp.maximum(strength, 1.0)
    return {"largest": above + 1 / above, "overlap": 1 - 1 / above**2}


PARAMETERS = {"strength": real(above=0, symbol="θ"), "size": whole(at_least=8, symbol="N", default=100)}
SPIKE = Experiment("wigner-spike", parameters=PARAMETERS, simulate=simulate, predict=predict)
RIVALS = {
    "no threshold": lambda strength: jnp.sqrt(4 + strength**2),
    "the strength itself": lambda strength: strength,
}
CLAIM = Claim("outlier", of=SPIKE, observable="largest", grid={"strength": (1.5, 2.0)}, sizes={"size": (32, 64, 128, 256)}, rivals=RIVALS,
              concentration="a largest eigenvalue is a Lipschitz function of Gaussian entries", order_source="derived: moments of the resolvent, 1/N")  # fmt: skip
