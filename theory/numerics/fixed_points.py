"""Fixed points of increasing maps of [0, 1], entry by entry, the least or the greatest, with derivatives."""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked
from lingen.theory.numerics.roots import bisect

__all__ = ["fixed_point"]

GRID = np.concatenate([np.geomspace(1e-8, 0.05, 160), np.linspace(0.05, 1.0, 241)[1:]])
"""Between which fixed points are looked for: two that are closer than this are missed."""
HALVINGS = 60
LEAST_GAP = 1e-9
"""Of slopes from 1, at a threshold, where the derivative of a fixed point is infinite."""


@checked
def fixed_point(
    moved: Callable[[Array], Array], shape: tuple[int, ...], rising: Array, greatest: bool
) -> Float[Array, "..."]:
    """The first m > 0 where F(m) falls below m, or the last; 0 where F(m) <= m throughout.

    Args:
        moved: F, of arrays of the shape.
        shape: of the answer.
        rising: whether F'(0) > 1, without which the first is 0.
        greatest: whether the last is wanted.
    """
    root = jax.lax.stop_gradient(_crossing(moved, shape, greatest))
    if not greatest:
        root = jnp.where(rising, root, 0.0)
    value, slope = jax.jvp(moved, (root,), (jnp.ones_like(root),))
    gap = jnp.maximum(1.0 - jax.lax.stop_gradient(slope), LEAST_GAP)
    step = (value - root) / gap  # carries derivatives; its size is what bisection leaves
    step = jnp.clip(step, -root, 1.0 - root)
    return jnp.where(root > 0.0, root + step, 0.0)


def _crossing(moved: Callable[[Array], Array], shape: tuple[int, ...], greatest: bool) -> Array:
    grid = jnp.asarray(GRID)
    rises = jax.lax.map(lambda m: moved(jnp.full(shape, m)) > m, grid)
    if greatest:
        place = grid.size - jnp.argmax(rises[::-1], axis=0)  # one beyond the last that rises
        found = jnp.any(rises, axis=0)
    else:
        place = jnp.argmin(rises, axis=0)
        found = place > 0
    place = jnp.clip(place, 1, grid.size - 1)
    root = bisect(lambda m: moved(m) > m, grid[place - 1], grid[place], HALVINGS)
    return jnp.where(found, root, 0.0)
