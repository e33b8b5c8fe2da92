"""Silverstein's equation at real x: the ℓ with ψ(ℓ) = x, Im ℓ > 0 inside the spectrum of S.

ψ(ℓ) = ℓ (1 + c τ(Σ(ℓ−Σ)⁻¹)); companion Stieltjes transform of the sample spectrum m̃(x) = −1/ℓ (Silverstein &
Choi 1995). With ℓ = a + i√s the equation is real: Re ψ = x and h(a, s) = 1 (see
lingen.theory.spectrum.curve). In (a, s) both the curve and Newton's equations stay regular at the edges,
where s = 0 and ψ' = 0. Cubic interpolation in a table of the curve starts Newton with four digits (derived).
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Complex, Float

from lingen.boundary import checked
from lingen.models.population import Population
from lingen.theory.numerics.chunks import in_chunks, over_batch
from lingen.theory.numerics.roots import newton
from lingen.theory.spectrum.curve import Problem, Table, nonzero
from lingen.theory.spectrum.equivalents import ridge_map, ridge_slope

__all__ = ["locate"]

_NEWTON, _EDGE = 40, 1e-14


@checked
def locate(
    population: Population, load: Float[Array, ""], table: Table, x: Float[Array, "g"]
) -> tuple[Complex[Array, "g"], Bool[Array, "g"]]:
    """ℓ(x + i0) and whether x lies inside the spectrum; in a gap, the edge that ends it on the right."""
    fixed = jax.lax.stop_gradient(x)
    place = jnp.clip(jnp.searchsorted(table.x, fixed, side="right"), 1, table.used - 1)
    low, high = table.a[place - 1], table.a[place]
    slack = _EDGE * fixed  # an edge is known to rounding only, any other node is an ordinary point
    starts = (place == 1) | table.last[jnp.maximum(place - 2, 0)]
    at_low = starts & (fixed <= table.x[place - 1] + slack)
    at_high = table.last[place] & (fixed >= table.x[place] - slack)
    inside = (fixed > 0) & ~at_low & ~at_high & ~table.last[place - 1]
    edge = jnp.where(at_low & ~table.last[place - 1], low, high)
    ell = _root(population, load, x, table, place, inside)
    return jnp.where(inside, ell, edge + 0j), inside


@jax.custom_jvp
def _root(
    population: Population, load: Array, x: Array, table: Table, place: Array, inside: Array
) -> Complex[Array, "g"]:
    problem = table.problem
    low, high = table.a[place - 1], table.a[place]
    a, s = _start(table, place, x)
    arguments = (x, jnp.where(inside, a, low), jnp.where(inside, s, 1.0), low, high, inside)
    a, s = in_chunks(lambda *chunk: _solve(problem, *chunk), problem.chunk, jnp.asarray(x.size), arguments)
    return a + 1j * jnp.sqrt(s)


@_root.defjvp
def _root_jvp(primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    population, load, _, _, _, inside = primals
    ell = _root(*primals)

    def point(ell: Array, inside: Array, dx: Array) -> Array:
        _, moved = jax.jvp(lambda p, g: -ridge_map(p, g, -ell), (population, load), tangents[:2])
        slope = nonzero(ridge_slope(population, load, -ell))
        return jnp.where(inside, (dx - moved) / slope, 0.0)

    return ell, over_batch(point, population.eigenvalues.size, ell, inside, tangents[2])


def _start(table: Table, place: Array, x: Array) -> tuple[Array, Array]:
    """Cubic interpolation of a and s in x, kept near the straight line."""
    low, step = table.x[place - 1], table.x[place] - table.x[place - 1]
    part = jnp.clip((x - low) / jnp.where(step > 0, step, 1.0), 0.0, 1.0)
    a = _cubic(table.a, table.a_slope, place, part, step)
    s = _cubic(table.s, table.s_slope, place, part, step)
    line = (1 - part) * table.s[place - 1] + part * table.s[place]
    return jnp.clip(a, table.a[place - 1], table.a[place]), jnp.clip(s, 0.1 * line, 10.0 * line)


def _cubic(value: Array, slope: Array, place: Array, part: Array, step: Array) -> Array:
    left, right = value[place - 1], value[place]
    rise = right - left
    bend = (1 - part) * (slope[place - 1] * step - rise) - part * (slope[place] * step - rise)
    return left + part * rise + part * (1 - part) * bend


def _solve(
    problem: Problem, x: Array, a: Array, s: Array, low: Array, high: Array, inside: Array
) -> tuple[Array, Array]:
    """Newton for Re ψ = x and h = 1 in (a, s); a step below 1e-7 is the last, its own error squared."""
    slack = 0.1 * (high - low)

    def step(state: tuple) -> tuple[tuple, Array]:
        a, s, count = state
        sums = problem.sums(a, s)
        off, excess, even, odd = sums.x - x, sums.excess, sums.even, sums.odd
        first = 2 * s * even - excess
        first = jnp.where(first > 0, first, 2 * s * even)
        scale = 1.0 / nonzero(even * first + 2 * odd**2)
        da, ds = (odd * excess - even * off) * scale, (2 * odd * off + first * excess) * scale
        new = jnp.where(s + ds > s / 8, s + ds, s / 8)
        done = (jnp.abs(ds) <= 1e-7 * s) & (jnp.abs(da) <= 1e-7 * (jnp.abs(a) + jnp.sqrt(s)))
        done = done | ((count >= 8) & (jnp.abs(ds) * even <= 1e-12))
        return (jnp.clip(a + da, low - slack, high + slack), new, count + 1), done

    return newton(step, (a, s, jnp.zeros(a.shape, int)), ~inside, _NEWTON)[:2]
