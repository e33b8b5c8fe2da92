"""Inner products of two independent Haar frames, without the frames.

Vectors a_i of one model and b_j of another, both in the m-dimensional complement of the shared directions
and turned by independent Haar rotations: their inner products are R₁ᵀ H R₂, where RᵀR is the Gram matrix of
each and H the leading corner of one Haar orthogonal matrix. Exact in law. Derived.
"""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jaxtyping import Float, Key

from lingen.boundary import checked
from lingen.sims.krylov.bidiagonal import entries

__all__ = ["cholesky", "corner", "cross"]


@checked
def corner(key: Key[Array, ""], dim: Float[Array, ""], size: int) -> Float[Array, "size size"]:
    """The leading corner of a Haar orthogonal matrix of dimension `dim` >= size.

    Gram–Schmidt on `size` Gaussian columns, of which the rows below the corner enter through their
    triangular factor alone.
    """
    top, below = jr.split(key)
    upper = jr.normal(top, (size, size))
    lower = _triangle(below, dim - size, size)
    columns = _orthonormal(jnp.concatenate([upper, lower]))
    return columns[:size]


@checked
def cholesky(gram: Float[Array, "p p"]) -> Float[Array, "p p"]:
    """Upper triangular R with RᵀR = gram; directions without length give zero rows."""
    size = gram.shape[0]
    rows = []
    for i in range(size):
        pivot = jnp.sqrt(jnp.maximum(gram[i, i], 0.0))
        row = jnp.where(pivot > 0, gram[i] / jnp.where(pivot > 0, pivot, 1.0), 0.0)
        row = jnp.where(jnp.arange(size) < i, 0.0, row)
        gram = gram - row[:, None] * row[None, :]
        rows.append(row)
    return jnp.stack(rows)


@checked
def cross(
    key: Key[Array, ""],
    first: Float[Array, "p p"],
    second: Float[Array, "p p"],
    dim: Float[Array, ""],
    size: int,
) -> Float[Array, "p p"]:
    """Inner products of the two sets of vectors with the given Gram matrices.

    Args:
        key: a key.
        first: Gram matrix of one set.
        second: Gram matrix of the other.
        dim: m, the dimension of the complement.
        size: min(p, m), static.
    """
    if size == 0:
        return jnp.zeros_like(first)
    one, two = cholesky(first)[:size], cholesky(second)[:size]
    return one.T @ corner(key, dim, size) @ two


def _triangle(key: Key[Array, ""], rows: Float[Array, ""], size: int) -> Float[Array, "size size"]:
    """The triangular factor of a Gaussian matrix of `rows` rows and `size` columns: χ on the diagonal."""
    band = entries(key, rows, jnp.asarray(float(size)), size, size)
    index = jnp.arange(size)
    offset = index[None, :] - index[:, None]
    return jnp.where(offset >= 0, jnp.take_along_axis(band, jnp.maximum(offset, 0), axis=1), 0.0)


def _orthonormal(columns: Float[Array, "m p"]) -> Float[Array, "m p"]:
    """Gram–Schmidt, twice for each column."""
    done: list[Array] = []
    for i in range(columns.shape[1]):
        column = columns[:, i]
        for _ in range(2):
            for previous in done:
                column = column - previous * jnp.sum(previous * column)
        done.append(column / jnp.sqrt(jnp.sum(column**2)))
    return jnp.stack(done, axis=1)
