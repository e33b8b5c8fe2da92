"""Several hosts: one process each, every process with its share of each batch, all with all the draws.

A draw is a function of the key and its index, so who computes it does not matter; after each batch the
processes exchange what they have, and from then on they hold the same numbers.
"""

from __future__ import annotations

import os
from typing import Any

import jax
import numpy as np
from jax.experimental import multihost_utils

from lingen.boundary import checked
from lingen.checks import integer

__all__ = ["agree", "count", "gather", "index", "join", "same"]


@checked
def join(
    coordinator: str | None = None,
    processes: int | None = None,
    process: int | None = None,
    devices: int | None = None,
) -> None:
    """Connect this process with the others, before anything is computed.

    On SLURM, Open MPI and TPU pods JAX finds all three arguments by itself; elsewhere give them, or set
    LINGEN_COORDINATOR, LINGEN_PROCESSES and LINGEN_PROCESS.

    Args:
        coordinator: `host:port` of process 0.
        processes: how many there are.
        process: which one this is, from 0.
        devices: how many of its accelerators each process uses; all if absent.

    Raises:
        ValueError: if a number is out of range, or no cluster was found and an argument is missing.
    """
    coordinator = coordinator or os.environ.get("LINGEN_COORDINATOR")
    processes = _number("processes", processes, "LINGEN_PROCESSES", 1)
    process = _number("process", process, "LINGEN_PROCESS", 0)
    if process is not None and processes is not None and process >= processes:
        raise ValueError(f"process must be below processes = {processes}, got {process}")
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    try:
        local = None if devices is None else list(range(devices))
        jax.distributed.initialize(coordinator, processes, process, local_device_ids=local)
    except (ValueError, RuntimeError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(
            f"coordinator must be host:port of a running process 0, got {coordinator}: {reason}"
        ) from None


def count() -> int:
    """Number of processes; one unless `join` was called."""
    return jax.process_count()


def index() -> int:
    """Which of them this is."""
    return jax.process_index()


@checked
def gather(shares: Any) -> Any:
    """Concatenate every process's arrays along their first axis, in the order of the processes."""
    return shares if count() == 1 else multihost_utils.process_allgather(shares, tiled=True)


@checked
def agree(flag: bool) -> bool:
    """The flag of process 0, for all: clocks differ, and all must take the same branch."""
    return flag if count() == 1 else bool(multihost_utils.broadcast_one_to_all(np.asarray(flag)))


@checked
def same(array: np.ndarray) -> np.ndarray:
    """The array of process 0, for all; every process gives one of the same shape."""
    return array if count() == 1 else np.asarray(multihost_utils.broadcast_one_to_all(array))


def _number(name: str, value: int | None, variable: str, low: int) -> int | None:
    if value is not None:
        return integer(name, value, low=low)
    text = os.environ.get(variable)
    if text is None:
        return None
    if not text.strip().isdecimal() or int(text) < low:
        raise ValueError(f"{variable} must be a whole number of at least {low}, got {text!r}")
    return int(text)
