"""Processes that tests start: each ends with its test, and with the process that runs the tests.

Every child leads a process group of its own, which is killed when its test is over (`tests/conftest.py`).
A warden outside pytest holds the other end of a pipe and kills the groups once the pipe breaks, so that
nothing computes on when the tests themselves are killed.
"""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import IO, Any

__all__ = ["PATIENCE", "end", "end_all", "result", "run", "start"]

PATIENCE = 1800.0
"""Seconds until a child counts as hung: on a busy machine a test takes long and still passes."""
WARDEN = """
import os, signal, sys
groups = set()
for line in sys.stdin:
    (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass
"""
living: set[subprocess.Popen[str]] = set()


def start(command: Sequence[object], **options: Any) -> subprocess.Popen[str]:
    """A process with its output in pipes, as text; `options` are those of `subprocess.Popen`."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    # children of a background job ignore the one, those of nohup the other
    heard: dict[int, Any] = {signal.SIGINT: signal.default_int_handler, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in heard.items()}
    try:
        process = subprocess.Popen([str(word) for word in command], start_new_session=True, **pipes | options)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    _tell("+", process)
    living.add(process)
    return process


def result(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    """What a process said, once it and all of its group have ended."""
    try:
        out, err = process.communicate(timeout=PATIENCE)
    finally:
        end(process)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def run(command: Sequence[object], **options: Any) -> subprocess.CompletedProcess[str]:
    """What a command says, run to its end."""
    return result(start(command, **options))


def end(process: subprocess.Popen[str]) -> None:
    """End a process and all of its group, whatever they do about signals."""
    with suppress(ProcessLookupError, PermissionError):  # all have ended already
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    living.discard(process)
    _tell("-", process)


def end_all() -> None:
    """End what is left."""
    for process in tuple(living):
        end(process)


def _tell(sign: str, process: subprocess.Popen[str]) -> None:
    warden = _warden()
    warden.write(f"{sign}{process.pid}\n")
    warden.flush()


@cache
def _warden() -> IO[str]:
    """The pipe to the warden, which breaks with this process."""
    command = [sys.executable, "-I", "-S", "-c", WARDEN]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)
    assert process.stdin is not None
    atexit.register(process.communicate)  # closes the pipe, and waits
    return process.stdin
