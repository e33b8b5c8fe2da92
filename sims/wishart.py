"""Sample covariances, drawn densely: X with rows x_i ~ N(0, Σ), S = XᵀX/n.

The number of samples may be traced: rows beyond it are zero. One compiled function then serves every
load at a dimension.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jaxtyping import Float, Int, Key

from lingen.models.filters import Filter

__all__ = ["Spectral", "apply", "data", "decompose", "rows_for", "samples_for", "train"]


class Spectral(NamedTuple):
    """Eigenvalues (increasing, at least 0) and eigenvectors (columns) of a sample covariance."""

    eigenvalues: Float[Array, "d"]
    vectors: Float[Array, "d d"]


def samples_for(load: float, dim: int) -> int:
    """n = γd, rounded, at least one."""
    return max(1, round(float(load) * dim))


def rows_for(samples: int, dim: int) -> int:
    """Rows to allocate for `samples` at most: d, or the next power of two above it."""
    return dim if samples <= dim else 1 << (samples - 1).bit_length()


def data(
    key: Key[Array, ""], spectrum: Float[Array, "d"], samples: Int[Array, ""], rows: int
) -> Float[Array, "rows d"]:
    """`samples` rows of N(0, diag(spectrum)); the remaining rows are zero."""
    noise = jr.normal(key, (rows, spectrum.size))
    return jnp.where(jnp.arange(rows)[:, None] < samples, noise, 0.0) * jnp.sqrt(spectrum)


def decompose(covariance: Float[Array, "d d"]) -> Spectral:
    """Eigendecomposition, with round-off below zero removed."""
    values, vectors = jnp.linalg.eigh(covariance)
    return Spectral(jnp.maximum(values, 0.0), vectors)


def train(
    key: Key[Array, ""], spectrum: Float[Array, "d"], samples: Int[Array, ""], rows: int
) -> tuple[Float[Array, "rows d"], Spectral]:
    """One training set and the eigendecomposition of its covariance."""
    x = data(key, spectrum, samples, rows)
    return x, decompose(x.T @ x / samples)


def apply(model: Spectral, filter: Filter, seeds: Float[Array, "... d"]) -> Float[Array, "... d"]:
    """x̂ = g(S) z for each seed z."""
    gains = filter.on_spectrum(model.eigenvalues)
    return jnp.einsum("ik,k,jk,...j->...i", model.vectors, gains, model.vectors, seeds, optimize="optimal")

