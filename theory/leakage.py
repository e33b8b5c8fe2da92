"""Membership inference: which points was a Gaussian model trained on? (statements M4, M5).

All attacks are invariant under x → Ax, so the answers do not depend on Σ. With XᵀX = RᵀR the rows of XR⁻¹
are those of a Haar frame that is independent of R, hence a member's xᵀS⁻¹x/n is Beta(d/2, (n−d)/2), a
fresh point's is the odds of a Beta(d/2, (n−d+1)/2), and the two are independent: the attack that knows S
alone has its exact area under the curve at every n > d. For n >> d it becomes Φ(d^{3/2}/2n), against
Φ(d/2√n) of an attacker who knows Σ too: leakage outlasts convergence, which is complete at n ~ d.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import ndtr
from jaxtyping import ArrayLike, Float

from lingen.checks import at_least, positive
from lingen.models.filters import Filter
from lingen.models.population import Population
from lingen.models.systems import Leakage

__all__ = [
    "blind_auc", "blind_auc_limit", "informed_auc", "informed_auc_limit", "predict", "released_auc",
    "released_auc_limit",
]  # fmt: skip

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(96)
_COARSE, _COARSE_WEIGHTS = np.polynomial.legendre.leggauss(40)
_LARGE, _HUGE = 1e6, 1e12


def blind_auc(load: ArrayLike, dim: ArrayLike) -> Float[Array, "..."]:
    """AUC of the Mahalanobis attack xᵀS⁻¹x, exact at every d and n > d: P(U > B), whatever Σ.

    B ~ Beta(d/2, (n−d)/2) of a member, U the odds of Beta(d/2, (n−d+1)/2) of a fresh point, independent. For
    n <= d members are found for certain: their xᵀS⁺x is n exactly, and no fresh point's is.

    Args:
        load: γ = n/d > 0, any shape.
        dim: d >= 1, broadcasts with `load`; beyond 10¹² (and loads beyond) the limit is given.

    Raises:
        ValueError: if a load is not positive or a dimension below 1.

    Source: derived (docs/derivations.md, statement M4).
    """
    load, dim = jnp.broadcast_arrays(positive("load", load), at_least("dim", dim, 1))
    few, many = load <= 1.0, (dim > _HUGE) | (load > _HUGE)
    plain = few | many
    size, ratio = jnp.where(plain, 1.0, dim), jnp.where(plain, 2.0, load)
    value = jnp.vectorize(_blind)(size / 2.0, size * (ratio - 1.0) / 2.0)
    return jnp.where(few, 1.0, jnp.where(many, ndtr(0.5 * jnp.sqrt(dim) / load), value))


def blind_auc_limit(scale: ArrayLike) -> Float[Array, "..."]:
    """AUC of the Mahalanobis attack at n = a d^{3/2}, d → ∞: Φ(d^{3/2}/2n) = Φ(1/2a).

    Args:
        scale: a > 0, any shape.

    Raises:
        ValueError: if a scale is not positive.

    Source: derived (docs/derivations.md, statement M4).
    """
    return ndtr(0.5 / positive("scale", scale))


def informed_auc(samples: ArrayLike, dim: ArrayLike) -> Float[Array, "..."]:
    """AUC of the likelihood-ratio attack with S and Σ known, at finite size; 1 for n <= d.

    A member scores ½(n−d−2) log(1−h) + ½ h χ²_n with the leverage h of `blind_auc`, a fresh point
    ½(n−d−2) log(1−χ²_d/w) + ½ χ²_d with w = χ²_{n−d+1}. Both share S, which to leading order moves the mean
    of χ²_n by (w−n+d−1)/d. Good to 1e-3 at d >= 8, n >= 1.5 d (simulated); the limit beyond d = 10⁶.

    Args:
        samples: n >= 1, any shape.
        dim: d >= 1, broadcasts with `samples`.

    Raises:
        ValueError: if a number of samples or a dimension is below 1.

    Source: derived (docs/derivations.md, statement M4).
    """
    n, d = jnp.broadcast_arrays(at_least("samples", samples, 1), at_least("dim", dim, 1))
    few, many = n <= d, (d > _LARGE) | (n > _LARGE**2)
    plain = few | many
    exact = jnp.vectorize(_informed)(jnp.where(plain, 64.0, n), jnp.where(plain, 16.0, d))
    return jnp.where(few, 1.0, jnp.where(many, ndtr(0.5 * (d / jnp.sqrt(n))), exact))


def informed_auc_limit(scale: ArrayLike) -> Float[Array, "..."]:
    """AUC of the likelihood-ratio attack with S and Σ known at n = a d², d → ∞: Φ(d/2√n) = Φ(1/2√a).

    Args:
        scale: a > 0, any shape.

    Raises:
        ValueError: if a scale is not positive.

    Source: derived (docs/derivations.md, statement M4).
    """
    return ndtr(0.5 / jnp.sqrt(positive("scale", scale)))


def released_auc(samples: ArrayLike, dim: ArrayLike, released: ArrayLike) -> Float[Array, "..."]:
    """AUC of the attack through m released samples of N(0, S), Σ known, at finite size.

    The score of a member is r (AB − 1), r = χ²_d, A = (r + χ²_{n−1})/n, B = χ²_m/m, that of a fresh point the
    same with A = χ²_n/n. Given both r their difference is taken as normal, skewness corrected, with the
    correlation through the common Ŝ. Within 0.01 at d >= 8 (simulated), at any n and m.

    Args:
        samples: n >= 1, any shape.
        dim: d >= 1, broadcasts with `samples`.
        released: m >= 1, broadcasts with both.

    Raises:
        ValueError: if an argument is below 1.

    Source: derived (docs/derivations.md, statement M5).
    """
    numbers = (at_least(*one, 1) for one in (("samples", samples), ("dim", dim), ("released", released)))
    n, d, m = jnp.broadcast_arrays(*numbers)
    many = (d > _LARGE) | (n > _LARGE**2) | (m > _LARGE**2)
    exact = jnp.vectorize(_released)(*(jnp.where(many, 16.0, number) for number in (n, d, m)))
    return jnp.where(many, ndtr(0.5 * (d / jnp.sqrt(n)) / jnp.sqrt(1.0 + n / m)), exact)


def released_auc_limit(scale: ArrayLike, ratio: ArrayLike) -> Float[Array, "..."]:
    """AUC through m = bn released samples at n = a d², d → ∞: Φ((d/2√n) √(m/(n+m))) = Φ(√(b/(1+b))/2√a).

    Args:
        scale: a > 0, any shape.
        ratio: b = m/n > 0; broadcasts.

    Raises:
        ValueError: if an argument is not positive.

    Source: derived (docs/derivations.md, statement M5).
    """
    b = positive("ratio", ratio)
    return ndtr(0.5 * jnp.sqrt(b / (1.0 + b) / positive("scale", scale)))


def predict(
    population: Population, load: ArrayLike, filter: Filter | None = None, dim: int | None = None
) -> Leakage:
    """The observables of `lingen.sims.leakage.draw`; see `blind_auc` and `informed_auc`.

    Raises:
        ValueError: without a dimension: at fixed load leakage is complete as d → ∞.
        NotImplementedError: for a filter: the attacker is given S itself.
    """
    if filter is not None:
        raise NotImplementedError(f"no leakage of {filter.name}: only of the sample covariance")
    size = population.dimension(dim)
    load = positive("load", load)
    return Leakage(blind_auc(load, size), informed_auc(load * size, size), None)


@jax.jit
def _blind(a: Array, b: Array) -> Array:
    """P(U > B) = P(U > 1) + ∫_{y<0} f(y) P(log-odds of B < −log(e^{−y}−1)) dy, y = log U; good to 1e-6."""

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
        half = (top + left) / 2.0
        t = half * (jnp.asarray(_NODES) + 1.0) - left
        shift = width * jnp.sinh(t)
        # (1 + e^y)/(1 + e^centre), without the overflow of e^shift
        rise = jnp.logaddexp(jnp.log(b), jnp.log(a) + shift) - jnp.log(a + b)
        grown = jnp.log1p(a / (a + b) * jnp.expm1(jnp.where(jnp.abs(shift) < 1.0, shift, 0.0)))
        density = jnp.exp(a * shift - (a + b) * jnp.where(jnp.abs(shift) < 1.0, grown, rise))
        return centre + shift, jnp.asarray(_WEIGHTS) * half * width * jnp.cosh(t) * density

    y, weights = nodes(jnp.clip(jnp.arcsinh((limit - centre) / width), -left, right))
    return y, weights / jnp.sum(nodes(right)[1])


def _chi_square(degrees: Array) -> tuple[Array, Array]:
    """Nodes and weights of χ² of k > 0 degrees, by Gauss–Legendre in t, log χ² = log k + √(2/k) sinh t."""
    width = jnp.sqrt(2.0 / degrees)
    left, right = jnp.arcsinh(7.0 + 80.0 / (degrees * width)), jnp.arcsinh(9.0)
    half = (left + right) / 2.0
    t = half * (jnp.asarray(_COARSE) + 1.0) - left
    shift = width * jnp.sinh(t)
    weights = jnp.asarray(_COARSE_WEIGHTS) * jnp.cosh(t)
    weights = weights * jnp.exp(0.5 * degrees * (shift - jnp.expm1(shift)))
    return degrees * jnp.exp(shift), weights / jnp.sum(weights)


@jax.jit
def _informed(n: Array, d: Array) -> Array:
    """P(member > fresh): χ²_n integrated out by Wilson and Hilferty's cube root, the rest by quadrature."""
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


@jax.jit
def _released(n: Array, d: Array, m: Array) -> Array:
    """P(member > fresh) by quadrature over both radii of an Edgeworth series of one term."""
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
