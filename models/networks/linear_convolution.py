"""A network of one linear convolution on a ring or torus: y ↦ a∗y, no bias, no activation."""

from __future__ import annotations

import jax.numpy as jnp
from flax import nnx
from jax import Array
from jaxtyping import Float

from lingen.models.images.stationary import window

__all__ = ["LinearConvolution"]


class LinearConvolution(nnx.Module):
    """r(y)_i = Σ_j a_j y_{i+j} over the offsets j of a window, from a = 0.

    Pixels beyond the border are those of the other side.

    Attributes:
        weight: a, shape (r,), in the order of `lingen.models.images.stationary.window`.
        shape: of an image, (d,) or (d₁, d₂).

    Raises:
        ValueError: for taps that are not odd, or do not fit the image.
    """

    def __init__(self, taps: int, shape: tuple[int, ...]):
        self.shape = tuple(shape)
        self.offsets = tuple(window(taps, self.shape).offsets.tolist())
        self.weight = nnx.Param(jnp.zeros(len(self.offsets)))

    @property
    def transfer(self) -> Float[Array, "..."]:
        """What it multiplies the real transform of an image by: A_k = Σ_j a_j e^{2πi jk/d}."""
        placed = jnp.zeros(self._pixels).at[jnp.asarray(self.offsets)].add(self.weight[...])
        return jnp.fft.rfftn(placed.reshape(self.shape)).conj()

    def __call__(self, images: Float[Array, "n ..."]) -> Float[Array, "n ..."]:
        """a∗y of each image."""
        axes = tuple(range(-len(self.shape), 0))
        return jnp.fft.irfftn(jnp.fft.rfftn(images, axes=axes) * self.transfer, self.shape, axes)

    @property
    def _pixels(self) -> int:
        pixels = 1
        for side in self.shape:
            pixels *= side
        return pixels
