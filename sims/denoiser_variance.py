"""The trained denoiser measured over datasets: how far two of them, trained on disjoint data, lie apart.

D₁ and D₂ are independent copies of D = S(S+s)^{-1}, so half the mean square of D₁ − D₂ is the variance of D,
without bias and without knowing E D.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import known, positive
from lingen.models import filters
from lingen.models.filters import Denoiser
from lingen.models.observables import DenoiserVariance
from lingen.models.population import Population
from lingen.sims.dense import wishart
from lingen.sims.dense.eigenspaces import Eigenspaces, eigenspaces
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine import methods
from lingen.sims.engine.single import draw_of

__all__ = ["METHODS", "draw", "sampler"]

METHODS = methods.Methods("denoiser_variance")


@checked
@at_once
def sampler(
    population: Population,
    dim: int,
    load: ArrayLike,
    filter: Denoiser | None = None,
    method: str = "dense",
    *,
    noise: ArrayLike | None = None,
) -> Partial:
    """A draw of the variance of a denoiser over datasets, in the eigenbasis of Σ.

    Args:
        population: the truth.
        dim: d; every bulk atom must have two eigenvalues there.
        load: γ = n/d of each of the two training sets.
        filter: the denoiser whose noise is meant, or None.
        method: "dense" or "auto".
        noise: s > 0, the variance at which the denoiser is trained; that of `filter` when absent.

    Raises:
        ValueError: for an argument out of range, another method, a dimension too small for the bulk.
    """
    methods.choose(METHODS, method, population, dim, filter)
    level = filters.noise_of(filter, noise)
    source = wishart.source(population, dim, load)
    spaces = eigenspaces(population, dim, least=2)
    return Partial(_dense, source, positive("noise", known("noise", level)), spaces)


draw = draw_of(sampler, DenoiserVariance)


def _dense(
    source: DataSource,
    noise: Float[Array, ""],
    spaces: Eigenspaces,
    key: Key[Array, ""],
) -> DenoiserVariance:
    def denoiser(key: Array) -> Array:
        model = source.model(key)
        gains = wishart.gains(model, filters.Denoiser(noise))
        return (model.vectors * gains) @ model.vectors.T

    one, two = jax.lax.map(denoiser, jr.split(key))
    square = 0.5 * (one - two) ** 2
    counts, first = spaces.counts, source.spectrum.size - spaces.atom.size
    members = (spaces.atom == jnp.arange(counts.size)[:, None]).astype(float)
    bulk = square[first:, first:]
    pairs = members @ (bulk - jnp.diag(jnp.diagonal(bulk))) @ members.T
    number = counts[:, None] * counts - jnp.diag(counts)
    return DenoiserVariance(
        members @ jnp.sum(square, axis=0)[first:] / counts, source.samples * pairs / number
    )
