"""Spectral entropy measured: −tr ρ log ρ of ρ = S/tr S from the eigenvalues of one sample covariance."""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import xlogy
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.models.population import Population
from lingen.models.systems import SpectralEntropy
from lingen.sims.dense import leading, wishart
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "entropy", "sampler"]


@checked
@at_once
def sampler(population: Population, dim: int, load: ArrayLike) -> Partial:
    """A draw of the entropy: a function of a key.

    Args:
        population: the truth.
        dim: d.
        load: γ = n/d.

    Raises:
        ValueError: for a load or a dimension out of range.
    """
    return Partial(_dense, wishart.source(population, dim, load))


draw = draw_of(sampler, SpectralEntropy)


@checked
def entropy(eigenvalues: Float[Array, "d"]) -> Float[Array, ""]:
    """−Σ p log p of p = λ/Σλ, with 0 log 0 = 0; eigenvalues below 0 count as 0."""
    values = jnp.maximum(eigenvalues, 0.0)
    shares = values / jnp.sum(values)
    return -jnp.sum(xlogy(shares, shares))


def _dense(source: DataSource, key: Key[Array, ""]) -> SpectralEntropy:
    x = source.data(key)
    value = entropy(leading.eigenvalues(x.T @ x))
    return SpectralEntropy(value, np.log(source.spectrum.size) - value)
