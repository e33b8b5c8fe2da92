"""Compiled code, made quickly and kept: set once a process, before JAX's first array.

What JAX compiles lives on in a folder of the user's and is found by the next process, be it a script, a
notebook or a command. On CPU the compiler is told to be quick: for small programs it takes most of
the time to the first number.
"""

from __future__ import annotations

import os
import platform
import warnings
from contextlib import suppress
from pathlib import Path

import jax

__all__ = ["cache_folder", "prepare", "shrink"]

FOLDER = "LINGEN_CACHE"
"""The environment's word for the folder; with "off" nothing is kept."""
LARGEST = 2 << 30
"""Bytes that the folder may hold; the half that was used last is kept when it holds more."""
QUICK = ("--xla_cpu_use_fusion_emitters=false", "--xla_backend_optimization_level=1")
"""XLA's older emitters compile in half the time, LLVM's first level in two thirds of what is left.

What they give runs as fast, or up to a fifth slower (the emitters), and is the same bit for bit (the level).
"""
TRIED = ((0, 10),)
"""Versions of JAX that gain by it: XLA ends the process at an option that it does not know.

That of JAX 0.12 knows the older emitters no more; LLVM's first level saves a sixteenth there (20 predictions
compiled: 7.4 CPU seconds, 7.9 without it) and moves last digits (3 of 20, by up to 4e-15).
"""


def prepare() -> None:
    """Keep what is compiled, and compile quickly; what the user has set of either stays as it is."""
    _keep()
    _be_quick()


def cache_folder() -> Path | None:
    """Where compiled code is kept: in $LINGEN_CACHE or ~/.cache/lingen; None if off, or not to be written.

    Compiled code is tied to the processor, so machines that share a home folder keep apart.
    """
    try:
        root = os.environ.get(FOLDER)
        if root == "off":
            return None
        base = Path(root) if root else Path.home() / ".cache" / "lingen"
        folder = base / f"jax-{platform.machine()}-{platform.node() or 'here'}"
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except (OSError, RuntimeError):  # RuntimeError: no home folder
        return None
    return folder


def shrink(folder: Path, largest: int = LARGEST) -> None:
    """Remove what was used longest ago, down to half of `largest`, once a folder holds more bytes than that.

    Another process that misses a file compiles anew; one that reads it keeps it open.
    """
    found = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with suppress(OSError):  # another process may remove it
                stat = entry.stat()
                found.append((max(stat.st_atime, stat.st_mtime), stat.st_size, entry.path))
    held = sum(size for _, size, _ in found)
    if held <= largest:
        return
    for _, size, path in sorted(found):
        if held <= largest // 2:
            return
        with suppress(OSError):
            os.unlink(path)
        held -= size


def _keep() -> None:
    known = jax.config.values
    if known["jax_compilation_cache_dir"] or not known["jax_enable_compilation_cache"]:
        return
    folder = cache_folder()
    if folder is None:
        return
    shrink(folder)
    warnings.filterwarnings("ignore", message="Error (reading|writing) persistent compilation cache")
    jax.config.update("jax_compilation_cache_dir", str(folder))
    jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def _be_quick() -> None:
    """By the environment, which XLA reads once: too late where JAX is at work already."""
    given = os.environ.get("XLA_FLAGS", "")
    added = [option for option in QUICK if option.partition("=")[0] not in given]
    if added and jax.__version_info__[:2] in TRIED and not _at_work():
        os.environ["XLA_FLAGS"] = " ".join([given, *added]).strip()


def _at_work() -> bool:
    """Whether JAX has its devices: it refuses another number of them from then on."""
    devices = jax.config.values["jax_num_cpu_devices"]
    try:
        jax.config.update("jax_num_cpu_devices", devices + 1)
    except RuntimeError:
        return True
    jax.config.update("jax_num_cpu_devices", devices)
    return False
