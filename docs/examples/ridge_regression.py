"""Ridge regression on isotropic data: the excess risk at n = γd samples, with its double descent."""

import jax
import jax.numpy as jnp

from lingen import Claim, Experiment, real, whole

NOISE = 0.5


def simulate(key, load, dim, ridge):
    one, two = jax.random.split(key)
    x = jax.random.normal(one, (round(load * dim), dim))
    y = x[:, 0] + NOISE * jax.random.normal(two, (len(x),))  # the truth is the first axis
    weights = jnp.linalg.solve(x.T @ x / len(x) + ridge * jnp.eye(dim), x.T @ y / len(x))
    return {"risk": jnp.sum((weights - jnp.eye(dim)[0]) ** 2)}


def predict(load, dim, ridge):
    """λ² m'(−λ) + σ² c (m − λ m')(−λ) with m of Marchenko and Pastur, c = d/n (Dobriban & Wager 2018)."""
    c = 1 / load
    m = lambda z: (1 - c - z - jnp.sqrt((1 - c - z) ** 2 - 4 * c * z)) / (2 * c * z)
    slope = jax.grad(m)(-ridge)
    return {"risk": ridge**2 * slope + NOISE**2 * c * (m(-ridge) - ridge * slope)}


PARAMETERS = {
    "load": real(above=0, shapes=True, symbol="γ"),
    "dim": whole(at_least=2, default=64),
    "ridge": real(above=0, default=0.1),
}
RIDGE = Experiment(
    "ridge-regression",
    parameters=PARAMETERS,
    simulate=simulate,
    predict=predict,
    drawn=lambda load, dim, ridge: {"load": round(load * dim) / dim},
)
RIVALS = {
    "classical": lambda load, ridge: NOISE**2 / load,
    "only variance": lambda load, ridge: NOISE**2 / load / (1 + ridge) ** 2,
}
CLAIM = Claim(
    "risk",
    of=RIDGE,
    grid={"load": (0.5, 2.0), "ridge": (0.1, 1.0)},
    sizes={"dim": (16, 32, 64)},
    rivals=RIVALS,
    resolution=0.02,
    order_source="the resolvent of a Wishart matrix expands in powers of 1/d",
    concentration="a smooth function of Gaussian entries",
)
