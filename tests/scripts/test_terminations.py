"""SIGTERM and SIGHUP, as at the end of a job's time, are as ^C: what is finished is kept and published."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import children
import pytest
import xarray as xr

LISTEN = "import signal, time\nfrom lingen.scripts.terminal.interrupts import leave, listen\n"
HEARD = LISTEN + (
    "listen(deaf=60)\n"
    "try:\n    print('ready', flush=True); time.sleep(60)\n"
    "except KeyboardInterrupt:\n    time.sleep(1.5); print('kept', flush=True); leave(130)\n"
)
NOHUP = (
    "import signal\nsignal.signal(signal.SIGHUP, signal.SIG_IGN)\n" + LISTEN + "listen()\n"
    "print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN, flush=True)\n"
)
SLOW = """
import time
from lingen import Experiment, Observable, real

def draw(rng, *, load):
    time.sleep(0.02 if load < 2 else 30.0)
    return {"size": rng.normal() + load}

SIZES = {"size": Observable("a size")}
SLOW = Experiment("slow", parameters={"load": real(default=1.0)}, numpy=draw, observables=SIZES)
"""

CLAIMS = """
import time
import jax
from lingen import Claim, Experiment, Observable, real

def draw(key, dim):
    return jax.random.uniform(key, minval=0.9, maxval=1.1)

def sleep(rng, level):
    time.sleep(30.0)
    return {"value": level}

LEVEL = Experiment("level", numpy=sleep, observables={"value": Observable("v")},
    parameters={"level": real(symbol="l")})
QUICK = Claim("quick", simulate=draw, points=({},), predict=lambda: 1.0, dims=(8,),
    concentration="uniform numbers")
ONE, TWO, THREE = (Claim(name, of=LEVEL, points=({"level": 1.0},), predict=lambda level: level)
    for name in ("one", "two", "three"))
"""


def started(*command: str, cwd: Path | None = None) -> subprocess.Popen[str]:
    return children.start(command, cwd=cwd, env=dict(os.environ))


@pytest.mark.parametrize("numbers", [["SIGTERM"], ["SIGHUP"], ["SIGTERM", "SIGTERM"], ["SIGHUP", "SIGTERM"]])
def test_a_process_that_hears_may_finish_what_it_has_to_keep(numbers):
    with started(sys.executable, "-c", HEARD) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        for number in numbers:
            process.send_signal(getattr(signal, number))
            time.sleep(0.3)
        assert process.communicate() == ("kept\n", "")
    assert process.returncode == 130


def test_what_is_ignored_stays_ignored():
    with started(sys.executable, "-c", NOHUP) as process:
        assert process.communicate()[0] == "True\n"


LEFT = """
import multiprocessing, time
from lingen.scripts.terminal.interrupts import leave

if __name__ == "__main__":
    spawning = multiprocessing.get_context("spawn")
    queue = spawning.Queue()
    spawning.Process(target=time.sleep, args=(600.0,)).start()
    leave(130)
"""


def test_an_end_at_once_leaves_no_process_and_no_semaphore(tmp_path):
    (tmp_path / "left.py").write_text(LEFT)
    with started(sys.executable, str(tmp_path / "left.py")) as process:
        out, errors = process.communicate(timeout=300)  # which a child would hold open
    assert (process.returncode, out, errors) == (130, "", "")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_sweep_at_the_end_of_its_time_publishes_what_it_has(number, tmp_path):
    (tmp_path / "slow.py").write_text(SLOW)
    command = [sys.executable, "-m", "lingen", "sweep", "slow.py", "--load", "1,1.5,30,40", "--draws", "4"]
    with started(*command, "--out", "s.zarr", "--workers", "1", cwd=tmp_path) as process:
        # with the second on disk the first is counted; the second may not be
        while process.poll() is None and len(list((tmp_path / "s.zarr").glob("*/*.npz"))) < 2:
            time.sleep(0.1)
        process.send_signal(number)
        _, errors = process.communicate()
    assert process.returncode == 130, errors
    assert re.search(r"[12] of 4 cells are kept", errors)
    with xr.open_zarr(tmp_path / "s.zarr", chunks=None) as dataset:
        assert dataset["size"].notnull().any()


def test_verify_at_the_end_of_its_time_leaves_a_page(tmp_path):
    (tmp_path / "claims.py").write_text(CLAIMS)
    command = [sys.executable, "-m", "lingen", "verify", "claims.py", "--out", "report"]
    with started(*command, cwd=tmp_path) as process:
        verdicts = tmp_path / "report" / "verdicts.json"
        while process.poll() is None and not (verdicts.exists() and json.loads(verdicts.read_text())):
            time.sleep(0.1)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=children.PATIENCE)  # workers that live on hold the pipes
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert "Warning" not in errors
    assert "Not run: " in (tmp_path / "report" / "index.html").read_text()
