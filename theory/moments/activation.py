"""What of an activation φ matters to random features: Gaussian moments of φ and of φ smoothed by noise.

With ψ(u) = E φ(u+√s z), z ~ N(0, 1), and u ~ N(0, σ): μ₁ = E ψ', v² = E ψ² − μ₁² σ, c = E φ² − E ψ² − s μ₁².
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import positive, representable
from lingen.theory.numerics.quadrature import hermite

__all__ = ["Constants", "constants"]

_NODES = 80


class Constants(NamedTuple):
    """What of the activation matters."""

    slope: Float[Array, ""]
    """μ₁ = E φ'."""
    memory: Float[Array, ""]
    """v²: the variance of ψ beyond its linear part."""
    rest: Float[Array, ""]
    """c: what the noise alone adds to the features."""


@checked
@representable
def constants(activation: Callable[[Array], Array], variance: ArrayLike, noise: ArrayLike) -> Constants:
    """μ₁, v² and c by Gauss–Hermite quadrature.

    Args:
        activation: φ, odd and smooth, elementwise.
        variance: τ(Σ) > 0.
        noise: s > 0.

    Raises:
        ValueError: if a number is not positive or φ is not odd.
    """
    variance, noise = positive("variance", variance), positive("noise", noise)
    with jax.ensure_compile_time_eval():
        probe = np.linspace(0.1, 3.0, 7)
        below, above = np.split(np.asarray(activation(jax.device_put(np.append(-probe, probe)))), 2)
    if not np.allclose(below, -above, rtol=1e-9, atol=1e-12):
        raise ValueError(f"activation must be odd, got {activation!r}")
    # the activation is no part of the programs, which a new one at every call would have compiled again
    return _constants(*map(activation, _points(variance, noise)), variance, noise)


@jax.jit
def _points(variance: Array, noise: Array) -> tuple[Array, Array]:
    """√(σ+s) z, and √σ z + √s z' at every pair."""
    node, _ = hermite(_NODES)
    return jnp.sqrt(variance + noise) * node, jnp.sqrt(variance) * node[:, None] + jnp.sqrt(noise) * node


@jax.jit
def _constants(value: Array, pairs: Array, variance: Array, noise: Array) -> Constants:
    node, weight = hermite(_NODES)
    slope = (value * node) @ weight / jnp.sqrt(variance + noise)  # E φ' by Stein
    seen = (pairs @ weight) ** 2 @ weight
    return Constants(slope, seen - slope**2 * variance, value**2 @ weight - seen - noise * slope**2)
