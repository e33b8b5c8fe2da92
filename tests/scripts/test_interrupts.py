"""^C ends a process whose main thread is in compiled code, and waits for one that has heard it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

LISTEN = "import hashlib, time\nfrom lingen.scripts.terminal.interrupts import leave, listen\n"
DEAF = LISTEN + (
    "listen(deaf=0.5)\nprint('ready', flush=True)\n"
    "hashlib.pbkdf2_hmac('sha256', b'', b'', 10**9)  # minutes of compiled code\n"
)
HEARD = LISTEN + (
    "listen(deaf=0.2)\nprint('ready', flush=True)\n"
    "try:\n    time.sleep(30)\n"
    "except KeyboardInterrupt:\n    time.sleep(1.0); print('kept', flush=True); leave(130)\n"
)
STUBBORN = LISTEN + (
    "listen()\nprint('ready', flush=True)\n"
    "while True:\n    try:\n        time.sleep(30)\n    except KeyboardInterrupt:\n        pass\n"
)


def _interrupt(script: str, times: int) -> tuple[int, str, str]:
    process = subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    for _ in range(times):
        time.sleep(1.0)
        process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=20)
    return process.returncode, out, errors


@pytest.mark.parametrize(("script", "times"), [(DEAF, 1), (STUBBORN, 2)])
def test_a_process_that_does_not_hear_is_ended(script: str, times: int) -> None:
    code, _, errors = _interrupt(script, times)
    assert code == 130
    assert errors == "error: interrupted: what was finished is kept\n"


def test_a_process_that_hears_may_finish_what_it_has_to_keep() -> None:
    assert _interrupt(HEARD, 1) == (130, "kept\n", "")
