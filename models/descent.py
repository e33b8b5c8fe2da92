"""The linear denoiser after T steps of gradient descent, as a filter: g(λ) = λ/(λ+s) (1 − (1−2η(λ+s))^T).

It is the discrete twin of `lingen.models.filters.EarlyStopped`, which it tends to for η → 0 at fixed t = ηT.
"""

from __future__ import annotations

from typing import Any

import jax.numpy as jnp
from flax import struct
from jax import Array
from jaxtyping import ArrayLike

from lingen.boundary import checked
from lingen.checks import integer, is_traced, positive
from lingen.models.filter_base import Filter

__all__ = ["Descent", "descent"]


@struct.dataclass
class Descent(Filter):
    """g = λ/(λ+s) (1 − (1−2η(λ+s))^T): T steps of size η on E‖W(x+√s z) − x‖² from W = 0."""

    negative = False

    steps: Any
    rate: Any
    noise: Any

    @property
    def singularity(self) -> ArrayLike:
        """The power grows fast beyond a distance 1/(ηT) from the spectrum: contours stay within it."""
        return jnp.minimum(jnp.asarray(self.noise, float), 1.0 / (self.rate * self.steps))

    def __call__(self, eigenvalues: Any) -> Array:  # noqa: D102
        total = eigenvalues + self.noise
        left = 1.0 - 2.0 * self.rate * total
        real = not jnp.iscomplexobj(left)
        kept = jnp.power(left, self.steps) if real else jnp.exp(self.steps * jnp.log(left))
        return eigenvalues * (1.0 - kept) / total


@checked
def descent(steps: int, rate: ArrayLike, noise: ArrayLike) -> Descent:
    """g(λ) = λ/(λ+s) (1 − (1−2η(λ+s))^T), T = `steps`, η = `rate` > 0 in units of inverse variance."""
    steps = steps if is_traced(steps) else integer("steps", steps, low=1)
    return Descent(steps, positive("rate", rate), positive("noise", noise))
