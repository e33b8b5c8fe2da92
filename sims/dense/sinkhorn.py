"""Sinkhorn's iterations in the logarithmic domain, between weighted points, cost ½|x−y|².

Potentials with e^{f_i/ε} Σ_j w_j e^{(g_j − C_ij)/ε} = 1 and likewise in j: the plan is
P_ij = v_i w_j e^{(f_i+g_j−C_ij)/ε}, and OT_ε = Σ v_i f_i + Σ w_j g_j once both hold.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import logsumexp
from jaxtyping import Float

from lingen.boundary import checked

__all__ = ["Matching", "match"]


class Matching(NamedTuple):
    """An entropic plan between two weighted clouds."""

    cost: Float[Array, ""]
    """OT_ε, its entropic term included."""
    image: Float[Array, "n d"]
    """E[y|x_i] of every point: the barycentric projection, its rows' masses being exact."""


@checked
def match(
    first: Float[Array, "n d"],
    second: Float[Array, "m d"],
    masses: Float[Array, "n"],
    others: Float[Array, "m"],
    epsilon: Float[Array, ""],
    sweeps: int,
) -> Matching:
    """The plan after so many sweeps over both potentials, and one more over that of the first cloud.

    Args:
        first: points x.
        second: points y.
        masses: of the first, summing to one.
        others: of the second.
        epsilon: ε > 0.
        sweeps: how many.
    """
    cost = 0.5 * jnp.sum((first[:, None] - second) ** 2, axis=-1)
    left, right = jnp.log(masses), jnp.log(others)

    def rows(g: Array) -> Array:
        return -epsilon * logsumexp(right + (g - cost) / epsilon, axis=1)

    def sweep(g: Array, _: None) -> tuple[Array, None]:
        f = rows(g)
        return -epsilon * logsumexp(left[:, None] + (f[:, None] - cost) / epsilon, axis=0), None

    g, _ = jax.lax.scan(sweep, jnp.zeros_like(right), None, length=sweeps)
    f = rows(g)
    image = jnp.exp(right + (f[:, None] + g - cost) / epsilon) @ second
    return Matching(masses @ f + others @ g, image)
