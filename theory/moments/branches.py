"""Where fixed points of state evolution begin: γ = ϖ/(θ M_w(θ M_v(ϖ))), the load of the one at ϖ = γθ m_w.

Its least value is the load from which a branch away from 0 exists, and the point on the rising side where the
potential equals ½γθ, its value at no knowledge, is the load from which the data know the latent.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked
from lingen.models.latents.priors import Prior
from lingen.theory.moments import scalar_channel as channel
from lingen.theory.numerics.roots import bisect

__all__ = ["branch_loads"]

SNRS = np.geomspace(1e-12, 1e8, 801)
"""Between which the load of a fixed point is lowest, if not at 0."""
ZOOMS = 4
HALVINGS = 60
CONTINUOUS = 1e-9
"""Relative depth below 1/θ² from which on a lowest load is one."""


@checked
def branch_loads(
    strength: Float[Array, ""], latent: Prior, weights: Prior
) -> tuple[Float[Array, ""], Float[Array, ""], Float[Array, ""]]:
    """The loads of `Thresholds` at one strength.

    Args:
        strength: θ > 0.
        latent: P_v.
        weights: P_w.

    Source: docs/derivations, B2.
    """
    return _branch_loads(strength, latent, weights)


@jax.jit
def _branch_loads(theta: Array, latent: Prior, weights: Prior) -> tuple[Array, Array, Array]:
    def load_at(snr: Array) -> Array:
        return snr / (theta * channel.overlap(weights, theta * channel.overlap(latent, snr)))

    def lost(log_snr: Array) -> Array:
        """Whether the fixed point at ϖ loses against no knowledge."""
        snr = jnp.exp(log_snr)
        known = channel.overlap(latent, snr)
        side = channel.overlap(weights, theta * known)
        gamma = snr / (theta * side)
        parts = gamma * channel.information(weights, theta * known) + channel.information(latent, snr)
        return parts > 0.5 * gamma * theta * (known + side - known * side)

    at_zero = 1.0 / theta**2
    place, ends = jnp.zeros(()), jnp.log(jnp.asarray(SNRS[[0, -1]]))
    for count in (SNRS.size, *(33,) * ZOOMS):
        points = jnp.linspace(ends[0], ends[1], count)
        loads = load_at(jnp.exp(points))
        best = jnp.argmin(loads)
        place, lowest = points[best], loads[best]
        ends = points[jnp.clip(jnp.stack([best - 1, best + 1]), 0, count - 1)]
    first_order = lowest < at_zero * (1.0 - CONTINUOUS)
    equal = jnp.exp(bisect(lost, place, jnp.log(SNRS[-1]), HALVINGS))
    informed = jnp.minimum(load_at(equal), at_zero)
    return jnp.where(first_order, lowest, at_zero), jnp.where(first_order, informed, at_zero), at_zero
