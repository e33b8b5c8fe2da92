"""Images of a power, drawn pixel by pixel, and the frequencies of a real transform that they are drawn at."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jaxtyping import Float, Key

from lingen.boundary import checked
from lingen.models.images.stationary import self_conjugate

__all__ = ["filtered", "multiplicity"]


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
