"""What an observation y = √ϖ x + g of one entry x ~ P tells of it, g ~ N(0, 1): overlap and information.

Means over y by the trapezoid rule, each component N(μ, σ²) of P in t with y = √ϖ μ + sinh t, which resolves
posteriors on the scale of the noise and components of any width alike.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import nonnegative
from lingen.models.latents.priors import Prior
from lingen.theory.numerics.chunks import over_batch

__all__ = ["information", "overlap"]

NODES = 513
FAR = 13.0
"""Deviations beyond which a Gaussian density is lost in double precision, with what multiplies it here."""
CLEAREST = 1e16
"""Signal-to-noise ratio from which on the overlap is 1 to round-off."""
TINY = 1e-14
"""Added to every ratio and its effect taken off again: what is even in √ϖ has its slope at 0 all the same."""


@checked
def overlap(prior: Prior, snr: ArrayLike) -> Float[Array, "..."]:
    """M(ϖ) = E⟨x⟩², ⟨x⟩ the posterior mean; the mean squared error is 1 − M.

    Args:
        prior: P.
        snr: ϖ >= 0, any shape.

    Raises:
        ValueError: for a negative number.

    Source: definition; N(0, 1): ϖ/(1+ϖ), ±1: E tanh(ϖ + √ϖ g).
    """
    return _overlaps(prior, nonnegative("snr", snr))


@checked
def information(prior: Prior, snr: ArrayLike) -> Float[Array, "..."]:
    """I(ϖ), the mutual information of x and y in nats: dI/dϖ = (1 − M)/2.

    Args:
        prior: P.
        snr: ϖ >= 0, any shape, up to `CLEAREST`, beyond which its value there is given.

    Raises:
        ValueError: for a negative number.

    Source: definition; Guo, Shamai & Verdú 2005 for the derivative.
    """
    return _informations(prior, nonnegative("snr", snr))


@jax.jit
def _overlaps(prior: Prior, snr: Array) -> Array:
    return over_batch(lambda one: _overlap(prior, one), prior.shares.size * NODES, snr)


@jax.jit
def _informations(prior: Prior, snr: Array) -> Array:
    return over_batch(lambda one: _information(prior, one), prior.shares.size * NODES, snr)


def _overlap(prior: Prior, snr: Array) -> Array:
    snr = jnp.minimum(snr, CLEAREST) + TINY
    away, weight = _nodes(prior, snr)
    y = jnp.sqrt(snr) * prior.means[:, None] + away
    mean, _ = prior.posterior(jnp.sqrt(snr) * y, snr)
    found = jnp.sum(weight * mean**2) - TINY
    return found - jax.lax.stop_gradient(found - jnp.clip(found, 0.0, 1.0))


def _information(prior: Prior, snr: Array) -> Array:
    """The entropy of y less that of the noise."""
    snr = jnp.minimum(snr, CLEAREST) + TINY
    away, weight = _nodes(prior, snr)
    apart = jnp.sqrt(snr) * (prior.means[:, None] - prior.means)  # of the centres, with no digit lost
    wide = 1.0 + snr * prior.variances
    terms = jnp.log(prior.shares) - 0.5 * jnp.log(wide)
    terms = terms - 0.5 * (away[..., None] + apart[:, None, :]) ** 2 / wide
    found = -jnp.sum(weight * jax.nn.logsumexp(terms, axis=-1)) - 0.5 - 0.5 * TINY
    return found - jax.lax.stop_gradient(jnp.minimum(found, 0.0))


def _nodes(prior: Prior, snr: Array) -> tuple[Array, Array]:
    """y − √ϖ μ and its weights, of shape (components, NODES); those of a component sum to its share."""
    deviation = jnp.sqrt(1.0 + snr * prior.variances)[:, None]
    away = jnp.sinh(jnp.arcsinh(FAR * deviation) * np.linspace(-1.0, 1.0, NODES))
    weight = jnp.sqrt(1.0 + away**2) * jnp.exp(-0.5 * (away / deviation) ** 2)
    return away, prior.shares[:, None] * weight / jnp.sum(weight, axis=1, keepdims=True)
