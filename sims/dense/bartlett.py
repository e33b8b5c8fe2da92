"""Wishart matrices by their Cholesky factors, exact in law at the cost of d²/2 normals whatever the samples.

Xᵀ = L Q, X of n rows from N(0, I_d): the factor L is lower triangular with independent entries, N(0, 1) below
the diagonal and L_jj² ~ χ²_{n−j}, j = 0..d−1; for n < d its columns from n on are zero (Bartlett 1933). Q has
orthonormal rows and is independent of L, so that Xᵀε = L (Qε) with Qε ~ N(0, I) for noise ε ~ N(0, I_n).
"""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jaxtyping import Float, Key

from lingen.boundary import checked
from lingen.checks import integer, room

__all__ = ["factor"]


@checked
def factor(key: Key[Array, ""], samples: Float[Array, ""], dim: int) -> Float[Array, "d d"]:
    """The factor L of XᵀX = LLᵀ ~ Wishart_d(n, I).

    Args:
        key: a key.
        samples: n >= 0, a whole number that may be traced.
        dim: d >= 1.

    Raises:
        ValueError: for a dimension below 1, or a factor larger than the memory.
    """
    dim = integer("dim", dim, low=1)
    room("dim", dim, 3.0 * float(dim) ** 2)
    below, on = jr.split(key)
    index = jnp.arange(dim)
    freedom = jnp.maximum(samples - index, 0.0)
    squares = 2.0 * jr.gamma(on, jnp.where(freedom > 0.0, freedom, 1.0) / 2.0)
    lower = jnp.tril(jr.normal(below, (dim, dim)), -1)
    return jnp.where(index < samples, lower + jnp.diag(jnp.sqrt(squares)), 0.0)
