"""Moments of a filter along the spectrum of S itself, for filters that are not analytic beside it.

The law of S seen from an eigenvector of Σ has the density of all of S times σ|ℓ|²/(γx|ℓ−σ|²), ℓ = ℓ(x + i0):
one set of nodes serves all of them (see `lingen.theory.spectrum.law_nodes`).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked
from lingen.models.descent import Balanced
from lingen.models.population import Population
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum.law_nodes import nodes

__all__ = ["along_spectrum"]


@checked
def along_spectrum(
    population: Population, load: Float[Array, "..."], filter: Balanced
) -> tuple[Float[Array, "... k"], Float[Array, "... k"], Float[Array, "..."]]:
    """E g(S)_k, E g(S)²_k, one entry a bulk atom, and τ(S g(S)²), for g(0) = 0.

    Args:
        population: bulk law of Σ, k atoms.
        load: γ = n/d > 0, any shape.
        filter: g; its numbers broadcast with the load.
    """
    return _along(population, load, filter)


@jax.jit
def _along(population: Population, load: Array, filter: Balanced) -> tuple[Array, Array, Array]:
    leaves, tree = jax.tree.flatten(filter)
    several = broadcast(load, *(jnp.asarray(leaf, float) for leaf in leaves))
    shape = several[0].shape

    def one(given: tuple[Array, ...]) -> tuple[Array, Array, Array]:
        load, *numbers = given
        law = nodes(population, load)
        gain = jax.tree.unflatten(tree, numbers)(law.x)
        size = jnp.abs(law.ell)[:, None]
        seen = population.eigenvalues * (size / jnp.abs(law.ell[:, None] - population.eigenvalues)) ** 2
        seen = seen * (law.weight / (load * law.x))[:, None]
        return gain @ seen, gain**2 @ seen, jnp.sum(law.weight * law.x * gain**2)

    found = jax.lax.map(one, tuple(array.ravel() for array in several))
    return tuple(array.reshape(shape + array.shape[1:]) for array in found)  # type: ignore[return-value]
