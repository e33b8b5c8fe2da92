"""Γ(x+½)/Γ(x), and means over Gamma variables of any shape by one rule of fixed size."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array
from jax.scipy.special import gammaln
from jaxtyping import Float

from lingen.boundary import checked

__all__ = ["gamma_ratio", "mean_and_variance", "nodes"]

# Γ(x+½)/Γ(x)/√x in powers of 1/x (Graham, Knuth & Patashnik, Concrete Mathematics, ex. 9.60).
_GAMMA_RATIO = (1, -1 / 8, 1 / 128, 5 / 1024, -21 / 32768, -399 / 262144, 869 / 4194304, 39325 / 33554432)
_LOST = 40.0
COUNT = 256
"""Nodes: from shape ½ on, where the tail to zero is longest, they are ⅓ apart in log G."""


@checked
def gamma_ratio(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """Γ(x+½)/Γ(x), x > 0; by its asymptotic series where the logarithms of Γ would cancel."""
    large = x > 30.0
    safe = jnp.where(large, x, 30.0)
    series = jnp.sqrt(safe) * jnp.polyval(jnp.asarray(_GAMMA_RATIO[::-1], float), 1.0 / safe)
    small = jnp.where(large, 1.0, x)
    return jnp.where(large, series, jnp.exp(gammaln(small + 0.5) - gammaln(small)))


@checked
def nodes(shape: Float[Array, "..."], index: Array) -> tuple[Float[Array, "..."], Float[Array, "..."]]:
    """Node `index` of 0..COUNT−1 of the law of G ~ Gamma(a)/a, a >= ½, and its weight up to a factor of all.

    The trapezoid rule in log G, where the density is ∝ e^{a(x−e^x)} and analytic; what it leaves out is
    lost in double precision: e^x − 1 − x is at least x²/2 above 0 and x²/(2−x) below.
    """
    bound = _LOST / shape
    low, high = -(bound + jnp.sqrt(bound**2 + 8.0 * bound)) / 2.0, jnp.sqrt(2.0 * bound)
    x = low + (high - low) * index / (COUNT - 1)
    return jnp.exp(x), jnp.exp(shape * (x - jnp.expm1(x)))


@checked
def mean_and_variance(
    function: Callable, scale: Float[Array, "k"], shape: Float[Array, "k"]
) -> tuple[Float[Array, "k"], Float[Array, "k"]]:
    """Mean and variance of f(p_k G_k), G_k ~ Gamma(a_k)/a_k, one node at a time: no array larger than p.

    Args:
        function: f, a filter or a `jax.tree_util.Partial`.
        scale: p_k.
        shape: a_k >= ½.
    """
    return _mean_and_variance(function, scale, shape)


@jax.jit
def _mean_and_variance(function: Callable, scale: Array, shape: Array) -> tuple[Array, Array]:

    def summed(value: Callable) -> Array:
        def add(total: tuple[Array, Array], index: Array) -> tuple[tuple[Array, Array], None]:
            point, weight = nodes(shape, index)
            return (total[0] + weight * value(function(scale * point)), total[1] + weight), None

        zero = jnp.zeros(jnp.broadcast_shapes(scale.shape, shape.shape))
        (total, weight), _ = jax.lax.scan(add, (zero, zero), jnp.arange(COUNT))
        return total / weight

    mean = summed(lambda x: x)
    return mean, summed(lambda x: (x - mean) ** 2)
