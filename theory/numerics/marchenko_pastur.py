"""The Marchenko–Pastur law of known numbers, by NumPy at once: density, distribution, quantiles.

For Σ = I the equation ψ(ℓ) = x is quadratic, with c = d/n = 1/γ and edges λ± = (1 ± √c)²:

    ℓ(x) = (x + 1 − c + i√((x−λ₋)(λ₊−x))) / 2,    |ℓ|² = x,

so that density and mass, as `lingen.theory.spectrum.spectral_law` writes them with ℓ, are closed forms.
Quantiles are found in the angle φ of x = 1 + c − 2√c cos φ, in which the mass has the slope 2γ c sin²φ/(πx).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.checks import precise

__all__ = ["at_once", "cdf", "density", "edges", "quantile"]

Numbers = np.ndarray
NODES = 513
ROUNDS = 60
CLOSE = 1e-6
"""Relative size of a step of third order after which nothing is left of the error."""


MODERATE = 1e8
"""Loads above, and below its inverse, are left to the functions that know extreme arguments."""


def at_once(
    function: Callable[[float, Numbers], Numbers], load: ArrayLike, points: ArrayLike, unit: ArrayLike = 1.0
) -> Array | None:
    """`function` of one load and of points in this unit; None unless all are known, sound and moderate."""
    if any(isinstance(given, jax.core.Tracer) for given in (load, points, unit)):
        return None
    gamma, variance = np.asarray(load), np.asarray(unit)
    if gamma.ndim or gamma.dtype.kind not in "iuf" or not 1.0 / MODERATE < gamma < MODERATE:
        return None
    if variance.size != 1 or not 1e-60 < (scale := float(variance.reshape(()))) < 1e60:
        return None
    numbers = np.asarray(points)
    if numbers.dtype.kind not in "iuf" or not np.isfinite(numbers).all():
        return None
    if function is quantile and not ((numbers >= 0.0) & (numbers <= 1.0)).all():
        return None
    precise()
    x = numbers.astype(float, copy=False)
    if function is quantile:
        answer = quantile(float(gamma), x) * scale
    else:
        answer = function(float(gamma), x / scale) / (scale if function is density else 1.0)
    with jax.ensure_compile_time_eval():
        return jnp.asarray(answer)


def edges(load: float) -> tuple[float, float]:
    """λ₋ and λ₊; 1 − √c without cancellation."""
    root = np.sqrt(load)
    return ((load - 1.0) / (root + 1.0) / root) ** 2, (1.0 + 1.0 / root) ** 2


def density(load: float, x: Float[Numbers, "*shape"]) -> Float[Numbers, "*shape"]:
    """γ √((x−λ₋)(λ₊−x)) / 2πx inside the edges, 0 outside; without the atom at 0."""
    low, high = edges(load)
    inside = (x > low) & (x < high) & (x > 0)
    held = np.where(inside, x, high)  # of roots, as products overflow at extreme loads
    return np.sqrt(held - low) * np.sqrt(high - held) / held * (load / (2.0 * np.pi))


def cdf(load: float, x: Float[Numbers, "*shape"]) -> Float[Numbers, "*shape"]:
    """Mass at or below x, the atom max(0, 1 − γ) at 0 included."""
    low, high = edges(load)
    least = max(0.0, 1.0 - load)
    below = np.maximum(1.0 - _above(load, np.clip(x, low, high)), least)
    below = np.where(x < low, least, np.where(x >= high, 1.0, below))
    return np.where(x < 0, 0.0, below)


def quantile(load: float, u: Float[Numbers, "*shape"]) -> Float[Numbers, "*shape"]:
    """The x below which a fraction u lies: 0 inside the atom, λ₊ at 1."""
    flat = np.ravel(u)
    angle = np.where(flat >= 1.0, np.pi, 0.0)
    inside = np.flatnonzero((flat > max(0.0, 1.0 - load)) & (flat < 1.0))
    angle[inside] = _angles(load, flat[inside])
    x = np.where(flat <= max(0.0, 1.0 - load), 0.0, _place(load, angle))
    return x.reshape(np.shape(u))


def _above(load: float, x: Numbers) -> Numbers:
    """P(S > x) = [(γ−1) arg ℓ + arg(ℓ−1) − γ Im ℓ]/π, between the edges."""
    low, high = edges(load)
    height = 0.5 * np.sqrt((x - low) * (high - x))
    across = 0.5 * (x + 1.0 - 1.0 / load)
    turned = (load - 1.0) * np.arctan2(height, across) + np.arctan2(height, across - 1.0)
    return (turned - load * height) / np.pi


def _place(load: float, angle: Numbers) -> Numbers:
    """x(φ), without cancellation near the lower edge."""
    return edges(load)[0] + 4.0 / np.sqrt(load) * np.sin(0.5 * angle) ** 2


def _slopes(load: float, angle: Numbers, x: Numbers) -> tuple[Numbers, Numbers]:
    """How fast the mass grows with φ, 2 sin²φ/(πx), and the derivative of its logarithm, 2 cot φ − x'/x."""
    sine, width = np.sin(angle), 2.0 / np.sqrt(load)
    return 2.0 * sine**2 / (np.pi * x), 2.0 * np.cos(angle) / sine - width * sine / x


@lru_cache(maxsize=64)
def _table(load: float) -> tuple[Numbers, Numbers, Numbers]:
    """Angles, the mass below each, and dφ/dmass, 0 at the ends where it may be infinite."""
    angle = np.linspace(0.0, np.pi, NODES)
    x = _place(load, angle)
    mass = 1.0 - _above(load, np.clip(x, *edges(load)))
    mass[0], mass[-1] = max(0.0, 1.0 - load), 1.0
    turn = np.zeros(NODES)
    turn[1:-1] = 1.0 / _slopes(load, angle[1:-1], x[1:-1])[0]
    return angle, np.maximum.accumulate(mass), turn


def _angles(load: float, u: Numbers) -> Numbers:
    """Where the mass is u: cubic interpolation, then Halley's steps inside a bracket."""
    angles, masses, turns = _table(load)
    place = np.clip(np.searchsorted(masses, u, side="right"), 1, NODES - 1)
    low, high = angles[place - 1], angles[place]
    whole = masses[place] - masses[place - 1]
    share = (u - masses[place - 1]) / np.where(whole > 0, whole, 1.0)
    first, last = whole * turns[place - 1], whole * turns[place]
    rest = share * (1.0 - share)
    angle = low + share * (high - low)
    angle += rest * ((1.0 - share) * (first - (high - low)) - share * (last - (high - low)))
    angle = np.clip(angle, 0.5 * low + 1e-3 * high, high)
    found = np.empty_like(u)
    index = np.arange(u.size)
    for _ in range(ROUNDS):
        new, done, low, high = _step(load, u, angle, low, high)
        found[index] = new
        left = ~done
        if not left.any():
            break
        index, u, angle, low, high = index[left], u[left], new[left], low[left], high[left]
    return found


def _step(
    load: float, u: Numbers, angle: Numbers, low: Numbers, high: Numbers
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """The next angles, which of them are final, and the narrower brackets."""
    x = _place(load, angle)
    error = 1.0 - _above(load, np.clip(x, *edges(load))) - u
    slope, bend = _slopes(load, angle, np.maximum(x, 1e-300))
    low, high = np.where(error < 0, angle, low), np.where(error < 0, high, angle)
    with np.errstate(all="ignore"):
        newton = error / slope
        new = angle - newton / (1.0 - 0.5 * newton * bend)
    inside = (new > low) & (new < high)
    new = np.where(inside, new, 0.5 * (low + high))
    done = (np.abs(error) < 1e-15) | (high - low <= 1e-15 * high)
    near = np.abs(new - angle) < CLOSE * np.minimum(new, np.pi - new)
    return np.where(done, angle, new), done | (inside & near), low, high
