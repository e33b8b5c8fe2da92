"""Kernels of r taps fitted to a mean periodogram, and flows of them, by r × r solves."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from flax import struct
from jax import Array
from jaxtyping import Float

from lingen.boundary import checked
from lingen.models.images.stationary import window

__all__ = ["Kernels", "kernels"]

LEVELS = 64
"""Gauss–Legendre nodes in the logarithm of the noise: round-off for spans up to e^25."""


@struct.dataclass
class Kernels:
    """The window of r taps, as tables."""

    shape: tuple[int, ...] = struct.field(pytree_node=False)
    centre: int = struct.field(pytree_node=False)
    offsets: Array
    differences: Array

    def autocovariance(self, periodogram: Float[Array, "..."]) -> Float[Array, "d"]:
        """ĉ at every offset: the mean of x_i x_{i+j} over images and positions."""
        axes = tuple(range(len(self.shape)))
        return jnp.fft.irfftn(periodogram, self.shape, axes).reshape(-1)

    def denoiser(self, covariance: Float[Array, "d"], noise: Float[Array, ""]) -> Float[Array, "..."]:
        """The transfer function of the least-squares kernel (Ĉ_W+s)⁻¹ĉ_W."""
        matrix = covariance[self.differences] + noise * jnp.eye(self.offsets.size)
        kernel = jnp.linalg.solve(matrix, covariance[self.offsets])
        placed = jnp.zeros(int(np.prod(self.shape))).at[self.offsets].add(kernel)
        return jnp.fft.rfftn(placed.reshape(self.shape)).real

    def flow(
        self, covariance: Float[Array, "d"], low: Float[Array, ""], high: Float[Array, ""]
    ) -> Float[Array, "..."]:
        """√s₁ exp(−∫ (1−A_s) ds/2s) from s₀ to s₁, the kernel fitted anew at every s."""
        node, weight = np.polynomial.legendre.leggauss(LEVELS)
        half = (jnp.log(high) - jnp.log(low)) / 2.0

        def add(total: Array, at: tuple[Array, Array]) -> tuple[Array, None]:
            noise = low * jnp.exp(half * (1.0 + at[0]))
            return total + half * at[1] * (1.0 - self.denoiser(covariance, noise)) / 2.0, None

        start = jnp.zeros((*self.shape[:-1], self.shape[-1] // 2 + 1))
        return jnp.sqrt(high) * jnp.exp(
            -jax.lax.scan(add, start, (jnp.asarray(node), jnp.asarray(weight)))[0]
        )


@checked
def kernels(taps: int, shape: tuple[int, ...]) -> Kernels:
    """The window of `taps` pixels a side; errors as `lingen.models.images.stationary.window`."""
    table = window(taps, shape)
    centre = int(np.flatnonzero(table.offsets == 0)[0])
    return Kernels(shape, centre, jnp.asarray(table.offsets), jnp.asarray(table.differences))
