"""Roots of what is measured, by halving: the best value of a parameter of one trained model."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked

__all__ = ["logarithmic_root"]

_HALVINGS = 60


@checked
def logarithmic_root(
    below: Callable[[Array], Array], low: Float[Array, ""], high: Float[Array, ""]
) -> Float[Array, ""]:
    """The x at which `below` turns from true to false, by halving log x; an end where it never does.

    Args:
        below: of one x.
        low: the lower end, positive.
        high: the upper end.
    """

    def halve(_: Array, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        middle = (ends[0] + ends[1]) / 2.0
        under = below(jnp.exp(middle))
        return jnp.where(under, middle, ends[0]), jnp.where(under, ends[1], middle)

    first, last = jax.lax.fori_loop(0, _HALVINGS, halve, (jnp.log(low), jnp.log(high)))
    return jnp.exp((first + last) / 2.0)
