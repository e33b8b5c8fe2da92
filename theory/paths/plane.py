"""The plane of probability paths: its metric, its length, and the straight chord that is the best path.

Whatever the data, the kinetic energy of X_t = a_t x₁ + m_t x₀ is ∫ Ṁ² + M² K(φ) φ̇² dt, M² = a² + m² and
tan φ = a/m: a flat metric, of polar coordinates M and Φ(φ) = ∫_0^φ √K (statement P2).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import bounded, integer, nonnegative, vector
from lingen.models.systems import PathEnergies, PathSchedule

__all__ = ["angles", "energies", "from_integrals", "metric", "root", "schedule"]

NODES = 513
_LEAST = 17
_QUARTER = np.pi / 2.0


@checked
def angles(count: int = NODES) -> Float[np.ndarray, "m"]:
    """Angles φ from 0 to π/2, dense at both ends, at which `energies` and `schedule` take K; s = tan φ.

    Args:
        count: of the angles, at least 17.
    """
    return _grid(integer("count", count, low=_LEAST, high=1 << 20))[0]


@checked
def metric(separation: ArrayLike, s: ArrayLike) -> Float[Array, "..."]:
    """K = λ(1+s²) − s² of a separation λ at s = a/m; the two broadcast.

    Raises:
        ValueError: if a separation is not between 0 and 1 or an s negative.
    """
    return _metric(bounded("separation", separation, 0.0, 1.0), nonnegative("s", s))


@jax.jit
def _metric(known: Array, s: Array) -> Array:
    squared = jnp.minimum(s, 1e150) ** 2
    return jnp.where(known == 1.0, 1.0, jnp.clip(known - squared * (1.0 - known), 0.0, 1.0))


@checked
def energies(metric: ArrayLike) -> PathEnergies:
    """The energies of the best path, of conditional optimal transport, and of variance-preserving paths.

    With Φ₁ = ∫ √K dφ: optimal 4 sin²(Φ₁/2), conditional 2 − ∫_0^∞ (1−λ) ds = 2 − π/2 + ∫ K dφ, preserving
    (the best one with a² + m² = 1) Φ₁², trigonometric (a = sin πt/2) (π/2) ∫ K dφ.

    Args:
        metric: K at `angles(m)`, shape (..., m), m >= 17.

    Raises:
        ValueError: if a K is not between 0 and 1, or there are too few.

    Source: derived in docs/derivations (statement P2).
    """
    return _energies(_on_grid(metric))


@jax.jit
def _energies(known: Array) -> PathEnergies:
    weight = _grid(known.shape[-1])[1]
    return from_integrals(root(known) @ weight, known @ weight)


@checked
def schedule(metric: ArrayLike, times: ArrayLike) -> PathSchedule:
    """The kinetic optimal a_t = M sin φ and m_t = M cos φ: (M cos Φ, M sin Φ) = (1−t+t cos Φ₁, t sin Φ₁).

    To about 1e-5 from 513 angles: between them φ is interpolated.

    Args:
        metric: K at `angles(m)`, shape (m,), m >= 17.
        times: t in [0, 1], any shape.

    Raises:
        ValueError: as `energies`, or for a time out of range.

    Source: derived in docs/derivations (statement P2).
    """
    return _schedule(_on_grid(vector("metric", metric)), bounded("times", times, 0.0, 1.0))


@jax.jit
def _schedule(known: Array, t: Array) -> PathSchedule:
    phi, weight = _grid(known.size)
    lengths = _running(root(known) * weight)
    across, along = t * jnp.sin(lengths[-1]), 1.0 - t + t * jnp.cos(lengths[-1])
    flat = lengths[-1] <= 0.0  # any φ will do where none costs
    wanted = jnp.sqrt(jnp.clip(jnp.arctan2(across, along), 0.0, lengths[-1]))
    # √Φ is smooth in φ where K begins like φ², as it does for centred data
    inside = jnp.interp(wanted, jnp.sqrt(lengths), phi)
    angle = jnp.where(flat | (t == 0.0) | (t == 1.0), t * _QUARTER, inside)
    radius = jnp.where(flat, 1.0, jnp.hypot(across, along))
    return PathSchedule(radius * jnp.sin(angle), radius * jnp.cos(angle))


@checked
def from_integrals(length: Array, area: Array) -> PathEnergies:
    """`energies` of Φ₁ = ∫√K dφ and of ∫K dφ."""
    best = 4.0 * jnp.sin(length / 2.0) ** 2
    return PathEnergies(best, 2.0 - _QUARTER + area, length**2, _QUARTER * area)


@checked
def root(metric: Array) -> Array:
    """√K, of derivative 0 where K is 0."""
    return jnp.where(metric > 0, jnp.sqrt(jnp.where(metric > 0, metric, 1.0)), 0.0)


def _grid(count: int) -> tuple[np.ndarray, np.ndarray]:
    """φ = (π/2)(u − sin 2πu/2π), u even on [0, 1], and the weights of a trapezoid rule in u."""
    u = np.linspace(0.0, 1.0, count)
    phi = _QUARTER * (u - np.sin(2.0 * np.pi * u) / (2.0 * np.pi))
    phi[-1] = _QUARTER
    return phi, _QUARTER * 2.0 * np.sin(np.pi * u) ** 2 / (count - 1)


def _on_grid(metric: ArrayLike) -> Array:
    known = bounded("metric", metric, 0.0, 1.0)
    if known.ndim == 0 or known.shape[-1] < _LEAST:
        raise ValueError(
            f"metric must have at least {_LEAST} angles on its last axis, got shape {known.shape}"
        )
    return known


def _running(terms: Float[Array, "m"]) -> Float[Array, "m"]:
    """The integral from the first node on, by cubic Hermite steps: never decreasing."""
    slope = jnp.asarray(jnp.gradient(terms))
    steps = (terms[1:] + terms[:-1]) / 2.0 - (slope[1:] - slope[:-1]) / 12.0
    return jnp.concatenate([jnp.zeros(1), jnp.cumsum(jnp.maximum(steps, 0.0))])
