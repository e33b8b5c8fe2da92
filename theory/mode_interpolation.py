"""Samples between two points ±μ on a line: the probability flow of a denoiser that is too smooth.

The flow dx/dlog σ = x − D(x, σ) runs from σ_T down to σ_min; the exact denoiser of the two points is
D = μ tanh(μx/σ²). Every odd denoiser keeps the midpoint, where the density grows by the slope alone:

    p_fin(0) = p_T(0) exp(−∫_{σ_min}^{σ_T} (D'(0, σ) − 1) dlog σ).

Exact score: e^{−μ²/2σ_min²}. A denoiser of bounded slope L leaves (σ_min/σ_T)^{L−1} at least; smoothed by a
Gaussian of width w it has the slope L = √(2/π) μ/w as σ → 0, and the modes merge once L < 1.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import erf
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import is_traced, nonnegative, positive
from lingen.theory.numerics import quadrature
from lingen.theory.numerics.shapes import broadcast

__all__ = [
    "between", "clipped", "exact", "linear", "merging", "root", "slope", "smoothed", "smoothed_slope",
]  # fmt: skip

NODES = 200
"""Of the integral over log σ, and of the mean of sech²."""
NEWTON_STEPS = 60
REACH = 20.0
"""Beyond it sech² is nothing."""


@checked
def slope(separation: ArrayLike, width: ArrayLike) -> Float[Array, "..."]:
    """L = √(2/π) μ/w: the slope at the midpoint of the smoothed denoiser at small noise.

    Args:
        separation: μ > 0, half the distance of the modes, any shape.
        width: w > 0 of the Gaussian that smooths the denoiser; broadcasts.

    Raises:
        ValueError: for a number that is not positive.

    Source: derived (docs/derivations, I1).
    """
    return np.sqrt(2.0 / np.pi) * positive("separation", separation) / positive("width", width)


@checked
def merging(separation: ArrayLike) -> Float[Array, "..."]:
    """w_c = √(2/π) μ: wider smoothing merges the modes at the midpoint."""
    return np.sqrt(2.0 / np.pi) * positive("separation", separation)


@checked
def smoothed_slope(separation: ArrayLike, width: ArrayLike, noise: ArrayLike) -> Float[Array, "..."]:
    """D'(0, σ) = (μ²/σ²) E sech²(μwg/σ²), g ~ N(0, 1), of the exact denoiser smoothed by width w.

    Args:
        separation: μ > 0, any shape.
        width: w > 0; broadcasts.
        noise: σ > 0; broadcasts.

    Raises:
        ValueError: for a number that is not positive.

    Source: derived (docs/derivations, I1).
    """
    mu, w, sigma = (
        positive(*pair) for pair in (("separation", separation), ("width", width), ("noise", noise))
    )
    return _smoothed_slope(mu, w, sigma)


@jax.jit
def _smoothed_slope(mu: Array, w: Array, sigma: Array) -> Array:
    rate = mu * w / sigma**2
    # one integrand, in the variable that is of order one on the narrower of the two bumps
    unit = jnp.minimum(1.0, 1.0 / rate)[..., None]
    node, weight = quadrature.between(0.0, REACH, NODES)
    g = node * unit
    density = jnp.exp(-0.5 * g**2) * np.sqrt(2.0 / np.pi)
    decay = jnp.exp(-2.0 * jnp.minimum(rate, 1.0)[..., None] * node)
    mean = jnp.sum(weight * density * 4.0 * decay / (1.0 + decay) ** 2, axis=-1)
    return jnp.minimum((mu / sigma) ** 2, mu / w) * mean


@checked
def smoothed(
    separation: ArrayLike, width: ArrayLike, sigma_min: ArrayLike, sigma_max: ArrayLike, reach: ArrayLike
) -> Float[Array, "..."]:
    """P(|x| < δ) = 2δ p_fin(0) of the smoothed denoiser, to first order in δ.

    Args:
        separation: μ > 0, any shape.
        width: w > 0; broadcasts.
        sigma_min: the end of the flow; broadcasts.
        sigma_max: σ_T > σ_min, the start; broadcasts.
        reach: δ > 0, small against w; broadcasts.

    Raises:
        ValueError: for a number out of range.

    Source: derived (docs/derivations, I1).
    """
    mu, start = positive("separation", separation), positive("sigma_max", sigma_max)
    low, high = _ordered(sigma_min, start)
    return _smoothed(mu, positive("width", width), low, high, start, positive("reach", reach))


@jax.jit
def _smoothed(mu: Array, width: Array, low: Array, high: Array, start: Array, reach: Array) -> Array:
    node, weight = quadrature.between(jnp.log(low)[..., None], jnp.log(high)[..., None], NODES)
    grown = _smoothed_slope(mu[..., None], width[..., None], jnp.exp(node)) - 1.0
    return _around(mu, start, reach) * jnp.exp(-jnp.sum(weight * grown, axis=-1))


@checked
def exact(
    separation: ArrayLike, sigma_min: ArrayLike, sigma_max: ArrayLike, reach: ArrayLike
) -> Float[Array, "..."]:
    """P(|x| < δ) = 2δ p_fin(0) of the exact denoiser, whose slope is μ²/σ²; arguments as for `smoothed`."""
    mu, start = positive("separation", separation), positive("sigma_max", sigma_max)
    low, _ = _ordered(sigma_min, start)
    return _around(mu, low, positive("reach", reach))


@jax.jit
def _around(mu: Array, sigma: Array, reach: Array) -> Array:
    """2δ times the density of N(μ, σ²) at 0."""
    return 2.0 * reach * jnp.exp(-0.5 * (mu / sigma) ** 2) / (sigma * np.sqrt(2.0 * np.pi))


@checked
def clipped(
    separation: ArrayLike, steepness: ArrayLike, sigma_min: ArrayLike, reach: ArrayLike
) -> Float[Array, "..."]:
    """P(|x| < δ) of D = clip(Lx, −μ, μ) below σ* = μ/√L, exact above, δ < μ/L.

    P(|x*| < δ (σ_min/σ*)^{L−1}) with x* ~ ½N(μ, σ*²) + ½N(−μ, σ*²), the law of the exact flow at σ*.

    Args:
        separation: μ > 0, any shape.
        steepness: L > 0; broadcasts.
        sigma_min: the end of the flow, below σ*; broadcasts.
        reach: δ in (0, μ/L); broadcasts.

    Raises:
        ValueError: for a number out of range.

    Source: derived (docs/derivations, I3).
    """
    mu, steep = positive("separation", separation), positive("steepness", steepness)
    low, turn = _ordered(sigma_min, mu / jnp.sqrt(steep), "separation/√steepness")
    delta = positive("reach", reach)
    if not is_traced((delta, mu, steep)) and np.any(np.asarray(delta * steep / mu) >= 1.0):
        raise ValueError(f"reach must be below separation/steepness, got {np.max(delta):g}")
    return _clipped(mu, steep, low, turn, delta)


@jax.jit
def _clipped(mu: Array, steep: Array, low: Array, turn: Array, delta: Array) -> Array:
    before = delta * (low / turn) ** (steep - 1.0)
    root_two = np.sqrt(2.0)
    return 0.5 * (erf((before - mu) / (root_two * turn)) + erf((before + mu) / (root_two * turn)))


@checked
def linear(separation: ArrayLike, reach: ArrayLike, spread: ArrayLike = 0.0) -> Float[Array, "..."]:
    """P(|x| < δ) of the linear denoiser: that of N(0, μ² + v), from σ_T → ∞ to σ_min → 0.

    Args:
        separation: μ > 0, any shape.
        reach: δ > 0; broadcasts.
        spread: v >= 0, variance of each mode; broadcasts.

    Source: derived (docs/derivations, I4).
    """
    mu, variance = positive("separation", separation), nonnegative("spread", spread)
    return _linear(mu, variance, positive("reach", reach))


@jax.jit
def _linear(mu: Array, spread: Array, reach: Array) -> Array:
    return erf(reach / jnp.sqrt(2.0 * (mu**2 + spread)))


@checked
def between(
    density: ArrayLike, steepness: ArrayLike, sigma_min: ArrayLike, sigma_max: ArrayLike
) -> Float[Array, "..."]:
    """The least density at the midpoint, p_T(0) (σ_min/σ_T)^{L−1}, of any odd denoiser of slope at most L.

    Args:
        density: p_T(0) >= 0 at the start, any shape.
        steepness: L > 0; broadcasts.
        sigma_min: the end of the flow; broadcasts.
        sigma_max: its start; broadcasts.

    Source: derived (docs/derivations, I1).
    """
    low, high = _ordered(sigma_min, positive("sigma_max", sigma_max))
    return nonnegative("density", density) * (low / high) ** (positive("steepness", steepness) - 1.0)


@checked
def root(separation: ArrayLike, width: ArrayLike) -> Float[Array, "..."]:
    """Where samples end as σ_min → 0: the largest root of x = μ erf(x/√2 w), 0 where the modes merge.

    Args:
        separation: μ > 0, any shape.
        width: w > 0; broadcasts.

    Raises:
        ValueError: for a number that is not positive.

    Source: derived (docs/derivations, I2).
    """
    mu, w = broadcast(positive("separation", separation), positive("width", width))
    return _root(mu, w)


@jax.jit
def _root(mu: Array, w: Array) -> Array:
    apart = w < merging(mu)
    inside = jnp.where(apart, w, 0.5 * mu)  # any width with a root, where there is none
    return jnp.where(apart, _largest_root(mu, inside), 0.0)


def _largest_root(mu: Array, width: Array) -> Array:
    def step(_: int, x: Array) -> Array:
        off = x - mu * erf(x / (np.sqrt(2.0) * width))
        grown = 1.0 - slope(mu, width) * jnp.exp(-0.5 * (x / width) ** 2)
        return jnp.where(grown > 0.0, x - off / grown, x)

    # from above Newton falls to the largest root; one more step carries the derivative
    found = jax.lax.fori_loop(0, NEWTON_STEPS, step, jax.lax.stop_gradient(mu) * 1.0)
    return step(0, jax.lax.stop_gradient(found))


def _ordered(sigma_min: ArrayLike, high: Array, name: str = "sigma_max") -> tuple[Array, Array]:
    low = positive("sigma_min", sigma_min)
    if not is_traced((low, high)) and np.any(np.asarray(low) > np.asarray(high)):
        raise ValueError(f"sigma_min must be at most {name} = {np.min(high):g}, got {np.max(low):g}")
    low, high = broadcast(low, high)
    return low, high
