"""Two linear convolutional networks trained on disjoint images, by gradient descent from nothing."""

from __future__ import annotations

from collections.abc import Sequence

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, known, positive
from lingen.models.images.stationary import Convolved, check_power, check_span
from lingen.models.networks.linear_convolution import LinearConvolution
from lingen.sims.convolution.compared import compared, denoisers
from lingen.sims.convolution.descent import trained
from lingen.sims.convolution.kernels import Kernels, kernels
from lingen.sims.convolution.periodograms import Images, images
from lingen.sims.convolution.pixels import filtered, periodogram

__all__ = ["denoiser_sampler", "flow_sampler"]

LEVELS = 8
"""Noise levels at which networks of a flow are trained, Gauss–Legendre in their logarithm."""


@checked
@at_once
def denoiser_sampler(power: ArrayLike, samples: int, taps: int, noise: ArrayLike) -> Partial:
    """A draw of two trained denoisers of n drawn images each: a function of a key.

    Nothing is solved: what `lingen.sims.convolutional.sampler` fits by an r × r solve is reached by descent.

    Args:
        power: p_k on a ring, shape (d,), or a torus, shape (d₁, d₂), even.
        samples: n >= 1.
        taps: pixels along a side of the receptive field, odd or all.
        noise: s > 0, variance.

    Raises:
        ValueError: for an argument out of range.
    """
    source, table, many = _begun(power, samples, taps)
    return Partial(_denoisers, source, table, many, positive("noise", known("noise", noise)))


@checked
@at_once
def flow_sampler(power: ArrayLike, samples: int, taps: int, span: Sequence[float]) -> Partial:
    """A draw of two probability flows, each of networks trained at every noise level: a function of a key.

    Arguments and errors as for `denoiser_sampler`; `span` is the least and the largest noise variance.
    """
    source, table, many = _begun(power, samples, taps)
    return Partial(_flows, source, table, many, check_span(span))


def _begun(power: ArrayLike, samples: int, taps: int) -> tuple[Images, Kernels, Array]:
    power = check_power("power", power)
    count = integer("samples", samples, low=1)
    source = images(power, jnp.asarray(float(count)), "images")
    return source, kernels(integer("taps", taps, low=1), power.shape), jnp.zeros((count, 0))


def _drawn(source: Images, many: Array, key: Key[Array, ""]) -> list[Array]:
    shape, gain = source.power.shape, jnp.sqrt(source.half)
    return [filtered(one, many.shape[0], gain, shape) for one in jr.split(key)]


def _network(table: Kernels) -> LinearConvolution:
    side = round(table.offsets.size ** (1.0 / len(table.shape)))
    return LinearConvolution(side, table.shape)


def _denoisers(
    source: Images, table: Kernels, many: Array, noise: Float[Array, ""], key: Key[Array, ""]
) -> Convolved:
    drawn = _drawn(source, many, key)
    gains = [trained(_network(table), pixels, noise) for pixels in drawn]
    best = table.denoiser(table.autocovariance(source.half), noise)
    return denoisers(source, [periodogram(pixels) for pixels in drawn], gains, best, noise)


def _flows(
    source: Images, table: Kernels, many: Array, ends: Float[Array, "2"], key: Key[Array, ""]
) -> Convolved:
    node, weight = np.polynomial.legendre.leggauss(LEVELS)
    half = (jnp.log(ends[1]) - jnp.log(ends[0])) / 2.0
    noises = ends[0] * jnp.exp(half * (1.0 + node))

    def gain(pixels: Array) -> Array:
        seen = jax.vmap(lambda noise: trained(_network(table), pixels, noise))(noises)
        return jnp.sqrt(ends[1]) * jnp.exp(-half * jnp.tensordot(weight, 1.0 - seen, 1) / 2.0)

    one, two = (gain(pixels) for pixels in _drawn(source, many, key))
    return Convolved(*compared(source, one, two, jnp.ones(())), None, None, None, None)
