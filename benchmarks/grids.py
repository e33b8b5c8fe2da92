"""A grid of (q, Q) by krylov: its draws alone, and the whole sweep with keys, store and predictions."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np

from lingen.experiments import library
from lingen.experiments.grid.draws import sampler_at
from lingen.experiments.grid.keys import cell_key, key_words
from lingen.experiments.grid.run import run_cells
from lingen.experiments.grid.sweep import Sweep
from lingen.experiments.grid.theory import predictions
from lingen.experiments.store.store import Store

EXPERIMENT, GROUP = library.get("decoupling"), 32
NAMES = ("convergence", "recovery")


def bare(dims: list[int], loads: list[float], spikes: list[float], draws: int) -> Callable[[int], Any]:
    """Means of q and Q in every cell: one compiled loop over the cells of a shape, prepared beforehand."""
    grid = _grid(dims, loads, spikes, draws)
    shapes: dict[Any, list[tuple[int, Any, Any]]] = {}
    for index, cell in enumerate(grid.cells()):
        leaves, tree = jax.tree.flatten(sampler_at(EXPERIMENT, cell))
        words = key_words(EXPERIMENT.name, EXPERIMENT.hashed(cell), cell["seed"])
        shapes.setdefault(tree, []).append((index, leaves, words))
    stacks = []
    for tree, cells in shapes.items():
        indices, leaves, words = zip(*cells, strict=True)
        stack = jax.tree.unflatten(tree, [jnp.stack(several) for several in zip(*leaves, strict=True)])
        stacks.append((np.asarray(indices), stack, np.asarray(words, np.int64)))

    @jax.jit
    def run(stack: Any, words: Any) -> Any:
        def one(cell: Any) -> Any:
            sampler, given = cell
            keys = jax.vmap(lambda i: jr.fold_in(cell_key(*given), i))(jnp.arange(draws))
            drawn = jax.lax.map(sampler, keys, batch_size=GROUP)
            return [jnp.mean(drawn[name]) for name in NAMES]

        return jax.lax.map(one, (stack, words))

    def work(number: int) -> np.ndarray:
        del number
        found = np.zeros((len(NAMES), grid.size))
        for indices, stack, words in stacks:
            found[:, indices] = run(stack, words)
        return found

    return work


def stored(dims: list[int], loads: list[float], spikes: list[float], draws: int) -> Callable[[int], Any]:
    """The same into a store on disk, as `lingen sweep` does it, with predictions and arrays for readers."""
    grid = _grid(dims, loads, spikes, draws)

    def work(number: int) -> np.ndarray:
        del number
        folder = Path(tempfile.mkdtemp())
        try:
            with Store(folder / "sweep.zarr", grid, {"versions": {}}) as store:
                for part in run_cells(grid, store.missing.tolist()):
                    store.add(part)
                store.publish(predictions(grid)[0])
                store.compact()
                return np.stack([store.values[name][0].ravel() for name in NAMES])
        finally:
            shutil.rmtree(folder)

    return work


def _grid(dims: Sequence[int], loads: Sequence[float], spikes: Sequence[float], draws: int) -> Sweep:
    given = {"load": loads, "spike": spikes, "dim": dims, "method": "krylov"}
    return Sweep.of(EXPERIMENT, given, draws)
