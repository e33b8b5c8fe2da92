"""What compiled functions hold of a process, and how to give it back."""

from __future__ import annotations

import ctypes
import gc
import os
from pathlib import Path

__all__ = ["ROOM", "make_room"]

ROOM, MAPS = 2 << 30, 20_000
"""Bytes and memory maps that compiled functions may bring a process to; Linux refuses the 65,531st map."""


def make_room(room: int = ROOM, maps: int = MAPS) -> bool:
    """Forget compiled functions once this process holds many; those on disk are read again.

    Returns whether it did. A hundred claims would not fit otherwise: every function takes several maps.
    """
    if not _crowded(room, maps):
        return False
    import jax

    jax.clear_caches()
    gc.collect()
    give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if give_back is not None:
        give_back(0)
    return True


def _crowded(room: int, maps: int) -> bool:
    """Whether this process holds so many bytes, or so many memory maps; never where /proc does not tell."""
    proc = Path("/proc/self")
    if not (proc / "statm").exists():
        return False
    held = int((proc / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return held >= room or (proc / "maps").read_bytes().count(b"\n") >= maps
