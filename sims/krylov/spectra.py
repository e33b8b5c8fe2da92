"""Whole spectra of sample covariances, exact in law, in O(d²) each: the tridiagonal model and LAPACK.

S of an isotropic Gaussian population with at most one spike has the eigenvalues of the tridiagonal T = BᵀB/n
of independent χ variables (see `lingen.sims.krylov.extremes`), with all d rows kept. They come by QL without
roots (Pal, Walker & Kahan; LAPACK's sterf), to round-off of the largest, on the host.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.random as jr
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float, Key
from scipy.linalg import eigvalsh_tridiagonal

from lingen.boundary import checked
from lingen.checks import integer, room
from lingen.models.population import Population
from lingen.sims.krylov.extremes import bidiagonal, model_numbers

__all__ = ["spectra"]


@checked
def spectra(
    key: Key[Array, ""], population: Population, dim: int, load: ArrayLike, draws: int = 1
) -> Float[np.ndarray, "draws d"]:
    """All eigenvalues of `draws` independent sample covariances, increasing, as NumPy's.

    Draw i depends on the key and i alone. Where n < d the d − n smallest are exactly 0.

    Args:
        key: a key.
        population: isotropic bulk and at most one spike.
        dim: dimension d.
        load: γ = n/d.
        draws: how many matrices.

    Raises:
        ValueError: for another bulk, more than one spike, a load that is not positive, or spectra larger than
            the memory.
    """
    samples, (n, d, spike, bulk) = model_numbers(population, dim, load)
    draws = integer("draws", draws, low=1)
    room("dim", dim, 4.0 * dim)
    room("draws", draws, 4.0 * draws * dim)
    keys = jr.split(key, draws)
    values = np.zeros((draws, dim))
    matrices = (np.asarray(part) for part in _tridiagonals(keys, n, d, spike, dim))
    for row, diagonal, off in zip(values, *matrices, strict=True):
        row[:] = eigvalsh_tridiagonal(diagonal, off[:-1], lapack_driver="sterf", check_finite=False)
    values[:, : max(0, dim - samples)] = 0.0
    return np.maximum(values, 0.0) * np.asarray(bulk)


@partial(jax.jit, static_argnums=4)
def _tridiagonals(keys: Array, n: Array, d: Array, spike: Array, rows: int) -> tuple[Array, Array]:
    return jax.vmap(lambda key: bidiagonal(key, n, d, spike, rows))(keys)
