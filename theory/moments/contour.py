"""Contour integrals of the resolvent in the plane of the renormalised ridge: E f(S) for analytic f.

With ℓ = −κ and ψ(ℓ) = −t(−ℓ) the resolvent at z = ψ(ℓ) is explicit, (z−S)⁻¹ ≍ (ℓ/z)(ℓ−Σ)⁻¹, so

    E f(S)_k = (1/2πi)∮ f(ψ(ℓ)) (ℓ/ψ(ℓ)) ψ'(ℓ)/(ℓ−σ_k) dℓ

needs no root finding. Off the real axis ψ is real only where it is a point of the support of S, hence for
f analytic off (−∞, −a] the integrand is analytic in the open upper half plane, and real on the real axis
between its poles: the path may cross the axis anywhere between the poles to be kept in and out (derived).
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Complex, Float

from lingen.boundary import checked
from lingen.checks import nonnegative, positive
from lingen.models.population import Population
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.quadrature import between
from lingen.theory.numerics.shapes import broadcast
from lingen.theory.spectrum.equivalents import kappa, ridge_ratio, ridge_slope, unseen

__all__ = ["along", "around", "expect", "expect_one", "null_mass", "polyline", "right_end", "within"]

ALONG, ACROSS = 384, 32  # Gauss–Legendre nodes on the horizontal and on each vertical piece
_CLEAR = 1.5  # logarithmic distance kept from poles
_FLOOR = 42.0  # logarithmic depth below which nothing is left to integrate


@checked
def expect(
    population: Population, load: ArrayLike, f: Callable[[Array], Array], singularity: ArrayLike
) -> Float[Array, "... k"]:
    """E f(S)_k, one entry a bulk atom, for f analytic off (−∞, −singularity].

    Args:
        population: bulk law of Σ, k atoms.
        load: γ = n/d > 0, any shape.
        f: function of complex eigenvalues, elementwise, real on the positive axis, finite at 0.
        singularity: a >= 0; infinite for an entire f, whose values near −τ(Σ) are then used.

    Raises:
        ValueError: if a load is not positive.
    """
    load, reach = broadcast(positive("load", load), jnp.asarray(singularity, float))
    reach = nonnegative("singularity", jnp.where(jnp.isinf(reach), population.moment(1.0), reach))
    cost = ALONG * population.eigenvalues.size
    return over_batch(lambda one, a: expect_one(population, one, f, a), cost, load, reach)


@checked
def expect_one(
    population: Population,
    load: Float[Array, ""],
    f: Callable[[Array], Array],
    reach: Float[Array, ""],
    nodes: int = ALONG,
    angle: ArrayLike = np.pi / 2,
) -> Float[Array, "... k"]:
    """E f(S)_k at one load, for f of values (..., nodes), by a path of three pieces in log ℓ.

    The path rises from ℓ_R > σ_max to arg ℓ = `angle`, runs inwards, and meets the real axis again
    (A) between −κ(a) and −κ₀ if those are far apart; (B) between −κ₀ and 0 if κ₀ > 0, when the mass
    κ₀/(σ+κ₀) of S at 0 is added; (C) between 0 and the smallest zero of ψ(ℓ)/ℓ if there is no such mass.
    """
    least, spare = kappa(population, load, 0.0), unseen(population, load)
    start, radius, outside = jax.lax.stop_gradient(_crossing(population, load, least, reach))
    final = jnp.where(outside | (spare < 0), jnp.pi, 0.0)
    corners = [
        jnp.log(start) + 0j,
        jnp.log(start) + 1j * angle,
        jnp.log(radius) + 1j * angle,
        jnp.log(radius) + 1j * final,
    ]
    points, steps = polyline(corners, (nodes // 12, nodes, nodes // 12))
    return within(population, load, f, points, steps, outside)


@checked
def within(
    population: Population,
    load: Float[Array, ""],
    f: Callable[[Array], Array],
    points: Complex[Array, "m"],
    steps: Complex[Array, "m"],
    inside: ArrayLike,
) -> Float[Array, "... k"]:
    """E f(S)_k from the upper half of a path, as in `around`, whether 0 is `inside` it or not."""
    bulk = around(population, load, f, points, steps)
    return bulk + jnp.real(f(jnp.zeros(1, complex))) * null_mass(population, load, inside)


@checked
def null_mass(population: Population, load: Float[Array, ""], inside: ArrayLike) -> Float[Array, "k"]:
    """What `around` leaves of f(0), mode by mode: all if 0 is `inside` the path, else the mass of S there."""
    sigma, least = population.eigenvalues, kappa(population, load, 0.0)
    massive = unseen(population, load) < 0
    null = jnp.where(massive, least, 0.0) / jnp.where(massive, sigma + least, 1.0)
    return jnp.where(inside | (sigma == 0), 1.0, null)


@checked
def around(
    population: Population,
    load: Float[Array, ""],
    f: Callable[[Array], Array],
    points: Complex[Array, "m"],
    steps: Complex[Array, "m"],
) -> Float[Array, "... k"]:
    """(1/2πi)∮ f(ψ) σ_k/(ψ(ℓ−σ_k)) ψ'dℓ from the upper half of a path: nodes u = log ℓ with weights du.

    It is E f(S)_k less (1/2πi)∮ f(z) dz/z, which is known: modes of small σ_k keep their digits.
    """
    value, slope, poles, _ = _integrand(population, load, f, points)
    return jnp.imag((value * (slope * steps)) @ poles) * population.eigenvalues / jnp.pi


@checked
def along(
    population: Population,
    load: Float[Array, ""],
    f: Callable[[Array], Array],
    points: Complex[Array, "m"],
    steps: Complex[Array, "m"],
) -> Complex[Array, "... k"]:
    """∫ f(ψ(ℓ)) (ℓ/ψ) ψ'(ℓ)/(ℓ−σ_k) dℓ over nodes u = log ℓ with weights du."""
    value, slope, poles, ell = _integrand(population, load, f, points)
    return (value * (slope * ell * steps)) @ poles


def _integrand(
    population: Population, load: Array, f: Callable[[Array], Array], points: Array
) -> tuple[Array, Array, Array, Array]:
    """f(ψ), ψ'ℓ/ψ and 1/(ℓ−σ_k) at ℓ = e^u, and ℓ itself."""
    ell = jnp.exp(points)
    ratio = ridge_ratio(population, load, -ell)
    poles = 1.0 / (ell[:, None] - population.eigenvalues)
    return f(ell * ratio), ridge_slope(population, load, -ell) / ratio, poles, ell


@checked
def polyline(corners: list[Array], counts: tuple[int, ...]) -> tuple[Array, Array]:
    """Gauss–Legendre nodes and weights on the straight pieces between complex corners."""
    points, steps = [], []
    for first, last, count in zip(corners[:-1], corners[1:], counts, strict=True):
        point, step = between(first, last, count)
        points.append(point)
        steps.append(step)
    return jnp.concatenate(points), jnp.concatenate(steps)


@checked
def right_end(population: Population, least: Array) -> Array:
    """ℓ_R, safely to the right of every pole and outside every other scale."""
    return jnp.exp(_CLEAR) * jnp.maximum(jnp.max(population.eigenvalues), least)


def _crossing(population: Population, load: Array, least: Array, reach: Array) -> tuple[Array, Array, Array]:
    """ℓ_R, the radius of the inner crossing, and whether it lies to the left of −κ₀."""
    sigma = population.eigenvalues
    smallest = jnp.min(jnp.where(sigma > 0, sigma, jnp.inf))
    inverse = jnp.sum(jnp.where(sigma > 0, population.weights / jnp.where(sigma > 0, sigma, 1.0), 0.0))
    spare = unseen(population, load)
    zero = jnp.where(spare < 0, least, 0.5 * jnp.minimum(smallest, spare * load / inverse))
    far = kappa(population, load, reach)
    outside = far > jnp.exp(2 * _CLEAR) * zero
    start = right_end(population, least)
    radius = jnp.where(outside, jnp.minimum(jnp.exp(-_CLEAR) * far, start), jnp.exp(-_CLEAR) * zero)
    return start, jnp.maximum(radius, jnp.exp(-_FLOOR) * smallest), outside
