"""Interrupts stop no work midway that must not be, and are found under the names that libraries give them."""

from __future__ import annotations

import sys

import children
import pytest

import lingen as lg
from lingen.claims.evidence.broken import attempt
from lingen.machine.interruption import Apart, interrupted
from lingen.scripts.main import main

MIDWAY = """
import os, signal, time
from lingen.machine.interruption import Apart

def slow():
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.5)
    print("made", flush=True)

apart = Apart()
try:
    apart(slow)
except KeyboardInterrupt:
    print("heard", flush=True)
    apart(lambda: print("ended", flush=True))
"""


def test_work_is_done_to_its_end_and_in_order():
    done = children.run([sys.executable, "-c", MIDWAY])
    assert (done.returncode, done.stdout, done.stderr) == (0, "heard\nmade\nended\n", "")


def test_what_is_done_apart_gives_and_raises_what_it_would():
    assert Apart()(lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        Apart()(lambda: 1 / 0)


NAMED = """
import jax

class Stops:
    def __hash__(self):
        return 0

    def __eq__(self, other):
        raise KeyboardInterrupt

@jax.tree_util.register_pytree_node_class
class Held:
    def tree_flatten(self):
        return (), Stops()

    @classmethod
    def tree_unflatten(cls, kept, leaves):
        return cls()

def compared(*keys, **point):
    return jax.tree.structure(Held()) == jax.tree.structure(Held())
"""


@pytest.fixture(scope="module")
def compared():
    names: dict = {}
    exec(NAMED, names)
    return names["compared"]


def test_an_interrupt_that_jax_gave_another_name_is_one(compared):
    with pytest.raises(ValueError, match="metadata") as raised:
        compared()
    assert interrupted(raised.value)
    assert not interrupted(ValueError("of its own"))


def test_it_breaks_no_claim_and_no_cell(compared, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        attempt("a draw", compared)
    one = lg.Experiment("one", simulate=compared, parameters={"x": lg.real(default=1.0)})
    with pytest.raises(KeyboardInterrupt):
        lg.sweep(one, x=[1.0], draws=2, out=tmp_path / "one.zarr")


def test_it_ends_a_command_as_interrupted(capsys, tmp_path):
    (tmp_path / "stops.py").write_text(f"{NAMED}\ncompared()\n")
    assert main(["verify", str(tmp_path / "stops.py")]) == 130
    assert capsys.readouterr().err == "error: interrupted: what was finished is kept\n"
