"""The end of a Krylov chain, closed analytically.

After k rows what is left is a Gaussian matrix of n − k rows and d − k columns. Its resolvent seen from the
next direction concentrates on the constant chain, whose continued fraction is a quadratic equation:

    m = 1 / (t + a/(1 + b m)),   a = σ(n−k)/n,   b = σ(d−k)/n.

The tail contributes little, and this value of it leaves an error of mean O(1/(k d)) at load one and
geometrically small elsewhere; n <= k or d <= k make the chain complete and the result exact. Derived.
"""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked

__all__ = ["free_tail"]


@checked
def free_tail(
    shifts: Float[Array, "m"], left: Float[Array, ""], right: Float[Array, ""]
) -> tuple[Float[Array, "m"], Float[Array, "m"]]:
    """m(t) and 1 − t m(t) = a m/(1 + b m) of the constant chain with squares a = left, b = right."""
    e = shifts + left - right
    root = jnp.sqrt(e**2 + 4.0 * right * shifts)
    above = 2.0 / jnp.where(e > 0, e + root, 1.0)
    below = (root - e) / jnp.where(e > 0, 1.0, 2.0 * right * shifts)
    m = jnp.where(e > 0, above, below)
    return m, left * m / (1.0 + right * m)
