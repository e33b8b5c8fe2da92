"""Spectra of many eigenvalues, compressed: a quadrature of 128 nodes for the bulk law H.

Every prediction without a cut in the spectrum is an integral over H of functions such as σ/(σ+κ), κ > 0,
which are analytic in log σ on the strip |Im log σ| < π. Interpolation at the 128 Chebyshev points of the
range of log σ is then exact to (1+π/w)^{−128}, w half that range: round-off over ten decades (derived). Its
adjoint gives the nodes weights, some of them negative, which integrate like H.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array

from lingen.boundary import checked
from lingen.models.population import Population

__all__ = ["NODES", "compress"]

NODES = 128
MARGIN = 1.02


@checked
def compress(population: Population) -> Population:
    """The same bulk law to round-off in at most NODES + 1 atoms; unchanged where it has no more.

    Zero eigenvalues stay an atom of their own. Good for smooth functions of σ > 0 alone: filters of ranks
    and densities see the difference.
    """
    sigma, weight = population.eigenvalues, population.weights
    if sigma.size <= NODES + 1:
        return population
    alive = sigma > 0
    logs = jnp.log(jnp.where(alive, sigma, jnp.max(sigma)))
    centre, half = (jnp.max(logs) + jnp.min(logs)) / 2, (jnp.max(logs) - jnp.min(logs)) / 2
    half = MARGIN * jnp.maximum(half, 0.05)  # off the end points, where arccos has no derivative
    moments = _cosine_moments(jnp.arccos((logs - centre) / half), jnp.where(alive, weight, 0.0))
    angles = np.pi * (np.arange(NODES) + 0.5) / NODES
    basis = np.cos(np.outer(angles, np.arange(NODES))) * np.where(np.arange(NODES) == 0, 1.0, 2.0) / NODES
    nodes = jnp.exp(centre + half * jnp.asarray(np.cos(angles)))
    dead = jnp.sum(jnp.where(alive, 0.0, weight))
    return Population(
        jnp.append(nodes, 0.0),
        jnp.append(jnp.asarray(basis) @ moments, dead),
        population.spikes,
        population.dim,
    )


def _cosine_moments(angles: Array, weights: Array) -> Array:
    """Σ_k w_k cos(m θ_k), m < NODES."""
    return jnp.cos(jnp.outer(jnp.arange(NODES), angles)) @ weights
