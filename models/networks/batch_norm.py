"""Bias-free batch normalisation: x ↦ γ_c x / s_c, with no mean subtracted and none added.

In training s_c is the standard deviation of channel c over the batch, afterwards a running average of it.
Once trained the map is linear, so that a network of such maps, convolutions without bias and ReLUs is
homogeneous: f(ax) = a f(x) for a > 0.
"""

from __future__ import annotations

import jax.numpy as jnp
from flax import nnx
from jax import Array
from jaxtyping import Float

__all__ = ["BiasFreeBatchNorm"]

MOMENTUM, EPSILON = 0.9, 1e-5


class BiasFreeBatchNorm(nnx.Module):
    """x ↦ γ_c x / s_c for each channel c.

    The names of its numbers are those of the public PyTorch networks
    (`lingen.models.networks.torch_weights`).

    Attributes:
        gammas: γ, shape (c,), 1 before training.
        running_sd: s after training, shape (c,): each step of training takes a tenth of the batch's.

    Source: Kadkhodaie, Guth, Simoncelli & Mallat, ICLR 2024 (their reference starts γ near 0 instead of at
    1, which costs short trainings most of their steps).
    """

    def __init__(self, channels: int):
        self.gammas = nnx.Param(jnp.ones(channels, jnp.float32))
        self.running_sd = nnx.BatchStat(jnp.ones(channels, jnp.float32))

    def __call__(self, x: Float[Array, "b h w c"], train: bool | Array = False) -> Float[Array, "b h w c"]:
        """γx/s, by the batch's own standard deviation when training (and the running one then moves)."""
        running = self.running_sd[...]
        if train is False:
            return x * (self.gammas[...] / running)
        batch = jnp.sqrt(jnp.var(x, axis=(0, 1, 2)) + EPSILON)
        self.running_sd[...] = jnp.where(train, MOMENTUM * running + (1.0 - MOMENTUM) * batch, running)
        return x * (self.gammas[...] / jnp.where(train, batch, running))
