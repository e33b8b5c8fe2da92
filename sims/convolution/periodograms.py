"""The mean periodogram p̂_k of n drawn images, all that a convolutional model learns of them.

By drawing the images, or by drawing what their periodograms are: independent p_k χ²_{2n}/2n, and p_k χ²_n/n
where k = −k. One compilation serves every n. Frequencies are those of a real transform, half of the last
axis.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from flax import struct
from jax import Array
from jaxtyping import Float, Key

from lingen.boundary import checked
from lingen.models.images.stationary import self_conjugate
from lingen.sims.convolution.pixels import AtFrequencies

__all__ = ["Images", "images"]

PIXELS = 2**10
"""Drawn at a time."""


@struct.dataclass
class Images(AtFrequencies):
    """What draws the mean periodogram of n images."""

    power: Float[Array, "..."]
    """p_k at all frequencies."""
    samples: Float[Array, ""]
    """n."""
    pixels: bool = struct.field(pytree_node=False)
    """Whether the images are drawn themselves."""

    def periodogram(self, key: Key[Array, ""]) -> Float[Array, "..."]:
        """One draw of p̂_k."""
        return _of_pixels(self, key) if self.pixels else _of_gammas(self, key)

    def pair(self, key: Key[Array, ""]) -> list[Float[Array, "..."]]:
        """Of two models, of images of their own."""
        return [self.periodogram(k) for k in jr.split(key)]


@checked
def images(power: Float[Array, "..."], samples: Array, method: str) -> Images:
    """Images of this power; `method` is "images" or "periodograms"."""
    return Images(power, samples, method == "images")


def _of_pixels(source: Images, key: Key[Array, ""]) -> Array:
    """White noise, filtered and transformed, a few images at a time."""
    shape = source.power.shape
    batch = max(1, PIXELS // source.power.size)
    transform = partial(jnp.fft.rfftn, axes=tuple(range(1, len(shape) + 1)), norm="ortho")

    def add(state: tuple[Array, Array]) -> tuple[Array, Array]:
        number, total = state
        white = jr.normal(jr.fold_in(key, number), (batch, *shape))
        there = (number * batch + jnp.arange(batch) < source.samples).astype(float)
        spectra = jnp.abs(transform(white) * jnp.sqrt(source.half)) ** 2
        return number + 1, total + jnp.tensordot(there, spectra, 1)

    more = lambda state: state[0] * batch < source.samples  # noqa: E731
    return (
        jax.lax.while_loop(more, add, (jnp.zeros((), int), jnp.zeros(source.half.shape)))[1] / source.samples
    )


def _of_gammas(source: Images, key: Key[Array, ""]) -> Array:
    """Of each pair k, −k the same number."""
    shape = source.power.shape
    index = np.arange(source.power.size).reshape(shape)
    axes = tuple(range(len(shape)))
    first = np.minimum(index, np.roll(np.flip(index, axes), 1, axes))[..., : shape[-1] // 2 + 1]
    halves = np.where(self_conjugate(shape), 0.5, 1.0).ravel()[first]
    drawn = jr.gamma(key, source.samples * halves) / (source.samples * halves)
    place = np.full(index.size, -1)
    place[first.ravel()[::-1]] = np.arange(first.size)[::-1]
    return source.half * drawn.ravel()[place[first]]
