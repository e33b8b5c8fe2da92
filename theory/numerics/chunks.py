"""Functions of many entries a chunk at a time, so that what they make in between fits the memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from jax import Array

from lingen.boundary import checked
from lingen.checks import is_traced

__all__ = ["ELEMENTS", "in_chunks", "over_batch"]

ELEMENTS = 2**20
"""Of the largest intermediate array of a chunk: 8 MiB of doubles."""


@checked
def over_batch(function: Callable, cost: int, *arguments: Array) -> Any:
    """Map `function` over arguments of one common shape, chunked so that `cost` elements an entry fit.

    All entries are taken, and derivatives pass in both directions. Chunks are of one size, the last filled up
    with its last entry, so that the function is compiled once.
    """
    shape = arguments[0].shape
    if not shape:
        return function(*arguments)
    flat = tuple(argument.reshape(-1) for argument in arguments)
    total = flat[0].size
    if not total:
        return jax.tree.map(lambda leaf: leaf.reshape(shape + leaf.shape[1:]), jax.vmap(function)(*flat))
    chunks = -(-total // max(1, min(ELEMENTS // max(cost, 1), total)))
    size = -(-total // chunks)
    full = (jnp.pad(one, (0, chunks * size - total), mode="edge").reshape(chunks, size) for one in flat)
    pieces = tuple(full)
    if is_traced((jnp.zeros(()), arguments)):
        stacked = jax.lax.map(lambda chunk: jax.vmap(function)(*chunk), pieces)
    else:  # a loop of XLA would be compiled again at every call, since `function` is a new one each time
        made = [jax.vmap(function)(*chunk) for chunk in zip(*pieces, strict=True)]
        stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *made)
    return jax.tree.map(
        lambda leaf: leaf.reshape(-1, *leaf.shape[2:])[:total].reshape(shape + leaf.shape[2:]), stacked
    )


@checked
def in_chunks(function: Callable, size: int, count: Array, arrays: tuple[Array, ...]) -> Any:
    """`function` of the leading `count` entries of arrays, `size` at a time; zeros beyond the last chunk.

    The count may be traced: no chunk beyond it is computed. Not differentiated in reverse.
    """
    total = arrays[0].shape[0]
    if total <= size:
        return function(*arrays)
    padded = tuple(jnp.pad(array, (0, -total % size)) for array in arrays)
    shapes = jax.eval_shape(function, *(array[:size] for array in padded))
    empty = jax.tree.map(lambda leaf: jnp.zeros(padded[0].shape[:1] + leaf.shape[1:], leaf.dtype), shapes)

    def step(number: Array, found: Any) -> Any:
        start = number * size
        part = function(*(jax.lax.dynamic_slice_in_dim(array, start, size) for array in padded))
        return jax.tree.map(
            lambda whole, piece: jax.lax.dynamic_update_slice_in_dim(whole, piece, start, 0), found, part
        )

    found = jax.lax.fori_loop(0, (count + size - 1) // size, step, empty)
    return jax.tree.map(lambda leaf: leaf[:total], found)
