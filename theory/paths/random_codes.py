"""Paths to random points: n = e^{αd} of N(0, I), each found from a certain signal on (statement P5)."""

from __future__ import annotations

from itertools import pairwise

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import ndtr
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_least, bounded, positive
from lingen.models.systems import PathEnergies
from lingen.theory.numerics.quadrature import between
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.paths.plane import from_integrals, root

__all__ = ["random_metric", "random_points"]

_QUARTER = np.pi / 2.0
_PANEL, _REACH = 96, 10.0
"""Nodes of a part of the quadrature, and the widths of the step that its middle part covers."""


@checked
def random_metric(load: ArrayLike, angle: ArrayLike, dim: ArrayLike | None = None) -> Float[Array, "..."]:
    """K(φ) of n = e^{αd} random points of N(0, I): the chance that the data point itself is found.

    As d → ∞ it jumps from 0 to 1 at cos φ = e^{−α}, s² = e^{2α}−1; at large d it is Φ(u) + O(1/d), Φ the
    normal law and u = √(d(1+1/s²)) (½ log(1+s²) − α).

    Args:
        load: α = log n / d > 0, any shape.
        angle: φ in [0, π/2]; broadcasts.
        dim: d >= 1, broadcasts; the limit if absent.

    Raises:
        ValueError: for an argument out of range.

    Source: derived in docs/derivations (statements K1, P5).
    """
    alpha, phi = positive("load", load), bounded("angle", angle, 0.0, _QUARTER)
    return _random_metric(alpha, phi, None if dim is None else at_least("dim", dim, 1.0))


@jax.jit
def _random_metric(alpha: Array, phi: Array, dim: Array | None) -> Array:
    gap = -jnp.log(jnp.maximum(jnp.cos(phi), 1e-30)) - alpha
    if dim is None:
        return jnp.where(gap < 0, 0.0, 1.0)
    return ndtr(jnp.sqrt(dim) * gap / jnp.maximum(jnp.sin(phi), 1e-30))


@checked
def random_points(load: ArrayLike, dim: ArrayLike | None = None) -> PathEnergies:
    """The energies for n = e^{αd} random points of N(0, I).

    As d → ∞: optimal 2(1−√(1−e^{−2α})), conditional 2 − arccos e^{−α}, preserving arcsin² e^{−α} and
    trigonometric (π/2) arcsin e^{−α}. With a dimension, the integrals of `random_metric`: right to O(1/d).

    Args:
        load: α = log n / d > 0, any shape.
        dim: d >= 1, broadcasts; the limit if absent.

    Raises:
        ValueError: for an argument out of range.

    Source: derived in docs/derivations (statement P5).
    """
    alpha = positive("load", load)
    if dim is None:
        return _at_once(alpha)
    return _random_points(*broadcast(alpha, at_least("dim", dim, 1.0)))


@jax.jit
def _at_once(alpha: Array) -> PathEnergies:
    """As d → ∞, where all of K is found at one angle."""
    reach = jnp.arctan2(jnp.exp(-alpha), jnp.sqrt(-jnp.expm1(-2.0 * alpha)))
    return from_integrals(reach, reach)


@jax.jit
def _random_points(alpha: Array, size: Array) -> PathEnergies:
    middle = jnp.arctan2(jnp.sqrt(-jnp.expm1(-2.0 * alpha)), jnp.exp(-alpha))
    width = _REACH * jnp.exp(-alpha) / jnp.sqrt(size)
    low, high = jnp.maximum(middle - width, 0.0), jnp.minimum(middle + width, _QUARTER)
    ends = (jnp.zeros_like(low), low, high, jnp.full_like(low, _QUARTER))
    length, area = jnp.zeros_like(low), jnp.zeros_like(low)
    for begin, end in pairwise(ends):
        phi, weight = between(begin[..., None], end[..., None], _PANEL)
        known = _random_metric(alpha[..., None], jnp.clip(phi, 0.0, _QUARTER), size[..., None])
        length, area = length + jnp.sum(weight * root(known), -1), area + jnp.sum(weight * known, -1)
    return from_integrals(length, area)
