"""The linear variational autoencoder: which latents collapse onto the prior (G4).

Decoder N(Wz, β1), prior N(0, 1), Gaussian encoder, data of covariance eigenvalues λ_k. At the optimum of the
evidence lower bound W is that of probabilistic PCA at fixed noise β: a latent per leading eigenvector,
of squared weight λ_k − β, active iff λ_k > β; the others carry nothing.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import integer, nonnegative, positive, vector
from lingen.models.learning import PosteriorCollapse
from lingen.models.population import Population
from lingen.theory import recovery

__all__ = ["active", "negative_elbo", "predict", "sampled_weight"]


@checked
def predict(eigenvalues: ArrayLike, variance: ArrayLike, latents: int) -> PosteriorCollapse:
    """Weights (λ_k − β)₊ of the `latents` leading eigenvectors and KL = Σ ½ log(λ_k/β)₊.

    Args:
        eigenvalues: λ_k >= 0, in decreasing order, shape (d,).
        variance: β > 0, any shape.
        latents: number of latents, at most d.

    Returns:
        weight of shape (..., d), information of the shape of `variance`.

    Raises:
        ValueError: if an argument is out of range.

    Source: Tipping & Bishop 1999; Lucas, Tucker, Grosse & Norouzi, NeurIPS 2019.
    """
    values = vector("eigenvalues", nonnegative("eigenvalues", eigenvalues))
    if values.size == 0:
        raise ValueError("eigenvalues must hold at least one number, got none")
    latents = integer("latents", latents, low=1, high=values.size)
    return _predict(values, positive("variance", variance), latents)


@jax.jit
def _predict(values: Array, variance: Array, latents: ArrayLike) -> PosteriorCollapse:
    kept, beta = jnp.arange(values.size) < latents, variance[..., None]
    weight = jnp.where(kept, jnp.maximum(values - beta, 0.0), 0.0)
    nats = jnp.where(kept, 0.5 * jnp.log(jnp.maximum(values / beta, 1.0)), 0.0)
    return PosteriorCollapse(weight, jnp.sum(nats, axis=-1))


@checked
def active(eigenvalues: ArrayLike, variance: ArrayLike, latents: int) -> Float[Array, "..."]:
    """How many latents are active: the leading eigenvalues above β, at most `latents`; see `predict`."""
    return _positive(predict(eigenvalues, variance, latents).weight)


@jax.jit
def _positive(weight: Array) -> Array:
    return jnp.sum(weight > 0, axis=-1).astype(float)


@checked
def negative_elbo(eigenvalues: ArrayLike, variance: ArrayLike, latents: int) -> Float[Array, "..."]:
    """The optimum of −ELBO in nats a data point: −log-likelihood of probabilistic PCA at noise β.

    ½ Σ_k [log 2πv_k + λ_k/v_k], v_k = λ_k for an active latent and β otherwise: the bound is tight.
    """
    values = vector("eigenvalues", nonnegative("eigenvalues", eigenvalues))
    if values.size == 0:
        raise ValueError("eigenvalues must hold at least one number, got none")
    beta = positive("variance", variance)
    return _negative_elbo(values, beta, predict(values, beta, latents).weight)


@jax.jit
def _negative_elbo(values: Array, variance: Array, weight: Array) -> Array:
    model = variance[..., None] + weight
    return 0.5 * jnp.sum(jnp.log(2.0 * jnp.pi * model) + values / model, axis=-1)


@checked
def sampled_weight(population: Population, load: ArrayLike, variance: ArrayLike) -> Float[Array, "... r"]:
    """The same on n samples, d → ∞: the latent of a spike has weight (outlier − β)₊, outlier = ψ(ℓ).

    Finite data move the threshold: a latent below β in the population is active once its outlier is above.
    A spike that does not emerge from the bulk gives its edge.

    Args:
        population: Σ, with r spikes.
        load: γ = n/d > 0, any shape.
        variance: β > 0; broadcasts with `load`.

    Raises:
        ValueError: if an argument is not positive.

    Source: derived from R1, R3 (docs/derivations, statement G4).
    """
    beta = positive("variance", variance)
    return _above(recovery.outlier(population, positive("load", load)), beta)


@jax.jit
def _above(outlier: Array, variance: Array) -> Array:
    return jnp.maximum(outlier - variance[..., None], 0.0)
