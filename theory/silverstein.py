"""Silverstein's equation at real x: the ℓ with ψ(ℓ) = x, Im ℓ > 0 inside the spectrum of S.

ψ(ℓ) = ℓ (1 + c τ(Σ(ℓ−Σ)⁻¹)); companion Stieltjes transform of the sample spectrum m̃(x) = −1/ℓ (Silverstein
& Choi 1995). With ℓ = a + i√s the equation is real: Re ψ = x and

    h(a, s) = c Σ_k w_k σ_k² / ((a−σ_k)² + s) = 1,

which has one root s > 0 where h(a, 0) > 1 (the bands), and x increases with a there. In (a, s) both the
curve and Newton's equations stay regular at the edges, where s = 0 and ψ' = 0. A table of nodes along the
curve, spaced by the height √s at the atoms, starts Newton with four digits by cubic interpolation (derived).
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Complex, Float, Int

from lingen.models.population import Population
from lingen.theory import gaps
from lingen.theory.equivalents import over_batch, ridge_map, ridge_slope, unseen

__all__ = ["Table", "locate", "tabulate"]

_NEWTON, _EDGE = 40, 1e-14
_ELEMENTS = 2**17  # of a chunk: 1 MiB of doubles, what a cache holds


class _Sums(NamedTuple):
    """Re ψ, h − 1, −∂h/∂s and −½ ∂h/∂a at (a, s)."""

    x: Array
    excess: Array
    even: Array
    odd: Array


class _Problem(NamedTuple):
    """Increasing σ, c w σ² and what the sums need: c w itself unless c is large, exact for small ℓ."""

    sigma: Array
    weight: Array
    rows: Array
    near: Array
    lost: Array
    mean: Array

    def sums(self, a: Array, s: Array) -> _Sums:
        """With V = Σ p/(ℓ−σ): ψ = ℓ + cτ(Σ) + V for p = c w σ², ψ = (1 − cH)ℓ + ℓ² V for p = c w."""
        inverse = 1.0 / ((a - self.sigma[:, None]) ** 2 + s)
        v0, v1 = self.rows @ inverse
        t0, t1 = self.rows @ (inverse * inverse)
        v1, t1 = a * v0 - v1, a * t0 - t1
        square, twice = a * a - s, 2 * a
        small = _Sums(
            self.lost * a + square * v1 + twice * s * v0,
            square * v0 - twice * v1 - self.lost,
            v0 - twice * t1 + square * t0,
            v1 - twice * v0 + twice * s * t0 + square * t1,
        )
        large = _Sums(a + self.mean + v1, v0 - 1.0, t0, t1)
        return jax.tree.map(lambda one, other: jnp.where(self.near, one, other), small, large)

    @property
    def chunk(self) -> int:
        return max(32, _ELEMENTS // self.sigma.size)


class Table(NamedTuple):
    """Nodes on the curve in increasing x, infinite beyond `used`; `last` marks those that end a band."""

    a: Float[Array, "m"]
    s: Float[Array, "m"]
    x: Float[Array, "m"]
    a_slope: Float[Array, "m"]
    s_slope: Float[Array, "m"]
    last: Bool[Array, "m"]
    used: Int[Array, ""]
    problem: _Problem

    @property
    def top(self) -> Float[Array, ""]:
        """The upper end of the spectrum."""
        return self.x[self.used - 1]


def tabulate(population: Population, load: Float[Array, ""]) -> Table:
    """Nodes along all bands: as many as the heights at the atoms ask for."""
    population, load = jax.lax.stop_gradient((population, load))
    problem = _problem(population, load)
    sigma, weight = problem.sigma, problem.weight
    found = gaps.find(sigma, weight)
    all_atoms = jnp.asarray(sigma.size)
    rough = jnp.maximum(jnp.maximum(weight, (jnp.pi * weight / _spread(sigma)) ** 2), 1e-20 * sigma**2)
    rough = jnp.minimum(rough, jnp.sum(weight))  # h <= Σ c w σ²/s
    atoms = gaps.in_chunks(
        lambda a, s: _height(problem, a, s, 0.1)[0], problem.chunk, all_atoms, (sigma, rough)
    )
    a, start, first, last, count = _nodes(sigma, atoms, found)
    ends = first | last

    def measure(a: Array, start: Array, ends: Array) -> tuple[Array, ...]:
        s, sums, shift = _height(problem, a, jnp.where(ends, 0.0, start), 1e-4)
        total = s * sums.even**2 + sums.odd**2
        x = sums.x - jnp.where(ends, 0.0, sums.odd * shift)
        s = jnp.where(ends, 0.0, s + shift)
        return s, x, 0.5 * sums.even / _safe(total), -sums.odd / _safe(total)

    s, x, a_slope, s_slope = gaps.in_chunks(measure, problem.chunk, count, (a, start, ends))
    used = jnp.arange(a.size) < count
    x = jnp.where(used, jnp.maximum(x, 0.0), jnp.inf)
    return jax.lax.stop_gradient(Table(a, s, x, a_slope, s_slope, last & used, count, problem))


def locate(
    population: Population, load: Float[Array, ""], table: Table, x: Float[Array, "g"]
) -> tuple[Complex[Array, "g"], Bool[Array, "g"]]:
    """ℓ(x + i0) and whether x lies inside the spectrum; in a gap, the edge that ends it on the right."""
    fixed = jax.lax.stop_gradient(x)
    place = jnp.clip(jnp.searchsorted(table.x, fixed, side="right"), 1, table.used - 1)
    low, high = table.a[place - 1], table.a[place]
    slack = _EDGE * fixed  # an edge is known to rounding only
    starts = (place == 1) | table.last[jnp.maximum(place - 2, 0)]
    at_low = fixed <= table.x[place - 1] + jnp.where(starts, slack, 0.0)
    at_high = fixed >= table.x[place] - jnp.where(table.last[place], slack, 0.0)
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
    a, s = gaps.in_chunks(
        lambda *chunk: _newton(problem, *chunk), problem.chunk, jnp.asarray(x.size), arguments
    )
    return a + 1j * jnp.sqrt(s)


@_root.defjvp
def _root_jvp(primals: tuple, tangents: tuple) -> tuple[Array, Array]:
    population, load, _, _, _, inside = primals
    ell = _root(*primals)

    def point(ell: Array, inside: Array, dx: Array) -> Array:
        _, moved = jax.jvp(lambda p, g: -ridge_map(p, g, -ell), (population, load), tangents[:2])
        slope = _safe(ridge_slope(population, load, -ell))
        return jnp.where(inside, (dx - moved) / slope, 0.0)

    return ell, over_batch(point, population.eigenvalues.size, ell, inside, tangents[2])


def _problem(population: Population, load: Array) -> _Problem:
    sigma, weight, share = gaps.ordered(population, load)
    lost = unseen(population, load)
    near = lost > -30.0
    row = jnp.where(near, share, weight)
    mean = population.moment(1.0) / load
    return _Problem(sigma, weight, jnp.stack([row, row * sigma]), near, lost, mean)


def _spread(sigma: Array) -> Array:
    """Distance to the neighbouring atoms, on average; no less than 1e-8 of σ."""
    if sigma.size == 1:
        return sigma
    padded = jnp.pad(sigma, 1, mode="edge")
    return jnp.maximum((padded[2:] - padded[:-2]) / 2, 1e-8 * sigma)


def _nodes(sigma: Array, s: Array, found: gaps.Gaps) -> tuple[Array, Array, Array, Array, Array]:
    """a of the nodes, a guess of s there, which ones begin and end a band, and how many there are.

    Of five places a cell (its ends, its atom, and the middles between) all at open ends are kept, of the
    others about one for every half of √s.
    """
    left, right = found.end[:-1], found.begin[1:]
    opens, closes = found.open[:-1], found.open[1:]
    below, above = (sigma - left) / 2, (right - sigma) / 2
    shared = jnp.concatenate([s[:1], (s[1:] + s[:-1]) / 2, s[-1:]])
    ends = jnp.where(opens, 0.0, shared[:-1]), jnp.where(closes, 0.0, shared[1:])
    a = jnp.stack([left, left + below, sigma, right - above, right], axis=1)
    guess = jnp.stack([ends[0], (ends[0] + s) / 2, s, (ends[1] + s) / 2, ends[1]], axis=1)
    steps = jnp.minimum(2 / jnp.sqrt(s) * jnp.stack([0 * below, below, below, above, above]), 1.0).T
    passed = jnp.floor(gaps.running(steps.ravel()) + 1e-9).reshape(a.shape)
    no = jnp.zeros_like(opens)
    forced = jnp.stack([opens, opens, opens | closes, closes, closes], axis=1)
    keep = (jnp.diff(passed.ravel(), prepend=0.0) > 0) | forced.ravel()
    rank = gaps.running(keep)
    order = jnp.minimum(jnp.searchsorted(rank, jnp.arange(1, a.size + 1)), a.size - 1)
    first, last = (jnp.stack(row, axis=1).ravel()[order] for row in ([opens, *[no] * 4], [*[no] * 4, closes]))
    return a.ravel()[order], guess.ravel()[order], first, last, rank[-1].astype(int)


def _height(problem: _Problem, a: Array, start: Array, accuracy: float) -> tuple[Array, _Sums, Array]:
    """s, the sums there and Newton's next step, once |h − 1| <= accuracy or s = 0 from the start.

    1/h is concave in s: Newton from anywhere lands below the root and climbs.
    """
    fixed = start <= 0.0

    def newton(state: tuple) -> tuple:
        s, _, shift, _, count = state
        s = jnp.where(fixed, 0.0, jnp.maximum(s + shift, s / 16))
        sums = problem.sums(a, s)
        shift = (1.0 + sums.excess) * sums.excess / sums.even
        return s, sums, shift, fixed | (jnp.abs(sums.excess) <= accuracy), count + 1

    def unfinished(state: tuple) -> Array:
        return ~jnp.all(state[3]) & (state[4] < _NEWTON)

    zero = jnp.zeros_like(a)
    begin = (start, _Sums(zero, zero, zero, zero), zero, jnp.zeros(a.shape, bool), 0)
    s, sums, shift, _, _ = jax.lax.while_loop(unfinished, newton, begin)
    return s, sums, shift


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


def _newton(
    problem: _Problem, x: Array, a: Array, s: Array, low: Array, high: Array, inside: Array
) -> tuple[Array, Array]:
    """Newton for Re ψ = x and h = 1 in (a, s); a step below 1e-7 is the last, its own error squared."""
    slack = 0.1 * (high - low)

    def step(state: tuple) -> tuple:
        a, s, _, count = state
        sums = problem.sums(a, s)
        off, excess, even, odd = sums.x - x, sums.excess, sums.even, sums.odd
        first = 2 * s * even - excess
        first = jnp.where(first > 0, first, 2 * s * even)
        scale = 1.0 / _safe(even * first + 2 * odd**2)
        da, ds = (odd * excess - even * off) * scale, (2 * odd * off + first * excess) * scale
        new = jnp.where(s + ds > s / 8, s + ds, s / 8)
        done = (jnp.abs(ds) <= 1e-7 * s) & (jnp.abs(da) <= 1e-7 * (jnp.abs(a) + jnp.sqrt(s)))
        done = done | ((count >= 8) & (jnp.abs(ds) * even <= 1e-12))
        a = jnp.where(inside, jnp.clip(a + da, low - slack, high + slack), a)
        return a, jnp.where(inside, new, s), done | ~inside, count + 1

    def unfinished(state: tuple) -> Array:
        return ~jnp.all(state[2]) & (state[3] < _NEWTON)

    return jax.lax.while_loop(unfinished, step, (a, s, ~inside, 0))[:2]


def _safe(value: Array) -> Array:
    return jnp.where(value == 0, 1e-300, value)
