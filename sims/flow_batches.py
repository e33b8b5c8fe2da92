"""Batches in entropic flows measured: Sinkhorn's plan of a batch with itself, and with another of its law."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, known, positive
from lingen.models.learning import SelfTerm
from lingen.sims.dense.sinkhorn import match
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "sampler"]

_SWEEPS = 100


@checked
@at_once
def sampler(epsilon: ArrayLike, dim: int, points: int) -> Partial:
    """A draw of the self terms of a batch of N points of N(0, 1) in d dimensions.

    Args:
        epsilon: ε > 0, in units of variance (cost ½|x−y|²).
        dim: d.
        points: N of each batch, at least 2.

    Raises:
        ValueError: for an argument out of range.
    """
    level = positive("epsilon", known("epsilon", epsilon))
    shape = (integer("points", points, low=2), integer("dim", dim, low=1), 0)
    return Partial(_draw, level, jnp.asarray(np.empty(shape)))


draw = draw_of(sampler, SelfTerm)


def _draw(epsilon: Float[Array, ""], shape: Float[Array, "n d 0"], key: Key[Array, ""]) -> SelfTerm:
    x, other = jr.normal(key, (2, *shape.shape[:2]))
    weight = jnp.full(x.shape[0], 1.0 / x.shape[0])

    def term(batch: Array) -> Array:
        return jnp.mean(x * match(x, batch, weight, weight, epsilon, _SWEEPS).image)

    return SelfTerm(term(x), term(other))
