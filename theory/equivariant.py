"""Linear models equivariant under shifts by a cell of w pixels: covariances averaged over shifts (V2).

With L = d/w cells, S is block-circulant: in each of L sectors of a Bloch phase it is a w × w complex Wishart
matrix of n samples, real in one or two of them. So a sector is a dense model at the load n/w, whatever L: an
average over shifts makes the cell the dimension, not the shifts samples. With channels and a stride w is
their product.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_least, integer, positive, single
from lingen.models.filters import Denoiser, Filter
from lingen.models.images.stationary import check_cell, check_power
from lingen.models.population import Population
from lingen.theory.convolution.noisy import spread
from lingen.theory.moments.functional import filter_moments

__all__ = ["disagreement", "overlap", "stationary_disagreement"]


@checked
def overlap(
    population: Population,
    samples: ArrayLike,
    cell: int,
    noise: ArrayLike | None = None,
    filter: Filter | None = None,
) -> Float[Array, "..."]:
    """q of two models trained on disjoint images; arguments, errors and source as in `disagreement`."""
    return 1.0 - disagreement(population, samples, cell, noise, filter)


@checked
def disagreement(
    population: Population,
    samples: ArrayLike,
    cell: int,
    noise: ArrayLike | None = None,
    filter: Filter | None = None,
) -> Float[Array, "..."]:
    """1 − q of two models of n images of independent cells: that of a dense model of a cell, at the load n/w.

    Σ_k w_k (E[g²]_k − ḡ_k²) / Σ_k w_k E[g²]_k of a sampler; for a denoiser, given noisy inputs of variance
    σ_k + s, `lingen.theory.convolution.noisy`. Right to O(1/w²) + O(1/d).

    Args:
        population: bulk law of the covariance of a cell.
        samples: n > 0 images of each model, any shape.
        cell: w >= 1, pixels of a cell.
        noise: s > 0, variance, of the denoiser; a sampler when absent.
        filter: g of a sampler; the gaussian √λ by default.

    Raises:
        ValueError: for an argument out of range, or a filter beside noise.

    Source: derived (docs/derivations, statement V2).
    """
    load = positive("samples", samples) / integer("cell", cell, low=1)
    level = _level(noise, filter)
    moved, energy = _sector(population, load, level, filter, cell)
    return moved / energy


@checked
def stationary_disagreement(
    power: ArrayLike,
    samples: ArrayLike,
    cell: int,
    noise: ArrayLike | None = None,
    filter: Filter | None = None,
) -> Float[Array, "..."]:
    """1 − q of two models of n stationary images, each sector of the eigenvalues p_{k+Lm}, m = 0..w−1.

    A cell of one pixel is the convolution of all frequencies, here without its finite-n law
    (`lingen.theory.convolutional.disagreement` has it); one as large as the image is the dense model.

    Args:
        power: p_k >= 0 on a ring, shape (d,), or a torus, shape (d₁, d₂), even, in the order of the FFT.
        samples: n >= 1 images of each model, any shape.
        cell: pixels along a side of a cell, a divisor of every side of the image.
        noise: s > 0, variance, of the denoiser; a sampler when absent.
        filter: g of a sampler; the gaussian √λ by default.

    Raises:
        ValueError: for an argument out of range, a power that is not even, or a filter beside noise.

    Source: derived (docs/derivations, statement V2).
    """
    power = check_power("power", power)
    level = _level(noise, filter)
    width = check_cell(cell, power.shape)
    dim = width**power.ndim
    load = at_least("samples", samples, 1) / dim
    unit = jnp.max(power)
    sectors, counts = _sectors(power, width)
    scale = unit if level is not None else jnp.ones(())

    moved, energy = _of_sectors(sectors, scale, load, level, filter, dim)
    return _quotient(counts, moved, energy)


@jax.jit
def _quotient(counts: Array, moved: Array, energy: Array) -> Array:
    share = counts.reshape(-1, *[1] * (moved.ndim - 1))
    return jnp.sum(share * moved, axis=0) / jnp.sum(share * energy, axis=0)


@partial(jax.jit, static_argnames="dim")
def _of_sectors(
    sectors: Array, scale: Array, load: Array, level: Array | None, filter: Filter | None, dim: int
) -> tuple[Array, Array]:
    def one(eigenvalues: Array) -> tuple[Array, Array]:
        law = Population(eigenvalues / scale, jnp.full(dim, 1.0 / dim), jnp.zeros(0))
        return _sector(law, load, None if level is None else level / scale, filter, dim)

    return jax.lax.map(one, sectors)


def _level(noise: ArrayLike | None, filter: Filter | None) -> Array | None:
    if noise is not None and filter is not None:
        raise ValueError("filter must be absent where noise is given, which is a model of its own")
    if isinstance(filter, Denoiser):
        raise ValueError("filter must be a sampler's; a denoiser is meant by noise")
    return None if noise is None else single("noise", positive("noise", noise))


def _sector(
    population: Population, load: Array, noise: Array | None, filter: Filter | None, dim: int
) -> tuple[Array, Array]:
    """E‖x̂₁−x̂₂‖²/2 and E‖x̂‖² a pixel, up to a common factor of all sectors."""
    if noise is not None:
        return spread(population, load, noise)
    moments = filter_moments(population, load, filter, dim)
    return _summed(moments.mean, moments.square, population.weights)


@jax.jit
def _summed(mean: Array, square: Array, weight: Array) -> tuple[Array, Array]:
    return (square - mean**2) @ weight, square @ weight


@partial(jax.jit, static_argnums=1)
def _sectors(power: Array, width: int) -> tuple[Array, Array]:
    """Eigenvalues of sectors, decreasing, shape (K, w); of k and −k, which are alike, one, counted twice."""
    shifts = tuple(side // width for side in power.shape)
    axes = range(power.ndim)
    split = power.reshape([n for shift in shifts for n in (width, shift)])
    order = [2 * a + 1 for a in axes] + [2 * a for a in axes]
    every = split.transpose(order).reshape(int(np.prod(shifts)), -1)
    index = np.arange(every.shape[0]).reshape(shifts)
    mirrored = np.roll(np.flip(index, tuple(axes)), 1, tuple(axes))
    first, counts = np.unique(np.minimum(index, mirrored), return_counts=True)
    return -jnp.sort(-every[first], axis=1), jnp.asarray(counts, float)
