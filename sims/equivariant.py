"""Linear models equivariant under shifts by a cell, measured: two of them fitted to disjoint images.

Images are drawn pixel by pixel and transformed over the shifts: their covariance, averaged over all shifts,
is block-diagonal there, one block of a cell's pixels for each Bloch phase. Given the two sets of images every
expectation over seeds or noisy inputs is exact. Nothing of d × d entries is held.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from flax import struct
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Complex, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, known, positive, room
from lingen.models.filters import Denoiser, Filter, Gaussian
from lingen.models.images.stationary import Convolved, check_cell, check_power
from lingen.models.population import Population
from lingen.sims.convolution.pixels import filtered, multiplicity
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "sampler", "stationary_sampler"]


@checked
@at_once
def sampler(
    population: Population,
    samples: int,
    cell: int,
    shifts: int,
    noise: ArrayLike | None = None,
    filter: Filter | None = None,
) -> Partial:
    """A draw of two models of n images each, of L independent cells: a function of a key, for `ensemble`.

    Args:
        population: the covariance of a cell.
        samples: n >= 1.
        cell: w, pixels of a cell.
        shifts: L, cells of an image.
        noise: s > 0, variance, of the denoiser, which is given noisy images; a sampler when absent.
        filter: g of a sampler; the gaussian √λ by default.

    Raises:
        ValueError: for an argument out of range, or a filter beside noise.
    """
    count, width = integer("shifts", shifts, low=1), integer("cell", cell, low=population.spikes.size + 1)
    spectrum = population.spectrum(width)
    sectors = jnp.broadcast_to(jnp.diag(spectrum), (count // 2 + 1, width, width)).astype(complex)
    source = _source(samples, (count,), (width,), sectors, jnp.sqrt(jnp.tile(spectrum, count)))
    return _of(source, noise, filter)


draw = draw_of(sampler, Convolved)


@checked
@at_once
def stationary_sampler(
    power: ArrayLike, samples: int, cell: int, noise: ArrayLike | None = None, filter: Filter | None = None
) -> Partial:
    """A draw of two models of n stationary images each; the model knows of the shifts by whole cells alone.

    Args:
        power: p_k on a ring, shape (d,), or a torus, shape (d₁, d₂), even.
        samples: n >= 1.
        cell: pixels along a side of a cell, a divisor of every side of the image.
        noise: s > 0, variance, of the denoiser; a sampler when absent.
        filter: g of a sampler; the gaussian √λ by default.

    Raises:
        ValueError: for an argument out of range, or a filter beside noise.
    """
    power = check_power("power", power)
    width = check_cell(cell, power.shape)
    shifts = tuple(side // width for side in power.shape)
    cells = (width,) * power.ndim
    gain = jnp.sqrt(power)[..., : power.shape[-1] // 2 + 1]
    return _of(_source(samples, shifts, cells, _blocks(power, shifts, width), gain), noise, filter)


@struct.dataclass
class CellImages:
    """What images are drawn from, and the covariance of each sector."""

    samples: Array
    """An empty array of n rows, whose shape says how many."""
    shifts: tuple[int, ...] = struct.field(pytree_node=False)
    cells: tuple[int, ...] = struct.field(pytree_node=False)
    sectors: Complex[Array, "K w w"]
    gain: Float[Array, "..."]
    """Of the pixels, of all shape (d,), or of the frequencies of a real transform."""

    @property
    def counts(self) -> np.ndarray:
        """How many sectors each of the K stands for: those of −k along the last axis are left out."""
        counts = multiplicity(self.shifts[-1])
        return np.broadcast_to(counts, (*self.shifts[:-1], counts.size)).ravel()

    def covariances(self, key: Key[Array, ""]) -> Complex[Array, "K w w"]:
        """The sample covariance of n drawn images in every sector, averaged over the shifts."""
        sides = tuple(n * w for n, w in zip(self.shifts, self.cells, strict=True))
        count = self.samples.shape[0]
        if self.gain.shape == sides:
            images = jr.normal(key, (count, *sides)) * self.gain
        else:
            images = filtered(key, count, self.gain, sides)
        found = _over_shifts(images, self.shifts, self.cells)
        return jnp.einsum("nka,nkb->kab", found.conj(), found) / count


def _source(
    samples: int, shifts: tuple[int, ...], cells: tuple[int, ...], sectors: Array, gain: Array
) -> CellImages:
    count = integer("samples", samples, low=1)
    room("samples", count, 3.0 * count * float(np.prod(shifts)) * float(np.prod(cells)))
    room("cell", cells[0], 4.0 * sectors.size)
    return CellImages(jnp.asarray(np.empty((count, 0))), shifts, cells, sectors, gain)


def _of(source: CellImages, noise: ArrayLike | None, filter: Filter | None) -> Partial:
    if noise is not None and filter is not None:
        raise ValueError("filter must be absent where noise is given, which is a model of its own")
    if isinstance(filter, Denoiser):
        raise ValueError("filter must be a sampler's; a denoiser is meant by noise")
    if noise is None:
        return Partial(_draw, source, None, Gaussian() if filter is None else filter)
    return Partial(_draw, source, positive("noise", known("noise", noise)), None)


def _over_shifts(images: Array, shifts: tuple[int, ...], cells: tuple[int, ...]) -> Array:
    """The unitary transform over whole cells: images, sectors, pixels of a cell."""
    rank = len(shifts)
    split = images.reshape(-1, *(n for pair in zip(shifts, cells, strict=True) for n in pair))
    order = (0, *range(1, 2 * rank + 1, 2), *range(2, 2 * rank + 1, 2))
    found = jnp.fft.rfftn(split.transpose(order), axes=tuple(range(1, rank + 1)), norm="ortho")
    return found.reshape(found.shape[0], -1, int(np.prod(cells)))


def _blocks(power: Array, shifts: tuple[int, ...], width: int) -> Array:
    """The covariance of each sector, from the autocovariance between the pixels of two cells."""
    pixels = np.stack(np.meshgrid(*[np.arange(width)] * len(shifts), indexing="ij"), -1)
    places = np.stack(np.meshgrid(*map(np.arange, shifts), indexing="ij"), -1)
    pixels, places = pixels.reshape(-1, len(shifts)), places.reshape(-1, len(shifts))
    apart = (width * places[:, None, None] + pixels - pixels[:, None]) % np.asarray(power.shape)
    between = jnp.fft.ifftn(power).real[tuple(np.moveaxis(apart, -1, 0))]
    axes = tuple(range(len(shifts)))
    found = jnp.fft.rfftn(between.reshape(*shifts, *between.shape[1:]), axes=axes)
    return found.reshape(-1, *between.shape[1:])


def _draw(source: CellImages, noise: Array | None, filter: Filter | None, key: Key[Array, ""]) -> Convolved:
    seen = [source.covariances(k) for k in jr.split(key)]
    identity = jnp.eye(source.sectors.shape[-1])

    def model(covariance: Array) -> Array:
        if noise is not None:
            return jnp.linalg.solve(covariance + noise * identity, covariance)
        assert filter is not None
        values, vectors = jnp.linalg.eigh(covariance)
        return (vectors * filter.on_spectrum(jnp.maximum(values, 0.0))) @ vectors.conj().T

    def compared(at: tuple[Array, ...]) -> tuple[Array, Array, Array]:
        one, two = model(at[0]), model(at[1])
        inputs = identity if noise is None else at[2] + noise * identity
        product = lambda a, b: jnp.sum((a @ inputs) * b.conj()).real  # noqa: E731
        apart = one - two
        return product(one, two), (product(one, one) + product(two, two)) / 2.0, product(apart, apart) / 2.0

    found = jax.lax.map(compared, (*seen, source.sectors))
    total = float(np.prod(source.shifts) * np.prod(source.cells))
    shared, energy, moved = (jnp.sum(source.counts * part) / total for part in found)
    return Convolved(shared, energy, moved, None, None, None, None)
