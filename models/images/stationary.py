"""Stationary images: what a power spectrum on a ring or torus is, and the window of a convolution there.

Images x ~ N(0, C) of d pixels, periodic, C circulant: the autocovariance c(j) = E x_i x_{i+j} is all of the
law, and so is its Fourier transform, the power p_k = Σ_j c(j) e^{−2πi jk/d}, the eigenvalues of C.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import bounded, finite, integer, is_traced, length, nonnegative, positive, vector

__all__ = [
    "Convolved",
    "Window",
    "check_cell",
    "check_power",
    "check_span",
    "markov",
    "power_of",
    "power_of_images",
    "self_conjugate",
    "window",
]

EVEN = 1e-6
"""How far a power may be from p_k = p_{−k}, relatively to its largest value."""


class Convolved(NamedTuple):
    """Two convolutional models of disjoint images, per pixel; exact in the seed or in the noisy inputs."""

    shared: Float[Array, "..."]
    """E⟨x̂₁,x̂₂⟩/d, x̂ᵢ the two outputs for one input: q = E shared / E energy."""
    energy: Float[Array, "..."]
    """E‖x̂‖²/d, the mean of the two."""
    disagreement: Float[Array, "..."]
    """E‖x̂₁−x̂₂‖²/2d: 1 − q = E disagreement / E energy, without loss of digits."""
    test_risk: Float[Array, "..."] | None
    """E‖x̂−x‖²/d of a denoiser for a fresh image, the mean of the two; None of a sampler."""
    train_risk: Float[Array, "..."] | None
    """The same for a training image, with fresh noise, less the chance error of the best denoiser."""
    trained: Float[Array, "..."] | None
    """E⟨x̂,x_a⟩²/d of a sample x̂ with a training image x_a; None of a denoiser or of r taps."""
    fresh: Float[Array, "..."] | None
    """The same with a fresh image."""


class Window(NamedTuple):
    """The r offsets of a convolution, as tables of flat indices of the ring or torus."""

    offsets: np.ndarray
    """Of each tap, shape (r,)."""
    differences: np.ndarray
    """Of offset i less offset j, shape (r, r)."""
    sums: np.ndarray
    """Of offset i and offset j, shape (r, r)."""
    reach: np.ndarray
    """Half the width that a window must have to hold each tap, shape (r,)."""


@checked
def check_power(name: str, power: ArrayLike) -> Float[Array, "..."]:
    """A power spectrum as an array of one or two axes; `ValueError` for what no real stationary image has."""
    array = nonnegative(name, power)
    if array.ndim not in (1, 2) or array.size == 0:
        raise ValueError(f"{name} must have one axis (a ring) or two (a torus), got shape {array.shape}")
    if is_traced(array):
        return array
    known = np.asarray(array)
    largest = known.max()
    if largest == 0:
        raise ValueError(f"{name} must hold at least one positive number, got none")
    if np.max(np.abs(known - _reflected(known))) > EVEN * largest:
        raise ValueError(f"{name} must be even, p_k = p_−k, as that of real images is, got one that is not")
    return array


@checked
def check_cell(cell: int, shape: tuple[int, ...]) -> int:
    """The pixels along a side of a cell; `ValueError` unless they divide every side of the image."""
    width = integer("cell", cell, low=1)
    if any(side % width for side in shape):
        sides = " × ".join(map(str, shape))
        raise ValueError(f"cell must divide every side of the image of {sides} pixels, got {cell}")
    return width


@checked
def check_span(span: Sequence[float]) -> Float[Array, "2"]:
    """The least and the largest noise variance of a flow; `ValueError` unless 0 < least < largest."""
    ends = vector("span", positive("span", span))
    if ends.shape != (2,) or ends[0] >= ends[1]:
        raise ValueError(f"span must be two increasing numbers, got {span}")
    return ends


@checked
def power_of(autocovariance: ArrayLike) -> Float[Array, "..."]:
    """p_k = Σ_j c(j) e^{−2πi jk/d} of c(j) at all offsets j = 0..d−1, on a ring or torus.

    Raises:
        ValueError: for other than one or two axes; `check_power` tells whether it is a spectrum.
    """
    array = finite("autocovariance", autocovariance)
    if array.ndim not in (1, 2) or array.size == 0:
        raise ValueError(f"autocovariance must have one axis or two, got shape {array.shape}")
    return jnp.fft.fftn(array).real


@checked
def markov(correlation: ArrayLike, dim: int) -> Float[Array, "dim"]:
    """Power on a ring of c(j) = Σ_m ρ^{|j+md|}, of variance near 1: (1−ρ²)/(1−2ρcos(2πk/d)+ρ²), |ρ| < 1.

    Raises:
        ValueError: if the correlation is not within (−1, 1), or the ring does not fit the memory.
    """
    rho = bounded("correlation", correlation, -1.0, 1.0)
    if rho.ndim or (not is_traced(rho) and abs(float(rho)) == 1.0):
        raise ValueError(f"correlation must be one number between -1 and 1, got {correlation}")
    angle = 2.0 * jnp.pi * jnp.arange(length("dim", dim, low=1)) / dim
    return (1.0 - rho**2) / ((1.0 - rho) ** 2 + 2.0 * rho * (1.0 - jnp.cos(angle)))


@checked
def power_of_images(images: ArrayLike) -> Float[Array, "..."]:
    """The mean periodogram |x̃_k|² (unitary) of images, shape (n, d) or (n, d₁, d₂): Ĉ of their circulant fit.

    Raises:
        ValueError: for other shapes.
    """
    array = finite("images", images)
    if array.ndim not in (2, 3) or array.size == 0:
        raise ValueError(f"images must have two axes or three, an image first, got shape {array.shape}")
    axes = tuple(range(1, array.ndim))
    return jnp.mean(jnp.abs(jnp.fft.fftn(array, axes=axes, norm="ortho")) ** 2, axis=0)


@checked
def self_conjugate(shape: tuple[int, ...]) -> np.ndarray:
    """Which frequencies are their own negatives (0, and d/2 of an even side): their modes are real."""
    index = np.arange(int(np.prod(shape))).reshape(shape)
    return index == _reflected(index)


@checked
def window(taps: int, shape: tuple[int, ...]) -> Window:
    """The window of `taps` pixels a side around a pixel; all pixels where `taps` is every side.

    Raises:
        ValueError: if `taps` is neither odd and at most the least side, nor every side.
    """
    whole = all(taps == side for side in shape)
    taps = integer("taps", taps, low=1)
    if not whole and (taps % 2 == 0 or taps > min(shape)):
        sides = " × ".join(map(str, shape))
        raise ValueError(f"taps must be odd and within the image of {sides} pixels, or all of it, got {taps}")
    line = np.arange(taps) - (taps - 1) // 2
    grid = np.stack(np.meshgrid(*[line] * len(shape), indexing="ij"), axis=-1).reshape(-1, len(shape))

    def flat(offsets: np.ndarray) -> np.ndarray:
        return np.ravel_multi_index(tuple(np.moveaxis(offsets % np.asarray(shape), -1, 0)), shape)

    one, other = grid[:, None], grid[None]
    reach = np.abs(grid).max(axis=1)
    return Window(flat(grid), flat(one - other), flat(one + other), reach)


def _reflected(array: np.ndarray) -> np.ndarray:
    """The values at −k."""
    axes = tuple(range(array.ndim))
    return np.roll(np.flip(array, axes), 1, axes)
