"""Processes that draw in plain Python end with the process that asked for them, however that ends."""

from __future__ import annotations

import signal
import sys

import children
import pytest

PROGRAM = """
import os, signal, sys, time
from lingen.experiments.grid.processes import Stretch, Workers

def draw(rng, seconds):
    time.sleep(seconds)
    return os.getpid()

if __name__ == "__main__":
    workers = Workers(draw, 2)
    stretches = [Stretch((1,), {"seconds": seconds}, 0, 8) for seconds in (0.0, 600.0)]
    drawing = workers.run(stretches)
    print(next(drawing)[0], flush=True)
    exec(sys.argv[1])
"""


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL),
        ("os._exit(3)", 3),
        ("workers.__exit__(); print('closed', flush=True)", 0),
        ("drawing.close(); workers.__exit__(); print('closed', flush=True)", 0),
    ],
)
def test_workers_end_with_what_asked_for_them(tmp_path, end, code):
    (tmp_path / "program.py").write_text(PROGRAM)
    with children.start([sys.executable, tmp_path / "program.py", end]) as process:
        out, errors = process.communicate(timeout=300)  # workers that live on hold the pipes, for ten minutes
    assert process.returncode == code
    assert out == ("0\nclosed\n" if code == 0 else "0\n")
    assert "Traceback" not in errors
    assert "Warning" not in errors or code != 0  # what is left of a process that was killed is cleared away


INTERRUPTED = """
import os, signal, sys, time
from joblib.externals.loky.backend import resource_tracker
from lingen.experiments.grid.processes import Stretch, Workers
from lingen.scripts.terminal.interrupts import leave

register, made = resource_tracker.register, []

def slow(*arguments):
    register(*arguments)
    made.append(arguments)
    if len(made) == int(sys.argv[1]):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.3)  # until the main thread hears it

def draw(rng):
    time.sleep(600.0)

resource_tracker.register = slow
try:
    with Workers(draw, 2) as workers:
        next(workers.run([Stretch((1,), {}, 0, 8)]))
except KeyboardInterrupt:
    print("heard", flush=True)
    if sys.argv[2] == "at once":
        leave(130)
"""
SEMAPHORES = 8
"""Of a pool: six when it is made, one more for each of two workers."""


@pytest.mark.parametrize("end", ["at once", "in order"])
@pytest.mark.parametrize("which", [1, 4, 7, SEMAPHORES])
def test_an_interrupt_while_semaphores_are_made_leaves_none_behind(tmp_path, which, end):
    (tmp_path / "program.py").write_text(INTERRUPTED)
    with children.start([sys.executable, tmp_path / "program.py", str(which), end]) as process:
        out, errors = process.communicate(timeout=300)
    assert (process.returncode, out, errors) == (130 if end == "at once" else 0, "heard\n", "")
