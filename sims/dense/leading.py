"""A few eigenvectors, or the eigenvalues alone, of a symmetric matrix: a third of what all eigenvectors cost.

A = Q T Qᵀ, T tridiagonal, by Householder reflections; the wanted eigenvalues of T by counting the negative
pivots of T − λ (Sturm), their vectors by inverse iteration on T, brought back by the reflections. On
accelerators, where loops of d short steps are slow, all eigenvectors are computed.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax
from jaxtyping import Float, Int

from lingen.boundary import checked

__all__ = ["eigenvalues", "selected"]

SECTIONS, ROUNDS = 15, 14
"""A round divides a bracket by 16, so that 14 divide it by 2⁵⁶."""


@checked
def eigenvalues(matrix: Float[Array, "d d"]) -> Float[Array, "d"]:
    """All eigenvalues in increasing order.

    `jnp.linalg.eigvalsh` computes the eigenvectors too on CPU, and throws them away.
    """
    return lax.platform_dependent(matrix, cpu=_values_alone, default=jnp.linalg.eigvalsh)


@checked
def selected(
    matrix: Float[Array, "d d"], order: Int[Array, "r"]
) -> tuple[Float[Array, "r"], Float[Array, "d r"]]:
    """The eigenvalues at these places, from 0 for the least, and their unit eigenvectors, columns.

    The eigenvalues at these places must be simple, as those of a sample covariance are where they are not 0.
    """
    if matrix.shape[0] == 1:
        return _of_all(matrix, order)
    return lax.platform_dependent(matrix, order, cpu=_by_reflections, default=_of_all)


def _of_all(matrix: Array, order: Array) -> tuple[Array, Array]:
    values, vectors = jnp.linalg.eigh(matrix)
    return values[order], vectors[:, order]


def _values_alone(matrix: Array) -> Array:
    """By the routine of LAPACK that `eigh` calls, told to leave the vectors out."""
    from jaxlib import lapack

    target = lapack.prepare_lapack_call("syevd_ffi", matrix.dtype)
    size = matrix.shape[-1]
    results = [
        jax.ShapeDtypeStruct((size, size), matrix.dtype),
        jax.ShapeDtypeStruct((size,), matrix.dtype),
        jax.ShapeDtypeStruct((), np.int32),
    ]
    call = jax.ffi.ffi_call(target, results, vmap_method="broadcast_all", input_output_aliases={0: 0})
    _, values, failed = call(matrix, mode=np.uint8(ord("N")), uplo=np.uint8(ord("L")))
    return jnp.where(failed == 0, values, jnp.nan)


def _by_reflections(matrix: Array, order: Array) -> tuple[Array, Array]:
    reflections, diagonal, off, sizes = lax.linalg.tridiagonal(matrix, lower=True)
    largest = jnp.maximum(jnp.max(jnp.abs(diagonal)), jnp.max(jnp.abs(off)))
    unit = jnp.where(largest == 0, 1.0, largest)
    diagonal, off = diagonal / unit, off / unit
    values = _at_places(diagonal, off, order)
    vectors = _inverse_iteration(diagonal, off, values)

    def reflect(step: Array, rows: Array) -> Array:
        at = sizes.size - 1 - step
        column = lax.dynamic_index_in_dim(reflections, at, axis=1, keepdims=False)
        place = jnp.arange(column.size)
        normal = jnp.where(place > at + 1, column, jnp.where(place == at + 1, 1.0, 0.0))
        return rows - sizes[at] * (rows @ normal)[:, None] * normal

    return unit * values, lax.fori_loop(0, sizes.size, reflect, vectors).T


def _at_places(diagonal: Array, off: Array, order: Array) -> Array:
    """Eigenvalues of T, of entries in [−1, 1], by their places, all within [−3, 3]."""
    least = jnp.finfo(diagonal.dtype).eps ** 2
    share = jnp.arange(1, SECTIONS + 1) / (SECTIONS + 1)
    rows = (diagonal, jnp.append(0.0, off) ** 2)

    def below(points: Array) -> Array:
        def step(carry: tuple[Array, Array], row: tuple[Array, Array]) -> tuple[tuple[Array, Array], None]:
            pivot = row[0] - points - row[1] / carry[0]
            pivot = jnp.where(jnp.abs(pivot) < least, -least, pivot)
            return (pivot, carry[1] + (pivot < 0)), None

        start = (jnp.ones_like(points), jnp.zeros(points.shape, int))
        return lax.scan(step, start, rows)[0][1]

    def narrow(_: Array, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
        low, high = bracket
        points = low[:, None] + (high - low)[:, None] * share
        above = below(points) > order[:, None]
        return (
            jnp.max(jnp.where(above, low[:, None], points), axis=1),
            jnp.min(jnp.where(above, points, high[:, None]), axis=1),
        )

    start = (jnp.full(order.shape, -3.1), jnp.full(order.shape, 3.2))
    low, high = lax.fori_loop(0, ROUNDS, narrow, start)
    return 0.5 * (low + high)


def _inverse_iteration(diagonal: Array, off: Array, values: Array) -> Array:
    """Unit eigenvectors of T, rows: two solves with T − λ, from a vector that is orthogonal to none."""
    # an exact eigenvalue would be a division by zero
    shift = 4.0 * jnp.finfo(diagonal.dtype).eps
    lower, upper = jnp.append(0.0, off), jnp.append(off, 0.0)
    start = np.random.default_rng(0).standard_normal(diagonal.size)

    def one(value: Array) -> Array:
        vector = jnp.asarray(start)
        for _ in range(2):
            vector = lax.linalg.tridiagonal_solve(lower, diagonal - (value + shift), upper, vector[:, None])[
                :, 0
            ]
            vector = vector / jnp.linalg.norm(vector)
        return vector

    return jax.vmap(one)(values)
