"""Whole processes, from the start of the interpreter to its end: what a user waits for, and what it costs."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

SCRIPTS = Path(__file__).parent / "scripts"


def whole(words: list[str], warm: bool = False) -> Callable[[int], float]:
    """A script of `scripts/` with its arguments, or the words of a command of lingen.

    Args:
        words: `name.py` and arguments, or a command and arguments.
        warm: with the compiled code that the run before has kept, or without any.

    Returns:
        The work, which gives the CPU seconds, user and system, of the process and its children.
    """
    kept = tempfile.TemporaryDirectory(prefix="lingen-compiled-")
    own = [str(SCRIPTS / words[0]), *words[1:]] if words[0].endswith(".py") else ["-m", "lingen", *words]

    def work(number: int) -> float:
        with tempfile.TemporaryDirectory() as folder:
            compiled = kept.name if warm else str(Path(folder) / "compiled")
            before = _cpu()
            subprocess.run(
                [sys.executable, *own],
                check=True,
                cwd=folder,
                stdout=subprocess.DEVNULL,
                env=os.environ | {"LINGEN_CACHE": compiled},
            )
            return _cpu() - before

    return work


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
