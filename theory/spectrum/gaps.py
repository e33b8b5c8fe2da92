"""Which gaps between the atoms of Σ stay open in the spectrum of S, and where on the ℓ axis they end.

On the real axis ψ'(a) = 1 − h(a), h(a) = c Σ_k w_k σ_k²/(a−σ_k)², and a gap between two atoms is open iff
h < 1 somewhere in it. There h^{−1/2} is a power mean of the linear functions |a−σ_k|, hence concave: Newton
for h^{−1/2} = 1 from either atom climbs monotonically to the edge on its side, and the two meet or turn
back iff the gap is closed (derived). Most gaps are known to be closed from their two neighbours alone.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Bool, Float

from lingen.boundary import checked
from lingen.models.population import Population
from lingen.theory.numerics.chunks import in_chunks
from lingen.theory.numerics.roots import newton

__all__ = ["Gaps", "find", "ordered", "outer", "running"]

_CHUNK, _ROUNDS = 32, 64
_UP = 1.0 + 4e-16  # no start is the atom itself


class Gaps(NamedTuple):
    """The gaps before, between and after the atoms, in increasing order; outer ones have one end only.

    A closed gap has both ends at one point that divides it.
    """

    begin: Float[Array, "gaps"]
    end: Float[Array, "gaps"]
    open: Bool[Array, "gaps"]


@checked
def find(sigma: Float[Array, "k"], weight: Float[Array, "k"]) -> Gaps:
    """All gaps of increasing atoms σ with weights c w σ², which no derivative passes.

    h >= (u^{1/3} + v^{1/3})³/(width)² with the weights u, v of the two neighbours closes most gaps at once;
    the others are taken in chunks, as many as there are.
    """
    root = jnp.sqrt(weight)
    up, down = jnp.maximum(sigma + root, sigma * _UP), jnp.minimum(sigma - root, sigma / _UP)
    width = jnp.diff(sigma)
    least = (weight[:-1] ** (1 / 3) + weight[1:] ** (1 / 3)) ** 3
    outer = jnp.ones(1, bool)
    candidate = jnp.concatenate([outer, (least < width**2) & (up[:-1] < down[1:]), outer])
    left = jnp.concatenate([down[:1] - root[:1], up])
    right = jnp.concatenate([down, up[-1:] + root[-1:]])
    rank = running(candidate)
    order = jnp.searchsorted(rank, jnp.arange(1, sigma.size + 2))

    def climb(index: Array) -> tuple[Array, Array, Array]:
        return _climb(sigma, weight, left[index], right[index], index > 0, index < sigma.size)

    begin, end, is_open = (
        value[rank.astype(int) - 1] for value in in_chunks(climb, _CHUNK, jnp.sum(candidate), (order,))
    )
    is_open = is_open & candidate
    share = root[:-1] / (root[:-1] + root[1:])
    middle = jnp.concatenate([sigma[:1], sigma[:-1] + share * width, sigma[-1:]])
    return Gaps(jnp.where(is_open, begin, middle), jnp.where(is_open, end, middle), is_open)


@checked
def outer(sigma: Float[Array, "k"], weight: Float[Array, "k"]) -> tuple[Array, Array]:
    """ℓ where the spectrum begins and where it ends, of increasing atoms σ with weights c w σ²."""
    root = jnp.sqrt(weight)
    low = jnp.minimum(sigma[0] - root[0], sigma[0] / _UP)
    high = jnp.maximum(sigma[-1] + root[-1], sigma[-1] * _UP)
    left, right = jnp.stack([low - root[0], high]), jnp.stack([low, high + root[-1]])
    sides = jnp.asarray([False, True])
    begin, end, _ = _climb(sigma, weight, left, right, sides, ~sides)
    return end[0], begin[1]


@checked
def ordered(population: Population, load: Float[Array, ""]) -> tuple[Array, Array, Array]:
    """Increasing σ, weights c w σ² and c w; null atoms move onto the largest one and share its weight."""
    value, share = population.eigenvalues, population.weights / load
    top = jnp.max(value)
    there = (value <= 0) | (value == top)
    share = jnp.where(there, jnp.sum(jnp.where(value == top, share, 0.0)) / jnp.sum(there), share)
    sigma, share = jax.lax.sort((jnp.where(there, top, value), share), num_keys=1)
    return jax.lax.stop_gradient((sigma, share * sigma**2, share))


@checked
def running(values: Array) -> Float[Array, "m"]:
    """Cumulative sums by two small products with triangles, which compile and run faster than a scan."""
    side = int(np.ceil(np.sqrt(values.size)))
    square = jnp.pad(values.astype(float), (0, side**2 - values.size)).reshape(side, side)
    rows = square @ np.triu(np.ones((side, side)))
    return (rows + np.tril(np.ones((side, side)), -1) @ rows[:, -1:]).ravel()[: values.size]


@jax.jit
def _climb(
    sigma: Array, weight: Array, left: Array, right: Array, has_left: Array, has_right: Array
) -> tuple[Array, Array, Array]:
    """Both ends of some gaps, and whether they are open."""
    point = jnp.concatenate([left, right])
    used = jnp.concatenate([has_left, has_right])
    sign = jnp.concatenate([jnp.ones(left.size), -jnp.ones(right.size)])

    def climb(state: tuple) -> tuple[tuple, Array]:
        point, shut = state
        inverse = 1.0 / (point - sigma[:, None])
        square = inverse**2
        h, slope = weight @ square, (weight @ (square * inverse)) * sign
        step = (h * jnp.sqrt(h) - h) / jnp.where(slope > 0, slope, 1.0)
        reached = (h <= 1.0 + 1e-14) | (step <= 2e-16 * jnp.abs(point))
        back = used & ~reached & (slope <= 0)
        new = jnp.where(reached | (slope <= 0), point, point + sign * step)
        crossed = has_left & has_right & (new[: left.size] >= new[left.size :])
        shut = shut | jnp.tile(crossed | back[: left.size] | back[left.size :], 2)
        return (new, shut), reached | shut

    point, shut = newton(climb, (point, jnp.zeros(point.shape, bool)), ~used, _ROUNDS)
    return point[: left.size], point[left.size :], ~(shut[: left.size] | shut[left.size :])
