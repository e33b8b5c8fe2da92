"""Power-law spectra σ_k = k^{−a}: how fast two models come to agree, and from when on each latent is known.

In an infinite spectrum with n samples the modes k << n are learnt and the modes k >> n are not. For Gaussian
models on disjoint data, as n → ∞,

    1 − q ≈ K_a n^{1−a}   (1 < a < 2),      (6/π²) log n / n   (a = 2),      D_a / n   (a > 2):

a flat spectrum is limited by its unlearnt tail, a steep one by the fluctuations of the modes that are learnt.
Near a = 2 both count at any n: with the constants continued, K_a n^{1−a} + D_a/n is uniform in a. Both are
derived in docs/derivations (statement C5).
"""

from __future__ import annotations

from functools import lru_cache, partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Float
from scipy.special import gamma, zeta

from lingen.boundary import checked
from lingen.checks import integer, positive
from lingen.models.population import Population
from lingen.theory.convergence import overlap
from lingen.theory.numerics.quadrature import between
from lingen.theory.recovery import Latents

__all__ = ["disagreement", "disagreement_law", "latents", "prefactor", "rate"]

EXACT_MODES = 2000
"""Modes summed one by one in D_a; an integral takes the rest."""
_NEAR, _AROUND = 0.02, (-0.09, -0.06, -0.03, 0.03, 0.06, 0.09)
_ALONE, _SINGLE = 2.75, 120.0


@checked
def rate(exponent: float) -> float:
    """min(a − 1, 1), the power of 1/n with which 1 − q falls; at a = 2 with a logarithm.

    Raises:
        ValueError: unless a > 1, where the spectrum has a finite sum.
    """
    return min(_exponent(exponent) - 1.0, 1.0)


@checked
def prefactor(exponent: float) -> float:
    """K_a for 1 < a < 2, 6/π² at a = 2, D_a above.

    Raises:
        ValueError: unless a > 1.
    """
    exponent = _exponent(exponent)
    if exponent == 2.0:
        return 1.0 / float(zeta(2.0))
    return _steep(exponent) if exponent > 2.0 else _flat(exponent)


@checked
def disagreement_law(exponent: float, samples: ArrayLike) -> Float[Array, "..."]:
    """1 − q at n samples of an infinite power law, uniformly in the exponent: K_a n^{1−a} + D_a/n.

    Both constants are continued through their poles at a = 2, which cancel and leave the logarithm. What is
    left out is of relative order 1/n. From a = 2.75 on D_a/n alone, for K_a has its next pole at 3.

    Args:
        exponent: a > 1.
        samples: n > 0, any shape.

    Raises:
        ValueError: if an argument is out of range.

    Source: derived (docs/derivations, statement C5).
    """
    number, a = positive("samples", samples), _exponent(exponent)
    if a >= _ALONE:
        return _steep(a) / number
    growing, both = _near_two(a) if abs(a - 2.0) < _NEAR else ((2.0 - a) * _flat(a), _flat(a) + _steep(a))
    return _law(number, None if a == 2.0 else 2.0 - a, growing, both)


@jax.jit
def _law(number: Array, gap: float | None, growing: float, both: float) -> Array:
    logs = jnp.log(number)
    power = logs if gap is None else jnp.expm1(gap * logs) / gap  # (n^{2−a} − 1)/(2−a)
    return (growing * power + both) / number


@checked
def disagreement(population: Population, samples: ArrayLike, *, pairs: bool = False) -> Float[Array, "..."]:
    """1 − q of Gaussian models for a given finite spectrum: its deterministic equivalent and 1/4n.

    The equivalent misses that the diagonal entries of S fluctuate twice as much as the others. That adds
    Σσ_k/4n to Σ(σ_k − ḡ_k²): nothing where many modes count alike, and of the leading order where few do.

    Args:
        population: a spectrum of known dimension.
        samples: n > 0 of each training set, any shape.
        pairs: whether q is the mean of the cosines of single pairs of models, in place of the ratio of
            expectations. Single pairs do not see their norms fluctuate: tr Σ²/2n(tr Σ)² less disagreement.

    Raises:
        ValueError: if the population has no dimension of its own or n is not positive.

    Source: statement C4 of arXiv 2605.21402; the diagonal derived (docs/derivations).
    """
    if population.dim is None:
        raise ValueError("population must have a dimension of its own, got None")
    number = positive("samples", samples)
    shared = overlap(population, number / float(population.dim))
    return _disagreement(population, shared, number, pairs)


@partial(jax.jit, static_argnums=3)
def _disagreement(population: Population, shared: Array, number: Array, pairs: bool) -> Array:
    ratio = 1.0 - shared + 0.25 / number
    sigma = population.eigenvalues / jnp.sum(population.eigenvalues)
    return ratio - 0.5 * jnp.sum(sigma**2) / number if pairs else ratio


@checked
def latents(population: Population, samples: ArrayLike, count: int) -> Latents:
    """The first `count` latents of `lingen.theory.recovery.latents`, without a d × d array.

    Args:
        population: a spectrum of known dimension.
        samples: n > 0.
        count: how many of the leading eigenvalues, all different.

    Raises:
        ValueError: if the population has no dimension of its own, or an argument is out of range.

    Source: derived (docs/derivations, statement R8).
    """
    if population.dim is None:
        raise ValueError("population must have a dimension of its own, got None")
    number = positive("samples", samples)
    sigma = population.eigenvalues
    return _latents(sigma, number, integer("count", count, low=1, high=sigma.size))


@partial(jax.jit, static_argnums=2)
def _latents(sigma: Array, number: Array, count: int) -> Latents:
    leading = sigma[:count]
    other = jnp.arange(leading.size)[:, None] != jnp.arange(sigma.size)
    ratio = jnp.where(other, sigma / jnp.where(other, leading[:, None] - sigma, 1.0), 0.0)
    needed, shift = jnp.sum(ratio**2, axis=1), jnp.sum(ratio, axis=1)
    known = (1.0 - needed / number) / (1.0 + jnp.where(number > needed, shift, 0.0) / number)
    return Latents(leading, needed, jnp.where(number > needed, known, 0.0))


def _exponent(exponent: float) -> float:
    exponent = float(positive("exponent", exponent))
    if exponent <= 1.0:
        raise ValueError(f"exponent must be above 1, so that the spectrum has a finite sum, got {exponent:g}")
    return exponent


@lru_cache
def _near_two(exponent: float) -> tuple[float, float]:
    """(2−a) K_a and K_a + D_a, both analytic at a = 2, by interpolation from either side."""
    places = 2.0 + np.asarray(_AROUND)
    flat, steep = (np.array([f(float(a)) for a in places]) for f in (_flat, _steep))
    rows = np.stack([(2.0 - places) * flat, flat + steep], axis=1)
    powers = np.polynomial.polynomial.polyfit(places - 2.0, rows, len(places) - 1)
    growing, both = np.asarray(np.polynomial.polynomial.polyval(exponent - 2.0, powers)).tolist()
    return growing, both


@lru_cache
def _steep(exponent: float) -> float:
    """D_a = ¼ + Σ_jk (j^{a/2} + k^{a/2})^{−2} / ζ(a): shells max(j, k) = m, from M on by their integral.

    A shell is 2 m^{1−a} ∫_0^1 (1+x^{a/2})^{−2} dx − m^{−a} and, from small j, 2 c_i ζ(−ia/2) m^{−a−ia/2} with
    c_i the coefficients of (1+y)^{−2}. The integrals continue it to a < 2.
    """
    if exponent > _SINGLE:
        return 0.5  # j = k = 1 alone
    half = exponent / 2
    power = np.arange(1, EXACT_MODES + 1) ** half
    inner = sum(float(np.sum((power[m] + power[: m + 1]) ** -2.0)) for m in range(EXACT_MODES))
    inner = 2.0 * inner - float(np.sum((2.0 * power) ** -2.0))
    u, weights = between(0.0, 1.0, 60)
    shell = float(np.sum(2 * weights * u / (1 + u ** (2 * half)) ** 2))  # ∫_0^1 (1+x^{a/2})^{−2} dx, x = u²
    edge = EXACT_MODES + 0.5
    outer = 2 * shell * edge ** (2 - exponent) / (exponent - 2) - edge ** (1 - exponent) / (exponent - 1)
    for i in range(1, 5):
        order = exponent + i * half
        outer += 2 * (-1) ** i * (i + 1) * _reflected(i * half) * edge ** (1 - order) / (order - 1)
    return 0.25 + (inner + outer) / float(zeta(exponent))


def _reflected(s: float) -> float:
    """ζ(−s), s > 0."""
    return float(-(2.0**-s) * np.pi ** (-s - 1) * np.sin(np.pi * s / 2) * gamma(1 + s) * zeta(1 + s))


@lru_cache
def _flat(exponent: float) -> float:
    """K_a = C^{a−1}/ζ(a) ∫_0^∞ (u^{−a} − h(u)²) du, C = (π/a)/sin(π/a), by trapezoid sums in log u.

    The root of the mode u·n/C has the mean h(u) = (1/π)∫_1^∞ t'(v) t(v)^{−1/2}/(1+v u^a) dv, in units in
    which the renormalised ridge is v and t = v − v^{1−1/a}. Beyond the first and the last node the integrand
    is a power, u^{1−a} and u^{−a}: the rest of the trapezoid sum is geometric, and continues it to 2 < a < 3.
    """
    step = 0.1
    logs = np.arange(-14.0, 44.0 / exponent, step)
    u = np.exp(logs)
    lost = (u**-exponent - _root(exponent, u) ** 2) * u
    below = lost[0] / np.expm1((2.0 - exponent) * step)
    above = lost[-1] / np.expm1((exponent - 1.0) * step)
    scale = (np.pi / exponent) / np.sin(np.pi / exponent)
    return float(scale ** (exponent - 1.0) / zeta(exponent) * step * (np.sum(lost) + below + above))


def _root(exponent: float, u: Float[np.ndarray, "m"]) -> Float[np.ndarray, "m"]:
    """h(u) by the trapezoid rule in log(v − 1)."""
    step = 0.25
    x = np.arange(-72.0, 72.0 + exponent * 14.0, step)
    v = 1.0 + np.exp(x)
    inverse = 1.0 / exponent
    gap = -np.expm1(-inverse * np.log1p(np.exp(x)))  # 1 − v^{−1/a}
    slope = gap + inverse * (1.0 - gap)
    weight = step / np.pi * slope / np.sqrt(v * gap) * np.exp(x)
    return np.stack([np.sum(weight / (1.0 + v * one)) for one in u**exponent])
