"""Membership inference measured: attacks on one training set, its members against fresh points.

A draw is one training set of n points, n fresh points, and for each attack the fraction of pairs that it
puts in the right order: an unbiased area under the ROC curve.
"""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.scipy.linalg import solve_triangular
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Int, Key

from lingen.boundary import at_once, checked
from lingen.checks import is_traced, positive, room
from lingen.models.population import Population
from lingen.models.systems import Leakage
from lingen.sims.dense import wishart
from lingen.sims.dense.wishart import DataSource
from lingen.sims.engine.single import draw_of

__all__ = ["draw", "sampler"]

SHIFTS = 16


@checked
@at_once
def sampler(
    population: Population, dim: int, load: ArrayLike, *, released: ArrayLike | None = None
) -> Partial:
    """A draw of the areas under the curve of the attacks: a function of a key.

    Args:
        population: the truth, without zero eigenvalues.
        dim: d.
        load: γ = n/d. Up to 1 members are those with xᵀS⁺x = n, and the areas are 1.
        released: m/d, for m released samples; None leaves out the attack through them.

    Raises:
        ValueError: for a load or a dimension out of range, an eigenvalue that is zero.
    """
    source = wishart.source(population, dim, load)
    if not is_traced(source.spectrum) and not np.all(np.asarray(source.spectrum) > 0):
        raise ValueError("population must have positive eigenvalues alone, got one that is 0")
    if released is None:
        return Partial(_two, source)
    count = wishart.samples_for(float(positive("released", released)), dim, "released")
    room("released", released, float(count) * dim)
    rows = jnp.arange(wishart.rows_for(count, dim))
    return Partial(_three, source, jnp.asarray(count, int), rows)


draw = draw_of(sampler, Leakage)


def _two(source: DataSource, key: Key[Array, ""]) -> Leakage:
    members, fresh, factor = _trained(source, *jr.split(key))
    return Leakage(*_attacks(source, factor, members, fresh), None)


def _three(source: DataSource, count: Int[Array, ""], rows: Int[Array, "m"], key: Key[Array, ""]) -> Leakage:
    training, other, sampling = jr.split(key, 3)
    members, fresh, factor = _trained(source, training, other)
    blind, informed = _attacks(source, factor, members, fresh)
    noise = jr.normal(sampling, (rows.size, source.spectrum.size))
    made = jnp.where(rows[:, None] < count, noise, 0.0) @ factor.T
    seen = made.T @ made / (count * source.samples) - jnp.diag(source.spectrum)
    scores = (_quadratic(x / source.spectrum, seen) for x in (fresh, members))
    return Leakage(blind, informed, _ordered(source, *scores))


def _trained(source: DataSource, training: Array, other: Array) -> tuple[Array, Array, Array]:
    """The members, as many fresh points, and a factor L of the members' second moments, LLᵀ = XᵀX."""
    members = source.data(training)
    return members, source.data(other), jnp.linalg.cholesky(members.T @ members)


def _attacks(
    source: DataSource, factor: Float[Array, "d d"], members: Float[Array, "n d"], fresh: Float[Array, "n d"]
) -> tuple[Array, Array]:
    dim = source.spectrum.size
    lever, outer = (jnp.sum(solve_triangular(factor, x.T, lower=True) ** 2, axis=0) for x in (members, fresh))
    blind = _ordered(source, -outer, -lever)
    tilt = (source.samples - dim - 2.0) / 2.0

    def ratio(x: Array, leverage: Array) -> Array:
        density = tilt * jnp.log(jnp.maximum(1.0 - leverage, jnp.finfo(x.dtype).tiny))
        return density + jnp.sum(x**2 / source.spectrum, axis=1) / 2.0

    informed = _ordered(source, ratio(fresh, outer), ratio(members, lever))
    return blind, informed


def _quadratic(x: Float[Array, "n d"], matrix: Float[Array, "d d"]) -> Float[Array, "n"]:
    return jnp.sum((x @ matrix) * x, axis=1)


def _ordered(
    source: DataSource, fresh: Float[Array, "rows"], member: Float[Array, "rows"]
) -> Float[Array, ""]:
    """The fraction of pairs in which the member has the higher score; 1 up to n = d.

    Every member is paired with SHIFTS fresh points, evenly spread: about as accurate as all n² pairs.
    """
    place, samples = jnp.arange(member.size), source.samples
    partners = (place + (jnp.arange(SHIFTS) * samples // SHIFTS)[:, None]) % samples
    other = fresh[partners]
    right = jnp.where(member > other, 1.0, jnp.where(member == other, 0.5, 0.0))
    share = jnp.sum(jnp.where(place < samples, right, 0.0)) / (samples * SHIFTS)
    return jnp.where(samples <= source.spectrum.size, 1.0, share)
