"""Closed forms for the isotropic bulk Σ = I: the Marchenko–Pastur law MP_c, c = d/n = 1/γ.

All moments reduce to one hypergeometric function, ∫λ^s dMP_c = ₂F₁(1−s, −s; 2; c) for c <= 1.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import finite, nonnegative, positive
from lingen.theory.numerics import marchenko_pastur
from lingen.theory.numerics.shapes import broadcast

__all__ = ["kappa", "moment", "mp_density", "mp_edges", "overlap", "root"]

_STEP, _LOW, _HIGH = 0.17, -54.0, 14.0
_SMALL, _TERMS = 0.1, 20


@checked
def root(c: ArrayLike) -> Float[Array, "..."]:
    """∫√λ dMP_c: F(c) = ₂F₁(−½, ½; 2; c) for c <= 1, with F(1) = 8/3π, and F(1/c)/√c above.

    Raises:
        ValueError: if an aspect ratio c is negative.
    """
    return moment(0.5, c)


@checked
def moment(order: ArrayLike, c: ArrayLike) -> Float[Array, "..."]:
    """∫λ^s dMP_c, to round-off: ₂F₁(1−s, −s; 2; c) for c <= 1, c^{s−1} ₂F₁(1−s, −s; 2; 1/c) above.

    With λ = |1 + √c e^{iθ}|² and tan((π−θ)/2) = e^u it is (2/π)∫ λ^{s−1} cosh⁻³u du, whose singularities lie
    on Im u = ±π/2 for every c: the trapezoid rule converges like e^{−π²/h} (derived). Below c = 0.1
    the Gauss series, which keeps derivatives finite at c = 0.

    Args:
        order: s, any real number if c < 1; s >= 0 if c >= 1.
        c: aspect ratio d/n >= 0; broadcasts with `order`.

    Raises:
        ValueError: if c is negative, or an order is not finite.
    """
    return _moment(finite("order", order), nonnegative("c", c))


@jax.jit
def _moment(power: Array, ratio: Array) -> Array:
    power, ratio = broadcast(power, ratio)
    swap = ratio > 1.0
    inner = jnp.where(swap, 1.0 / jnp.where(swap, ratio, 1.0), ratio)
    value = jnp.where(inner < _SMALL, _series(power, inner), _trapezoid(power, inner))
    scaled = jnp.where(swap, jnp.where(swap, ratio, 1.0) ** (power - 1.0), 1.0) * value
    # mass at 0, or a density too singular there
    infinite = ((power < 0.0) & swap) | ((power <= -0.5) & (ratio == 1.0))
    return jnp.where(infinite, jnp.inf, jnp.where(power == 0.0, 1.0, scaled))


@checked
def overlap(load: ArrayLike) -> Float[Array, "..."]:
    """q of the gaussian filter at Σ = I: F(1/γ)² for γ >= 1, γ F(γ)² below (C1, arXiv 2605.21402).

    Raises:
        ValueError: if a load is not positive.
    """
    return root(1.0 / positive("load", load)) ** 2


@checked
def kappa(load: ArrayLike, t: ArrayLike) -> Float[Array, "..."]:
    """κ(t) at Σ = I: the positive root of κ² + (1 − c − t)κ − t = 0.

    Raises:
        ValueError: if a load is not positive or a ridge negative.
    """
    return _kappa(*broadcast(positive("load", load), nonnegative("t", t)))


@jax.jit
def _kappa(gamma: Array, ridge: Array) -> Array:
    half = 0.5 * (ridge + (1.0 - gamma) / gamma)
    far = jnp.abs(half) > 1e100  # where a square overflows
    near = jnp.sqrt(jnp.where(far, 0.0, half) ** 2 + jnp.where(far, 1.0, ridge))
    wide = jnp.where(far, jnp.abs(half) + ridge / jnp.where(far, 2.0 * jnp.abs(half), 1.0), near)
    lost = jnp.where(half < 0, wide - half, 1.0)
    return jnp.where(half < 0, ridge / lost, half + wide)  # the form without cancellation


@checked
def mp_edges(load: ArrayLike) -> Float[Array, "... 2"]:
    """Edges (1 ∓ √c)² of the Marchenko–Pastur law.

    Raises:
        ValueError: if a load is not positive.
    """
    gamma = positive("load", load)
    root = jnp.sqrt(gamma)
    lower = (gamma - 1.0) / (root + 1.0) / root  # 1 − √c without cancellation
    return jnp.stack([lower**2, (1.0 + 1.0 / root) ** 2], axis=-1)


@checked
def mp_density(load: ArrayLike, x: ArrayLike) -> Float[Array, "..."]:
    """γ √((x−λ₋)(λ₊−x)) / 2πx, without the atom at 0; `load` and `x` broadcast.

    Raises:
        ValueError: if a load is not positive or an x not finite.
    """
    closed = marchenko_pastur.at_once(marchenko_pastur.density, load, x)
    if closed is not None:
        return closed
    load, x = broadcast(positive("load", load), finite("x", x))
    edges = mp_edges(load)
    square = (x - edges[..., 0]) * (edges[..., 1] - x)
    inside = (square > 0) & (x > 0)
    return jnp.where(inside, load * jnp.sqrt(jnp.where(inside, square, 1.0)) / (2 * jnp.pi), 0.0) / jnp.where(
        inside, x, 1.0
    )


def _series(order: Array, c: Array) -> Array:
    small = jnp.where(c < _SMALL, c, 0.0)
    total = term = jnp.ones_like(small)
    for k in range(_TERMS):
        term = term * (1.0 - order + k) * (k - order) / ((2.0 + k) * (1.0 + k)) * small
        total = total + term
    return total


@jax.jit
def _trapezoid(order: Array, c: Array) -> Array:
    u = np.arange(_LOW, _HIGH, _STEP)
    c = jnp.where(c < _SMALL, 1.0, c)[..., None]
    width = jnp.sqrt(c)
    gap = (1.0 - c) / (1 + width)
    square = np.exp(2 * u)
    value = (gap**2 + (1 + width) ** 2 * square) / (1 + square)
    return (value ** (order[..., None] - 1.0)) @ (2 / np.pi * _STEP / np.cosh(u) ** 3)
