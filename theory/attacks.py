"""Areas under the curve of attacks on a training set at finite size, by quadrature of their exact scores.

Scores are functions of independent Beta and χ² variables (docs/derivations, statements M4 and M5); the
attacks themselves, their arguments and limits are in `lingen.theory.leakage`.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import ndtr
from jaxtyping import ArrayLike, Float

from lingen.boundary import checked
from lingen.checks import is_traced, positive, representable, single
from lingen.theory.numerics.quadrature import between

__all__ = ["blind", "informed", "released"]

_NODES, _COARSE = 96, 40


@checked
@representable
def blind(a: ArrayLike, b: ArrayLike) -> Float[Array, ""]:
    """P(U > B) = P(U > 1) + ∫_{y<0} f(y) P(log-odds of B < −log(e^{−y}−1)) dy, y = log U; good to 1e-6.

    Raises:
        ValueError: if an argument is not one positive number.
    """
    return _blind(_one("a", a), _one("b", b))


def _one(name: str, value: ArrayLike) -> Array:
    return positive(name, single(name, value))


@jax.jit
def _blind(a: Array, b: Array) -> Array:
    def chance(y: Array) -> Array:
        below = jnp.minimum(y, -1e-300)
        return _below(below - jnp.log(-jnp.expm1(below)), a, b)

    points, weights = _until(0.0, a, b + 0.5)
    return jnp.clip(1.0 - jnp.sum(weights) + weights @ jax.vmap(chance)(points), 0.0, 1.0)


def _below(limit: ArrayLike, a: Array, b: Array) -> Array:
    """P(log-odds < limit) of Beta(a, b)."""
    return jnp.sum(_until(limit, a, b)[1])


def _until(limit: ArrayLike, a: Array, b: Array) -> tuple[Array, Array]:
    """Nodes y and weights f(y) dy for the log-odds of Beta(a, b) up to a limit; y = centre + width sinh t.

    Gauss–Legendre in t. The range reaches as far as the exponential tails of f, of rates a and b, need. The
    density is that at its centre times what is left, which stays exact where a and b are large.
    """
    centre, width = jnp.log(a / b), jnp.sqrt(1.0 / a + 1.0 / b)

    def end(rate: Array, other: Array) -> Array:
        """Where f has fallen by e^{−40}: exponentially, or sooner where the other rate is small."""
        soon = jnp.log1p(60.0 / other + jnp.sqrt(160.0 / other)) + 60.0 / rate + jnp.sqrt(160.0 / rate)
        return jnp.arcsinh(jnp.minimum(9.0 * width + 40.0 / rate, soon) / width)

    left, right = end(a, b), end(b, a)

    def nodes(top: ArrayLike) -> tuple[Array, Array]:
        t, weight = between(-left, top, _NODES)
        shift = width * jnp.sinh(t)
        # (1 + e^y)/(1 + e^centre), without the overflow of e^shift
        rise = jnp.logaddexp(jnp.log(b), jnp.log(a) + shift) - jnp.log(a + b)
        grown = jnp.log1p(a / (a + b) * jnp.expm1(jnp.where(jnp.abs(shift) < 1.0, shift, 0.0)))
        density = jnp.exp(a * shift - (a + b) * jnp.where(jnp.abs(shift) < 1.0, grown, rise))
        return centre + shift, weight * width * jnp.cosh(t) * density

    y, weights = nodes(jnp.clip(jnp.arcsinh((limit - centre) / width), -left, right))
    return y, weights / jnp.sum(nodes(right)[1])


def _chi_square(degrees: Array) -> tuple[Array, Array]:
    """Nodes and weights of χ² of k > 0 degrees, by Gauss–Legendre in t, log χ² = log k + √(2/k) sinh t."""
    width = jnp.sqrt(2.0 / degrees)
    left, right = jnp.arcsinh(7.0 + 80.0 / (degrees * width)), jnp.arcsinh(9.0)
    t, weights = between(-left, right, _COARSE)
    shift = width * jnp.sinh(t)
    weights = weights * jnp.cosh(t) * jnp.exp(0.5 * degrees * (shift - jnp.expm1(shift)))
    return degrees * jnp.exp(shift), weights / jnp.sum(weights)


@checked
@representable
def informed(n: ArrayLike, d: ArrayLike) -> Float[Array, ""]:
    """P(member > fresh): χ²_n integrated out by Wilson and Hilferty's cube root, the rest by quadrature.

    Raises:
        ValueError: if an argument is not one positive number, or n not above d.
    """
    samples, dim = _one("n", n), _one("d", d)
    if not is_traced((samples, dim)) and samples <= dim:
        raise ValueError(f"n must be above d = {dim:g}, got {samples:g}")
    return _informed(samples, dim)


@jax.jit
def _informed(n: Array, d: Array) -> Array:
    odds, of_member = _until(jnp.inf, d / 2.0, (n - d) / 2.0)
    radius, of_radius = _chi_square(d)
    spare, of_spare = _chi_square(n - d + 1.0)
    h, r, w = jax.nn.sigmoid(odds)[:, None, None], radius[:, None], spare
    tilt = (n - d - 2.0) / 2.0
    inside = r < w
    outer = jnp.log1p(-jnp.where(inside, r / w, 0.0)) + jnp.logaddexp(0.0, odds)[:, None, None]
    needed = jnp.maximum((2.0 * tilt * outer + r) / h, 1e-300)
    centre = jnp.maximum(n + (w - (n - d + 1.0)) / d, 1e-100 * n)
    small = jnp.maximum(n - (n - d + 1.0) / d**2, 1e-12 * n) / centre**2 * 2.0 / 9.0  # 2/9 of 1/degrees
    score = (1.0 - small - jnp.cbrt(needed / centre)) / jnp.sqrt(small)
    chance = jnp.where(inside, ndtr(score), 1.0)
    return jnp.clip(jnp.einsum("a,b,c,abc", of_member, of_radius, of_spare, chance), 0.0, 1.0)


@checked
@representable
def released(n: ArrayLike, d: ArrayLike, m: ArrayLike) -> Float[Array, ""]:
    """P(member > fresh) by quadrature over both radii of an Edgeworth series of one term.

    Raises:
        ValueError: if an argument is not one positive number.
    """
    return _released(_one("n", n), _one("d", d), _one("m", m))


@jax.jit
def _released(n: Array, d: Array, m: Array) -> Array:
    radius, share = _chi_square(d)
    r, other = radius[:, None], radius
    b, b_skew = 2.0 / m, 8.0 / m**2

    def product(a: Array, variance: Array, skew: Array) -> tuple[Array, Array]:
        """Second and third cumulant of AB for independent A and B, E B = 1."""
        second = a**2 * b + variance + variance * b
        third = a**3 * b_skew + skew * (1.0 + b_skew + 3.0 * b) + 3.0 * a * variance * (b_skew + 2.0 * b)
        return second, third

    less = jnp.maximum(n - 1.0, 0.0)
    member = product(1.0 + (r - 1.0) / n, 2.0 * less / n**2, 8.0 * less / n**3)
    fresh = product(jnp.ones(()), 2.0 / n, 8.0 / n**2)
    c = d / n
    square, cube = 1.0 + c + 1.0 / n, 1.0 + 3.0 * c + c**2 + (3.0 + 3.0 * c) / n + 4.0 / n**2  # τ(S²), τ(S³)
    common = r * other / d * (2.0 * cube / m + 2.0 * (2.0 * square - 1.0) / n)
    alone = r**2 * member[0] + other**2 * fresh[0]
    spread = jnp.sqrt(jnp.maximum(alone - 2.0 * common, alone / (1.0 + d)))
    z = r * ((r - 1.0) / n) / spread
    skew = (r**3 * member[1] - other**3 * fresh[1]) / spread**3
    bend = skew / 6.0 * (z**2 - 1.0) * jnp.exp(-0.5 * z**2) / np.sqrt(2.0 * np.pi)
    return jnp.clip(share @ jnp.clip(ndtr(z) + bend, 0.0, 1.0) @ share, 0.0, 1.0)
