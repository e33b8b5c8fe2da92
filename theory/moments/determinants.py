"""E log det of a sample covariance, exact at every size: what divergences and repeated refitting need.

By Bartlett's decomposition det(S Σ⁻¹) n^d is a product of independent χ²_{n−j}, j < d, so that

    L = E log det(S Σ⁻¹) = Σ_{j<d} [ψ((n−j)/2) − log(n/2)] = Σ_{j<d} [log(1−j/n) + ψ(y_j) − log y_j],

y_j = (n−j)/2 and ψ the digamma function. At large n what is left of ψ is −1/2y − 1/12y² + …, by that series.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import digamma
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import above, integer, positive, room

__all__ = ["log_determinant"]

_SERIES = (-1 / 2, -1 / 12, 0.0, 1 / 120, 0.0, -1 / 252, 0.0, 1 / 240, 0.0, -1 / 132)
"""Of ψ(y) − log y in powers of 1/y (Abramowitz & Stegun 6.3.18)."""
_LARGE = 16.0


@checked
def log_determinant(dim: int, samples: ArrayLike) -> Float[Array, "..."]:
    """L at n > d − 1 samples, any shape.

    Raises:
        ValueError: if d is not whole, or n not above d − 1.

    Source: classical (Bartlett 1933).
    """
    dim, number = integer("dim", dim, low=1), positive("samples", samples)
    room("dim", dim, 4.0 * dim * number.size)
    number = above("samples", number, dim - 1, f"dim - 1 = {dim - 1}")
    return _log_determinant(number, dim)


@partial(jax.jit, static_argnums=1)
def _log_determinant(number: Array, dim: int) -> Array:
    past = jnp.arange(dim)
    half = (number[..., None] - past) / 2.0
    return jnp.sum(jnp.log1p(-past / number[..., None]) + _excess(half), axis=-1)


def _excess(y: Array) -> Array:
    """ψ(y) − log y."""
    large = y > _LARGE
    inverse = 1.0 / jnp.where(large, y, _LARGE)
    series = inverse * jnp.polyval(jnp.asarray(_SERIES[::-1]), inverse)
    small = jnp.where(large, 1.0, y)
    return jnp.where(large, series, digamma(small) - jnp.log(small))
