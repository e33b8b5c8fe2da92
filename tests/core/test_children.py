"""No process outlives the test that started it, nor the process that runs the tests."""

from __future__ import annotations

import re
import signal
import sys
import time
from pathlib import Path

import children
import psutil
import pytest

TESTS = Path(__file__).parents[1]
DEAF = """
import signal, subprocess, sys, time
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
again = "import os, time; print(os.getpid(), flush=True); time.sleep(10**6)"
subprocess.Popen([sys.executable, "-c", again])  # hears as little: ignored signals are inherited
time.sleep(10**6)
"""
RUNS_TESTS = f"""
import sys, time
sys.path.insert(0, {str(TESTS / "helpers")!r})
import children
child = children.start([sys.executable, "-c", {DEAF!r}])
print(child.pid, child.stdout.readline().strip(), flush=True)
time.sleep(10**6)
"""


def gone(number: int) -> bool:
    """Whether a process has ended, or ends within all patience."""
    began = time.monotonic()
    while time.monotonic() - began < children.PATIENCE:
        if not psutil.pid_exists(number) or psutil.Process(number).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.02)
    return False


def deaf() -> tuple[int, int]:
    """A process that hears no signal but SIGKILL, and its own child, that does no better."""
    process = children.start([sys.executable, "-c", DEAF])
    assert process.stdout is not None
    found = process.pid, int(process.stdout.readline())
    process.terminate()
    return found


@pytest.fixture(scope="module")
def left():
    """Processes that a test has left running: looked at when its own fixtures are gone."""
    found: list[int] = []
    yield found
    assert all(map(gone, found))


def test_a_test_may_leave_what_it_started_running(left):
    left.extend(deaf())
    assert all(map(psutil.pid_exists, left))


def test_what_is_ended_is_ended_with_all_of_its_group():
    numbers = deaf()
    children.end_all()
    assert all(map(gone, numbers))


def test_where_the_tests_are_killed_their_children_end():
    runs_tests = children.start([sys.executable, "-c", RUNS_TESTS])
    assert runs_tests.stdout is not None
    numbers = [int(word) for word in runs_tests.stdout.readline().split()]
    assert len(numbers) == 2
    runs_tests.send_signal(signal.SIGKILL)
    assert all(map(gone, numbers))


def test_a_process_that_ends_says_what_it_has_to_say():
    done = children.run([sys.executable, "-c", "import sys; print(1); sys.exit('so')"])
    assert (done.returncode, done.stdout, done.stderr) == (1, "1\n", "so\n")


def test_no_test_starts_a_process_by_other_means():
    starts = re.compile(r"\bsubprocess\.(run|Popen|check_\w+|call)\(")
    found = [path.name for path in TESTS.rglob("*.py") if starts.search(path.read_text("utf-8"))]
    assert sorted(found) == ["children.py", Path(__file__).name]  # here in a program of a child
