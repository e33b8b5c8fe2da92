"""Claims checked side by side: the same verdicts, a lost process costs one claim, and none stays."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import children
import pytest

from lingen.scripts.checking import side_by_side

CLAIMS = r"""
import multiprocessing, os, signal
import jax
from lingen import Claim, Experiment, Observable, real

print("read")
MEANS = {"points": ({},), "predict": lambda: 1.0, "dims": (8,), "rivals": {"two": lambda: 2.0},
    "concentration": "uniform numbers"}

def draw(key, dim):
    return jax.random.uniform(key, minval=0.9, maxval=1.1)

def kills(key, dim):
    os.kill(os.getpid(), signal.SIGKILL)

def plain(rng, level):
    return {"value": level * rng.uniform(0.9, 1.1)}

FIRST = Claim("first", simulate=draw, **MEANS)
SECOND = Claim("second", simulate=draw, **MEANS)
LOST = Claim("lost", simulate=kills, **MEANS)
THIRD = Claim("third", simulate=draw, **MEANS)
if multiprocessing.parent_process() is None:
    ONCE = Claim("once", simulate=draw, **MEANS)
LEVEL = Experiment("level", numpy=plain, observables={"value": Observable("v")},
    parameters={"level": real(symbol="l")})
PLAIN = Claim("plain", of=LEVEL, points=({"level": 1.0},), predict=lambda level: level,
    concentration="uniform numbers", rivals={"two": lambda level: 2.0})
"""
ENDLESS = r"""
import jax
from lingen import Claim

def draw(key, dim):
    step = lambda x: x + 1e-12 * jax.random.normal(key)
    return jax.lax.while_loop(lambda x: x > -1.0, step, 0.0)

MEANS = {"points": ({},), "predict": lambda: 1.0, "dims": (8,)}
ONE, TWO = (Claim(name, simulate=draw, **MEANS) for name in ("one", "two"))
"""


@pytest.fixture(scope="module")
def runs(lingen, tmp_path_factory: pytest.TempPathFactory):
    """What two processes said, and what they found."""
    folder = tmp_path_factory.mktemp("side")
    (folder / "some.py").write_text(CLAIMS)
    done = lingen("verify", "some.py", "--workers", 2, cwd=folder)
    return done, json.loads((folder / "report" / "verdicts.json").read_text()), folder


def test_every_claim_has_its_verdict_in_its_place(runs) -> None:
    done, found, folder = runs
    assert done.returncode == 1, done.stderr
    assert done.stderr == ""
    outcomes = {claim["name"]: claim["outcome"] for claim in found["claims"]}
    names = ["first", "second", "lost", "third", "once", "plain"]
    assert list(outcomes) == names
    assert outcomes == dict.fromkeys(names, "holds") | {"lost": "broken"}
    assert found["complete"]
    assert done.stdout.count("read") == 1
    assert (folder / "report" / "index.html").read_text().count("<img") == 5


def test_a_lost_process_is_told(runs) -> None:
    lost = next(claim for claim in runs[1]["claims"] if claim["name"] == "lost")
    told = "the process that checked it ended by SIGKILL, 2 times, perhaps for lack of memory"
    assert lost["reason"] == told


def test_one_process_finds_the_same_numbers(lingen, runs) -> None:
    _, found, folder = runs
    names = [f"some.py::{name}" for name in ("first", "third")]
    done = lingen("verify", *names, "--workers", 1, "--out", "alone", "--error-rate", 0.01 / 3, cwd=folder)
    assert done.returncode == 0, done.stderr
    alone = json.loads((folder / "alone" / "verdicts.json").read_text())["claims"]
    beside = {claim["name"]: claim for claim in found["claims"]}
    for claim in alone:
        for here, there in zip(claim["points"], beside[claim["name"]]["points"], strict=True):
            assert here["means"] == there["means"]
            assert here["draws"] == there["draws"]


@pytest.mark.parametrize(
    ("claims", "plain", "count", "granted", "gigabytes", "processes"),
    [
        (119, 0, None, None, 64, 16),
        (119, 0, None, None, 9, 4),
        (119, 0, None, 2, 64, 2),
        (119, 0, None, 1, 64, 0),
        (7, 0, None, None, 64, 0),
        (12, 0, None, None, 64, 3),
        (12, 6, None, None, 64, 0),
        (12, 6, 4, None, 64, 4),
        (12, 0, 1, None, 64, 0),
        (3, 0, 8, None, 64, 3),
        (3, 2, 8, None, 64, 0),
    ],
)
def test_processes_are_as_many_as_cores_claims_and_memory_allow(
    claims, plain, count, granted, gigabytes, processes, monkeypatch
) -> None:
    monkeypatch.setattr(side_by_side, "cores", lambda: 16)
    monkeypatch.setattr(side_by_side, "memory", lambda: gigabytes * 2.0**30)
    model = SimpleNamespace(numpy=print)
    every = [SimpleNamespace(of=model)] * plain + [SimpleNamespace(of=None)] * (claims - plain)
    assert side_by_side.crowd(every, count, granted) == processes


def _processes_below(number: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{number}/task/{number}/children").read_text().split()]


def _is_there(number: int) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_one_that_asks(sent: signal.Signals, tmp_path: Path) -> None:
    (tmp_path / "endless.py").write_text(ENDLESS)
    command = [sys.executable, "-m", "lingen", "verify", "endless.py", "--workers", "2"]
    process = children.start(
        command, cwd=tmp_path, env=os.environ | {"LINGEN_CACHE": str(tmp_path / "cache")}
    )
    below: list[int] = []
    while len(below) < 2 and process.poll() is None:
        time.sleep(0.1)
        with suppress(OSError):
            below = _processes_below(process.pid)
    time.sleep(3.0)  # into the claims, or on the way there
    below = _processes_below(process.pid)
    process.send_signal(sent)
    process.wait(timeout=children.PATIENCE)
    began = time.monotonic()
    while any(map(_is_there, below)) and time.monotonic() - began < children.PATIENCE:
        time.sleep(0.1)
    assert not any(map(_is_there, below))
    if sent is not signal.SIGKILL:
        assert process.returncode == 130
        assert json.loads((tmp_path / "report" / "verdicts.json").read_text())["not_run"] == ["one", "two"]
