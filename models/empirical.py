"""Populations of data: the spectrum of a given covariance, or of the covariance of given samples.

What the precision of the numbers does not tell from zero is zero: a direction that does not vary stays dead.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float
from numpy.typing import ArrayLike

from lingen.boundary import at_once, checked
from lingen.checks import finite, is_traced
from lingen.models import precision
from lingen.models.covariance import Population, decreasing

__all__ = ["from_covariance", "from_samples", "from_scatter", "in_range", "varying"]

_LEAST = 1e-70
"""Samples that vary by less have eigenvalues whose squares are no numbers."""
_WHOLE = 2**26
"""Numbers, half a GiB of doubles, up to which samples are converted at once."""


@checked
@at_once
def from_covariance(covariance: ArrayLike) -> Population:
    """The spectrum of a symmetric positive semidefinite matrix, shape (d, d).

    Symmetry and sign are asked for to the precision of the numbers: that of their dtype, and that of their
    digits where they are written with few. Eigenvalues as small as the negative ones are zero.

    Raises:
        ValueError: if the matrix is not square, not symmetric, not finite or has an eigenvalue that is
            negative beyond that precision.
    """
    matrix = finite("covariance", covariance)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"covariance must be a square matrix, got shape {matrix.shape}")
    if matrix.size == 0:
        raise ValueError("covariance must have at least one row, got none")
    if is_traced(matrix):
        return _from_eigenvalues(_without_round_off(jnp.linalg.eigvalsh(matrix)), matrix.shape[0])
    known = np.asarray(matrix)
    blurred = precision.error(known, np.asarray(covariance).dtype)
    largest_entry = float(np.abs(known).max())
    if not np.allclose(known, known.T, rtol=1e-8, atol=max(2.0 * blurred, 1e-10 * largest_entry)):
        raise ValueError("covariance must be symmetric, got one that differs from its transpose")
    values = jnp.linalg.eigvalsh((matrix + matrix.T) / 2.0)
    smallest, largest = float(values[0]), float(values[-1])
    if largest <= 0 or smallest < -max(blurred * known.shape[0], 1e-10 * largest):
        shown = smallest if smallest < 0 else largest
        raise ValueError(f"covariance must have no negative eigenvalue and one positive, got {shown:g}")
    values = _without_round_off(values)
    if smallest < -1e-10 * largest:  # what the digits lack shows on both sides of zero
        values = jnp.where(values > -2.0 * smallest, values, 0.0)
    return _from_eigenvalues(values, values.size)


@checked
@at_once
def from_samples(samples: ArrayLike) -> Population:
    """The spectrum of the sample covariance of `samples`, shape (n, d), mean removed, divisor n − 1.

    Time and memory are those of min(n, d) eigenvalues: the directions that no sample has are one atom at 0.
    Large arrays are read in blocks, mapped from disk or not; no copy of them in double precision is made.

    Raises:
        ValueError: if `samples` is not a finite array of two axes and at least two rows, does not vary, or
            varies beyond what double precision can square.
    """
    if not is_traced(samples) and np.size(samples) > _WHOLE and np.ndim(samples) == 2:
        return _in_blocks(np.asanyarray(samples))
    data = finite("samples", samples)
    if data.ndim != 2 or data.shape[0] < 2:
        raise ValueError(f"samples must have shape (n >= 2, d), got {data.shape}")
    if not is_traced(data):
        in_range("samples", np.asarray(data))
    centred = _centred(data)
    scale = 1.0 if is_traced(centred) else varying("samples", np.asarray(centred))
    count, dim = data.shape
    return _of_product(_product(centred, scale), count, dim, scale**2)


@jax.jit
def _centred(data: Float[Array, "n d"]) -> Float[Array, "n d"]:
    return data - data.mean(axis=0)


@jax.jit
def _product(centred: Float[Array, "n d"], scale: Array | float) -> Float[Array, "k k"]:
    """XXᵀ has the same eigenvalues as XᵀX but for d − n zeros."""
    x = centred / scale
    return x.T @ x if x.shape[0] > x.shape[1] else x @ x.T


def _in_blocks(samples: np.ndarray) -> Population:
    """As `from_samples`; doubles are made of some rows at a time."""
    from lingen.models.images import scatter  # these stand on this file
    from lingen.models.images.rows import as_rows, mean_of

    (count, dim), rows = samples.shape, as_rows(samples)
    for block in rows.blocks():
        in_range("samples", finite("samples", block))
    mean = mean_of(rows)
    furthest = np.max([np.abs(block - mean).max(axis=0) for block in rows.blocks()], axis=0)
    varying("samples", np.broadcast_to(furthest, (count, dim)))
    if count > dim:
        (found,) = scatter.accumulate(rows.blocks(), mean)
        return found.population
    products = scatter.gram(lambda numbers: rows.take(numbers) - mean, count, dim, lambda share: None)
    return scatter.part_of_gram(products, np.arange(count), dim)


@checked
def from_scatter(product: Float[np.ndarray, "k k"], count: int, dim: int) -> Population:
    """The spectrum of the covariance of n rows about their mean, from XᵀX (d, d) or XXᵀ (n, n)."""
    largest = float(np.max(np.diagonal(product), initial=0.0))
    scale = 2.0 ** np.floor(np.log2(largest)) if largest > 0 else 1.0
    return _of_product(product / scale, count, dim, scale)


def _of_product(product: Array | np.ndarray, count: int, dim: int, scale: float) -> Population:
    rows = np.shape(product)[0]
    surplus = max(rows - (count - 1), 0)  # n centred rows span n − 1 directions
    values = _eigenvalues(product, count - 1, scale, surplus, min(rows, dim))
    return _from_eigenvalues(values, dim)


@partial(jax.jit, static_argnums=(3, 4))
def _eigenvalues(
    product: Float[Array, "k k"], count: Array | float, scale: Array | float, surplus: int, kept: int
) -> Float[Array, "kept"]:
    values = jnp.linalg.eigvalsh(product / count)
    return (_without_round_off(values.at[:surplus].set(0.0)) * scale)[-kept:]


@checked
def in_range(name: str, values: ArrayLike) -> None:
    """`ValueError` for values whose squares are no numbers."""
    largest = max(float(np.max(values)), -float(np.min(values)))
    if largest > 1.0 / _LEAST:
        raise ValueError(f"{name} must be at most {1.0 / _LEAST:g} in size, got {largest:g}: change its unit")


@checked
def varying(name: str, centred: ArrayLike) -> float:
    """The power of two below the largest entry; `ValueError` where none varies, or too little for σ²."""
    largest = max(float(np.max(centred)), -float(np.min(centred)))
    if largest == 0.0:
        raise ValueError(f"{name} must vary, got {np.shape(centred)[0]} equal rows: their covariance is zero")
    if largest < _LEAST:
        raise ValueError(f"{name} must vary by {_LEAST:g} or more, got {largest:g}: change its unit")
    return 2.0 ** float(np.floor(np.log2(largest)))


def _without_round_off(values: Float[Array, "d"]) -> Float[Array, "d"]:
    """Eigenvalues no larger than the error of their computation are zero: a dead direction stays dead."""
    return jnp.where(values > values.size * jnp.finfo(values.dtype).eps * values[-1], values, 0.0)


def _from_eigenvalues(values: Float[Array, "k"], dim: int) -> Population:
    """The population of the k given eigenvalues and d − k zeros; equal ones become one atom."""
    if is_traced(values):  # which of them are equal is not known yet
        values = jnp.concatenate([values, jnp.zeros(dim - values.size)])
        return Population(decreasing(values), jnp.full(dim, 1.0 / dim), jnp.zeros(0), dim=dim)
    distinct, counts = np.unique(np.asarray(values), return_counts=True)
    if dim > values.size:
        zeros = dim - values.size
        if distinct[0] == 0.0:
            counts[0] += zeros
        else:
            distinct, counts = np.append(0.0, distinct), np.append(zeros, counts)
    bulk, weights, spikes = map(jax.device_put, (distinct[::-1].copy(), counts[::-1] / dim, np.zeros(0)))
    return Population(bulk, weights, spikes, dim=dim)
