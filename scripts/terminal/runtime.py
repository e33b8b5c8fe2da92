"""The machine below a command: JAX's devices, set before the first array, and its memory."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from lingen.machine.cores import cores

if TYPE_CHECKING:
    import jax

__all__ = ["Devices", "Multihost", "leads", "prepare"]


Devices = Annotated[
    int | None,
    typer.Option(
        help="Use this many devices: CPU cores, or the first accelerators. All if absent.", show_default=False
    ),
]
Multihost = Annotated[
    bool,
    typer.Option(
        "--multihost",
        help="One of several processes that share the work, found by SLURM, MPI, a TPU pod or "
        "LINGEN_COORDINATOR, LINGEN_PROCESSES and LINGEN_PROCESS; process 0 writes.",
    ),
]


def prepare(devices: int | None = None, multihost: bool = False) -> tuple[jax.Device, ...] | None:
    """Set JAX up, before the first array: devices, other hosts.

    JAX gets one CPU device a core unless the user's settings say otherwise.

    Args:
        devices: how many to use.
        multihost: join the other processes first.

    Returns:
        Where to draw; None for all devices of all processes.

    Raises:
        ValueError: if there are fewer devices, or no other processes are found.
    """
    if devices is not None and devices < 1:  # the checks of arrays would start JAX
        raise ValueError(f"--devices must be a whole number of at least 1, got {devices}")
    _host_devices(devices)
    if multihost:
        _join(devices)
        return None
    return None if devices is None else _first(devices)


def leads() -> bool:
    """Whether this process writes and prints: all of them, or process 0 of several."""
    from lingen.sims.engine import hosts

    return hosts.index() == 0


def _host_devices(devices: int | None) -> None:
    import jax

    chosen = os.environ.get("JAX_NUM_CPU_DEVICES") or "device_count" in os.environ.get("XLA_FLAGS", "")
    if devices is not None or not chosen:
        with suppress(RuntimeError):  # JAX is at work already, in a process that is not ours alone
            jax.config.update("jax_num_cpu_devices", devices or cores())


def _join(devices: int | None) -> None:
    from lingen.sims.engine import hosts

    try:
        hosts.join(devices=devices)
    except ValueError as error:
        raise ValueError(f"--multihost: {error}") from None


def _first(devices: int) -> tuple[jax.Device, ...]:
    import jax

    found = jax.local_devices()
    if devices > len(found):
        raise ValueError(f"--devices must be at most {len(found)} here, got {devices}")
    return tuple(found[:devices])
