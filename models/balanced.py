"""The filter of two linear layers trained from a balanced start, between rich and lazy learning."""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from flax import struct
from jax import Array
from jaxtyping import ArrayLike

from lingen.boundary import at_once, checked
from lingen.checks import positive
from lingen.models.filter_base import Filter

__all__ = ["Balanced", "balanced"]


@struct.dataclass
class Balanced(Filter):
    """g = a of the target λ/(λ+s) after the time (λ+s)t, ȧ = √(b²+4a²)(target − a): see `learnt_strength`.

    On the real axis alone: close to it g has poles, as sigmoids have, so no contour may be drawn.
    """

    negative = False

    time: Any
    balance: Any
    noise: Any

    def __call__(self, eigenvalues: Any) -> Array:  # noqa: D102
        total = eigenvalues + self.noise
        return learnt_strength(eigenvalues / total, total * self.time, self.balance)


@checked
@at_once
def balanced(time: ArrayLike, balance: ArrayLike, noise: ArrayLike) -> Balanced:
    """Two layers after the time t > 0 from a balanced start b > 0, on inputs of noise variance s > 0 (G5)."""
    return Balanced(positive("time", time), positive("balance", balance), positive("noise", noise))


def learnt_strength(target: Array, time: Array, balance: Array) -> Array:
    """a(t) of ȧ = √(b²+4a²)(s − a) from a = 0, in the form of `lingen.theory.balanced_flow`."""
    u = jnp.arcsinh(2.0 * target / balance)
    left = jnp.hypot(balance, 2.0 * target) * time
    more = -jnp.expm1(u) * jnp.expm1(-left) / (1.0 + jnp.exp(u - left) * jnp.tanh(u / 2.0))
    return balance / 4.0 * more * (2.0 + more) / (1.0 + more)
