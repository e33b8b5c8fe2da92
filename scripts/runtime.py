"""The machine below a command: JAX's devices and its cache of compiled code, set before the first array."""

from __future__ import annotations

import os
import platform
import warnings
from contextlib import suppress
from pathlib import Path

__all__ = ["cache_folder", "hardware", "prepare", "versions"]

PACKAGES = ("jax", "jaxlib", "numpy", "scipy")


def prepare() -> None:
    """Give JAX one CPU device a core and keep what it compiles for the next run; the user's settings win."""
    import jax

    chosen = os.environ.get("JAX_NUM_CPU_DEVICES") or "device_count" in os.environ.get("XLA_FLAGS", "")
    if not chosen:
        with suppress(RuntimeError):  # JAX is at work already, in a process that is not ours alone
            jax.config.update("jax_num_cpu_devices", os.cpu_count() or 1)
    folder = cache_folder()
    if folder is not None and not os.environ.get("JAX_COMPILATION_CACHE_DIR"):
        warnings.filterwarnings("ignore", message="Error (reading|writing) persistent compilation cache")
        jax.config.update("jax_compilation_cache_dir", str(folder))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.1)
        jax.config.update("jax_persistent_cache_min_entry_size_bytes", -1)


def cache_folder() -> Path | None:
    """Where compiled code is kept: in $LINGEN_CACHE or ~/.cache/lingen; None if that cannot be written.

    Compiled code is tied to the processor, so machines that share a home folder keep apart.
    """
    try:
        root = os.environ.get("LINGEN_CACHE")
        base = Path(root) if root else Path.home() / ".cache" / "lingen"
        folder = base / f"jax-{platform.machine()}-{platform.node() or 'here'}"
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except (OSError, RuntimeError):  # RuntimeError: no home folder
        return None
    return folder


def hardware() -> str:
    """The devices in words, such as `2 × cpu (AMD EPYC)`."""
    import jax

    devices = jax.local_devices()
    kind = devices[0].device_kind
    name = _processor() if devices[0].platform == "cpu" else kind
    return f"{len(devices)} × {name}"


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
