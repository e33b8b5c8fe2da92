"""The curve in (a, s) on which ψ(a + i√s) is real, and a table of nodes along it.

ψ(ℓ) = ℓ (1 + c τ(Σ(ℓ−Σ)⁻¹)) and ℓ = a + i√s (Silverstein & Choi 1995). Im ψ = 0 off the axis where

    h(a, s) = c Σ_k w_k σ_k² / ((a−σ_k)² + s) = 1,

which has one root s > 0 where h(a, 0) > 1 (the bands); x = Re ψ increases with a there. Nodes along the
curve, spaced by the height √s at the atoms, carry what cubic interpolation in x needs (derived).
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Bool, Float, Int

from lingen.boundary import checked
from lingen.models.population import Population
from lingen.theory.numerics.chunks import in_chunks
from lingen.theory.numerics.roots import newton
from lingen.theory.spectrum import gaps
from lingen.theory.spectrum.equivalents import unseen

__all__ = ["CurveSums", "Problem", "Table", "nonzero", "tabulate"]

_NEWTON = 40
_FINE = 1e-4  # |h − 1| at a node, from which one more step of Newton is taken
_ROUGH = 0.3  # relative error of h at the atoms: their heights only space the nodes
_ELEMENTS = 2**14  # of a chunk: in cache, and few points that wait for the slowest among them
_FEW = 32  # atoms that are solved first: between them the others start


class CurveSums(NamedTuple):
    """Re ψ, h − 1, −∂h/∂s and −½ ∂h/∂a at (a, s)."""

    x: Array
    excess: Array
    even: Array
    odd: Array


class Problem(NamedTuple):
    """The equation at one load: increasing σ, c w σ², and the rows of the sums, c w itself unless c is large.

    The sums of c w are exact for small ℓ.
    """

    sigma: Array
    weight: Array
    rows: Array
    near: Array
    lost: Array
    mean: Array

    def sums(self, a: Array, s: Array) -> CurveSums:
        """With V = Σ p/(ℓ−σ): ψ = ℓ + cτ(Σ) + V for p = c w σ², ψ = (1 − cH)ℓ + ℓ² V for p = c w."""
        inverse = 1.0 / ((a - self.sigma[:, None]) ** 2 + s)
        v0, v1 = self.rows @ inverse
        t0, t1 = self.rows @ (inverse * inverse)
        v1, t1 = a * v0 - v1, a * t0 - t1
        square, twice = a * a - s, 2 * a
        small = CurveSums(
            self.lost * a + square * v1 + twice * s * v0,
            square * v0 - twice * v1 - self.lost,
            v0 - twice * t1 + square * t0,
            v1 - twice * v0 + twice * s * t0 + square * t1,
        )
        large = CurveSums(a + self.mean + v1, v0 - 1.0, t0, t1)
        return jax.tree.map(lambda one, other: jnp.where(self.near, one, other), small, large)

    @property
    def chunk(self) -> int:
        """How many points are worked on together."""
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
    problem: Problem

    @property
    def top(self) -> Float[Array, ""]:
        """The upper end of the spectrum."""
        return self.x[self.used - 1]


@checked
def tabulate(population: Population, load: Float[Array, ""]) -> Table:
    """Nodes along all bands: as many as the heights at the atoms ask for."""
    population, load = jax.lax.stop_gradient((population, load))
    problem = _problem(population, load)
    sigma, weight = problem.sigma, problem.weight
    found = gaps.find(sigma, weight)
    a, start, first, last, count = _nodes(sigma, _at_atoms(problem), found)
    ends = first | last

    def measure(a: Array, start: Array, ends: Array) -> tuple[Array, ...]:
        s, sums, shift = _height(problem, a, jnp.where(ends, 0.0, start))
        total = s * sums.even**2 + sums.odd**2
        x = sums.x - jnp.where(ends, 0.0, sums.odd * shift)
        s = jnp.where(ends, 0.0, s + shift)
        return s, x, 0.5 * sums.even / nonzero(total), -sums.odd / nonzero(total)

    s, x, a_slope, s_slope = in_chunks(measure, problem.chunk, count, (a, start, ends))
    used = jnp.arange(a.size) < count
    x = jnp.where(used, jnp.maximum(x, 0.0), jnp.inf)
    return jax.lax.stop_gradient(Table(a, s, x, a_slope, s_slope, last & used, count, problem))


def _problem(population: Population, load: Array) -> Problem:
    sigma, weight, share = gaps.ordered(population, load)
    lost = unseen(population, load)
    near = lost > -30.0
    row = jnp.where(near, share, weight)
    mean = population.moment(1.0) / load
    return Problem(sigma, weight, jnp.stack([row, row * sigma]), near, lost, mean)


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


def _height(problem: Problem, a: Array, start: Array) -> tuple[Array, CurveSums, Array]:
    """s, the sums there and Newton's next step, once |h − 1| <= 1e-4 or s = 0 from the start.

    1/h is concave in s: Newton from anywhere lands below the root and climbs.
    """
    fixed = start <= 0.0

    def climb(state: tuple) -> tuple[tuple, Array]:
        s, _, shift = state
        s = jnp.where(fixed, 0.0, jnp.maximum(s + shift, s / 16))
        sums = problem.sums(a, s)
        shift = (1.0 + sums.excess) * sums.excess / sums.even
        return (s, sums, shift), fixed | (jnp.abs(sums.excess) <= _FINE)

    zero = jnp.zeros_like(a)
    return newton(climb, (start, CurveSums(zero, zero, zero, zero), zero), jnp.zeros(a.shape, bool), _NEWTON)


def _at_atoms(problem: Problem) -> Array:
    """s at the atoms, roughly: from what a single or a smooth row of atoms has, mended by some among them."""
    sigma, weight = problem.sigma, problem.weight
    start = jnp.maximum(jnp.maximum(weight, (jnp.pi * weight / _spread(sigma)) ** 2), 1e-20 * sigma**2)
    start = jnp.minimum(start, jnp.sum(weight))  # h <= Σ c w σ²/s
    if sigma.size > 2 * _FEW:
        few, part = np.divmod(np.arange(sigma.size) * _FEW, sigma.size)
        some = np.minimum(np.arange(_FEW + 1) * sigma.size // _FEW, sigma.size - 1)
        s = start[some]
        for _ in range(2):
            s = _climbed(problem, sigma[some], s)[0]
        lifted = jnp.log(s / start[some])
        lifted = jnp.where(jnp.isfinite(lifted), lifted, 0.0)
        start = start * jnp.exp(lifted[few] + part / sigma.size * (lifted[few + 1] - lifted[few]))
    height = partial(_rough_height, problem)
    return in_chunks(height, problem.chunk, jnp.asarray(sigma.size), (sigma, start))


def _rough_height(problem: Problem, a: Array, start: Array) -> Array:
    """s one Newton step beyond |h − 1| <= 0.3, from h alone: a sum of positive terms loses nothing."""
    return newton(partial(_climbed, problem, a), start, jnp.zeros(a.shape, bool), _NEWTON)


def _climbed(problem: Problem, a: Array, s: Array) -> tuple[Array, Array]:
    """s one step of Newton for h = 1 further, and whether it was close before."""
    inverse = 1.0 / ((a - problem.sigma[:, None]) ** 2 + s)
    h, even = problem.weight @ inverse, problem.weight @ (inverse * inverse)
    return jnp.maximum(s + h * (h - 1.0) / even, s / 16), jnp.abs(h - 1.0) <= _ROUGH


@checked
def nonzero(value: Array) -> Array:
    """What may be divided by."""
    return jnp.where(value == 0, 1e-300, value)
