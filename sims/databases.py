"""Correlated databases measured: two tables of Gaussian features, the rows of one shuffled."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
from jax import Array
from jax.tree_util import Partial
from jaxtyping import ArrayLike, Float, Int, Key

from lingen.boundary import at_once, checked
from lingen.checks import bounded, length
from lingen.models.systems import Alignment, Detection

__all__ = ["alignment_sampler", "detection_sampler", "tables"]

PAIRS = 64


@checked
@at_once
def detection_sampler(dim: int, users: int, correlation: ArrayLike, *, pairs: int = PAIRS) -> Partial:
    """A draw of the area under the ROC curve of ⟨Σx_i, Σy_j⟩, from correlated and independent tables.

    Args:
        dim: d features.
        users: n rows of each table.
        correlation: ρ in [−1, 1].
        pairs: of tables of each kind in a draw; all are compared with all.

    Raises:
        ValueError: for an argument out of range.
    """
    dim = length("dim", dim, low=1)
    users = length("users", users, low=1, each=dim)
    empty = jnp.zeros((length("pairs", pairs, low=1, each=float(users) * dim), users, dim))
    return Partial(_detect, empty, bounded("correlation", correlation, -1.0, 1.0))


@checked
@at_once
def alignment_sampler(dim: int, users: int, correlation: ArrayLike) -> Partial:
    """A draw of the exchanges of two users that are at least as likely as the true matching.

    Arguments and errors as for `detection_sampler`, with at least two users.
    """
    dim = length("dim", dim, low=1)
    empty = jnp.zeros((length("users", users, low=2, each=dim), dim))
    return Partial(_align, empty, bounded("correlation", correlation, -1.0, 1.0))


@checked
def tables(
    key: Key[Array, ""], empty: Float[Array, "... n d"], correlation: ArrayLike
) -> tuple[Float[Array, "... n d"], Float[Array, "... n d"], Int[Array, "n"]]:
    """X, Y and the permutation π, one for all pairs of a draw: row i of Y is ρ x_{π(i)} + √(1−ρ²) z_i."""
    one, two, three = jr.split(key, 3)
    x, z = jr.normal(one, empty.shape), jr.normal(two, empty.shape)
    correlation = jnp.asarray(correlation)
    order = jnp.argsort(jr.uniform(three, empty.shape[-2:-1]))
    partner = jnp.take(x, order, axis=-2)
    return x, correlation * partner + jnp.sqrt(1.0 - correlation**2) * z, order


def _detect(empty: Float[Array, "m n d"], correlation: Float[Array, ""], key: Key[Array, ""]) -> Detection:
    def statistic(one: Array, rho: Array) -> Float[Array, "m"]:
        x, y, _ = tables(one, empty, rho)
        return jnp.sum(jnp.sum(x, axis=1) * jnp.sum(y, axis=1), axis=-1)

    first, second = jr.split(key)
    related, apart = statistic(first, correlation), statistic(second, jnp.zeros(()))
    return Detection(jnp.mean(jnp.where(related[:, None] > apart, 1.0, 0.0)))


def _align(empty: Float[Array, "n d"], correlation: Float[Array, ""], key: Key[Array, ""]) -> Alignment:
    x, y, order = tables(key, empty, correlation)
    match = x[order] @ y.T  # true partners on the diagonal
    own = jnp.diagonal(match)
    better = match + match.T >= own[:, None] + own
    pairs = jnp.triu(better, k=1)
    users = empty.shape[0]
    share = jnp.sum(pairs) / (users * (users - 1) / 2)
    return Alignment(share, jnp.where(jnp.any(pairs), 0.0, 1.0))
