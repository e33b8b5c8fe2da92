"""The linear denoiser after T steps of gradient descent, as a filter: g(λ) = λ/(λ+s) (1 − (1−2η(λ+s))^T).

It is the discrete twin of `lingen.models.filters.EarlyStopped`, which it tends to for η → 0 at fixed t = ηT.
Beside it stands the filter of two layers trained from a balanced start, between rich and lazy learning.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from flax import struct
from jax import Array
from jaxtyping import ArrayLike

from lingen.boundary import at_once, checked
from lingen.checks import integer, is_traced, positive
from lingen.models.filter_base import Filter

__all__ = ["Balanced", "Descent", "balanced", "descent", "lost"]


@struct.dataclass
class Descent(Filter):
    """g = λ/(λ+s) (1 − (1−2η(λ+s))^T): T steps of size η on E‖W(x+√s z) − x‖² from W = 0."""

    negative = False

    steps: Any
    rate: Any
    noise: Any

    def __call__(self, eigenvalues: Any) -> Array:  # noqa: D102
        total = eigenvalues + self.noise
        return eigenvalues * lost(2.0 * self.rate * total, self.steps) / total


@checked
@at_once
def descent(steps: int, rate: ArrayLike, noise: ArrayLike) -> Descent:
    """g(λ) = λ/(λ+s) (1 − (1−2η(λ+s))^T), T = `steps`, η = `rate` > 0 in units of inverse variance."""
    steps = steps if is_traced(steps) else integer("steps", steps, low=1)
    return Descent(steps, positive("rate", rate), positive("noise", noise))


@checked
def lost(decrement: Any, steps: Any) -> Array:
    """1 − (1−x)^T of a decrement x, real or complex, to round-off for small x; T whole where x > 1."""
    x = jnp.asarray(decrement)
    if jnp.iscomplexobj(x):
        return -jnp.expm1(steps * jnp.log1p(-x))
    small = jnp.abs(x) < 0.5
    slow = -jnp.expm1(steps * jnp.log1p(-jnp.where(small, x, 0.0)))
    return jnp.where(small, slow, 1.0 - jnp.power(jnp.where(small, 1.0, 1.0 - x), steps))


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
