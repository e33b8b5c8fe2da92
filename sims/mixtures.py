"""Mixtures of low-rank Gaussians measured: the principal subspace of one component's samples.

The components of a mixture with known labels are learnt one by one, each from its own samples; a rotation
takes any of them to the first r coordinates.
"""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Int, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, length, nonnegative, room
from lingen.models.systems import LowRank
from lingen.sims.dense import wishart
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "sampler"]


@checked
@at_once
def sampler(dim: int, rank: int, samples: int, noise: ArrayLike = 0.0) -> Partial:
    """A draw of a component's learnt subspace: a function of a key.

    Args:
        dim: d.
        rank: r of the component, known to the learner, at most d.
        samples: N of the component.
        noise: variance s >= 0 in every direction, in units of the component's own.

    Raises:
        ValueError: for an argument out of range.
    """
    dim = integer("dim", dim, low=1)
    room("dim", dim, 3.0 * dim**2)
    rank = integer("rank", rank, low=1, high=dim)
    samples = length("samples", samples, low=1, each=dim)
    inside = jnp.where(jnp.arange(dim) < rank, 1.0, 0.0)
    rows = jnp.arange(wishart.rows_for(samples, dim))
    return Partial(_component, inside, jnp.asarray(samples, int), rows, nonnegative("noise", noise))


draw = draw_of(sampler, LowRank)


def _component(
    inside: Float[Array, "d"],
    samples: Int[Array, ""],
    rows: Int[Array, "n"],
    noise: Float[Array, ""],
    key: Key[Array, ""],
) -> LowRank:
    x = jnp.where(rows[:, None] < samples, jr.normal(key, (rows.size, inside.size)), 0.0)
    x = x * jnp.sqrt(inside + noise)
    values, vectors = jnp.linalg.eigh(x.T @ x)
    rank = jnp.sum(inside)
    leading = jnp.arange(inside.size) >= inside.size - rank
    # a direction that no sample has is not learnt: its eigenvector is any
    learnt = leading & (values > inside.size * jnp.finfo(float).eps * values[-1])
    overlap = jnp.sum(jnp.where(learnt, inside @ vectors**2, 0.0)) / rank
    return LowRank(overlap, jnp.where(overlap > 1.0 - 1e-6, 1.0, 0.0))
