"""Local denoisers measured: every pixel regressed on its own window of drawn images, two sets of them.

Images are drawn on the whole ring or torus, and the regressions of several pixels solved, r × r each. Given
the two sets of images the expectation over noisy inputs is exact.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from flax import struct
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Int, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, known, positive, room
from lingen.models.images.stationary import Convolved, check_power, window
from lingen.sims.convolution.pixels import filtered
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "sampler"]


@checked
@at_once
def sampler(
    power: ArrayLike, samples: int, taps: int, noise: ArrayLike, pixels: int | None = None
) -> Partial:
    """A draw of two local denoisers of n images each: a function of a key, to be given to `ensemble`.

    Args:
        power: p_k on a ring, shape (d,), or a torus, shape (d₁, d₂), even.
        samples: n >= 1.
        taps: pixels along a side of the window, odd, or all of the image.
        noise: s > 0, variance.
        pixels: how many pixels are fitted, spread evenly over the image; when absent d/r, rounded up, whose
            windows hardly overlap.

    Raises:
        ValueError: for an argument out of range.
    """
    power = check_power("power", power)
    count = integer("samples", samples, low=1)
    level = positive("noise", known("noise", noise))
    table = window(integer("taps", taps, low=1), power.shape)
    least = -(-power.size // table.offsets.size)
    fitted = least if pixels is None else integer("pixels", pixels, low=1, high=power.size)
    room("samples", count, 3.0 * count * power.size)
    room("taps", taps, 4.0 * table.offsets.size**2)
    places = np.arange(fitted) * power.size // fitted
    images = FilteredImages(jnp.asarray(np.empty((count, 0))), power)
    covariance = jnp.fft.ifftn(power).real.reshape(-1)[table.differences]
    centre = jnp.asarray(int(np.flatnonzero(table.offsets == 0)[0]))
    windows = jnp.asarray(np.stack([_moved(table.offsets, int(place), power.shape) for place in places]))
    return Partial(_draw, images, windows, covariance, centre, level)


draw = draw_of(sampler, Convolved)


@struct.dataclass
class FilteredImages:
    """Images of a power."""

    samples: Array
    """An empty array of n rows, whose shape says how many."""
    power: Float[Array, "..."]

    def draw(self, key: Key[Array, ""]) -> Float[Array, "n d"]:
        """n of them."""
        count, shape = self.samples.shape[0], self.power.shape
        gain = jnp.sqrt(self.power)[..., : shape[-1] // 2 + 1]
        return filtered(key, count, gain, shape).reshape(count, -1)


def _moved(offsets: np.ndarray, place: int, shape: tuple[int, ...]) -> np.ndarray:
    """The pixels of the window around a place."""
    pairs = zip(np.unravel_index(offsets, shape), np.unravel_index(place, shape), strict=True)
    return np.ravel_multi_index(tuple(one + other for one, other in pairs), shape, mode="wrap")


def _draw(
    images: FilteredImages,
    windows: Int[Array, "m r"],
    covariance: Float[Array, "r r"],
    centre: Int[Array, ""],
    noise: Float[Array, ""],
    key: Key[Array, ""],
) -> Convolved:
    sets = [images.draw(k) for k in jr.split(key)]
    identity = jnp.eye(windows.shape[1])
    inputs = covariance + noise * identity

    def fitted(x: Array) -> Array:
        seen = x.T @ x / x.shape[0]
        return jnp.linalg.solve(seen + noise * identity, seen[:, centre])

    def compared(pixels: Array) -> tuple[Array, ...]:
        one, two = (fitted(x[:, pixels]) for x in sets)
        apart = one - two
        energies = jnp.stack([a @ inputs @ a for a in (one, two)])
        shared = covariance[centre] @ (one + two)
        energy = jnp.mean(energies)
        risk = covariance[centre, centre] - shared + energy
        return one @ inputs @ two, energy, apart @ inputs @ apart / 2.0, risk

    shared, energy, moved, risk = (jnp.mean(part) for part in jax.lax.map(compared, windows))
    return Convolved(shared, energy, moved, risk, None, None, None)
