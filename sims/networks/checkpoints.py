"""Checkpoints of an ensemble in training: written whole or not at all, and read back only where they belong.

A folder holds the latest state of one ensemble (orbax) beside its facts: architecture, settings, seed, n.
What is asked of a folder must agree with the facts found in it, or nothing is read.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.sharding import SingleDeviceSharding

from lingen.sims.networks.training import State

__all__ = ["Checkpoints"]

KEPT = 1


class Checkpoints:
    """The checkpoints of one ensemble.

    Args:
        folder: made if absent.
        facts: plain numbers and words that say what the ensemble is.

    Raises:
        ValueError: if the folder holds an ensemble of other facts, naming the first that differs.
    """

    def __init__(self, folder: Path, facts: dict[str, Any]):
        import orbax.checkpoint as ocp

        logging.getLogger("absl").setLevel(logging.ERROR)  # it tells of every file
        self.folder, self.facts = Path(folder).absolute(), json.loads(json.dumps(facts, allow_nan=False))
        self._ocp = ocp
        options = ocp.CheckpointManagerOptions(max_to_keep=KEPT, enable_async_checkpointing=False)
        self._manager = ocp.CheckpointManager(self.folder, options=options)
        if self.step is not None:
            self._compare()

    @property
    def step(self) -> int | None:
        """The step of the latest checkpoint, or None if there is none."""
        return self._manager.latest_step()

    def save(self, state: State) -> None:
        """Write the state in place of the one before."""
        args = self._ocp.args
        tree = {"state": args.StandardSave(_plain(state)), "facts": args.JsonSave(self.facts)}
        self._manager.save(int(state.step), args=args.Composite(**tree))
        self._manager.wait_until_finished()

    def restore(self, like: State) -> State:
        """The latest state, of the structure of `like`; `like` itself if there is no checkpoint."""
        if self.step is None:
            return like
        device = SingleDeviceSharding(jax.local_devices()[0])
        wanted = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=device), _plain(like))
        args = self._ocp.args
        found = self._manager.restore(self.step, args=args.Composite(state=args.StandardRestore(wanted)))
        leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(found["state"])]
        return jax.tree.unflatten(jax.tree.structure(like), leaves)

    def close(self) -> None:
        """Let go of the folder."""
        self._manager.close()

    def _compare(self) -> None:
        args = self._ocp.args
        found = self._manager.restore(self.step, args=args.Composite(facts=args.JsonRestore()))["facts"]
        for name, value in self.facts.items():
            if found.get(name) != value:
                raise ValueError(
                    f"{self.folder}: holds a checkpoint with {name} {_words(found.get(name))}, "
                    f"this run has {_words(value)}: choose another folder, or the same {name}"
                )


def _plain(state: State) -> list[Any]:
    """The arrays of a state in a fixed order: orbax need not know how networks are built."""
    return jax.tree.leaves(state)


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {v}" for k, v in value.items())
    return str(value)
