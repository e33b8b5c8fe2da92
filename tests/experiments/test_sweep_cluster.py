"""A sweep on Dask workers ends with the store of an undisturbed one, whoever dies on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import children
import numpy as np
import psutil
import pytest
import xarray as xr

from lingen.experiments.cluster.dask_cells import Cluster

SWEEP = (
    *("sweep", "memorisation", "--load", "0.5:4:40", "--dim", "12", "--method", "dense", "--draws", "1000"),
    *("--cluster", "local:2", "--quiet"),
)


def start(folder, name: str) -> subprocess.Popen:
    command = [sys.executable, "-m", "lingen", *SWEEP, "--out", name]
    return children.start(command, cwd=folder, env=os.environ | {"JAX_PLATFORMS": "cpu"})


def workers(process: subprocess.Popen) -> list[psutil.Process]:
    alive = [c for c in psutil.Process(process.pid).children() if c.status() != psutil.STATUS_ZOMBIE]
    return [child for child in alive if "spawn_main" in " ".join(child.cmdline())]


def finish(process: subprocess.Popen) -> None:
    done = children.result(process)
    assert done.returncode == 0, done.stderr
    assert "40 cells" in done.stdout


@pytest.mark.slow
def test_two_killed_workers_change_nothing(tmp_path):
    disturbed = start(tmp_path, "disturbed.zarr")
    cells = tmp_path / "disturbed.zarr" / ".cells"
    killed: set[int] = set()
    while len(killed) < 2:
        assert disturbed.poll() is None, disturbed.communicate()
        if cells.is_dir() and len(list(cells.iterdir())) > len(killed):
            victim = workers(disturbed)[0]
            victim.send_signal(signal.SIGKILL)
            killed.add(victim.pid)
        time.sleep(0.05)
    finish(disturbed)
    calm = start(tmp_path, "calm.zarr")
    finish(calm)
    one, two = (xr.open_zarr(tmp_path / name).load() for name in ("disturbed.zarr", "calm.zarr"))
    assert set(one.variables) == set(two.variables)
    for name in one.variables:
        np.testing.assert_array_equal(one[name].values, two[name].values, strict=True)
    assert int(one["draws"].min()) == 1000


@pytest.mark.parametrize("address", ["local:0", "local:two", "local", "somewhere", "tcp://"])
def test_an_address_that_is_none(address):
    with pytest.raises(ValueError, match="cluster must be local:N"):
        Cluster(address)


def test_a_scheduler_that_does_not_answer(monkeypatch):
    monkeypatch.setattr("lingen.experiments.cluster.dask_cells.CONNECT_SECONDS", 1.0)
    with pytest.raises(
        ValueError, match=r"cluster must be a scheduler that answers, got tcp://127\.0\.0\.1:9"
    ):
        Cluster("tcp://127.0.0.1:9")
