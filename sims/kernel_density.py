"""Kernel density measured at any dimension: the points nearest to x, drawn without drawing the others.

Given x the squared distances e = ‖x−x_i‖² are independent non-central χ² of d degrees of freedom, λ = ‖x‖².
Of n = e^{αd} points the nearest ones are a Poisson process of intensity n f(e): with N(e) = n∫^e f its k-th
point is where N is the sum of k unit exponentials. The nearest are drawn, the sum over all others is replaced
by its mean. In f the Bessel function comes from its uniform expansion in 1/d.
"""

from __future__ import annotations

from typing import NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import integer, length, positive
from lingen.models.systems import Condensation, PathCollapse
from lingen.sims.engine.single import draw_of

__all__ = ["collapse_sampler", "direct_sampler", "draw", "sampler"]

POINTS = 256
GRID = 4096
REPEATS = 64
LEAST_DIM = 12
EMPTY = -16.0  # log of the mean number of points nearer than the grid begins


class Levels(NamedTuple):
    """Squared distances on a grid, the mean number of points within each, and density × step between them."""

    squares: Float[Array, "g"]
    log_count: Float[Array, "g"]
    log_density: Float[Array, "g"]


@checked
@at_once
def sampler(
    dim: int,
    load: ArrayLike,
    width: ArrayLike,
    *,
    repeats: int = REPEATS,
    points: int = POINTS,
    grid: int = GRID,
) -> Partial:
    """A draw of the weights at one x ~ N(0, I), averaged over `repeats` sets of points: a function of a key.

    Args:
        dim: d, at least 12.
        load: α = log n / d > 0; n need not be a number that fits anywhere.
        width: h > 0.
        repeats: sets of points for each x.
        points: nearest points drawn; the others enter by their mean.
        grid: distances at which N(e) is known.

    Raises:
        ValueError: for an argument out of range.
    """
    return Partial(_typical, *_leaves(dim, load, width, repeats, points, grid))


draw = draw_of(sampler, Condensation)


@checked
@at_once
def collapse_sampler(
    dim: int,
    load: ArrayLike,
    width: ArrayLike,
    *,
    repeats: int = REPEATS,
    points: int = 32,
    grid: int = 512,
) -> Partial:
    """A draw of the weight of x₁ at one x = x₁ + h z, averaged over `repeats` x₁ and sets of other points.

    Arguments and errors as for `sampler`.
    """
    return Partial(_planted, *_leaves(dim, load, width, repeats, points, grid))


@checked
@at_once
def direct_sampler(dim: int, samples: int, width: ArrayLike) -> Partial:
    """The same draw as `sampler`'s with all n points drawn in full, for small dimensions.

    Args:
        dim: d.
        samples: n.
        width: h > 0.

    Raises:
        ValueError: for an argument out of range.
    """
    dim = length("dim", dim, low=1)
    empty = jnp.zeros((length("samples", samples, low=1, each=dim), dim))
    return Partial(_direct, empty, 1.0 / positive("width", width) ** 2)


def _leaves(
    dim: int, load: ArrayLike, width: ArrayLike, repeats: int, points: int, grid: int
) -> tuple[tuple[Array, Array, Array], Float[Array, "m k"], Float[Array, "g"]]:
    """d, α and 1/h²; an empty array whose shape says how many sets and points; the grid from 0 to 1."""
    size = jnp.asarray(integer("dim", dim, low=LEAST_DIM), float)
    numbers = size, positive("load", load), 1.0 / positive("width", width) ** 2
    points = length("points", points, low=2)
    empty = jnp.zeros((length("repeats", repeats, low=1, each=points), points))
    return numbers, empty, jnp.linspace(0.0, 1.0, length("grid", grid, low=16))


def _typical(
    numbers: tuple[Array, Array, Array],
    empty: Float[Array, "m k"],
    unit: Float[Array, "g"],
    key: Key[Array, ""],
) -> Condensation:
    place, data = jr.split(key)
    square = jr.chisquare(place, numbers[0])
    levels = _levels(numbers, square, unit)
    arrivals = jnp.cumsum(jr.exponential(data, empty.shape), axis=1)
    return jax.tree.map(jnp.mean, jax.vmap(lambda one: _weights(numbers, levels, one))(arrivals))


def _planted(
    numbers: tuple[Array, Array, Array],
    empty: Float[Array, "m k"],
    unit: Float[Array, "g"],
    key: Key[Array, ""],
) -> PathCollapse:
    """First ‖x‖² ~ (1+h²) χ²_d, then ‖z‖² given x, z ~ N(h x/(1+h²), I/(1+h²)): all that counts of both."""
    place, along, across, data = jr.split(key, 4)
    dim, _, b = numbers
    square = jr.chisquare(place, dim) * (1.0 + b) / b
    levels = _levels(numbers, square, unit)
    drift = jr.normal(along, empty.shape[:1]) + jnp.sqrt(square / (1.0 + b))
    own = (drift**2 + jr.chisquare(across, dim - 1.0, empty.shape[:1])) * b / (1.0 + b)
    arrivals = jnp.cumsum(jr.exponential(data, empty.shape), axis=1)
    others = jax.vmap(lambda one: _log_sums(numbers, levels, one, (1,))[0])(arrivals)
    return PathCollapse(jnp.mean(jax.nn.sigmoid(-own / 2.0 - others)))


def _direct(empty: Float[Array, "n d"], b: Float[Array, ""], key: Key[Array, ""]) -> Condensation:
    place, data = jr.split(key)
    samples, dim = empty.shape
    x = jr.normal(place, (dim,))
    logs = -b * jnp.sum((jr.normal(data, empty.shape) - x) ** 2, axis=1) / 2.0
    one, two, four = (jax.nn.logsumexp(k * logs) for k in (1, 2, 4))
    return Condensation(jnp.exp(two - 2 * one), jnp.exp(four - 2 * two), (one - np.log(samples)) / dim)


def _weights(
    numbers: tuple[Array, Array, Array], levels: Levels, arrivals: Float[Array, "k"]
) -> Condensation:
    one, two, four = _log_sums(numbers, levels, arrivals, (1, 2, 4))
    dim, load, _ = numbers
    return Condensation(jnp.exp(two - 2 * one), jnp.exp(four - 2 * two), one / dim - load)


def _log_sums(
    numbers: tuple[Array, Array, Array], levels: Levels, arrivals: Float[Array, "k"], powers: tuple[int, ...]
) -> tuple[Array, ...]:
    """log Σ_i exp(−p b e_i/2) for each power p: the points drawn, and the mean of those beyond them."""
    nearest = jnp.interp(jnp.log(arrivals), levels.log_count, levels.squares)
    sums = []
    for power in powers:
        slope = 0.5 * power * numbers[2]
        masses = _log_masses(levels.squares, levels.log_density - slope * levels.squares)
        beyond = jax.lax.cumlogsumexp(masses, reverse=True)
        rest = jnp.interp(nearest[-1], levels.squares[:-1], beyond)
        sums.append(jax.nn.logsumexp(jnp.append(-slope * nearest, rest)))
    return tuple(sums)


def _levels(numbers: tuple[Array, Array, Array], square: Array, unit: Float[Array, "g"]) -> Levels:
    """A grid from where no point is to well beyond those that matter, dense at its beginning."""
    dim, load, b = numbers

    def log_density(e: Array) -> Array:
        return load * dim + _log_noncentral(e, dim, square)

    def halve(_: int, bracket: tuple[Array, Array]) -> tuple[Array, Array]:
        middle = (bracket[0] + bracket[1]) / 2.0
        below = log_density(jnp.exp(middle)) < EMPTY
        return jnp.where(below, middle, bracket[0]), jnp.where(below, bracket[1], middle)

    mode = dim + square
    start, _ = jax.lax.fori_loop(0, 60, halve, (jnp.log(mode) - 40.0, jnp.log(mode)))
    begin = jnp.exp(start)
    tilted = dim / (1.0 + b) + square / (1.0 + b) ** 2
    spread = jnp.sqrt(2.0 * dim / (1.0 + b) ** 2 + 4.0 * square / (1.0 + b) ** 3)
    reach = jnp.maximum(tilted - begin, 0.0) + 12.0 * spread
    rate = jnp.log1p(reach * 100.0)
    squares = begin + jnp.expm1(rate * unit) / 100.0
    density = log_density(squares)
    masses = _log_masses(squares, density)
    count = jnp.logaddexp(EMPTY, jax.lax.cumlogsumexp(masses))
    return Levels(squares, jnp.concatenate([jnp.full(1, EMPTY), count]), density)


def _log_masses(x: Float[Array, "g"], log_f: Float[Array, "g"]) -> Float[Array, "h"]:
    """log ∫f over each step, f taken as exponential on it."""
    gap = jnp.diff(log_f)
    flat = jnp.abs(gap) < 1e-4
    safe = jnp.where(flat, 1.0, jnp.abs(gap))
    mean = jnp.where(flat, jnp.abs(gap) / 2.0, safe + jnp.log(-jnp.expm1(-safe)) - jnp.log(safe))
    return jnp.log(jnp.diff(x)) + jnp.minimum(log_f[1:], log_f[:-1]) + mean


def _log_noncentral(e: Array, dim: Array, square: Array) -> Array:
    """log of the non-central χ² density: ½(e/λ)^{d/4−½} e^{−(e+λ)/2} I_{d/2−1}(√(λe))."""
    order = dim / 2.0 - 1.0
    z = jnp.sqrt(square * e) / order
    w = jnp.sqrt(1.0 + z**2)
    eta = w + jnp.log(z / (1.0 + w))
    p = 1.0 / w
    u1 = p * (3.0 - 5.0 * p**2) / 24.0
    u2 = p**2 * (81.0 - 462.0 * p**2 + 385.0 * p**4) / 1152.0
    u3 = p**3 * (30375.0 - 369603.0 * p**2 + 765765.0 * p**4 - 425425.0 * p**6) / 414720.0
    series = 1.0 + (u1 + (u2 + u3 / order) / order) / order
    bessel = order * eta - 0.5 * jnp.log(2.0 * np.pi * order * w) + jnp.log(series)
    return -np.log(2.0) - (e + square) / 2.0 + order / 2.0 * jnp.log(e / square) + bessel
