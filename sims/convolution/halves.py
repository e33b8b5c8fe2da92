"""The mean periodograms of two disjoint random halves of given images."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from flax import struct
from jax import Array
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import checked
from lingen.checks import finite, integer
from lingen.models.images.stationary import power_of_images
from lingen.sims.convolution.pixels import AtFrequencies

__all__ = ["Halves", "halves"]


@struct.dataclass
class Halves(AtFrequencies):
    """What draws two disjoint sets of n of N images."""

    power: Float[Array, "..."]
    """Mean periodogram of all of them, at all frequencies."""
    spectra: Float[Array, "N ..."]
    """Periodogram of each, at the frequencies of a real transform."""
    samples: Float[Array, ""]
    """n."""

    def pair(self, key: Key[Array, ""]) -> list[Float[Array, "..."]]:
        """The mean periodograms of two disjoint sets."""
        rank = jr.permutation(key, self.spectra.shape[0])
        chosen = rank < self.samples, (self.samples <= rank) & (rank < 2.0 * self.samples)
        return [jnp.tensordot(which.astype(float), self.spectra, 1) / self.samples for which in chosen]


@checked
def halves(images: ArrayLike, samples: int) -> Halves:
    """Of images of shape (N, d) or (N, d₁, d₂), `samples` for each half.

    Raises:
        ValueError: for another shape, fewer than two images, or more samples than N/2.
    """
    array = finite("images", images)
    power = power_of_images(array)
    if len(array) < 2:
        raise ValueError(f"images must hold at least two images for disjoint halves, got {len(array)}")
    count = integer("samples", samples, low=1, high=len(array) // 2)
    axes = tuple(range(1, array.ndim))
    spectra = np.abs(np.fft.rfftn(np.asarray(array), axes=axes, norm="ortho")) ** 2
    return Halves(power, jnp.asarray(spectra), jnp.asarray(float(count)))
