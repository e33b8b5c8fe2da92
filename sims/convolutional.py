"""Convolutional models measured: two of them fitted to disjoint images, given the same seed or noisy input.

Nothing larger than an image and r × r is held: images are drawn, transformed and averaged into their mean
periodogram, and models are transfer functions. Given the two sets of images every expectation is exact.
"""

from __future__ import annotations

from collections.abc import Sequence

import jax.numpy as jnp
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, known, positive
from lingen.models.filters import Denoiser, Filter, Gaussian
from lingen.models.images.stationary import Convolved, check_power, check_span, window
from lingen.sims.convolution.compared import compared, denoisers
from lingen.sims.convolution.halves import Halves, halves
from lingen.sims.convolution.kernels import Kernels, kernels
from lingen.sims.convolution.periodograms import Images, images
from lingen.sims.engine.single import draw_of

__all__ = ["METHODS", "draw", "recovery_sampler", "sampler", "split_sampler"]

METHODS = ("auto", "images", "periodograms")
FEW = 64
"""Images that are drawn faster than Gamma variables of their number."""
SPAN = (1e-4, 1e4)
"""Noise variances of the flow, over the mean power: what lies outside changes q by their order."""


@checked
@at_once
def sampler(
    power: ArrayLike,
    samples: int,
    taps: int | None = None,
    noise: ArrayLike | None = None,
    filter: Filter | None = None,
    method: str = "auto",
    *,
    span: Sequence[float] = SPAN,
) -> Partial:
    """A draw of two convolutional models of n images each: a function of a key, to be given to `ensemble`.

    Args:
        power: p_k on a ring, shape (d,), or a torus, shape (d₁, d₂), even.
        samples: n >= 1.
        taps: pixels along a side of the receptive field, odd or all; all frequencies when absent.
        noise: s > 0, variance, of the denoiser; a sampler when absent.
        filter: g of a sampler of all frequencies; the gaussian √λ by default.
        method: "images" draws them, "periodograms" their mean periodogram in law; "auto" takes the faster.
        span: the least and the largest noise variance of the flow of r taps, over the mean power.

    Raises:
        ValueError: for an argument out of range, an unknown method, a filter beside noise or taps.
    """
    power = check_power("power", power)
    count = jnp.asarray(float(integer("samples", samples, low=1)))
    level = None if noise is None else positive("noise", known("noise", noise))
    source = images(power, count, _method(method, samples))
    if filter is not None and (level is not None or taps is not None):
        raise ValueError("filter must be absent where noise or taps are given, which are models of their own")
    if isinstance(filter, Denoiser):
        raise ValueError("filter must be a sampler's; a denoiser is meant by noise")
    table = None if taps is None else kernels(integer("taps", taps, low=1), power.shape)
    if level is not None:
        return Partial(_denoisers, source, table, level)
    if table is None:
        return Partial(_samplers, source, Gaussian() if filter is None else filter)
    return Partial(_flows, source, table, check_span(span) * jnp.mean(power))


draw = draw_of(sampler, Convolved)


@checked
@at_once
def split_sampler(images: ArrayLike, samples: int, noise: ArrayLike, taps: int | None = None) -> Partial:
    """A draw of two denoisers fitted to disjoint images of a given set: a function of a key.

    Each takes n images at random, the one none of the other's. Noisy inputs have the mean power of all
    images, and so have the fresh images of the risks. Images are taken for periodic; their means over
    pixels are the caller's to remove.

    Args:
        images: N images, shape (N, d) or (N, d₁, d₂).
        samples: n, at least 1 and at most N/2.
        noise: s > 0, variance.
        taps: pixels along a side of the receptive field, odd or all; all frequencies when absent.

    Raises:
        ValueError: for an argument out of range, or images of another shape.
    """
    source = halves(images, samples)
    level = positive("noise", known("noise", noise))
    table = None if taps is None else kernels(integer("taps", taps, low=1), source.power.shape)
    return Partial(_denoisers, source, table, level)


@checked
@at_once
def recovery_sampler(
    power: ArrayLike, samples: int, method: str = "auto", taps: int | None = None
) -> Partial:
    """A draw of whether the pair of frequencies of the largest power leads the mean periodogram too.

    With r taps what is learnt is the autocovariance within the window, whose transform resolves d/r
    frequencies: whether it leads within them. Frequencies that are their own negatives are left aside.
    Arguments and errors are those of `sampler`.
    """
    power = check_power("power", power)
    if power.ndim != 1 or power.size < 5:
        raise ValueError(f"power must be of a ring of at least 5 pixels, got shape {power.shape}")
    count = jnp.asarray(float(integer("samples", samples, low=1)))
    source = images(power, count, _method(method, samples))
    if taps is None or taps == power.size:
        return Partial(_leads, source)
    table = window(integer("taps", taps, low=1), power.shape)
    seen = jnp.zeros(power.size).at[table.offsets].set(1.0)
    return Partial(_leads_within, source, seen, jnp.asarray(power.size / taps))


def _method(method: str, samples: int) -> str:
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, got {method!r}")
    return ("images" if samples <= FEW else "periodograms") if method == "auto" else method


def _denoisers(
    source: Images | Halves, table: Kernels | None, noise: Float[Array, ""], key: Key[Array, ""]
) -> Convolved:
    seen = source.pair(key)

    def fitted(spectrum: Array) -> Array:
        if table is None:
            return spectrum / (spectrum + noise)
        return table.denoiser(table.autocovariance(spectrum), noise)

    gains = [fitted(p) for p in seen]
    return denoisers(source, seen, gains, fitted(source.half), noise)


def _samplers(source: Images, filter: Filter, key: Key[Array, ""]) -> Convolved:
    seen = source.pair(key)
    one, two = (filter(p) for p in seen)
    trained = source.total(one**2 * seen[0] + two**2 * seen[1]) / 2.0
    fresh = source.total((one**2 + two**2) * source.half) / 2.0
    return Convolved(*compared(source, one, two, jnp.ones(())), None, None, trained, fresh)


def _flows(source: Images, table: Kernels, ends: Float[Array, "2"], key: Key[Array, ""]) -> Convolved:
    one, two = (table.flow(table.autocovariance(p), ends[0], ends[1]) for p in source.pair(key))
    return Convolved(*compared(source, one, two, jnp.ones(())), None, None, None, None)


def _leads(source: Images, key: Key[Array, ""]) -> Float[Array, ""]:
    pairs = source.multiplicity == 2.0
    seen = jnp.where(pairs, source.periodogram(key), -1.0)
    latent = jnp.argmax(jnp.where(pairs, source.half, -1.0))
    return (jnp.argmax(seen) == latent).astype(float)


def _leads_within(
    source: Images, seen: Float[Array, "d"], resolution: Float[Array, ""], key: Key[Array, ""]
) -> Float[Array, ""]:
    pairs = source.multiplicity == 2.0
    windowed = jnp.fft.rfft(jnp.fft.irfft(source.periodogram(key), seen.size) * seen).real
    best = jnp.argmax(jnp.where(pairs, windowed, -jnp.inf))
    latent = jnp.argmax(jnp.where(pairs, source.half, -1.0))
    return (jnp.abs(best - latent) <= resolution).astype(float)
