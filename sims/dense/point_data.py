"""Data on n points seen through noise: exact posterior means of x₁ given X = a x₁ + m x₀, x₀ ~ N(0, I).

All is told from the point x₁ behind X: −‖X − a x_j‖²/2m² is −s²‖x₁−x_j‖²/2 − s⟨x₀, x₁−x_j⟩ up to a constant,
s = a/m, which holds its digits however small m is.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import checked
from lingen.checks import finite, is_traced, room

__all__ = ["Pairs", "PointData", "all_pairs", "draw_pairs", "energy", "metric", "point_data", "unknown"]


class PointData(NamedTuple):
    """Equally likely points."""

    points: Float[Array, "n d"]
    squares: Float[Array, "n n"]
    """‖x_i − x_j‖²."""


class Pairs(NamedTuple):
    """Draws of (x₁, x₀)."""

    points: Float[Array, "n d"]
    squares: Float[Array, "b n"]
    """‖x₁ − x_j‖²."""
    end: Float[Array, "b d"]
    """x₁."""
    start: Float[Array, "b d"]
    """x₀."""


@checked
def point_data(points: ArrayLike) -> PointData:
    """The points, scaled to E‖x‖² = d.

    Raises:
        ValueError: unless they are finite, on two axes, not all 0, and few enough for an n × n array.
    """
    x = finite("points", points)
    if x.ndim != 2 or x.size == 0:
        raise ValueError(f"points must have two axes of at least one entry, got shape {x.shape}")
    room("points", x.shape, 2.0 * x.shape[0] ** 2)
    largest = jnp.max(jnp.abs(x))
    if not is_traced(largest) and float(largest) == 0.0:
        raise ValueError("points must not all be 0, got 0 alone")
    x = x / largest
    x = x / jnp.sqrt(jnp.mean(x**2))
    return PointData(x, jax.lax.map(lambda one: jnp.sum((x - one) ** 2, axis=1), x))


@checked
def draw_pairs(data: PointData, count: int, key: Key[Array, ""]) -> Pairs:
    """Independent draws of a point and of its noise."""
    which, noise = jr.split(key)
    place = jr.randint(which, (count,), 0, data.points.shape[0])
    end = data.points[place]
    return Pairs(data.points, data.squares[place], end, jr.normal(noise, end.shape))


@checked
def all_pairs(data: PointData, noises: Float[Array, "m"]) -> Pairs:
    """Every point with every noise, in one dimension."""
    count = data.points.shape[0]
    place, noise = jnp.repeat(jnp.arange(count), noises.size), jnp.tile(noises, count)[:, None]
    return Pairs(data.points, data.squares[place], data.points[place], noise)


@checked
def metric(pairs: Pairs, s: Float[Array, ""]) -> Float[Array, "b"]:
    """What has the mean K = λ(1+s²) − s² at each pair.

    Below s = 1 the squared posterior mean of cos φ x₁ − sin φ x₀, tan φ = s; above, where most is known, one
    minus 1+s² posterior variances.
    """
    mean, variance = _posterior(pairs, s)
    growth = jnp.sqrt(1.0 + s**2)
    speed = mean * growth + (pairs.end - s * pairs.start) / growth
    known = 1.0 - variance * growth**2 / pairs.end.shape[1]
    return jnp.where(s < 1.0, jnp.mean(jnp.where(s < 1.0, speed, 0.0) ** 2, axis=1), known)


@checked
def unknown(pairs: Pairs, s: Float[Array, ""]) -> Float[Array, "b"]:
    """The posterior variance of x₁ per dimension: of mean 1 − λ(s)."""
    return _posterior(pairs, s)[1] / pairs.end.shape[1]


@checked
def energy(
    pairs: Pairs, signal: Array, noise: Array, signal_rate: Array, noise_rate: Array
) -> Float[Array, "b"]:
    """(1/d) ‖E[ȧ x₁ + ṁ x₀ | X]‖² at one time."""
    s = signal / noise
    mean, _ = _posterior(pairs, s)
    velocity = signal_rate * (pairs.end + mean) + noise_rate * (pairs.start - s * mean)
    return jnp.mean(velocity**2, axis=1)


def _posterior(pairs: Pairs, s: Float[Array, ""]) -> tuple[Float[Array, "b d"], Float[Array, "b"]]:
    """Mean of x_j − x₁ and the variance of x_j, given X."""
    along = pairs.start @ pairs.points.T - jnp.sum(pairs.start * pairs.end, axis=1, keepdims=True)
    weight = jax.nn.softmax(s * along - s**2 * pairs.squares / 2.0, axis=1)
    mean = weight @ pairs.points - pairs.end
    variance = jnp.sum(weight * pairs.squares, axis=1) - jnp.sum(mean**2, axis=1)
    return mean, jnp.maximum(variance, 0.0)
