"""The Monge gap measured: of the Cholesky factor L of a sample covariance, a generator x̂ = Lz."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Key

from lingen.boundary import at_once, checked
from lingen.models import population
from lingen.models.learning import MongeGap
from lingen.sims.dense import wishart
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "sampler"]


@checked
@at_once
def sampler(dim: int, load: ArrayLike) -> Partial:
    """A draw of tr((LLᵀ)^{1/2}) − tr L per dimension, LLᵀ = S the covariance of n samples of N(0, 1).

    Args:
        dim: d.
        load: γ = n/d, at least 1.

    Raises:
        ValueError: if n < d, where S has no Cholesky factor.
    """
    source = wishart.source(population.isotropic(), dim, load)
    if int(source.samples) < dim:
        raise ValueError(f"load must give at least dim = {dim} samples, got {int(source.samples)}")
    return Partial(_draw, source)


draw = draw_of(sampler, MongeGap)


def _draw(source: DataSource, key: Key[Array, ""]) -> MongeGap:
    x = source.data(key)
    learnt = x.T @ x * (1.0 / jnp.asarray(source.samples, x.dtype))
    shared = jnp.sqrt(jnp.maximum(jnp.linalg.eigvalsh(learnt), 0.0))
    return MongeGap(jnp.mean(shared) - jnp.mean(jnp.diagonal(jnp.linalg.cholesky(learnt))))
