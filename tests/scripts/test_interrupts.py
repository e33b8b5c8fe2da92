"""^C ends a process whose main thread is in compiled code, and waits for one that has heard it."""

from __future__ import annotations

import signal
import sys

import children
import pytest

LISTEN = """
import hashlib, threading, time
from lingen.scripts.terminal import interrupts
from lingen.scripts.terminal.interrupts import leave, listen

def say(word):
    print(word, flush=True)
"""
DEAF = (
    LISTEN
    + """
clock = time.pthread_getcpuclockid(threading.main_thread().ident)

def ready(began):
    while time.clock_gettime(clock) < began + 0.05:  # until the main thread computes
        time.sleep(0.01)
    say("ready")

listen(deaf=0.5)
threading.Thread(target=ready, args=(time.clock_gettime(clock),), daemon=True).start()
hashlib.pbkdf2_hmac("sha256", b"", b"", 10**9)  # minutes of compiled code
"""
)
HEARD = (
    LISTEN
    + """
heard, another = threading.Event(), interrupts._another

def later(signals, seconds):  # the time to hear begins when it is heard, however late that is
    heard.wait()
    return another(signals, seconds)

interrupts._another = later
listen(deaf=0.2)
try:
    say("ready")
    time.sleep(10**6)
except KeyboardInterrupt:
    heard.set()
    time.sleep(1.0)
    say("kept")
    leave(130)
"""
)
STUBBORN = (
    LISTEN
    + """
listen()
while True:
    try:
        say("ready")
        time.sleep(10**6)
    except KeyboardInterrupt:
        pass
"""
)


def _interrupt(script: str, times: int) -> tuple[int, str, str]:
    process = children.start([sys.executable, "-c", script])
    assert process.stdout is not None
    for _ in range(times):
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
    done = children.result(process)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize(("script", "times"), [(DEAF, 1), (STUBBORN, 2)])
def test_a_process_that_does_not_hear_is_ended(script: str, times: int) -> None:
    code, _, errors = _interrupt(script, times)
    assert code == 130
    assert errors == "error: interrupted: what was finished is kept\n"


def test_a_process_that_hears_may_finish_what_it_has_to_keep() -> None:
    assert _interrupt(HEARD, 1) == (130, "kept\n", "")


STARTING = """
import sys

class Interrupted:
    def find_spec(self, name, *_):
        if name == {name!r}:
            raise KeyboardInterrupt

sys.meta_path.insert(0, Interrupted())
sys.argv = ["lingen", "list"]
from lingen.__main__ import run
run()
"""


@pytest.mark.parametrize("name", ["typer", "lingen.scripts.commands.sweep", "rich.console"])
def test_an_interrupt_while_a_command_starts_is_one_line(name):
    done = children.run([sys.executable, "-c", STARTING.format(name=name)])
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.startswith("error: interrupted")
    assert done.stderr.count("\n") == 1


LOST = (
    LISTEN
    + """
import os, signal

class Finalised:
    def __del__(self):
        os.kill(os.getpid(), signal.{sent})
        time.sleep(10**6)

listen(deaf=600.0)
try:
    Finalised()
    time.sleep(10**6)
except KeyboardInterrupt:
    say("kept")
    leave(130)
"""
)
MODULE = """
import os, signal, time
os.kill(os.getpid(), signal.{sent})
for _ in range(20):
    time.sleep(0.01)
print("imported", flush=True)
"""
IMPORTING = (
    LISTEN
    + """
import sys
sys.path.insert(0, "")
listen(deaf=600.0)
try:
    import module
    time.sleep(10**6)
except KeyboardInterrupt:
    say("kept")
    leave(130)
"""
)


@pytest.mark.parametrize("sent", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize(("script", "said"), [(LOST, "kept\n"), (IMPORTING, "imported\nkept\n")])
def test_an_interrupt_comes_once_more_where_it_cannot_be_raised(tmp_path, script, said, sent):
    (tmp_path / "module.py").write_text(MODULE.format(sent=sent))
    done = children.run([sys.executable, "-c", script.format(sent=sent)], cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (130, said, "")
