"""The Wasserstein (Bures) distance between two Gaussian laws given by their covariances.

    W2² = tr A + tr B − 2 tr (A^{1/2} B A^{1/2})^{1/2} = min_U ‖A^{1/2} − B^{1/2}U‖²_F

over orthogonal U. The second form does not cancel; its U is the polar factor of B^{1/2}A^{1/2}.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import finite, is_traced

__all__ = ["bures"]

_ROUND_OFF = 1e-7  # relative, of matrices computed in single precision


@checked
def bures(first: ArrayLike, second: ArrayLike) -> Float[Array, ""]:
    """W2² of N(0, A) and N(0, B), in units of variance; its d-th part is that of `distances.wasserstein2`.

    For means a and b add ‖a−b‖². The derivative is tr((1−T)dA), T = A^{−1/2}(A^{1/2}BA^{1/2})^{1/2}A^{−1/2}
    the map of A to B, and likewise in B; of first order only, and right where A and B are regular.

    Args:
        first: A, symmetric and positive semidefinite, shape (d, d).
        second: B, likewise.

    Raises:
        ValueError: if a matrix is not square, not finite, not symmetric to 1e-7 or has an eigenvalue below
            −1e-7 of its largest, or the shapes differ.

    Source: Dowson & Landau 1982; Bhatia, Jain & Lim 2019.
    """
    one, two = _covariance("first", first), _covariance("second", second)
    if one.shape != two.shape:
        raise ValueError(f"second must have the shape of first {one.shape}, got {two.shape}")
    return _squared(one, two)


def _covariance(name: str, value: ArrayLike) -> Float[Array, "d d"]:
    matrix = finite(name, value)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not matrix.size:
        raise ValueError(f"{name} must be a square matrix, got shape {matrix.shape}")
    if not is_traced(matrix):
        known = np.asarray(matrix)
        off = float(np.abs(known - known.T).max())
        if off > _ROUND_OFF * np.abs(known).max():
            raise ValueError(f"{name} must be symmetric, got entries that differ by {off:g}")
        values = np.linalg.eigvalsh(known)
        if values[0] < -_ROUND_OFF * max(values[-1], 0.0):
            raise ValueError(f"{name} must have no negative eigenvalue, got {values[0]:g}")
    return (matrix + matrix.T) / 2.0


@jax.custom_jvp
@jax.jit
def _squared(one: Array, two: Array) -> Array:
    first, second = _root(one), _root(two)
    left, _, right = jnp.linalg.svd(second @ first)
    return jnp.sum((first - second @ (left @ right)) ** 2)


@_squared.defjvp
def _squared_jvp(primals: tuple, tangents: tuple) -> tuple[Array, Any]:
    one, two = primals
    slope = jnp.sum((jnp.eye(len(one)) - _transport(one, two)) * tangents[0])
    slope += jnp.sum((jnp.eye(len(one)) - _transport(two, one)) * tangents[1])
    return _squared(one, two), slope


def _transport(source: Array, target: Array) -> Array:
    """T with T A T = B."""
    root, inverse = _root(source), _root(source, -0.5)
    return inverse @ _root(root @ target @ root) @ inverse


def _root(matrix: Array, power: float = 0.5) -> Array:
    values, vectors = jnp.linalg.eigh(matrix)
    # the root of what rounding left of a zero would be seen
    values = jnp.where(values > values.size * jnp.finfo(values.dtype).eps * values[-1], values, 0.0)
    powers = jnp.where(values > 0, jnp.where(values > 0, values, 1.0) ** power, 0.0)
    return (vectors * powers) @ vectors.T
