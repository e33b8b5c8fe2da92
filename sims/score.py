"""Denoising autoencoders trained by descent: the score that they learn.

W minimises the empirical risk (1/n) Σ_i E_z‖W(x_i + √s z) − x_i‖², averaged exactly over z. It is found from
the gradient alone, by conjugate gradients, and read as a score: (W x − x)/s.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.sparse.linalg import cg
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import known, positive
from lingen.models.observables import LearntScore
from lingen.models.population import Population
from lingen.sims.dense import wishart
from lingen.sims.dense.eigenspaces import Eigenspaces, eigenspaces
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine.single import draw_of

__all__ = ["autoencoder", "draw", "sampler"]

STEPS = 200


@checked
def autoencoder(
    data: Float[Array, "rows d"], samples: ArrayLike, noise: ArrayLike, tolerance: float = 1e-10
) -> Float[Array, "d d"]:
    """The linear map of least empirical risk on the first `samples` rows, the others being zero."""

    def risk(w: Array) -> Array:
        missed = jnp.sum((data @ w.T - data) ** 2) / samples
        return missed + noise * jnp.sum(w**2)

    zero = jnp.zeros((data.shape[1], data.shape[1]))
    slope = jax.grad(risk)
    start = slope(zero)
    return cg(lambda w: slope(w) - start, -start, tol=tolerance, maxiter=STEPS)[0]


@checked
@at_once
def sampler(population: Population, dim: int, load: ArrayLike, *, noise: ArrayLike) -> Partial:
    """A draw of the slope of the learnt score in each bulk atom's eigenspace.

    Args:
        population: the truth.
        dim: d; every bulk atom must have an eigenvalue there.
        load: γ = n/d.
        noise: s > 0, the variance of the noise in training.

    Raises:
        ValueError: for an argument out of range, a dimension too small for the bulk.
    """
    source = wishart.source(population, dim, load)
    return Partial(_draw, source, positive("noise", known("noise", noise)), eigenspaces(population, dim))


draw = draw_of(sampler, LearntScore)


def _draw(
    source: DataSource,
    noise: Float[Array, ""],
    spaces: Eigenspaces,
    key: Key[Array, ""],
) -> LearntScore:
    learnt = autoencoder(source.data(key), source.samples, noise)
    return LearntScore(spaces.mean((jnp.diagonal(learnt) - 1.0) / noise))
