"""Where numbers come from: versions of what computes, and the hardware."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import jax

__all__ = ["hardware", "versions"]


PACKAGES = ("jax", "jaxlib", "numpy", "scipy")


def hardware(devices: Sequence[jax.Device] | None = None) -> str:
    """The devices in words, such as `2 × cpu (AMD EPYC)`."""
    import jax

    found = jax.devices() if devices is None else devices
    name = _processor() if found[0].platform == "cpu" else found[0].device_kind
    return f"{len(found)} × {name}"


def versions() -> dict[str, str]:
    """Versions of lingen, Python and the packages that compute."""
    from importlib.metadata import version

    import lingen

    found = {"lingen": lingen.__version__, "python": platform.python_version()}
    return found | {name: version(name) for name in PACKAGES}


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor() or platform.machine()} core"
