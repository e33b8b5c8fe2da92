"""What the learnt spectrum finds: a raised pair of frequencies, never a localised latent (V6)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import gammainc, ndtr
from jaxtyping import ArrayLike, Float
from scipy.special import digamma

from lingen.boundary import checked
from lingen.checks import at_least, integer, nonnegative, positive, representable
from lingen.models.images.stationary import check_power, self_conjugate
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.gammas import COUNT, nodes
from lingen.theory.numerics.shapes import broadcast

__all__ = ["recovery", "recovery_ceiling", "recovery_threshold", "windowed_recovery"]

_MANY = 1e5
_HEIGHTS, _SLOPES = 40, 12


@checked
def recovery(power: ArrayLike, samples: ArrayLike) -> Float[Array, "..."]:
    """The chance that the pair of frequencies of the largest power leads the spectrum learnt from n images.

    E Π_k F_n(p_max G/p_k) over the other pairs k, −k; G ~ Gamma(n)/n of law F_n: exact at every n and d,
    with all frequencies as taps. For one pair raised from 1 to 1+θ it is E F_n((1+θ)G)^{d/2−2}, d even.
    Frequencies that are
    their own negatives are left aside.

    Args:
        power: p_k on a ring or torus, with at least one pair.
        samples: n >= 1, any shape.

    Raises:
        ValueError: for an argument out of range, or a power without a pair.

    Source: derived (docs/derivations, statement V6).
    """
    power = check_power("power", power)
    paired = ~self_conjugate(power.shape).ravel()
    if not paired.any():
        raise ValueError(f"power must have a pair of frequencies k and -k, got shape {power.shape}")
    count, pairs = at_least("samples", samples, 1), _pairs(power)
    return over_batch(lambda one: _found(*pairs, one), int(paired.sum()), count)


@jax.jit
def _pairs(power: Array) -> tuple[Array, Array]:
    """The power of the paired frequencies over the largest, decreasing, and where another may lead."""
    paired = ~self_conjugate(power.shape).ravel()
    order = jnp.sort(power.ravel()[np.flatnonzero(paired)])[::-1]
    return jnp.where(order > 0, order, 1.0) / order[0], (order > 0).at[:2].set(False)


@jax.jit
def _found(scaled: Array, alive: Array, count: Array) -> Array:
    def leads(power: Array) -> Array:
        below = _below(count, power / scaled)
        logs = jnp.where(alive, jnp.log(jnp.maximum(below, jnp.finfo(float).tiny)), 0.0)
        return jnp.exp(jnp.sum(logs) / 2.0)

    return _mean(leads, count)


@checked
@representable
def recovery_threshold(strength: ArrayLike, dim: int) -> Float[Array, "..."]:
    """n_c = log(d/2)/(θ − log(1+θ)) images, from which a pair of frequencies raised by θ leads.

    Args:
        strength: θ > 0 over the rest of the power, any shape.
        dim: d >= 3 pixels.

    Raises:
        ValueError: for an argument out of range.

    Source: derived (docs/derivations, statement V6).
    """
    strength = positive("strength", strength)
    return _recovery_threshold(strength, float(np.log(integer("dim", dim, low=3) / 2.0)))


@jax.jit
def _recovery_threshold(strength: Array, pairs: float) -> Array:
    small = strength < 1e-4
    safe = jnp.where(small, 1.0, strength)
    series = strength**2 * (0.5 - strength / 3.0)
    return pairs / jnp.where(small, series, safe - jnp.log1p(safe))


@checked
def recovery_ceiling(dim: int) -> float:
    """2H_m/d ≈ (2/d)(log(d/2)+0.577): the mean largest squared projection of a random direction on a pair.

    H_m = 1 + 1/2 + … + 1/m of the m pairs of frequencies; exact. No convolutional model recovers more
    of it, at any number of images: its eigenvectors are Fourier modes.

    Raises:
        ValueError: if `dim` is below 3.

    Source: derived (docs/derivations, statement V6).
    """
    dim = integer("dim", dim, low=3)
    return 2.0 / dim * float(digamma((dim - 1) // 2 + 1.0) + np.euler_gamma)


@checked
def windowed_recovery(strength: ArrayLike, samples: ArrayLike, dim: int, taps: int) -> Float[Array, "..."]:
    """The chance that a pair raised by θ leads what r of d taps see, within their resolution d/r.

    E Φ(v) exp(−(r/4√3) e^{−v²/2}): u = θG√(nr/d) + N + Z²/2max(·, 1) is the height of the latent's peak
    (G ~ Gamma(n)/n, N and Z normal: Z its slope, by which the neighbourhood is higher), v its normal score
    among the other peaks, Gamma(m)/m with m = nd/r; the rest is Rice's number of upcrossings. An estimate
    for r << d, right to 0.03 where compared. From n ≈ 2(d/r) log(r/2)/θ² on.

    Args:
        strength: θ >= 0 over the rest of the power, 1.
        samples: n >= 1; broadcasts with `strength`.
        dim: d >= 3 pixels of the ring.
        taps: r, odd, below d.

    Raises:
        ValueError: for an argument out of range.

    Source: derived (docs/derivations, statement V6b).
    """
    theta, count = nonnegative("strength", strength), at_least("samples", samples, 1)
    theta, count = broadcast(theta, count)
    dim = integer("dim", dim, low=3)
    width = integer("taps", taps, low=1, high=dim - 1)
    cost = _HEIGHTS * _SLOPES
    return over_batch(lambda one, many: _found_in_windows(one, many, dim, width), cost, theta, count)


@partial(jax.jit, static_argnames=("dim", "width"))
def _found_in_windows(theta: Array, count: Array, dim: int, width: int) -> Array:
    point, weight = np.polynomial.hermite_e.hermegauss(_HEIGHTS)
    slope, share = np.polynomial.hermite_e.hermegauss(_SLOPES)
    both = jnp.asarray(np.outer(weight / weight.sum(), share / share.sum()))
    degrees = count * dim / width

    def leads(power: Array) -> Array:
        peak = theta * power * jnp.sqrt(count * width / dim) + point[:, None]
        peak = peak + slope**2 / (2.0 * jnp.maximum(peak, 1.0))
        ratio = jnp.maximum(1.0 + peak / jnp.sqrt(degrees), 0.0)
        score = _score(degrees, ratio)
        above = width / (4.0 * np.sqrt(3.0)) * jnp.exp(-(jnp.maximum(score, 0.0) ** 2) / 2.0)
        return jnp.sum(both * ndtr(score) * jnp.exp(-above))

    return _mean(leads, count)


def _mean(f: Callable[[Array], Array], count: Array) -> Array:
    """E f(G) of G ~ Gamma(n)/n."""

    def add(total: tuple[Array, Array], index: Array) -> tuple[tuple[Array, Array], None]:
        point, weight = nodes(count, index)
        return (total[0] + weight * f(point), total[1] + weight), None

    (found, weight), _ = jax.lax.scan(add, (jnp.zeros(()), jnp.zeros(())), jnp.arange(COUNT))
    return found / weight


def _below(count: Array, ratio: Array) -> Array:
    """P(G < x) of G ~ Gamma(n)/n; of many by the normal score."""
    few = jnp.minimum(count, _MANY)
    return jnp.where(count < _MANY, gammainc(few, few * ratio), ndtr(_score(count, ratio)))


def _score(count: Array, ratio: Array) -> Array:
    """The normal score of G = x, by the cube root (Wilson & Hilferty 1931)."""
    return 3.0 * jnp.sqrt(count) * (jnp.cbrt(ratio) - 1.0 + 1.0 / (9.0 * count))
