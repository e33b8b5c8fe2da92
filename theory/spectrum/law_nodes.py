"""Nodes and weights of the spectral law of S: ∫f dF over its bands as a sum, for functions that need ℓ(x).

On the curve ℓ = a + i√s, h(a, s) = 1, that ℓ(x + i0) runs through (see lingen.theory.spectrum.curve) the law
is dF = γ √s/(π|ℓ|²) dx, dx = 2 (s h₁² + h₂²)/h₁ da with h₁ = −∂h/∂s, h₂ = −½ ∂h/∂a. Between two neighbouring
ends of gaps a = left + width sin²(θ/2) absorbs the square roots at the edges; θ = π sin²(φ/2), with
Gauss–Legendre nodes in φ, gathers nodes there once more (derived).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import ArrayLike, Complex, Float

from lingen.boundary import checked
from lingen.checks import single
from lingen.models.population import Population
from lingen.theory.numerics.chunks import over_batch
from lingen.theory.numerics.quadrature import between
from lingen.theory.numerics.roots import newton
from lingen.theory.spectrum import gaps
from lingen.theory.spectrum.resolvent import moderate

__all__ = ["Nodes", "nodes"]

_NODES, _NEWTON, _TINY = 4096, 100, 1e-300
_SHARE = 64  # of what a chunk may hold: in cache, and few points that wait for the slowest among them


class Nodes(NamedTuple):
    """∫f dF over the bands ≈ Σ weight f(x); an atom of S at 0 is not among them."""

    ell: Complex[Array, "m"]
    """ℓ(x + i0)."""
    x: Float[Array, "m"]
    weight: Float[Array, "m"]


@checked
def nodes(population: Population, load: ArrayLike) -> Nodes:
    """Nodes of the law of S at one load: 48 an atom of Σ, up to 400 where there are few.

    Masses and moments come to round-off, but for a load within 1e-3 of 1 or a gap about to close, where the
    law itself is singular: there to 1e-6.

    Raises:
        ValueError: if the load is not one positive number.
    """
    gamma = moderate(single("load", load))
    return _nodes(population, gamma)


@jax.jit
def _nodes(population: Population, load: Array) -> Nodes:
    sigma, weight, _ = gaps.ordered(*jax.lax.stop_gradient((population, load)))
    found = gaps.find(sigma, weight)
    left, right = found.end[:-1], found.begin[1:]
    outer, share = between(0.0, np.pi, int(np.clip(_NODES // sigma.size, 48, 400)))
    angle, share = np.pi * np.sin(outer / 2) ** 2, share * np.pi / 2 * np.sin(outer)
    a = (left[:, None] + (right - left)[:, None] * np.sin(angle / 2) ** 2).ravel()
    step = ((right - left)[:, None] * (np.sin(angle) / 2 * share)).ravel()
    a, step = jax.lax.stop_gradient((a, step))
    return over_batch(lambda a, step: _node(population, load, a, step), _SHARE * sigma.size, a, step)


def _node(population: Population, load: Array, a: Array, step: Array) -> Nodes:
    s = jax.lax.stop_gradient(_height(population, load, a))
    h, even, _ = _sums(population, load, a, s)
    s = jnp.maximum(s + (h - 1.0) / even, _TINY)  # carries the derivatives
    _, even, odd = _sums(population, load, a, s)
    square = a**2 + s
    x = square * (_inverse(population, a, s) @ (population.weights * population.eigenvalues)) / load
    slope = 2.0 * (s * even + odd**2 / even)
    return Nodes(jax.lax.complex(a, jnp.sqrt(s)), x, load * jnp.sqrt(s) / (jnp.pi * square) * slope * step)


def _height(population: Population, load: Array, a: Array) -> Array:
    """s >= 0 with h(a, s) = 1: 1/h is concave in s, and Newton climbs after its first step.

    A step below 1e-7 is the last, its own error squared; `_node` takes one more.
    """

    def climb(s: Array) -> tuple[Array, Array]:
        h, even, _ = _sums(population, load, a, s)
        new = jnp.maximum(s + h * (h - 1.0) / even, s / 64)
        # beside an edge a step relative to s never falls below what round-off leaves of h − 1
        return new, (jnp.abs(new - s) <= 1e-7 * s) | (jnp.abs(h - 1.0) <= 1e-14) | (s < _TINY)

    return newton(climb, population.moment(2.0) / load, jnp.zeros((), bool), _NEWTON)


def _inverse(population: Population, a: Array, s: Array) -> Array:
    return 1.0 / ((a - population.eigenvalues) ** 2 + s)


def _sums(population: Population, load: Array, a: Array, s: Array) -> tuple[Array, Array, Array]:
    """h, −∂h/∂s and −½ ∂h/∂a."""
    inverse = _inverse(population, a, s)
    weight = population.weights * population.eigenvalues**2 / load
    square = inverse * inverse
    return inverse @ weight, square @ weight, jnp.sum(square * weight * (a - population.eigenvalues))
