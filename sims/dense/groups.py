"""Overlaps of latents; equal ones form a subspace, in which single vectors rotate and it does not."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked

__all__ = ["groups", "shared"]


@checked
def groups(spikes: Float[Array, "r"]) -> Float[Array, "r r"]:
    """1 where two spikes are equal (to 1e-9, relatively)."""
    gap = jnp.abs(spikes[:, None] - spikes)
    return jnp.where(gap <= 1e-9 * jnp.maximum(spikes[:, None], spikes), 1.0, 0.0)


@checked
def shared(overlaps: Float[Array, "r r"], together: Float[Array, "r r"]) -> Float[Array, "r"]:
    """Σ_{j,k in the group of i} (overlap of j and k)², divided by the size of the group."""
    return jnp.einsum("ij,jk,ik->i", together, overlaps**2, together) / jnp.sum(together, axis=1)
