"""One compiled call that makes draws of many cells: on each device a loop over pairs of a cell and a group.

The number of pairs is traced, and every group has the width that `ensemble` gives it, so that the bits of a
cell do not depend on what shares its call. What is compiled depends on the shape of a draw alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
from jax import Array
from jax.sharding import Mesh, PartitionSpec
from jaxtyping import Float, Int

from lingen.boundary import checked
from lingen.experiments.grid.keys import cell_key
from lingen.sims.engine.layout import mesh_for, one_blas_thread, platform_of, traits_of, width_for, with_axis

__all__ = ["Cell", "Layout", "call", "compilations", "compile_shape", "layout_of"]

CELLS_BYTES = 1 << 26
CELLS_LARGEST = 512
SLOTS_LARGEST = 2048
SLOTS_BYTES = 1 << 25


class Cell(NamedTuple):
    """One cell, ready to be drawn."""

    place: int
    """Its flat index."""
    words: tuple[int, int, int]
    """Of its key."""
    leaves: tuple[np.ndarray, ...]
    """The numbers of its sampler."""


class Layout(NamedTuple):
    """How one compiled function is laid out: it depends on the shape of a draw, never on the cells."""

    mesh: Mesh
    width: int
    slots: int
    cells: int


@checked
def layout_of(tree: Any, cell: Cell, devices: Sequence[jax.Device] | None) -> Layout:
    """The layout of all cells of the shape of this one."""
    draw = jax.tree.unflatten(tree, cell.leaves)
    traits = traits_of(draw, jr.key(0))
    mesh = mesh_for(traits, devices)
    width = width_for(traits, platform_of(mesh))
    slots = max(1, min(SLOTS_LARGEST, SLOTS_BYTES // (width * max(8, traits.output_bytes))))
    stored = sum(leaf.nbytes for leaf in cell.leaves)
    return Layout(mesh, width, slots, max(1, min(CELLS_LARGEST, CELLS_BYTES // max(1, stored))))


@checked
def compile_shape(tree: Any, cell: Cell, devices: Sequence[jax.Device] | None) -> None:
    """Compile a shape by running none of its draws, while another shape is at work."""
    layout = layout_of(tree, cell, devices)
    stack, words = _arguments(tree, [cell], layout)
    none = np.zeros(layout.slots * layout.mesh.size, np.int64)
    counts = np.zeros(layout.mesh.size, np.int64)
    jax.block_until_ready(_run(stack, words, none, none, counts, mesh=layout.mesh, width=layout.width))


@checked
def call(
    tree: Any, cells: Sequence[Cell], layout: Layout, first: int, groups: int, count: int, before: int = 0
) -> dict[str, np.ndarray]:
    """The draws of `count` items from `first` on, the devices one after the other.

    Item i is group `before` + i mod `groups` of the draws of cell i div `groups`.
    """
    used = cells[: -(-(first + count) // groups)]
    stack, words = _arguments(tree, used, layout)
    devices = layout.mesh.size
    share = -(-count // devices)
    counts = np.clip(count - share * np.arange(devices), 0, share)
    items = first + share * np.arange(devices)[:, None] + np.arange(layout.slots)
    items = np.minimum(items, first + count - 1).ravel()
    with one_blas_thread():
        made = _run(
            stack,
            words,
            items // groups,
            before + items % groups,
            counts,
            mesh=layout.mesh,
            width=layout.width,
        )
        host = {name: np.asarray(value) for name, value in made.items()}
    return {name: _joined(value, counts, layout) for name, value in host.items()}


def compilations() -> int:
    """How many functions have been compiled for cells in this process."""
    return int(_run._cache_size())  # type: ignore[attr-defined]


def _arguments(tree: Any, cells: Sequence[Cell], layout: Layout) -> tuple[Any, np.ndarray]:
    """The numbers of the cells' draws and keys, one beside the other."""
    leaves = zip(*(cell.leaves for cell in cells), strict=True)
    stack = jax.tree.unflatten(tree, [_stack(several, layout.cells) for several in leaves])
    words = np.zeros((layout.cells, 3), np.int64)
    words[: len(cells)] = [cell.words for cell in cells]
    return stack, words


def _joined(value: np.ndarray, counts: np.ndarray, layout: Layout) -> np.ndarray:
    shards = value.reshape(layout.mesh.size, layout.slots * layout.width, *value.shape[1:])
    return np.concatenate([s[: c * layout.width] for s, c in zip(shards, counts, strict=True)])


def _stack(leaves: Sequence[np.ndarray], room: int) -> np.ndarray:
    stack = np.empty((room, *leaves[0].shape), leaves[0].dtype)
    stack[: len(leaves)] = leaves
    stack[len(leaves) :] = leaves[0]
    return stack


@partial(jax.jit, static_argnames=("mesh", "width"))
def _run(
    stack: Any,
    words: Int[Array, "cells 3"],
    which: Int[Array, "items"],
    groups: Int[Array, "items"],
    counts: Int[Array, "devices"],
    *,
    mesh: Mesh,
    width: int,
) -> dict[str, Float[Array, "draws ..."]]:
    """On each device the first `counts` of its items: group `groups[i]` of the draws of cell `which[i]`."""
    everywhere, along = PartitionSpec(), PartitionSpec("draws")

    def local(stack: Any, words: Array, which: Array, groups: Array, counts: Array) -> Any:
        def draws(item: Any) -> Any:
            cell = which[item]
            sampler = jax.tree.map(lambda leaf: leaf[cell], stack)
            indices = groups[item] * width + jnp.arange(width)
            key = cell_key(*words[cell])
            if width == 1:
                return with_axis(sampler(jr.fold_in(key, indices[0])))
            return jax.vmap(lambda index: sampler(jr.fold_in(key, index)))(indices)

        def step(item: Any, made: Any) -> Any:
            return jax.tree.map(
                lambda all_, new: jax.lax.dynamic_update_slice_in_dim(all_, new, item * width, axis=0),
                made,
                draws(item),
            )

        shapes = jax.eval_shape(draws, 0)
        empty = jax.tree.map(lambda s: jnp.zeros((which.size * width, *s.shape[1:]), s.dtype), shapes)
        return jax.lax.fori_loop(0, counts[0], step, empty)

    mapped = jax.shard_map(
        local,
        mesh=mesh,
        in_specs=(everywhere, everywhere, along, along, along),
        out_specs=along,
        check_vma=False,
    )
    return mapped(stack, words, which, groups, counts)
