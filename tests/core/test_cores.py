"""Cores granted, not cores there; and threads of BLAS."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import children
import pytest
import threadpoolctl

from lingen.machine import cores as module
from lingen.machine.cores import cores
from lingen.sims.engine.layout import light_blas

ROOT = Path(__file__).parents[2]
ASK = "import os, sys; {before}; from lingen.machine.cores import cores; print(cores())"


def asked(before: str = "", **environment: str) -> int:
    run = children.run(
        [sys.executable, "-c", ASK.format(before=before or "pass")],
        env={**os.environ, **environment},
    )
    assert run.returncode == 0, run.stderr
    return int(run.stdout)


def test_affinity_counts():
    assert cores() <= len(os.sched_getaffinity(0))
    assert asked("os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})") == 1


@pytest.mark.parametrize("granted", ["1", "0"])
def test_slurm_counts_where_it_binds_no_cores(granted):
    assert asked(SLURM_CPUS_PER_TASK=granted) == 1


@pytest.mark.parametrize("granted", ["100000", "", "four"])
def test_slurm_grants_no_more_than_there_is(granted, monkeypatch):
    before = cores()
    monkeypatch.setenv("SLURM_CPUS_PER_TASK", granted)
    assert cores() == before


def test_nobody_else_counts_cores():
    """`os.cpu_count` knows neither affinity nor containers."""
    rooms = ("lingen", "models", "theory", "sims", "experiments", "claims", "scripts")
    files = [file for room in rooms for file in (ROOT / room).rglob("*.py")]
    others = {f.name for f in files if re.search("cpu_count|sched_getaffinity", f.read_text())}
    assert others == {"cores.py"}
    assert module.__all__ == ["cores"]


@pytest.mark.parametrize(("dim", "limited"), [(64, True), (512, True), (513, False)])
def test_small_matrices_are_computed_by_one_thread_of_blas(dim, limited):
    with threadpoolctl.threadpool_limits(2, user_api="blas"):
        before = _blas_threads()
        with light_blas(dim):
            inside = _blas_threads()
        assert _blas_threads() == before
    assert inside == ([1] * len(before) if limited else before)


def _blas_threads():
    return [one["num_threads"] for one in threadpoolctl.threadpool_info() if one["user_api"] == "blas"]
