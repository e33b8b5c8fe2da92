"""One process writes a store, on file systems with locks of their own and on those without."""

from __future__ import annotations

import os
import sys

import children
import numpy as np
import pytest

from lingen.experiments import library
from lingen.experiments.grid.part import Part
from lingen.experiments.grid.sweep import Sweep
from lingen.experiments.store import lock
from lingen.experiments.store.store import Store

ABOUT = {"versions": {"lingen": "0.1.0"}, "created": "today"}
HOLD = """
import sys, time
from pathlib import Path
from lingen.experiments.store import lock
held = lock.claim(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(600)
"""


def grid() -> Sweep:
    return Sweep.of(library.get("distances"), {"load": "1:2:5", "dim": "8"}, 4)


@pytest.fixture(params=[37, 38, 95, 524])
def no_locks(request, monkeypatch):
    """A mount that refuses flock, with the errors seen on Lustre, NFS and DVS."""

    def refuse(*_: object) -> None:
        raise OSError(request.param, os.strerror(request.param))

    monkeypatch.setattr(lock.fcntl, "flock", refuse)


def test_a_sweep_runs_where_there_are_no_locks(no_locks, tmp_path):
    path = tmp_path / "sweep.zarr"
    with Store(path, grid(), ABOUT) as store:
        assert len(store.notes) == 1
        assert "has no locks" in store.notes[0]
        assert "\n" not in store.notes[0]
        store.add(Part(np.asarray([3, 4]), {"recovery": (np.ones(2), np.ones(2))}, np.full(2, 4)))
        with pytest.raises(ValueError, match=rf"another process writes it \(process {os.getpid()} on "):
            Store(path, grid(), ABOUT)
    assert not (path / lock.MARKER).exists()
    with Store(path, grid(), ABOUT) as store:
        assert store.done.sum() == 2


def test_the_file_can_be_asked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("LINGEN_LOCK", "file")
    held = lock.claim(tmp_path / "store")
    assert not held.note
    assert (tmp_path / "store" / lock.MARKER).exists()
    held.close()


def test_the_file_of_a_killed_process_is_replaced_and_that_of_a_living_one_is_not(monkeypatch, tmp_path):
    monkeypatch.setenv("LINGEN_LOCK", "file")
    path = tmp_path / "store"
    with children.start([sys.executable, "-c", HOLD, str(path)], env=dict(os.environ)) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            with pytest.raises(ValueError, match=rf"\(process {other.pid} on .*remove \{lock.MARKER} there"):
                lock.claim(path)
        finally:
            other.kill()
    held = lock.claim(path)
    assert str(os.getpid()) in (path / lock.MARKER).read_text()
    held.close()


def test_a_module_without_flock_imports(tmp_path):
    """On Windows there is no fcntl."""
    code = (
        "import sys; sys.modules['fcntl'] = None\n"
        "from pathlib import Path\n"
        "from lingen.experiments.store import lock\n"
        f"held = lock.claim(Path({str(tmp_path / 'store')!r}))\n"
        "print(sorted(p.name for p in Path(sys.argv[1]).iterdir()))"
    )
    run = children.run([sys.executable, "-c", code, str(tmp_path / "store")])
    assert run.returncode == 0, run.stderr
    assert run.stdout.strip() == f"['{lock.LOCK}', '{lock.MARKER}']"
