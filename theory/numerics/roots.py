"""Roots of many equations at once: Newton's method and bisection, entry by entry under `jit` and `vmap`.

Each equation knows where to start, so that Newton climbs to its root and cannot miss it; only the loop is
common. Neither is differentiated: where a derivative is wanted, one step more is taken outside, from
`jax.lax.stop_gradient` of the root (as `polished` does), or the implicit function theorem is used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Bool, Float

from lingen.boundary import checked

__all__ = ["bisect", "newton", "polished"]


@checked
def newton(
    step: Callable[[Any], tuple[Any, Bool[Array, "..."]]], start: Any, done: Bool[Array, "..."], most: int
) -> Any:
    """x ← step(x), each entry until it is done: the answer for one does not hang on those beside it.

    Args:
        step: gives the next x, and for which entries this step was the last.
        start: an array, or a tuple of arrays of one shape.
        done: the entries that stay where they start; broadcasts to that shape.
        most: steps, after which all stay where they are.
    """

    def unfinished(state: tuple) -> Array:
        return ~jnp.all(state[1]) & (state[2] < most)

    def advance(state: tuple) -> tuple:
        x, done, count = state
        new, last = step(x)
        kept = jax.tree.map(lambda old, moved: jnp.where(done, old, moved), x, new)
        return kept, done | last, count + 1

    still = jnp.broadcast_to(done, jnp.shape(jax.tree.leaves(start)[0]))
    return jax.lax.while_loop(unfinished, advance, (start, still, 0))[0]


@checked
def bisect(
    below: Callable[[Array], Bool[Array, "..."]], low: ArrayLike, high: ArrayLike, halvings: int
) -> Float[Array, "..."]:
    """Where between `low` and `high` `below` turns from true to false, to 2^−halvings of their distance."""

    def halve(_: Array, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        middle = (ends[0] + ends[1]) / 2.0
        under = below(middle)
        return jnp.where(under, middle, ends[0]), jnp.where(under, ends[1], middle)

    begin, end = jax.lax.fori_loop(0, halvings, halve, tuple(jnp.broadcast_arrays(low, high)))
    return (begin + end) / 2.0


@checked
def polished(
    function: Callable[[Array], Array], root: Float[Array, "..."], steps: int
) -> Float[Array, "..."]:
    """The root after so many steps of Newton, the last of which carries derivatives in all that is seen."""
    for _ in range(steps):
        known = jax.lax.stop_gradient(root)
        value, rise = jax.jvp(function, (known,), (jnp.ones_like(known),))
        root = known - value / rise
    return root
