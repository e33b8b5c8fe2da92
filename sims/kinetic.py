"""Kinetic energies of probability paths measured: by exact posterior means, and by a search for the best one.

For data on n points the posterior of X = a x₁ + m x₀ is a softmax over them, for Gaussian data its mean is a
regression. Schedules are optimised from these energies alone: no metric is known, and no chord.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Key

from lingen.boundary import at_once, checked
from lingen.checks import finite, integer, is_traced, nonnegative, positive
from lingen.models.population import Population
from lingen.models.systems import PathEnergies, PathSchedule, Separation
from lingen.sims import kernel_density
from lingen.sims.dense import wishart
from lingen.sims.dense.paths import Motion, measure
from lingen.sims.dense.point_data import (
    Pairs,
    PointData,
    all_pairs,
    draw_pairs,
    energy,
    metric,
    point_data,
    unknown,
)
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine.single import draw_of

__all__ = [
    "draw", "gaussian_sampler", "line_sampler", "planted_sampler", "sampler", "schedule_sampler",
    "separation", "sum_sampler",
]  # fmt: skip

BATCH, LARGEST = 256, 1e8
"""Draws at once of `separation`, and the largest s that it takes as it is."""
FIRST, SIGNALS = 1e-3, 64
"""The first s of the sum rule, and how many."""
FARTHEST, NOISES = 9.0, 161
"""Of the quadrature over noises in one dimension."""


@checked
@at_once
def sampler(population: Population, dim: int, load: ArrayLike) -> Partial:
    """A draw of the energies of paths to the law N(0, S) of a learnt covariance: a function of a key.

    Args:
        population: the truth.
        dim: d.
        load: γ = n/d.

    Raises:
        ValueError: for a load or a dimension out of range.
    """
    return Partial(_learnt, wishart.source(population, dim, load), population.moment(1.0))


draw = draw_of(sampler, PathEnergies)


@checked
@at_once
def gaussian_sampler(population: Population) -> Partial:
    """The energies of paths to the bulk of N(0, Σ), scaled to τ(Σ) = 1: a function of a key that has no use.

    Args:
        population: the law of Σ.
    """
    return Partial(_truth, population.eigenvalues / population.moment(1.0), population.weights)


@checked
@at_once
def line_sampler(points: Float[ArrayLike, "n"]) -> Partial:
    """The energies of paths to points in one dimension: a function of a key that has no use.

    Every mean is a quadrature over the noise of every point.

    Args:
        points: equally likely, shape (n,), not all 0; scaled to E x₁² = 1.

    Raises:
        ValueError: for an argument out of range.
    """
    noise = np.linspace(-FARTHEST, FARTHEST, NOISES)
    weight = np.exp(-(noise**2) / 2.0) / np.exp(-(noise**2) / 2.0).sum()
    pairs = all_pairs(point_data(finite("points", points)[:, None]), jnp.asarray(noise))
    count = pairs.points.shape[0]
    return Partial(_line, pairs, jnp.tile(jnp.asarray(weight) / count, count))


@checked
@at_once
def schedule_sampler(
    points: Float[ArrayLike, "n d"], times: Float[ArrayLike, "m"], schedule: PathSchedule, pairs: int = 64
) -> Partial:
    """A draw of the energy of one path, straight between its times, taken in the middle: a function of a key.

    Args:
        points: equally likely, shape (n, d), not all 0; scaled to E‖x₁‖² = d.
        times: increasing, from 0 to 1.
        schedule: a and m at these times.
        pairs: of (x₁, x₀).

    Raises:
        ValueError: for an argument out of range.
    """
    t = finite("times", times)
    if not is_traced(t) and (t.ndim != 1 or t.size < 2 or np.any(np.diff(np.asarray(t)) <= 0)):
        raise ValueError(f"times must be two or more that increase, got {np.asarray(t)}")
    a, m = (finite("schedule", value) for value in schedule)
    if not a.shape == m.shape == t.shape:
        raise ValueError(f"schedule must have the shape of times {t.shape}, got {a.shape} and {m.shape}")
    steps = jnp.diff(t)
    motion = Motion((a[1:] + a[:-1]) / 2, (m[1:] + m[:-1]) / 2, jnp.diff(a) / steps, jnp.diff(m) / steps)
    return Partial(_along, point_data(points), motion, steps, jnp.zeros(integer("pairs", pairs, low=1)))


@checked
@at_once
def sum_sampler(points: Float[ArrayLike, "n d"]) -> Partial:
    """A draw of ∫_0^∞ s (1−λ(s)) ds, with a noise and its opposite for every point: a function of a key.

    Args:
        points: as for `schedule_sampler`; one that is there twice is twice as likely.

    Raises:
        ValueError: for an argument out of range.
    """
    data = point_data(points)
    apart = jnp.where(data.squares > 1e-12 * jnp.max(data.squares), data.squares, data.points.shape[1])
    last = jnp.log(24.0) - jnp.log(jnp.min(apart)) / 2.0
    return Partial(_sum, data, jnp.linspace(np.log(FIRST), last, SIGNALS))


@checked
@at_once
def planted_sampler(
    dim: int, load: ArrayLike, angles: Float[ArrayLike, "m"], *, repeats: int = 4, grid: int = 256
) -> Partial:
    """A draw of the weight of the data point itself among n = e^{αd} of N(0, I): a function of a key.

    At s = tan φ it is that of x₁ in the exact empirical score at x₁ + z/s (`lingen.sims.kernel_density`). The
    others are many, of the posterior mean of N(0, I), so that K(φ) is the mean of this weight up to O(1/d).

    Args:
        dim: d, at least 12.
        load: α > 0.
        angles: φ strictly between 0 and π/2.
        repeats: x₁ and sets of other points at each x.
        grid: distances at which the number of points is known.

    Raises:
        ValueError: for an argument out of range.
    """
    phi = finite("angles", angles)
    if not is_traced(phi) and not np.all((np.asarray(phi) > 0) & (np.asarray(phi) < np.pi / 2)):
        raise ValueError(f"angles must lie strictly between 0 and π/2, got {np.asarray(phi)}")
    widths = 1.0 / jnp.tan(phi)
    shapes = {"repeats": integer("repeats", repeats, low=1), "grid": integer("grid", grid, low=16)}
    dim, load = integer("dim", dim, low=kernel_density.LEAST_DIM), positive("load", load)
    return Partial(
        _planted, jax.vmap(lambda h: kernel_density.collapse_sampler(dim, load, h, **shapes))(widths)
    )


@checked
def separation(
    points: Float[ArrayLike, "n d"], s: ArrayLike, key: Key[Array, ""], draws: int = 4096
) -> Separation:
    """λ(s) of data on these points, and the metric K, by exact posterior means at draws of (x₁, x₀).

    `lingen.theory.kinetic.energies` of K at s = tan `angles()` tells the energies of paths to these data.

    Args:
        points: equally likely, shape (n, d), not all 0; scaled to E‖x₁‖² = d.
        s: a/m >= 0, any shape.
        key: the same draws at every s.
        draws: of (x₁, x₀), made up to a multiple of 256.

    Raises:
        ValueError: for an argument out of range.
    """
    data, signal = point_data(points), jnp.minimum(nonnegative("s", s), LARGEST)
    batches = -(-integer("draws", draws, low=2) // BATCH)

    def at(value: Array) -> tuple[Array, Array]:
        found = jax.lax.map(lambda one: metric(draw_pairs(data, BATCH, one), value), jr.split(key, batches))
        return jnp.mean(found), jnp.std(found) / jnp.sqrt(batches * BATCH - 1.0)

    mean, error = (part.reshape(signal.shape) for part in jax.lax.map(at, signal.ravel()))
    known, share = jnp.clip(mean, 0.0, 1.0), 1.0 / (1.0 + signal**2)
    return Separation(1.0 - (1.0 - known) * share, error * share, known)


def _learnt(source: DataSource, unit: Float[Array, ""], key: Key[Array, ""]) -> PathEnergies:
    variances = source.model(key).eigenvalues / unit
    return _truth(variances, jnp.full(variances.shape, 1.0 / variances.size), key)


def _truth(variances: Float[Array, "k"], weights: Float[Array, "k"], key: Key[Array, ""]) -> PathEnergies:
    """By the regression of the velocity on X, mode by mode."""

    def regressed(motion: Motion) -> Float[Array, "m"]:
        a, m, da, dm = (part[:, None] for part in motion)
        return ((a * da * variances + m * dm) ** 2 / (a**2 * variances + m**2)) @ weights

    return measure(regressed)


def _line(pairs: Pairs, weights: Float[Array, "b"], key: Key[Array, ""]) -> PathEnergies:
    return measure(lambda motion: _energies(pairs, motion) @ weights)


def _along(
    data: PointData, motion: Motion, steps: Float[Array, "m"], empty: Float[Array, "b"], key: Key[Array, ""]
) -> Float[Array, ""]:
    return steps @ jnp.mean(_energies(draw_pairs(data, empty.size, key), motion), axis=1)


def _energies(pairs: Pairs, motion: Motion) -> Float[Array, "m b"]:
    return jax.vmap(lambda *one: energy(pairs, *one))(*motion)


def _sum(data: PointData, logs: Float[Array, "m"], key: Key[Array, ""]) -> Float[Array, ""]:
    noise = jr.normal(key, data.points.shape)
    pairs = Pairs(data.points, data.squares, data.points, noise)
    opposite, s = pairs._replace(start=-noise), jnp.exp(logs)
    hidden = jax.vmap(lambda value: jnp.mean(unknown(pairs, value) + unknown(opposite, value)) / 2.0)(s)
    return jnp.sum(s**2 * hidden) * (logs[1] - logs[0])


def _planted(one: Partial, key: Key[Array, ""]) -> Float[Array, "m"]:
    count = jax.tree.leaves(one)[0].shape[0]
    return jax.vmap(lambda draw, number: draw(number).own_weight)(one, jr.split(key, count))
