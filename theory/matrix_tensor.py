"""Unfolding of the nested matrix–tensor model: M = β_M xyᵀ + Z/√n_M, T = β_T M⊗z + W/√n_T, unit x, y, z.

The sizes are n₁, n₂, n₃ of x, y, z, n_M = n₁+n₂, n_T = n₁+n₂+n₃, noise N(0, 1); ŷ is the leading left
singular vector of the n₂ × n₁n₃ unfolding T₂. With z turned to an axis one slice carries the signal and noise
of variance v₁ = β_T²/n_M + 1/n_T, the others noise of variance v₀ = 1/n_T: with N₁ = n₁n₂, N₀ = n₁(n₃−1)n₂,
k = β_T²β_M², u = k + v₁n₂,

    ψ(u) = u + v₁n₁u/(u−v₁n₂) + v₀n₁(n₃−1)u/(u−v₀n₂),    ψ'(u) = 1 − v₁²N₁/(u−v₁n₂)² − v₀²N₀/(u−v₀n₂)²,

the outlier of T₂T₂ᵀ sits at ψ(u) and Q = (ŷ·y)² = (k/u) ψ'(u) where ψ'(u) > 0; else Q = 0 and the largest
eigenvalue is the bulk's edge ψ(u_e), ψ'(u_e) = 0. The form holds at every n₃ as n₁, n₂ → ∞.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_hand, at_least, positive, representable
from lingen.models.systems import MatrixTensor

__all__ = ["limit", "predict", "tensor_strength", "threshold"]

BISECTIONS = 80


class _Unfolding(NamedTuple):
    """The two noise levels and the signal of T₂T₂ᵀ."""

    n1: Array
    n2: Array
    others: Array
    """n₁(n₃−1) columns of noise."""
    v1: Array
    v0: Array
    signal: Array

    def outlier(self, u: Array) -> Array:
        """ψ(u)."""
        one, zero = (
            self.v1 * self.n1 / (u - self.v1 * self.n2),
            self.v0 * self.others / (u - self.v0 * self.n2),
        )
        return u * (1.0 + one + zero)

    def slope(self, u: Array) -> Array:
        """ψ'(u)."""
        one = self.v1**2 * self.n1 * self.n2 / (u - self.v1 * self.n2) ** 2
        return 1.0 - one - self.v0**2 * self.others * self.n2 / (u - self.v0 * self.n2) ** 2


@checked
def tensor_strength(
    ratio: ArrayLike, rows: ArrayLike, columns: ArrayLike, slices: ArrayLike
) -> Float[Array, "..."]:
    """β_T² = ρ √(n₁n₂n₃)/n_T; arguments as for `predict`."""
    n1, n2, n3 = (
        at_least(name, value, 1.0)
        for name, value in (("rows", rows), ("columns", columns), ("slices", slices))
    )
    return _tensor_strength(positive("ratio", ratio), n1, n2, n3)


@jax.jit
def _tensor_strength(ratio: Array, n1: Array, n2: Array, n3: Array) -> Array:
    return ratio * jnp.sqrt(n1) * jnp.sqrt(n2) * jnp.sqrt(n3) / (n1 + n2 + n3)


@checked
@representable
def predict(
    strength: ArrayLike, ratio: ArrayLike, rows: ArrayLike, columns: ArrayLike, slices: ArrayLike
) -> MatrixTensor:
    """Q and the largest eigenvalue of T₂T₂ᵀ, for n₁, n₂ → ∞ at any n₃.

    Args:
        strength: β_M > 0, any shape.
        ratio: ρ = β_T² n_T/√(n₁n₂n₃) > 0; broadcasts.
        rows: n₁ >= 1; broadcasts.
        columns: n₂ >= 1; broadcasts.
        slices: n₃ >= 1; broadcasts.

    Raises:
        ValueError: for a number out of range.

    Source: derived (docs/derivations, T1); the model is that of Lebeau, Seddik & Goulart (2024).
    """
    tensor = tensor_strength(ratio, rows, columns, slices)
    n1, n2, n3 = (jnp.asarray(value, float) for value in (rows, columns, slices))
    return _predict(positive("strength", strength), tensor, n1, n2, n3)


@jax.jit
def _predict(strength: Array, tensor: Array, n1: Array, n2: Array, n3: Array) -> MatrixTensor:
    noise = 1.0 / (n1 + n2 + n3)
    signal = tensor * strength**2
    model = _Unfolding(n1, n2, n1 * (n3 - 1.0), tensor / (n1 + n2) + noise, noise, signal)
    u = signal + model.v1 * n2
    found = signal / u * jnp.maximum(model.slope(u), 0.0)
    edge = jax.lax.stop_gradient(_edge(model))  # where ψ is stationary
    return MatrixTensor(found, model.outlier(jnp.maximum(u, edge)))


def _edge(model: _Unfolding) -> Array:
    """The root of ψ' above the noise; v₁ > v₀, and ψ' rises from −∞ to 0 and beyond within the bracket."""
    low = model.v1 * model.n2
    width = jnp.sqrt(2.0 * jnp.maximum(model.v1**2 * model.n1, model.v0**2 * model.others) * model.n2)

    def halve(_: int, ends: tuple[Array, Array]) -> tuple[Array, Array]:
        below, above = ends
        middle = 0.5 * (below + above)
        beyond = model.slope(middle) > 0.0
        return jnp.where(beyond, below, middle), jnp.where(beyond, middle, above)

    return jax.lax.fori_loop(0, BISECTIONS, halve, (low, low + width))[1]


@checked
def limit(strength: ArrayLike, ratio: ArrayLike, share: ArrayLike = 0.5) -> Float[Array, "..."]:
    """Q for n₁, n₂, n₃ → ∞ together, approached as n^{−1/2} only.

    Q = [b² − c₁c₂ − b²/(ρ²(b+c₂)²)]/(b(b+c₂)), b = β_M²; 0 below the threshold; ρ → ∞ is the alignment of M.

    Args:
        strength: β_M > 0, any shape.
        ratio: ρ > 0; broadcasts.
        share: c₂ = n₂/(n₁+n₂) in (0, 1); broadcasts.

    Raises:
        ValueError: for a number out of range.

    Source: as for `predict`.
    """
    return _limit(positive("strength", strength), positive("ratio", ratio), _share(share))


@jax.jit
def _limit(strength: Array, rho: Array, c2: Array) -> Array:
    b = strength**2
    top = 1.0 - c2 * (1.0 - c2) / b / b - 1.0 / (rho * (b + c2)) / (rho * (b + c2))
    return jnp.maximum(top, 0.0) / (1.0 + c2 / b)


@checked
def threshold(strength: ArrayLike, share: ArrayLike = 0.5) -> Float[Array, "..."]:
    """ρ_c = 1/((b+c₂)√(1 − c₁c₂/b²)), from which on y is found in the limit; arguments as for `limit`.

    Raises:
        ValueError: for a number out of range, or b² <= c₁c₂: M hides y then, whatever ρ.
    """
    theta, c2 = positive("strength", strength), _share(share)
    return _threshold(theta, c2, positive("strength**4 − c₁c₂", _visible(theta, c2)))


@jax.jit
def _visible(strength: Array, c2: Array) -> Array:
    return strength**4 - c2 * (1.0 - c2)


@jax.jit
def _threshold(strength: Array, c2: Array, visible: Array) -> Array:
    b = strength**2
    return b / ((b + c2) * jnp.sqrt(visible))


def _share(share: ArrayLike) -> Array:
    c2 = positive("share", share)
    positive("1 − share", 1.0 - at_hand(c2))
    return c2
