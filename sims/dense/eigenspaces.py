"""The eigenspaces of the bulk atoms of Σ, in the basis where Σ is diagonal and spikes come first."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct
from jax import Array
from jaxtyping import Float, Int

from lingen.boundary import checked
from lingen.models.population import Population

__all__ = ["Eigenspaces", "eigenspaces"]


@struct.dataclass
class Eigenspaces:
    """Which bulk coordinate belongs to which atom.

    Attributes:
        atom: the atom of each bulk coordinate, shape (b,).
        counts: how many coordinates each atom has, shape (k,).
    """

    atom: Int[Array, "b"]
    counts: Float[Array, "k"]

    def bulk(self, values: Float[Array, "d *rest"]) -> Float[Array, "b *rest"]:
        """Without the coordinates of the spikes."""
        return values[values.shape[0] - self.atom.size :]

    def mean(self, values: Float[Array, "d"]) -> Float[Array, "k"]:
        """Average over each atom's eigenspace."""
        return jax.ops.segment_sum(self.bulk(values), self.atom, num_segments=self.counts.size) / self.counts


@checked
def eigenspaces(population: Population, dim: int, least: int = 1) -> Eigenspaces:
    """The eigenspaces at dimension d.

    Raises:
        ValueError: if an atom has fewer than `least` (one or two) eigenvalues there.
    """
    counts = population.multiplicities(dim)
    if np.any(counts < least):
        needed = "an eigenvalue" if least == 1 else "two eigenvalues"
        raise ValueError(f"dim must give each of {counts.size} bulk atoms {needed}, got {dim}")
    atom = np.repeat(np.arange(counts.size), counts)
    return Eigenspaces(jnp.asarray(atom), jnp.asarray(counts, float))
