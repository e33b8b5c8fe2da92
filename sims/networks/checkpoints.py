"""Checkpoints of an ensemble in training: written whole or not at all, and read back only where they belong.

A folder holds the latest state of one ensemble (orbax) beside its facts: architecture, settings, seed, n.
What is asked of a folder must agree with the facts found in it, or nothing is read.
"""

from __future__ import annotations

import json
import logging
import zlib
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.sharding import SingleDeviceSharding

from lingen.sims.networks.training import State

__all__ = ["Checkpoints"]

KEPT, REASON = 2, 120
"""Checkpoints kept, the one before the latest in case that is damaged; characters of a reason."""


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
        """Write the state; the one before it is kept."""
        args, leaves = self._ocp.args, _plain(state)
        tree = {
            "state": args.StandardSave(leaves),
            "facts": args.JsonSave(self.facts),
            "sums": args.JsonSave({"sums": [_sum(leaf) for leaf in leaves]}),
        }
        self._manager.save(int(state.step), args=args.Composite(**tree))
        self._manager.wait_until_finished()

    def restore(self, like: State) -> State:
        """The latest state that is whole, of the structure of `like`; `like` itself if there is none to read.

        Raises:
            ValueError: if there are checkpoints, and none is whole.
        """
        damaged = []
        for step in self._steps():
            try:
                found = self._restored(step, like)
            except Exception as error:  # whatever the libraries below raise on damaged bytes
                damaged.append(
                    f"step {step} ({' '.join(str(error).split())[:REASON] or type(error).__name__})"
                )
                continue
            for later in self._steps():
                if later > step:
                    self._manager.delete(later)
            return found
        if damaged:
            raise self._unreadable("; ".join(damaged))
        return like

    def close(self) -> None:
        """Let go of the folder."""
        self._manager.close()

    def _steps(self) -> list[int]:
        """Steps of the checkpoints there, the latest first."""
        return sorted(self._manager.all_steps(), reverse=True)

    def _restored(self, step: int, like: State) -> State:
        device, args = SingleDeviceSharding(jax.local_devices()[0]), self._ocp.args
        wanted = jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=device), _plain(like))
        found = self._manager.restore(step, args=args.Composite(state=args.StandardRestore(wanted)))
        leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(found["state"])]
        if (self.folder / str(step) / "sums").exists():  # version 0.1 wrote none
            sums = self._read(step, "sums")["sums"]
            if sums != [_sum(leaf) for leaf in leaves]:
                raise ValueError("its numbers are not those that were written")
        return jax.tree.unflatten(jax.tree.structure(like), leaves)

    def _read(self, step: int, item: str) -> dict[str, Any]:
        args = self._ocp.args
        return self._manager.restore(step, args=args.Composite(**{item: args.JsonRestore()}))[item]

    def _compare(self) -> None:
        found, reasons = None, []
        for step in self._steps():
            try:
                found = self._read(step, "facts")
                break
            except Exception as error:
                reasons.append(f"step {step} ({_reason(error)})")
        if found is None:
            raise self._unreadable("; ".join(reasons))
        for name, value in self.facts.items():
            if found.get(name) != value:
                raise ValueError(
                    f"{self.folder}: holds a checkpoint with {name} {_words(found.get(name))}, "
                    f"this run has {_words(value)}: choose another folder, or the same {name}"
                )

    def _unreadable(self, why: str) -> ValueError:
        return ValueError(
            f"{self.folder}: no checkpoint there is whole: {why}; remove the folder to begin anew"
        )


def _reason(error: Exception) -> str:
    return " ".join(str(error).split())[:REASON] or type(error).__name__


def _sum(leaf: Any) -> int:
    """A checksum of the numbers of an array."""
    return zlib.crc32(np.ascontiguousarray(leaf).tobytes())


def _plain(state: State) -> list[Any]:
    """The arrays of a state in a fixed order: orbax need not know how networks are built."""
    return jax.tree.leaves(state)


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{k} {v}" for k, v in value.items())
    return str(value)
