"""Silverstein's equation at real x: the ℓ with ψ(ℓ) = x, Im ℓ > 0 inside the spectrum of S.

ψ(ℓ) = ℓ (1 + c τ(Σ(ℓ−Σ)⁻¹)); companion Stieltjes transform of the sample spectrum m̃(x) = −1/ℓ (Silverstein
& Choi 1995). With ℓ = a + ib, Im ψ = 0 reads

    h(a, b²) = c Σ_k w_k σ_k² / ((a−σ_k)² + b²) = 1,

which has one root b > 0 where h(a, 0) > 1 (the bands), and x = Re ψ increases with a everywhere. Every atom
owns a cell of the a axis, bounded by the edges of the gap to its neighbour or, if that gap is closed, by
the minimum of h there: the shapes stay fixed whatever the number of bands.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Complex, Float

from lingen.models.population import Population
from lingen.theory.equivalents import ridge_map, ridge_slope

__all__ = ["Cells", "Table", "cells", "locate", "tabulate"]

_BISECTIONS, _NEWTON, _TABLE = 56, 40, 1024


class Cells(NamedTuple):
    """One cell an atom, in increasing order; `open` tells which ends are edges of the spectrum."""

    left: Float[Array, "k"]
    right: Float[Array, "k"]
    open_left: Bool[Array, "k"]
    open_right: Bool[Array, "k"]


class Table(NamedTuple):
    """Points (a, b², x) on the cells, x increasing; `gap` marks those that end a band on the right."""

    a: Float[Array, "m"]
    b2: Float[Array, "m"]
    x: Float[Array, "m"]
    gap: Bool[Array, "m"]


def cells(population: Population, load: Float[Array, ""]) -> Cells:
    """Cells of the a axis: bisection for the minimum of h in each gap, then for both edges."""
    sigma, weight = _atoms(population, load)
    low, high = sigma[:-1], sigma[1:]
    middle = _bisect(lambda a: _slope(sigma, weight, a) > 0, low, high)
    wide = (_h(sigma, weight, middle) < 1.0) & (high > low)
    after = jnp.where(wide, _bisect(lambda a: _h(sigma, weight, a) < 1, low, middle), middle)
    before = jnp.where(wide, _bisect(lambda a: _h(sigma, weight, a) > 1, middle, high), middle)
    reach = jnp.sqrt(jnp.sum(weight))  # h(a) <= reach²/(distance to the nearest atom)²
    ends = jnp.stack([sigma[0] - 2 * reach, sigma[-1]]), jnp.stack([sigma[0], sigma[-1] + 2 * reach])
    first = _bisect(lambda a: _h(sigma, weight, a) > 1, ends[0][:1], ends[1][:1])
    last = _bisect(lambda a: _h(sigma, weight, a) < 1, ends[0][1:], ends[1][1:])
    true = jnp.ones(1, bool)
    found = Cells(
        jnp.concatenate([first, before]),
        jnp.concatenate([after, last]),
        jnp.concatenate([true, wide]),
        jnp.concatenate([wide, true]),
    )
    return jax.tree.map(jax.lax.stop_gradient, found)


def tabulate(population: Population, load: Float[Array, ""]) -> Table:
    """(a, b², x) on points clustered at the ends of every cell."""
    sigma, weight = _atoms(population, load)
    parts = cells(population, load)
    count = max(5, _TABLE // sigma.size)
    share = jnp.sin(0.5 * jnp.pi * jnp.linspace(0.0, 1.0, count)) ** 2
    a = parts.left[:, None] + (parts.right - parts.left)[:, None] * share
    b2 = _height(sigma, weight, a)
    b2 = b2.at[:, 0].set(jnp.where(parts.open_left, 0.0, b2[:, 0]))
    b2 = b2.at[:, -1].set(jnp.where(parts.open_right, 0.0, b2[:, -1]))
    x = jnp.real(-ridge_map(population, load, -(a + 1j * jnp.sqrt(b2))))
    gap = jnp.zeros(a.shape, bool).at[:, -1].set(parts.open_right)
    table = Table(a.ravel(), b2.ravel(), jax.lax.cummax(x.ravel()), gap.ravel())
    return jax.tree.map(jax.lax.stop_gradient, table)


def locate(
    population: Population, load: Float[Array, ""], table: Table, x: Float[Array, "g"]
) -> tuple[Complex[Array, "g"], Bool[Array, "g"]]:
    """ℓ(x + i0) and whether x lies inside the spectrum; in a gap, the edge that ends it on the right.

    Complex Newton from the table, its real part kept within the bracketing pair of points; a last step
    outside the loop carries the derivatives.
    """
    place = jnp.clip(jnp.searchsorted(table.x, x, side="right"), 1, table.x.size - 1)
    inside = (x > 0) & (x > table.x[0]) & (x < table.x[-1]) & ~table.gap[place - 1]
    low, high = table.a[place - 1], table.a[place]
    width = table.x[place] - table.x[place - 1]
    part = jnp.clip((x - table.x[place - 1]) / jnp.where(width > 0, width, 1.0), 0.0, 1.0)
    b2 = (1 - part) * table.b2[place - 1] + part * table.b2[place]
    start = low + part * (high - low) + 1j * jnp.sqrt(b2)
    edge = jnp.where(x >= table.x[-1], table.a[-1], jnp.where((x <= 0) | (x <= table.x[0]), table.a[0], high))
    fixed = jax.lax.stop_gradient(x)

    sigma, weight = _atoms(population, load)
    mean = population.moment(1.0) / load

    def body(state: tuple) -> tuple:
        ell, _, count = state
        new = _newton(sigma, weight, ell, fixed - mean)
        imag = jnp.where(jnp.imag(new) > 0, jnp.imag(new), 0.5 * jnp.imag(ell))
        new = jnp.clip(jnp.real(new), low, high) + 1j * imag
        done = jnp.abs(new - ell) <= 1e-9 * jnp.abs(new)
        return jnp.where(inside, new, ell), done | ~inside, count + 1

    def unfinished(state: tuple) -> Array:
        return jnp.any(~state[1]) & (state[2] < _NEWTON)

    begin = (jnp.where(inside, start, 1.0 + 1j), ~inside, 0)
    ell = jax.lax.stop_gradient(jax.lax.while_loop(unfinished, body, jax.lax.stop_gradient(begin))[0])
    slope = jax.lax.stop_gradient(_safe(ridge_slope(population, load, -ell)))
    ell = ell - (-ridge_map(population, load, -ell) - x) / slope
    return jnp.where(inside, ell, edge + 0j), inside


def _atoms(population: Population, load: Array) -> tuple[Array, Array]:
    """Increasing σ and c w σ², atoms without weight moved onto the largest, where they are harmless."""
    weight = population.weights * population.eigenvalues**2 / load
    sigma = jnp.where(weight > 0, population.eigenvalues, jnp.max(population.eigenvalues))
    order = jnp.argsort(sigma)
    return jax.lax.stop_gradient((sigma[order], weight[order]))


def _h(sigma: Array, weight: Array, a: Array) -> Array:
    return (1.0 / (a[..., None] - sigma) ** 2) @ weight


def _newton(sigma: Array, weight: Array, ell: Array, target: Array) -> Array:
    """One Newton step for ℓ + c τ(Σ²(ℓ−Σ)⁻¹) = x − c τ(Σ), in real arithmetic, far faster than complex."""
    a, b = jnp.real(ell), jnp.imag(ell)
    away = a[:, None] - sigma
    inverse = 1.0 / (away**2 + b[:, None] ** 2)
    first, zeroth = (away * inverse) @ weight, inverse @ weight
    square = inverse**2
    even, odd = ((away**2 - b[:, None] ** 2) * square) @ weight, (away * square) @ weight
    excess = ell + first - 1j * b * zeroth - target
    return ell - excess / (1.0 - even + 2j * b * odd)


def _slope(sigma: Array, weight: Array, a: Array) -> Array:
    """−h'(a)/2 with its sign reversed: positive to the right of the minimum."""
    return -((1.0 / (a[..., None] - sigma) ** 3) @ weight)


def _bisect(right: object, low: Array, high: Array) -> Array:
    """Where the predicate `right` turns true between `low` and `high`."""

    def halve(_: int, ends: tuple) -> tuple:
        middle = 0.5 * (ends[0] + ends[1])
        turned = right(middle)  # type: ignore[operator]
        return jnp.where(turned, ends[0], middle), jnp.where(turned, middle, ends[1])

    low, high = jax.lax.fori_loop(0, _BISECTIONS, halve, (low, high))
    return 0.5 * (low + high)


def _height(sigma: Array, weight: Array, a: Array) -> Array:
    """b²(a): monotone Newton on 1/h, concave in b², from a lower bound; 0 outside the bands."""
    squares = (a[..., None] - sigma) ** 2
    start = jnp.maximum(jnp.max(weight - squares, axis=-1), 0.0)

    def newton(state: tuple) -> tuple:
        b2, _, count = state
        inverse = 1.0 / _safe(squares + b2[..., None])
        h = inverse @ weight
        new = jnp.maximum(b2 + h * (h - 1.0) / (inverse**2 @ weight), start)
        return new, (jnp.abs(h - 1.0) <= 1e-9) | (jnp.abs(new - b2) <= 1e-12 * new), count + 1

    def unfinished(state: tuple) -> Array:
        return jnp.any(~state[1]) & (state[2] < _NEWTON)

    return jax.lax.while_loop(unfinished, newton, (start, jnp.zeros(start.shape, bool), 0))[0]


def _safe(value: Array) -> Array:
    return jnp.where(value == 0, 1e-300, value)
