"""Splits that keep what belongs together on one side: patches of a picture, frames of a video, copies.

Groups in random order go, one by one, to the side that holds fewer rows so far; then rows are drawn from each
side at random. The larger side is ahead by one group at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jaxtyping import Int, Key

from lingen.boundary import checked
from lingen.checks import integer

__all__ = ["capacity", "halves", "labels_of", "orders"]


@checked
def labels_of(groups: Sequence[Any] | np.ndarray | None, total: int) -> np.ndarray | None:
    """Groups numbered from 0, or None where each of the rows is its own.

    Raises:
        ValueError: if there is not one label for each row, or all rows are of one group.
    """
    if groups is None:
        return None
    integer("total", total, low=1)
    try:
        given = np.asarray(groups)
    except ValueError:
        raise ValueError(f"groups must hold one label for each of {total} rows, got a ragged list") from None
    if given.shape != (total,):
        raise ValueError(f"groups must hold one label for each of {total} rows, got shape {given.shape}")
    distinct, labels = np.unique(given, return_inverse=True)
    if distinct.size == 1:
        raise ValueError(f"groups must be at least two for disjoint halves, got one for all {total} rows")
    return None if distinct.size == total else labels.ravel()


@checked
def capacity(groups: Sequence[Any] | np.ndarray | None, total: int) -> int:
    """How many rows each of two sides holds in every split: N/2, or less by what the largest group takes."""
    total = integer("total", total, low=0)
    labels = labels_of(groups, total)
    if labels is None:
        return total // 2
    sizes = np.bincount(labels)
    largest = int(sizes.max())
    if sizes.size == 2:
        return int(sizes.min())
    if int(sizes.min()) == largest:
        return largest * (sizes.size // 2)
    return (total - largest + 1) // 2


@checked
def halves(
    groups: Sequence[Any] | np.ndarray | None, total: int, half: int, key: Key[Array, ""]
) -> tuple[Int[np.ndarray, "half"], Int[np.ndarray, "half"]]:
    """Row numbers of two disjoint sides, at random, rows of one group on one of them.

    Args:
        groups: as in `labels_of`.
        total: how many rows there are.
        half: rows of each side, at most `capacity`.
        key: of the draw.

    Raises:
        ValueError: for groups that do not fit, or more rows than a side holds.
    """
    half = integer("half", half, low=0, high=capacity(groups, total))
    labels = labels_of(groups, total)
    if labels is None:
        order = np.asarray(jr.permutation(key, total))
        return order[:half], order[half : 2 * half]
    first, second = orders(key, jnp.asarray(labels), jnp.asarray(np.bincount(labels)))
    return np.asarray(first)[:half], np.asarray(second)[:half]


@checked
def orders(
    key: Key[Array, ""], labels: Int[Array, "N"], sizes: Int[Array, "g"]
) -> tuple[Int[Array, "N"], Int[Array, "N"]]:
    """Two orders of all rows: the first `capacity` of each are of disjoint groups, at random."""
    groups, rows = jr.split(key)

    def put(held: Array, group: Array) -> tuple[Array, Array]:
        side = jnp.argmin(held)
        return held.at[side].add(sizes[group]), side

    turn = jr.permutation(groups, sizes.size)
    _, sides = jax.lax.scan(put, jnp.zeros(2, sizes.dtype), turn)
    side = jnp.zeros(sizes.size, sides.dtype).at[turn].set(sides)[labels]
    place = jr.uniform(rows, labels.shape)
    return jnp.argsort(place + 2.0 * (side != 0)), jnp.argsort(place + 2.0 * (side != 1))
