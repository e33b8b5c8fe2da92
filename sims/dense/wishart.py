"""Sample covariances, drawn densely: X with rows x_i of covariance Σ, S = XᵀX/n.

The number of samples may be traced: rows beyond it are zero. One compiled function then serves every
load at a dimension whose samples fit the same number of rows. A `DataSource` carries what a training set is
drawn from: its numbers are leaves of a pytree, its sizes are static.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from flax import struct
from jax import Array
from jaxtyping import ArrayLike, Float, Int, Key

from lingen.boundary import checked
from lingen.checks import integer, is_traced, known, positive, room
from lingen.models.filters import PCA, Filter, gaussian
from lingen.models.population import Population

__all__ = [
    "ENTRIES", "DataSource", "Spectral", "apply", "check_filter", "covariance", "data", "decompose",
    "gains", "rows_for", "samples_for", "second_moment", "source", "train",
]  # fmt: skip

ENTRIES = ("gaussian", "rademacher", "uniform", "student", "elliptical")
STUDENT_DEGREES = 5.0


class Spectral(NamedTuple):
    """Eigenvalues (increasing, at least 0) and eigenvectors (columns) of a sample covariance."""

    eigenvalues: Float[Array, "d"]
    vectors: Float[Array, "d d"]


MOST = 2.0**62
"""Samples that whole numbers of 64 bits count."""
SMALL = 512
"""Up to this dimension compiling takes longer than drawing rows that stay unused."""


@struct.dataclass
class DataSource:
    """Where training sets come from: n rows with covariance diag(spectrum).

    Attributes:
        spectrum: eigenvalues of Σ, spikes first, shape (d,).
        samples: n, at most `rows`.
        rows: rows allocated; those beyond n are zero (static).
        entries: the law of the whitened rows, one of `ENTRIES` (static).
    """

    spectrum: Float[Array, "d"]
    samples: Int[Array, ""]
    rows: int = struct.field(pytree_node=False)
    entries: str = struct.field(pytree_node=False, default="gaussian")

    def data(self, key: Key[Array, ""]) -> Float[Array, "rows d"]:
        """One training set X."""
        return data(key, self.spectrum, self.samples, self.rows, self.entries)

    def covariance(self, key: Key[Array, ""]) -> tuple[Float[Array, "d d"], Int[Array, ""]]:
        """S = XᵀX/n of one training set, and its rank; where n <= d the rows beyond d are not drawn."""

        def of(source: DataSource) -> tuple[Array, Array]:
            return covariance(source.data(key), self.spectrum, self.samples)

        dim = self.spectrum.size
        if self.rows <= dim:
            return of(self)
        few: DataSource = self.replace(rows=dim)  # type: ignore[attr-defined]
        return jax.lax.cond(self.samples <= dim, lambda: of(few), lambda: of(self))

    def train(self, key: Key[Array, ""]) -> tuple[Float[Array, "rows d"], Spectral]:
        """One training set X and the eigendecomposition of S = XᵀX/n."""
        return train(key, self.spectrum, self.samples, self.rows, self.entries)

    def model(self, key: Key[Array, ""]) -> Spectral:
        """The eigendecomposition of one sample covariance S."""
        return decompose(*self.covariance(key))


@checked
def source(
    population: Population, dim: int, load: ArrayLike, entries: str = "gaussian", *, laid_out: bool = True
) -> DataSource:
    """The source of training sets of n = γd samples of `population` at dimension d.

    Args:
        population: the truth.
        dim: d.
        load: γ.
        entries: the law of the whitened data, one of `ENTRIES`.
        laid_out: whether X and S will be made, which must then fit the memory.

    Raises:
        ValueError: for a load that is not a positive number, a dimension below 1 or not above the number
            of spikes, unknown `entries`, or matrices larger than the memory.
    """
    dim = integer("dim", dim, low=1)
    samples = samples_for(float(positive("load", known("load", load))), dim)
    if entries not in ENTRIES:
        raise ValueError(f"entries must be one of {', '.join(ENTRIES)}, got {entries!r}")
    rows = rows_for(samples, dim)
    if laid_out:
        room("dim", dim, 3.0 * dim**2)
        room("load", load, float(rows) * dim)
    return DataSource(population.spectrum(dim), jnp.asarray(samples, int), rows, entries)


@checked
def check_filter(filter: Filter | None, dim: int) -> Filter:
    """Return `filter`, the Gaussian one when absent; `ValueError` for a PCA that does not fit d."""
    if filter is None:
        return gaussian()
    if isinstance(filter, PCA) and not is_traced(filter):
        filter.count(dim)
    return filter


@checked
def samples_for(load: float, dim: int, name: str = "load") -> int:
    """n = γd, rounded; `ValueError` where that is no sample, with the name of the load."""
    if float(load) * dim > MOST:
        raise ValueError(
            f"{name} must give at most {MOST:g} samples, got {name} = {float(load):g} at dim = {dim}"
        )
    samples = round(float(load) * dim)
    if samples < 1:
        raise ValueError(f"{name} must give at least one sample, got {name} = {float(load):g} at dim = {dim}")
    return samples


@checked
def rows_for(samples: int, dim: int) -> int:
    """Rows to allocate: at least d (2d for small matrices), then powers of two, so that few sizes compile."""
    least = 2 * dim if dim <= SMALL else dim
    return least if samples <= least else 1 << (samples - 1).bit_length()


@checked
def data(
    key: Key[Array, ""],
    spectrum: Float[Array, "d"],
    samples: Int[Array, ""],
    rows: int,
    entries: str = "gaussian",
) -> Float[Array, "rows d"]:
    """`samples` rows of covariance diag(spectrum); the remaining rows are zero.

    Args:
        key: a key.
        spectrum: eigenvalues of Σ.
        samples: n <= rows.
        rows: rows to allocate.
        entries: the law of the whitened rows y, x = Σ^{1/2} y, every entry of unit variance: independent
            "gaussian", "rademacher" (±1), "uniform" or "student" (5 degrees of freedom) entries, or
            "elliptical", y = √w g with one exponential w a row, whose entries are dependent.
    """
    noise = _whitened(key, (rows, spectrum.size), entries)
    return jnp.where(jnp.arange(rows)[:, None] < samples, noise, 0.0) * jnp.sqrt(spectrum)


@checked
def decompose(covariance: Float[Array, "d d"], rank: ArrayLike | None = None) -> Spectral:
    """Eigendecomposition, with round-off removed: nothing below zero, and exactly zero beyond `rank`."""
    values, vectors = jnp.linalg.eigh(covariance)
    values = jnp.maximum(values, 0.0)
    if rank is not None:
        values = jnp.where(jnp.arange(values.size) < values.size - rank, 0.0, values)
    return Spectral(values, vectors)


@checked
def train(
    key: Key[Array, ""],
    spectrum: Float[Array, "d"],
    samples: Int[Array, ""],
    rows: int,
    entries: str = "gaussian",
) -> tuple[Float[Array, "rows d"], Spectral]:
    """One training set and the eigendecomposition of its covariance, of rank min(n, rank Σ) at most."""
    x = data(key, spectrum, samples, rows, entries)
    return x, decompose(*covariance(x, spectrum, samples))


@checked
def covariance(
    x: Float[Array, "rows d"], spectrum: Float[Array, "d"], samples: Int[Array, ""]
) -> tuple[Float[Array, "d d"], Int[Array, ""]]:
    """S = XᵀX/n and its rank, min(n, rank Σ) at most."""
    return second_moment(x, samples), jnp.minimum(samples, jnp.count_nonzero(spectrum))


@checked
def second_moment(x: Float[Array, "rows d"], samples: Int[Array, ""]) -> Float[Array, "d d"]:
    """S = XᵀX/n, of n rows and others that are zero."""
    # by the reciprocal: XLA takes it for a division in some programs only, and the last bits would differ
    return x.T @ x * (1.0 / jnp.asarray(samples, x.dtype))


@checked
def gains(model: Spectral, filter: Filter) -> Float[Array, "d"]:
    """g at the eigenvalues of the model."""
    return filter.on_spectrum(model.eigenvalues)


@checked
def apply(model: Spectral, filter: Filter, seeds: Float[Array, "... d"]) -> Float[Array, "... d"]:
    """x̂ = g(S) z for each seed z."""
    return ((seeds @ model.vectors) * gains(model, filter)) @ model.vectors.T


def _whitened(key: Key[Array, ""], shape: tuple[int, int], entries: str) -> Float[Array, "rows d"]:
    match entries:
        case "rademacher":
            return jr.rademacher(key, shape, dtype=float)
        case "uniform":
            return jr.uniform(key, shape, minval=-np.sqrt(3.0), maxval=np.sqrt(3.0))
        case "student":
            return jr.t(key, STUDENT_DEGREES, shape) * np.sqrt((STUDENT_DEGREES - 2.0) / STUDENT_DEGREES)
        case "elliptical":
            direction, radius = jr.split(key)
            return jr.normal(direction, shape) * jnp.sqrt(jr.exponential(radius, (shape[0], 1)))
        case _:
            return jr.normal(key, shape)
