"""E f(S) for f bounded on a disc around the spectrum of S alone, such as polynomials of high degree.

T steps of descent are a polynomial of degree T, at most one in size on the disc |1−2η(z+s)| <= 1 and huge
beyond. With the disc of diameter (C, D), w = (z−C)/(D−z) maps it to the right half plane and the spectrum
to an interval of the positive axis. In log w the disc is the strip |Im log w| < π/2: an ellipse with the
spectrum between its foci and half the height of the strip keeps clear of both, and the trapezoid rule along
it converges like e^{−2Nρ}, sinh ρ = π/(2 log(w_max/w_min)), for whatever f (derived, docs/derivations,
statement G1). The path in ℓ, ψ(ℓ) = z, is followed by Newton from the right end of the spectrum.
"""

from __future__ import annotations

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Complex, Float

from lingen.boundary import checked
from lingen.models.descent import Descent
from lingen.models.population import Population
from lingen.theory.moments.contour import within
from lingen.theory.numerics.roots import newton
from lingen.theory.spectrum import gaps
from lingen.theory.spectrum.equivalents import ridge_map, ridge_slope

__all__ = ["NODES", "expect_inside", "stable_disc", "top"]

NODES = 256  # round-off while w_max/w_min < 10¹⁰
_NEWTON, _MONOTONE = 4, 80


@checked
def top(population: Population, load: Float[Array, ""]) -> Float[Array, ""]:
    """The upper end of the spectrum of S, without its derivatives."""
    return _ends(population, load)[1]


@checked
def expect_inside(
    population: Population,
    load: Float[Array, ""],
    f: Callable[[Array], Array],
    left: ArrayLike,
    right: ArrayLike,
    room: ArrayLike = 0.0,
) -> Float[Array, "... k"]:
    """E f(S)_k at one load, one entry a bulk atom, for f of values (..., nodes).

    Args:
        population: bulk law of Σ, k atoms.
        load: γ = n/d > 0.
        f: function of complex eigenvalues, elementwise, real on the real axis.
        left: C < 0, the left end of a diameter of a disc on which f is analytic and not much larger than on
            the spectrum.
        right: its right end; may be infinite.
        room: how far beyond the spectrum it reaches at least: positive unless `right` is above `top`.
    """
    points, steps, whole = jax.lax.stop_gradient(_path(population, load, left, right, room))
    return within(population, load, f, points, steps, whole)


@checked
def stable_disc(filter: Descent) -> tuple[Array, Array, Array]:
    """C, D and room of steps of descent: 1−2η(z+s) is at most one in size, or little above it T times.

    Where 2ηTs < 1 the disc may reach beyond −s, on which the power only reaches e; likewise on the right.
    """
    swift = 0.5 / (filter.rate * filter.steps)
    left = jnp.minimum(jnp.maximum(filter.noise, swift), jnp.asarray(filter.singularity))
    return -left, 1.0 / filter.rate - filter.noise, swift


def _ends(population: Population, load: Array) -> tuple[Array, Array, Array]:
    """The lower and upper end of the bulk of S, and ℓ at the upper one."""
    population, load = jax.lax.stop_gradient((population, load))
    low, high = gaps.outer(*gaps.ordered(population, load)[:2])
    lower, upper = -ridge_map(population, load, -low), -ridge_map(population, load, -high)
    return jnp.maximum(lower, 0.0), upper, high


def _path(
    population: Population, load: Array, left: ArrayLike, right: ArrayLike, room: ArrayLike
) -> tuple[Complex[Array, "m"], Complex[Array, "m"], Array]:
    """log ℓ and its steps on the upper half of the ellipse, from right to left, and whether 0 is inside."""
    lower, upper, edge = _ends(population, load)
    left = jnp.maximum(left, -upper)  # farther out powers of z would cancel
    whole = lower <= -left
    begin, first = jnp.where(whole, left, 0.0), jnp.where(whole, 0.0, lower)
    end = jnp.minimum(jnp.maximum(right, upper + room), 2.0 * upper)
    near, far = jnp.log((first - begin) / (end - first)), jnp.log((upper - begin) / (end - upper))
    half, height = (far - near) / 2, jnp.pi / 4
    width = jnp.sqrt(half**2 + height**2)
    angle = np.pi * (np.arange(NODES) + 0.5) / NODES
    log = (near + far) / 2 + width * np.cos(angle) + 1j * height * np.sin(angle)
    turn = (-width * np.sin(angle) + 1j * height * np.cos(angle)) * (np.pi / NODES)
    w = jnp.exp(log)
    z, dz = (begin + end * w) / (1 + w), (end - begin) * w / (1 + w) ** 2 * turn
    rightmost = jnp.exp((near + far) / 2 + width)
    ell = _follow(population, load, z, (begin + end * rightmost) / (1 + rightmost), edge)
    return jnp.log(ell), dz / (ell * ridge_slope(population, load, -ell)), whole


def _follow(population: Population, load: Array, z: Array, start: Array, edge: Array) -> Array:
    """ℓ along the path: real Newton at its right end, then quadratic extrapolation and Newton in turn."""

    def descend(ell: Array) -> tuple[Array, Array]:
        step = (-ridge_map(population, load, -ell) - start) / ridge_slope(population, load, -ell)
        new = jnp.maximum(ell - step, edge)  # ψ is convex: from the right Newton does not pass the root
        return new, jnp.abs(ell - new) <= 1e-13 * ell

    begin = newton(descend, start, jnp.zeros((), bool), _MONOTONE)

    def follow(known: tuple, point: Array) -> tuple:
        one, two, three = known
        ell = 3.0 * (one - two) + three
        for _ in range(_NEWTON):
            off = -ridge_map(population, load, -ell) - point
            ell = ell - off / ridge_slope(population, load, -ell)
        return (ell, one, two), ell

    first = begin + 0j
    return jax.lax.scan(follow, (first, first, first), z)[1]
