"""A Dask cluster that dies under a sweep, workers or scheduler: a line, what is kept, and how to go on."""

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

from lingen.experiments.cluster import patience
from lingen.experiments.cluster.patience import ClusterLost, Watch

GATED = """
import time
from pathlib import Path
from lingen import Experiment, Observable, real

GATE = Path(__file__).with_name("open")

def draw(rng, *, load):
    while load > 2 and not GATE.exists():
        time.sleep(0.05)
    return {"size": rng.normal() + load}

SIZES = {"size": Observable("a size")}
GATED = Experiment("gated", parameters={"load": real(default=1.0)}, numpy=draw, observables=SIZES)
"""
"""Loads above 2 wait until a file is there."""
SWEEP = ("sweep", "gated.py", "--load", "1,1.5,3,4", "--draws", "4", "--out", "s.zarr", "--quiet")


class Grid:
    """A scheduler and a worker, real processes, and a sweep on them."""

    def __init__(self, folder: Path):
        self.folder = folder
        (folder / "gated.py").write_text(GATED)
        self.scheduler = self.dask("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", "s")
        file = folder / "s"
        while not (file.exists() and file.read_text().endswith("}")):
            assert self.scheduler.poll() is None
            time.sleep(0.05)
        self.address = json.loads(file.read_text())["address"]
        self.worker = self.another()

    def dask(self, *words: str) -> subprocess.Popen[str]:
        nowhere = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        command = [sys.executable, "-m", "dask", *words, "--no-dashboard"]
        return children.start(command, cwd=self.folder, **nowhere)

    def another(self) -> subprocess.Popen[str]:
        return self.dask("worker", self.address, "--no-nanny", "--nthreads", "1", "--name", str(time.time()))

    def sweep(self, patience: str) -> subprocess.Popen[str]:
        """Started, with its first two cells kept; begun again until the worker has joined."""
        about = {"DASK_DISTRIBUTED__SCHEDULER__NO_WORKERS_TIMEOUT": patience}
        command = [sys.executable, "-m", "lingen", *SWEEP, "--cluster", self.address]
        while True:
            process = children.start(command, cwd=self.folder, env=os.environ | about)
            while process.poll() is None:
                if len(list((self.folder / "s.zarr").glob(".cells/*.npz"))) >= 2:
                    return process
                time.sleep(0.05)
            assert "must have workers" in children.result(process).stderr


@pytest.fixture
def grid(tmp_path):
    return Grid(tmp_path)


def kept(folder: Path) -> list[int]:
    with xr.open_zarr(folder / "s.zarr", chunks=None) as dataset:
        return dataset["draws"].values.ravel().tolist()


@pytest.mark.slow
def test_all_workers_die_and_none_comes(grid):
    process = grid.sweep("2s")
    grid.worker.send_signal(signal.SIGKILL)
    done = children.result(process)
    assert done.returncode == 130, done.stderr
    first, last = done.stderr.splitlines()
    assert re.fullmatch(r"warning: cluster tcp://[\d.:]+: has no workers, which is given up after 2 s", first)
    where = "2 of 4 cells are kept in s.zarr, the same command goes on"
    assert re.fullmatch(rf"error: cluster tcp://[\d.:]+: no workers for 2 s; {where}", last)
    assert kept(grid.folder) == [4, 4, 0, 0]


@pytest.mark.slow
def test_all_workers_die_and_another_comes(grid):
    process = grid.sweep("1h")
    grid.worker.send_signal(signal.SIGKILL)
    assert process.stderr is not None
    assert "has no workers, which is given up after 3600 s" in process.stderr.readline()
    (grid.folder / "open").touch()
    grid.another()
    done = children.result(process)
    assert done.returncode == 0, done.stderr
    assert kept(grid.folder) == [4, 4, 4, 4]


@pytest.mark.slow
def test_the_scheduler_dies_and_the_same_command_goes_on(grid):
    process = grid.sweep("1h")
    grid.scheduler.send_signal(signal.SIGKILL)
    done = children.result(process)
    assert done.returncode == 130, done.stderr
    where = "2 of 4 cells are kept in s.zarr, the same command goes on"
    assert re.fullmatch(rf"error: cluster tcp://[\d.:]+: the scheduler is gone; {where}\n", done.stderr)
    assert kept(grid.folder) == [4, 4, 0, 0]
    (grid.folder / "open").touch()
    again = children.run([sys.executable, "-m", "lingen", *SWEEP, "--workers", "0"], cwd=grid.folder)
    assert again.returncode == 0, again.stderr
    assert kept(grid.folder) == [4, 4, 4, 4]


class Client:
    """A scheduler's answers, one after the other: how many workers, or no answer."""

    status, scheduler = "running", type("Rpc", (), {"identity": None})

    def __init__(self, *answers: int | None):
        self.answers = list(answers)

    def sync(self, ask: object, **_: object) -> dict[str, list[int]]:
        answer = self.answers.pop(0)
        if answer is None:
            raise TimeoutError
        return {"workers": [0] * answer}


def asked(*answers: object):
    left = list(answers)

    def ask(seconds: float) -> object:
        if (answer := left.pop(0)) is None:
            raise TimeoutError
        return answer

    return ask


def test_a_scheduler_that_does_not_answer_is_as_one_without_workers(monkeypatch):
    monkeypatch.setattr(patience, "PATIENCE", 0.0)
    said: list[str] = []
    watch = Watch(Client(1, None, None), "tcp://here", said.append)
    with pytest.raises(ClusterLost, match=r"^cluster tcp://here: no workers for 0 s$"):
        watch._waited(asked(None, None, None))
    assert said == ["cluster tcp://here: has no workers, which is given up after 0 s"]


def test_workers_that_come_back_are_told_once():
    said: list[str] = []
    watch = Watch(Client(0, 0, 2, 2), "tcp://here", said.append)
    assert watch._waited(asked(None, None, None, None, "done")) == "done"
    assert said == [
        "cluster tcp://here: has no workers, which is given up after 60 s",
        "cluster tcp://here: has workers again",
    ]


def test_dasks_own_setting_says_how_long(monkeypatch):
    import dask

    with dask.config.set({"distributed.scheduler.no-workers-timeout": "90s"}):
        assert patience.patience() == 90.0
    assert patience.patience() == 60.0
