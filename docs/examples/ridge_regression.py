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


def predict(load, dim, ridge):  # Dobriban & Wager 2018, with m of Marchenko and Pastur at −ridge, c = d/n
    law = lambda z, c=1 / load: (1 - c - z - jnp.sqrt((1 - c - z) ** 2 - 4 * c * z)) / (2 * c * z)  # noqa: E731
    m, slope = jax.value_and_grad(law)(-ridge)
    return {"risk": ridge**2 * slope + NOISE**2 / load * (m - ridge * slope)}


RIDGE = Experiment(
    "ridge-regression", simulate=simulate, predict=predict, drawn=lambda load, dim, ridge: {"load": round(load * dim) / dim},
    parameters={"load": real(above=0, shapes=True), "dim": whole(at_least=2, default=64), "ridge": real(above=0, default=0.1)})  # fmt: skip
RISK = Claim("risk", of=RIDGE, grid={"load": (0.5, 2.0), "ridge": (0.1, 1.0)}, sizes={"dim": (16, 32, 64)}, resolution=0.02,
             concentration="a smooth function of Gaussian entries", order_source="the resolvent's moments expand in 1/d",
             rivals={"classical": lambda load: NOISE**2 / load})  # fmt: skip
