"""Convolutional linear models of stationary images: few images, many pixels (section V of the theory).

Images x ~ N(0, C) on a ring or torus of d pixels, C circulant of power p_k. A convolution averages over
positions as over images: with a window of r taps the load is nd/r; with one as wide as the image it is n,
one image being
enough for q = π/4 whatever the image's size.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import at_least, integer, is_traced, positive, single
from lingen.models.filters import Denoiser, Filter
from lingen.models.images.stationary import check_power, self_conjugate, window
from lingen.theory.convolution import exact, flow
from lingen.theory.convolution.leading import (
    recovery,
    recovery_ceiling,
    recovery_threshold,
    windowed_recovery,
)
from lingen.theory.convolution.regression import Regression, regression
from lingen.theory.numerics.shapes import broadcast

__all__ = [
    "Risks", "disagreement", "energy", "memorisation", "overlap", "receptive_field", "recovery",
    "recovery_ceiling", "recovery_threshold", "risk", "windowed_recovery",
]  # fmt: skip


class Risks(NamedTuple):
    """Risks of a denoiser per pixel."""

    test: Float[Array, "..."]
    """E‖r(x+√s z) − x‖²/d for a fresh image x."""
    train: Float[Array, "..."]
    """The same for a training image, with fresh noise z."""


@checked
def overlap(
    power: ArrayLike,
    samples: ArrayLike,
    taps: ArrayLike | None = None,
    noise: ArrayLike | None = None,
    filter: Filter | None = None,
) -> Float[Array, "..."]:
    """q of two models trained on disjoint images; arguments, errors and source as in `disagreement`."""
    return 1.0 - disagreement(power, samples, taps, noise, filter)


@checked
def disagreement(
    power: ArrayLike,
    samples: ArrayLike,
    taps: ArrayLike | None = None,
    noise: ArrayLike | None = None,
    filter: Filter | None = None,
) -> Float[Array, "..."]:
    """1 − q of two convolutional models trained on n images each, without loss of digits.

    All frequencies: Σ_k u_k Var g(p_kG_k) / Σ_k u_k E g(p_kG_k)², G_k ~ Gamma(n)/n (Gamma(n/2)/(n/2) where
    k = −k), exact at every n and d; u_k = 1 of a sampler, p_k + s of a denoiser. A denoiser of r taps:
    x/(1+x),
    x = V/(nd aᵀBa), right to first order in r/nd
    (`lingen.theory.convolution.regression`). Without noise r taps are those of the
    probability flow from infinite to no noise, likewise (`lingen.theory.convolution.flow`).

    Args:
        power: p_k >= 0 on a ring, shape (d,), or a torus, shape (d₁, d₂), frequencies in the order of the
            FFT.
        samples: n >= 1 images of each model, any shape.
        taps: pixels along a side of the receptive field, odd, or all of the image; one number or several;
            all frequencies when absent. Broadcasts with `samples`.
        noise: s > 0, variance, of the denoiser; a sampler when absent.
        filter: g of a sampler of all frequencies; the gaussian √λ by default.

    Raises:
        ValueError: for an argument out of range, a power that is not even or whose window has no inverse,
        or a filter beside noise or taps.

    Source: derived (docs/derivations, statements V1, V3 and V8).
    """
    power = check_power("power", power)
    samples = at_least("samples", samples, 1)
    level = None if noise is None else single("noise", positive("noise", noise))
    if filter is not None and (level is not None or taps is not None):
        raise ValueError("filter must be absent where noise or taps are given, which are models of their own")
    if taps is None:
        moved, energy = _all_frequencies(power, samples, level, filter)
        return moved / energy
    widths = _widths(taps, power.shape)
    samples, _ = broadcast(samples, np.asarray(taps))
    if level is None:
        first = jnp.stack([_flowing(power, width) for width in np.unique(widths)])
    else:
        known = _regressions(power, level, np.unique(widths))
        first = known.variance / known.energy
    found = first[np.searchsorted(np.unique(widths), widths)] / samples / power.size
    found = found / (1.0 + found)
    whole = np.broadcast_to(_whole(widths, power.shape), samples.shape)
    return jnp.where(whole, disagreement(power, samples, noise=level), found) if whole.any() else found


@checked
def energy(
    power: ArrayLike, samples: ArrayLike, noise: ArrayLike | None = None, filter: Filter | None = None
) -> Float[Array, "..."]:
    """E‖x̂‖²/d of a model of all frequencies, exact; arguments, errors and source as in `disagreement`."""
    level = None if noise is None else single("noise", positive("noise", noise))
    if filter is not None and level is not None:
        raise ValueError("filter must be absent where noise is given, which is a model of its own")
    return _all_frequencies(check_power("power", power), at_least("samples", samples, 1), level, filter)[1]


@checked
def memorisation(power: ArrayLike, samples: ArrayLike) -> Float[Array, "..."]:
    """E⟨x̂,x_a⟩² of a training over a fresh image: 1 + (1/n) Σ_k μ_k p_k²/Σ_k p_k², μ_k = 2 if k = −k, else 1.

    Of the Gaussian model with all frequencies, exact at every n and d. A dense one has 1 + d/n for Σ = I.

    Args:
        power: as in `disagreement`.
        samples: n >= 1, any shape.

    Raises:
        ValueError: for an argument out of range.

    Source: derived (docs/derivations, statement V5).
    """
    power = check_power("power", power)
    return _memorisation(power, at_least("samples", samples, 1))


@jax.jit
def _memorisation(power: Array, samples: Array) -> Array:
    scaled = power / jnp.max(power)
    double = jnp.sum(jnp.where(self_conjugate(power.shape), 2.0, 1.0) * scaled**2) / jnp.sum(scaled**2)
    return 1.0 + double / samples


@checked
def risk(power: ArrayLike, samples: ArrayLike, noise: ArrayLike, taps: ArrayLike | None = None) -> Risks:
    """Risks per pixel of the denoiser fitted to n images; arguments and errors as in `disagreement`.

    All frequencies: exact. With r taps: s a₀ ± V/nd, right to first order in r/nd; half the generalisation
    gap over aᵀBa is 1 − q.

    Source: derived (docs/derivations, statements V5 and V7).
    """
    power = check_power("power", power)
    samples = at_least("samples", samples, 1)
    level = single("noise", positive("noise", noise))
    if taps is None:
        return Risks(*exact.risks(power, samples, level))
    widths = _widths(taps, power.shape)
    samples, _ = broadcast(samples, np.asarray(taps))
    known = _regressions(power, level, np.unique(widths))
    first = _spread_risks(known, np.searchsorted(np.unique(widths), widths), samples, float(power.size))
    whole = np.broadcast_to(_whole(widths, power.shape), samples.shape)
    if not whole.any():
        return first
    full = risk(power, samples, level)
    return Risks(*(jnp.where(whole, one, other) for one, other in zip(full, first, strict=True)))


@jax.jit
def _spread_risks(known: Regression, which: ArrayLike, samples: Array, pixels: float) -> Risks:
    spread = known.variance[which] / samples / pixels
    return Risks(known.risk[which] + spread, known.risk[which] - spread)


@checked
def receptive_field(
    power: ArrayLike, samples: ArrayLike, noise: ArrayLike, widest: int
) -> Float[Array, "..."]:
    """The number of taps along a side, among 1, 3, .. `widest`, of the least test risk at n images.

    Every tap lowers the best risk and adds to what the fit varies: s a₀ + V/nd has its minimum between.

    Args:
        power: as in `disagreement`.
        samples: n >= 1, any shape.
        noise: s > 0, variance.
        widest: the widest that is tried, odd.

    Raises:
        ValueError: for an argument out of range.

    Source: derived (docs/derivations, statement V7).
    """
    power = check_power("power", power)
    widest = integer("widest", widest, low=1, high=min(power.shape))
    tried = np.arange(1, widest + 1, 2)
    count = jnp.asarray(at_least("samples", samples, 1))
    tests = risk(power, count[..., None], noise, tried).test
    return jnp.take(tried.astype(float), jnp.argmin(tests, axis=-1))


def _widths(taps: ArrayLike, shape: tuple[int, ...]) -> np.ndarray:
    if is_traced(taps):
        raise ValueError("taps must be known numbers, which set shapes, got traced ones")
    given = np.asarray(taps)
    if given.size == 0 or given.dtype.kind not in "iuf":
        raise ValueError(f"taps must be whole numbers, at least one, got {taps!r}")
    for width in given.ravel():
        window(integer("taps", width, low=1, high=max(shape)), shape)
    return given.astype(int)


def _whole(widths: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Where a window is all of the image: one that is odd and as wide, or every side."""
    return np.all([widths == side for side in shape], axis=0)


def _regressions(power: Array, noise: Array, widths: np.ndarray) -> Regression:
    """Of every width, in one window that holds them all; one as wide as the image stands alone."""
    part = widths[~_whole(widths, power.shape)]
    if part.size == 0:
        blank = jnp.ones(widths.size)
        return Regression(blank, blank, blank)
    table = window(int(part.max()), power.shape)
    reach = (np.minimum(widths, part.max()) - 1) // 2
    return regression(power, noise, table, table.reach <= reach[:, None])


def _flowing(power: Array, width: int) -> Array:
    if bool(_whole(np.asarray(width), power.shape)):
        return jnp.ones(())
    found = flow.disagreement(power, window(int(width), power.shape), jnp.zeros(2))
    if not is_traced(found) and not np.isfinite(found):
        raise ValueError("power must be positive at as many frequencies as there are taps, got fewer")
    return found


def _all_frequencies(
    power: Array, samples: Array, noise: Array | None, filter: Filter | None
) -> tuple[Array, Array]:
    """E‖x̂₁−x̂₂‖²/2d and E‖x̂‖²/d at each n."""
    if isinstance(filter, Denoiser):
        raise ValueError("filter must be a sampler's; a denoiser is meant by noise")
    return exact.spread(power, samples, noise, filter)
