"""A store survives kills at any moment, full disks, strangers and second writers."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path

import children
import numpy as np
import pytest
import xarray as xr

from lingen.experiments import library
from lingen.experiments.grid.part import Part
from lingen.experiments.grid.sweep import Sweep
from lingen.experiments.store import dataset as sweep_dataset
from lingen.experiments.store.store import Store

ABOUT = {"versions": {"lingen": "0.1.0", "jax": "1"}, "created": "today"}


def grid(draws: int = 4, load: str = "1:2:5") -> Sweep:
    axes = {"load": load, "dim": "8,16", "filter": "gaussian,pca:2"}
    return Sweep.of(library.get("distances"), axes, draws)


def part(*cells: int, draws: int = 4) -> Part:
    """What would be computed for these cells."""
    index = np.asarray(cells)
    found = {"recovery": (np.sin(index), np.exp(-index)), "outlier": (np.cos(index), 0.1 * index)}
    return Part(index, found, np.full(index.size, draws))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "made" / "sweep.zarr"


def opened(path: Path) -> xr.Dataset:
    with xr.open_zarr(path, chunks=None) as dataset:
        return dataset.load()


def test_what_is_added_is_found_again(path):
    with Store(path, grid(), ABOUT) as store:
        assert store.missing.size == grid().size == 20
        store.add(part(3, 4))
        store.add(part(0))
    with Store(path, grid(), ABOUT) as store:
        assert store.notes == []
        assert list(np.flatnonzero(store.done)) == [0, 3, 4]
        np.testing.assert_array_equal(store.values["recovery"][0][[0, 3, 4]], np.sin([0, 3, 4]))
        np.testing.assert_array_equal(store.values["outlier"][1][[0, 3, 4]], 0.1 * np.asarray([0, 3, 4]))
        assert 3 not in store.missing


def test_the_arrays_are_named_and_say_what_they_are(path):
    theory = {"recovery_theory": xr.DataArray(np.arange(5.0), dims="load")}
    with Store(path, grid(), ABOUT) as store:
        store.add(part(*range(7)))
        store.publish()
        store.publish(theory)
    found = opened(path)
    assert dict(found.sizes) == {"load": 5, "dim": 2, "filter": 2}
    assert list(found["filter"].values) == ["gaussian", "pca:2.0"]
    assert found["load"].values.tolist() == [1.0, 1.25, 1.5, 1.75, 2.0]
    assert all({"units", "long_name"} <= set(v.attrs) for v in found.variables.values())
    assert found.recovery.sel(load=1.25, dim=16, filter="gaussian") == np.sin(6)
    assert found.recovery_theory.dims == ("load",)
    whole = found.draws.values.ravel()
    assert whole.tolist() == [4] * 7 + [0] * 13
    assert np.array_equal(np.isnan(found.recovery_error.values.ravel()), whole == 0)
    assert found.attrs["config_hash"] == sweep_dataset.config_hash(grid())
    assert json.loads(found.attrs["config"])["draws"] == 4
    assert json.loads(found.attrs["versions"])["jax"] == "1"


def test_a_finished_store_is_one_file_of_cells(path):
    with Store(path, grid(), ABOUT) as store:
        for cell in range(20):
            store.add(part(cell))
        store.compact()
    assert [file.name for file in (path / ".cells").iterdir()] == ["complete.npz"]
    with Store(path, grid(), ABOUT) as store:
        assert store.missing.size == 0


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (grid(draws=5), "draws is 4 there, 5 here"),
        (grid(load="1:2:6"), "load is 1, 1.25, 1.5, 1.75, 2 there, 1, 1.2"),
        (grid(load="1:2:50"), "1 ... 2 (50 values) here"),
        (
            Sweep.of(library.get("convergence"), {"load": 1}, 4),
            "topic is distances there, convergence here",
        ),
        (
            Sweep.of(library.get("distances"), {"load": "1:2:5"}, 4),
            "dim is 8, 16 there, and absent here",
        ),
    ],
)
def test_another_sweep_is_refused(path, other, words):
    Store(path, grid(), ABOUT).close()
    with pytest.raises(ValueError, match="holds another sweep") as raised:
        Store(path, other, ABOUT)
    assert words in str(raised.value)
    assert "\n" not in str(raised.value)
    Store(path, grid(), ABOUT).close()


def test_another_version_is_reported(path):
    with Store(path, grid(), ABOUT) as store:
        store.add(part(1))
    newer = {"versions": {"lingen": "0.2.0", "jax": "1"}, "created": "tomorrow"}
    with Store(path, grid(), newer) as store:
        assert len(store.notes) == 1
        assert "lingen 0.1.0 (now 0.2.0)" in store.notes[0]
        assert store.done.sum() == 1
        assert store.dataset().attrs["created"] == "today"


def test_a_second_writer_is_turned_away_until_the_first_is_done(path):
    with Store(path, grid(), ABOUT), pytest.raises(ValueError, match=f"process {os.getpid()}"):
        Store(path, grid(), ABOUT)
    Store(path, grid(), ABOUT).close()


def test_strangers_are_left_alone(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ValueError, match="something else than a sweep"):
        Store(tmp_path, grid(), ABOUT)
    with pytest.raises(ValueError, match="is a file"):
        Store(tmp_path / "notes.txt", grid(), ABOUT)
    with pytest.raises(ValueError, match="cannot write there"):
        Store(tmp_path / "notes.txt" / "sweep.zarr", grid(), ABOUT)
    assert [item.name for item in tmp_path.iterdir()] == ["notes.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_one_line(tmp_path):
    tmp_path.chmod(0o555)
    with pytest.raises(ValueError, match="cannot write there"):
        Store(tmp_path / "sweep.zarr", grid(), ABOUT)
    tmp_path.chmod(0o755)


def test_a_damaged_file_is_reported_and_its_cells_run_again(path):
    with Store(path, grid(), ABOUT) as store:
        store.add(part(0, 1))
        store.add(part(2))
    (file,) = (path / ".cells").glob("*0000-4.npz")
    file.write_bytes(file.read_bytes()[:-100])
    with Store(path, grid(), ABOUT) as store:
        assert list(np.flatnonzero(store.done)) == [2]
        assert "damaged" in store.notes[0]


def test_a_full_disk_keeps_what_is_finished(path, monkeypatch):
    with Store(path, grid(), ABOUT) as store:
        store.add(part(0, 1))

        def full(descriptor: int) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(OSError, match="No space left"):
                store.add(part(2))
        assert list(np.flatnonzero(store.done)) == [0, 1]
    assert len(list((path / ".cells").iterdir())) == 1
    with Store(path, grid(), ABOUT) as store:
        assert list(np.flatnonzero(store.done)) == [0, 1]


KILLED = """
import os, random, signal, sys, time, warnings
warnings.simplefilter("ignore")
from pathlib import Path
sys.path[:0] = sys.argv[4:]
import test_sweep_store as t
path, times, whole = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
random.seed(5)

def fill():
    with t.Store(path, t.grid(load="1:2:250"), t.ABOUT) as store:
        for first in store.missing[::5]:
            store.add(t.part(*(c for c in store.missing if first <= c < first + 5)))
            if first % 100 == 0:
                store.publish()
        store.publish()
        store.compact()

kills = 0
while True:
    after = random.uniform(0.02, 0.18) * whole
    child = os.fork()
    if not child:
        try:
            if kills < times:
                signal.setitimer(signal.ITIMER_PROF, after)  # of computing; nothing is tidied up
            fill()
        finally:
            os._exit(int(sys.exc_info()[0] is not None))
    kills += 1
    _, status, used = os.wait4(child, 0)
    if not os.WIFSIGNALED(status):
        print(kills - 1, used.ru_utime + used.ru_stime)
        sys.exit(os.waitstatus_to_exitcode(status))
"""


@pytest.mark.slow
def test_killed_again_and_again_the_store_ends_the_same(path, tmp_path):
    """Ended at ten random moments of writing, publishing and reading: the same files, byte for byte."""

    def run(name: str, times: int, whole: float) -> tuple[int, float]:
        paths = Path(__file__).parent, Path(children.__file__).parent
        done = children.run([sys.executable, "-c", KILLED, tmp_path / name, times, whole, *paths])
        assert done.returncode == 0, done.stderr
        kills, seconds = done.stdout.split()
        return int(kills), float(seconds)

    none, whole = run("left alone", 0, 0.0)
    assert none == 0
    assert run("killed", 10, whole)[0] >= 5
    one, two = (files(tmp_path / name) for name in ("killed", "left alone"))
    assert one.keys() == two.keys()
    assert [name for name in one if one[name] != two[name]] == []
    assert int(opened(tmp_path / "killed").draws.min()) == 4


def test_an_extended_store_keeps_its_cells_and_asks_for_the_others(path):
    with Store(path, grid(), ABOUT) as store:
        store.add(part(*range(20)))
        store.compact()
    larger = grid(load="1:2:9")
    with Store(path, larger, ABOUT, extend=True) as store:
        assert store.sweep.axes["load"] == larger.axes["load"]
        assert store.missing.size == 16
        kept = opened_at(store, load=1.25, dim=16, filter="gaussian")
        assert kept == np.sin(6)
    Store(path, larger, ABOUT).close()
    with pytest.raises(ValueError, match="holds another sweep"):
        Store(path, grid(), ABOUT)
    with Store(path, grid(), ABOUT, extend=True) as store:  # the smaller grid is in it already
        assert store.sweep.config() == larger.config()


def test_an_extension_that_is_interrupted_loses_nothing(path, monkeypatch):
    with Store(path, grid(), ABOUT) as store:
        store.add(part(3, 4))

    def stop(self, path):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("lingen.experiments.store.manifest.Manifest.write", stop)
        with pytest.raises(KeyboardInterrupt):
            Store(path, grid(load="1:2:9"), ABOUT, extend=True)
    with Store(path, grid(), ABOUT) as store:
        assert list(np.flatnonzero(store.done)) == [3, 4]
    with Store(path, grid(load="1:2:9"), ABOUT, extend=True) as store:
        assert store.done.sum() == 2
    assert [folder.name for folder in path.glob(".cells*")] == [store.manifest.cells]


def test_more_draws_are_put_together_with_those_that_are_there(path):
    rng = np.random.default_rng(0)
    draws = rng.normal(size=(20, 10))
    first, second = (
        Part(np.arange(20), {"recovery": (x.mean(1), x.std(1, ddof=1) / np.sqrt(x.shape[1]))}, np.full(20, n))
        for x, n in ((draws[:, :4], 4), (draws[:, 4:], 6))
    )
    with Store(path, grid(), ABOUT) as store:
        store.add(first)
    with Store(path, grid(draws=10), ABOUT, extend=True) as store:
        assert store.missing.size == 20
        assert store.counts.tolist() == [4] * 20
        store.add(second)
        mean, error = store.values["recovery"]
        assert store.missing.size == 0
    np.testing.assert_allclose(mean, draws.mean(1), rtol=1e-13)
    np.testing.assert_allclose(error, draws.std(1, ddof=1) / np.sqrt(10), rtol=1e-12)


def test_an_axis_without_a_default_cannot_be_added(path):
    Store(path, grid(), ABOUT).close()
    more = Sweep.of(library.get("distances"), {"load": "1:2:5", "spike": 2}, 4)
    with pytest.raises(ValueError, match="without spike"):
        Store(path, more, ABOUT, extend=True)


def opened_at(store: Store, **where: object) -> float:
    return float(store.dataset().recovery.sel(where))


def files(folder: Path) -> dict[str, bytes]:
    """Every file but the lock, which names a process."""
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file() and file.name != ".lock"
    }


def flipped(file: Path, place: int) -> bytes:
    """Turn a bit of a file; returns what it held."""
    held = file.read_bytes()
    wrong = bytearray(held)
    wrong[place] ^= 1 << (place % 8)
    file.write_bytes(wrong)
    return held


def test_a_turned_bit_of_an_array_is_noticed_by_whoever_reads(path):
    with Store(path, grid(), ABOUT) as store:
        store.add(part(*range(20)))
        store.publish()
    whole, noticed = opened(path), 0
    chunks = [f for f in path.glob("*/*") if not f.name.startswith(".") and not f.parent.name.startswith(".")]
    rng = np.random.default_rng(0)
    for _ in range(120):
        file = chunks[rng.integers(len(chunks))]
        held = flipped(file, int(rng.integers(file.stat().st_size)))
        try:
            found = opened(path)
        except Exception:  # whatever the codec raises
            noticed += 1
        else:
            assert found.identical(whole)  # a bit that says nothing
        file.write_bytes(held)
    assert noticed > 100


@pytest.mark.parametrize("wrong", [b"", b"{", b"\xff\xfe", b"[]", b'{"config": 3, "provenance": {}}', None])
def test_a_damaged_manifest_is_written_again_from_its_copy(path, wrong):
    with Store(path, grid(), ABOUT) as store:
        store.add(part(3, 4))
    manifest = path / ".sweep.json"
    before = manifest.read_bytes()
    manifest.unlink() if wrong is None else manifest.write_bytes(wrong)
    with Store(path, grid(), ABOUT) as store:
        assert store.notes == [f"{manifest} was damaged and is written again from its copy"]
        assert store.done.sum() == 2
    assert manifest.read_bytes() == before
    for name in (".sweep.json", ".sweep-copy.json"):
        (path / name).write_bytes(b"{")
    with pytest.raises(ValueError, match=r"neither \.sweep\.json nor its copy can be read"):
        Store(path, grid(), ABOUT)
