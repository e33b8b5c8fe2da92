"""Where Krylov chains come from: an isotropic truth with r spikes, Σ = σI + Σ_i (ℓ_i − σ) v_i v_iᵀ."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from flax import struct
from jax import Array
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import checked
from lingen.checks import integer, is_traced, known, positive
from lingen.models.filters import Filter
from lingen.models.population import Population
from lingen.sims.dense.wishart import samples_for
from lingen.sims.krylov import bidiagonal
from lingen.sims.krylov.bidiagonal import Chain
from lingen.sims.krylov.truncation import rows_for

__all__ = ["ChainSource", "assemble", "bulk_variance", "check_rows", "sizes", "source"]


@struct.dataclass
class ChainSource:
    """Where chains come from: sizes static, numbers traced.

    Attributes:
        samples: n.
        dim: d.
        bulk: σ.
        spikes: spiked eigenvalues ℓ, shape (r,).
        rows: rows of the band kept (static).
        seeds: s, further starting directions (static).
        meeting: min(p, d − p), the size of the Haar corner (static).
    """

    samples: Float[Array, ""]
    dim: Float[Array, ""]
    bulk: Float[Array, ""]
    spikes: Float[Array, "r"]
    rows: int = struct.field(pytree_node=False)
    seeds: int = struct.field(pytree_node=False)
    meeting: int = struct.field(pytree_node=False)

    @property
    def variances(self) -> Float[Array, "p"]:
        """Σ on the starting directions."""
        return jnp.concatenate([self.spikes, jnp.full(self.seeds, 1.0) * self.bulk])

    def chain(self, key: Key[Array, ""], variances: Float[Array, "p"] | None = None) -> Chain:
        """The chain of one training set; `variances` in the place of Σ on the starting directions."""
        scale = self.variances if variances is None else variances
        return bidiagonal.chain(key, self.samples, self.dim, scale, self.bulk, self.rows)

    def trace(self, diagonal: Float[Array, "p"]) -> Float[Array, ""]:
        """τ̂ of an operator from its quadratic forms on the starting directions."""
        spikes = self.spikes.size
        seeds = (self.dim - spikes) * jnp.mean(diagonal[spikes:])
        return (jnp.sum(diagonal[:spikes]) + seeds) / self.dim


@checked
def source(
    population: Population,
    dim: int,
    load: ArrayLike,
    filter: Filter,
    accuracy: float,
    *,
    seeds: int = 1,
    rows: int | None = None,
) -> ChainSource:
    """The source of chains for `filter`; see `convergence_sampler`."""
    bulk_variance(population)
    dim, samples = sizes(population, dim, load)
    seeds = integer("seeds", seeds, low=1, high=dim - population.spikes.size)
    width = population.spikes.size + seeds
    if rows is None:
        rows = rows_for(dim, samples, width, filter, float(positive("accuracy", accuracy)))
    return assemble(population, dim, samples, seeds, check_rows(rows, width, dim, samples))


@checked
def check_rows(rows: int, width: int, dim: int, samples: int) -> int:
    """`rows` of a band of `width` directions; `ValueError` unless they are p to min(n, d)."""
    complete = min(samples, dim)
    return integer("rows", rows, low=min(width, complete), high=complete)


@checked
def assemble(population: Population, dim: int, samples: int, seeds: int, rows: int) -> ChainSource:
    """The source of chains of known sizes; rows beyond min(n, d) are zero."""
    width = population.spikes.size + seeds
    numbers = (
        jnp.asarray(float(samples)),
        jnp.asarray(float(dim)),
        population.eigenvalues[0],
        population.spikes,
    )
    return ChainSource(*numbers, rows, seeds, min(width, dim - width))


@checked
def sizes(population: Population, dim: int, load: ArrayLike) -> tuple[int, int]:
    """d and n; `ValueError` for a dimension not above the number of spikes, a load out of range or traced."""
    dim = integer("dim", dim, low=population.spikes.size + 1)
    return dim, samples_for(float(positive("load", known("load", load))), dim)


@checked
def bulk_variance(population: Population) -> float:
    """σ; `ValueError` unless the bulk has one eigenvalue, known."""
    if is_traced(population):
        raise ValueError("population must be known numbers for krylov, got traced values")
    values = np.unique(np.asarray(population.eigenvalues))
    if values.size != 1:
        span = f"{values.size} from {values[0]:g} to {values[-1]:g}"
        raise ValueError(f"population must have one bulk eigenvalue for krylov, got {span}")
    return float(values[0])
