"""Images of a power, drawn pixel by pixel, and the frequencies of a real transform that they are drawn at."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jaxtyping import Float, Key

from lingen.boundary import checked
from lingen.models.images.stationary import self_conjugate

__all__ = ["AtFrequencies", "filtered", "multiplicity", "periodogram"]


class AtFrequencies:
    """What has a power at all frequencies, given at those of a real transform."""

    power: Float[Array, "..."]

    @property
    def half(self) -> Float[Array, "..."]:
        """The power at the frequencies of a real transform."""
        return self.power[..., : self.power.shape[-1] // 2 + 1]

    @property
    def multiplicity(self) -> np.ndarray:
        """How many frequencies each of them stands for along the last axis, one or two."""
        return multiplicity(self.power.shape[-1])

    def total(self, values: Float[Array, "..."]) -> Float[Array, ""]:
        """The mean over all frequencies of values at these."""
        return jnp.sum(self.multiplicity * values) / self.power.size


@checked
def periodogram(pixels: Float[Array, "n ..."]) -> Float[Array, "..."]:
    """The mean periodogram of images, at the frequencies of a real transform."""
    axes = tuple(range(1, pixels.ndim))
    return jnp.mean(jnp.abs(jnp.fft.rfftn(pixels, axes=axes, norm="ortho")) ** 2, axis=0)


@checked
def filtered(
    key: Key[Array, ""], count: int, gain: Float[Array, "..."], shape: tuple[int, ...]
) -> Float[Array, "n ..."]:
    """White images of this shape, given the gain √p_k at each frequency of a real transform."""
    axes = tuple(range(1, len(shape) + 1))
    white = jnp.fft.rfftn(jr.normal(key, (count, *shape)), axes=axes)
    return jnp.fft.irfftn(white * gain, shape, axes)


@checked
def multiplicity(side: int) -> np.ndarray:
    """How many frequencies each of a real transform stands for along its last axis, one or two."""
    return np.where(self_conjugate((side,))[: side // 2 + 1], 1.0, 2.0)
