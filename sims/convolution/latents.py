"""What a convolutional model, whose eigenvectors are Fourier modes, knows of a latent direction, drawn.

x = z + √θ g v with a direction v drawn at random, spread over all frequencies. A learnt spectrum leads with
one pair k, −k, whatever n; how much of v lies in it is what is recovered.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, known, nonnegative

__all__ = ["LatentShare", "localised_sampler"]


class LatentShare(NamedTuple):
    """Squared projections of a latent direction on pairs of frequencies."""

    recovery: Float[Array, "..."]
    """On the pair that leads the learnt spectrum."""
    ceiling: Float[Array, "..."]
    """On the best of all pairs."""


@checked
@at_once
def localised_sampler(strength: ArrayLike, samples: int, dim: int) -> Partial:
    """A draw of how much of a random direction n images of Σ = I + θvvᵀ reveal to a convolutional model.

    The periodogram is drawn in law: with |g|² = nG, G ~ Gamma(n/2)/(n/2), the images have one component
    along g and n − 1 across it, p̂_k = (|w_k + √(θnG) ṽ_k|² + Gamma(n−1))/n.

    Args:
        strength: θ >= 0.
        samples: n >= 1.
        dim: d >= 3.

    Raises:
        ValueError: for an argument out of range.
    """
    level = nonnegative("strength", known("strength", strength))
    count = jnp.asarray(float(integer("samples", samples, low=1)))
    return Partial(_draw, level, count, jnp.asarray(np.empty((integer("dim", dim, low=3), 0))))


def _draw(strength: Array, samples: Array, shape: Array, key: Key[Array, ""]) -> LatentShare:
    direction, along, across, common = jr.split(key, 4)
    dim = shape.shape[0]
    pairs = slice(1, (dim - 1) // 2 + 1)
    vector = jr.normal(direction, (dim,))
    latent = jnp.fft.rfft(vector / jnp.linalg.norm(vector), norm="ortho")[pairs]
    own = jnp.fft.rfft(jr.normal(along, (dim,)), norm="ortho")[pairs]
    total = 2.0 * jr.gamma(common, samples / 2.0)
    first = jnp.abs(own + jnp.sqrt(strength * total) * latent) ** 2
    rest = jr.gamma(across, jnp.maximum(samples - 1.0, 0.5), latent.shape)
    power = first + jnp.where(samples > 1.0, rest, 0.0)
    shares = 2.0 * jnp.abs(latent) ** 2
    return LatentShare(shares[jnp.argmax(power)], jnp.max(shares))
