"""`lingen sweep` as a user meets it: a grid in, a Zarr store out, whatever happens in between."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import children
import numpy as np
import pytest
import xarray as xr

from lingen.experiments import library
from lingen.experiments.grid.sweep import Sweep
from lingen.experiments.grid.theory import predictions
from lingen.experiments.store.store import Store
from lingen.scripts.main import main

GRID = (
    "recovery", "--load", "0.5:4:log:6", "--spike", "0.5:3:5", "--dim", "8,12", "--draws", "24",
    "--method", "dense",
)  # fmt: skip
CHILD = """
import os, signal, sys
from lingen.scripts.main import main
from lingen.experiments.grid import run
from lingen.experiments.store.store import Store
run.SECONDS = 0.01
files, seconds = int(os.environ.get("AFTER_FILES", 10**6)), float(os.environ.get("AFTER_SECONDS", 0))
add = Store.add

def add_and_end(store, part):
    global files
    add(store, part)
    if len(list(store.folder.glob("[0-9]*.npz"))) >= files:
        files = 10**6
        if seconds:  # of computing, whatever else the machine does; nothing is tidied up
            signal.setitimer(signal.ITIMER_PROF, seconds)
        else:
            os.kill(os.getpid(), signal.SIGINT)

Store.add = add_and_end
sys.exit(main(sys.argv[1:]))
"""
"""It ends itself after so many files of cells, at once by ^C or killed after so many seconds: no test
hangs on who is faster."""


def opened(path: Path) -> xr.Dataset:
    with xr.open_zarr(path, chunks=None) as dataset:
        return dataset.load()


def test_help_shows_ranges_as_they_are_typed(capsys):
    assert main(["sweep", "--help"]) == 0
    told = capsys.readouterr().out
    assert "low:high:N" in told
    assert "low:high:log:N" in told
    assert max(map(ord, told)) < 0x1F000, "a range was taken for an emoji"


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Runs the sweep as a process of its own, in calls so short that it can be killed between many."""
    cache = tmp_path_factory.mktemp("cache")

    def begin(store: Path, **environment: object) -> subprocess.CompletedProcess[str]:
        about = {"LINGEN_CACHE": cache} | environment
        return children.run(
            [sys.executable, "-c", CHILD, "sweep", *GRID, "--out", store],
            env=os.environ | {name: str(value) for name, value in about.items()},
        )

    return begin


@pytest.fixture(scope="module")
def whole(start, tmp_path_factory) -> Path:
    """The store of an undisturbed run."""
    store = tmp_path_factory.mktemp("whole") / "sweep.zarr"
    done = start(store)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "60 cells of recovery, outlier, agreement" in done.stdout
    return store


def test_killed_and_resumed_the_arrays_are_bit_identical(start, whole, tmp_path):
    store, kills, dice = tmp_path / "sweep.zarr", 0, random.Random(3)
    for files in (1, 3, 6):
        done = start(store, AFTER_FILES=files, AFTER_SECONDS=dice.uniform(0.001, 0.05))
        kills += done.returncode == -signal.SIGPROF
    assert kills >= 2
    done = start(store)
    assert done.returncode == 0, done.stderr
    assert "of 60 cells are done already" in done.stdout
    one, two = opened(store), opened(whole)
    assert list(one.variables) == list(two.variables)
    for name in one.variables:
        assert one[name].values.tobytes() == two[name].values.tobytes()
    cells = [path / ".cells" / "complete.npz" for path in (store, whole)]
    assert cells[0].read_bytes() == cells[1].read_bytes()


def test_interrupted_it_keeps_its_cells_and_says_so(start, whole, tmp_path):
    store = tmp_path / "sweep.zarr"
    done = start(store, AFTER_FILES=2)
    assert done.returncode == 130
    assert done.stderr.startswith("error: interrupted: ")
    assert done.stderr.count("\n") == 1
    assert "the same command goes on" in done.stderr
    found = opened(store)
    known = found.draws.values == 24
    assert 0 < known.sum() < 60
    reference = opened(whole)
    assert np.array_equal(found.recovery.values[known], reference.recovery.values[known])
    assert np.all(np.isnan(found.recovery.values[~known]))


def test_theory_stands_beside_the_simulation(whole):
    assert opened(whole).recovery.dims == ("load", "dim", "spike", "method")
    found = opened(whole).squeeze("method")
    assert found.recovery_theory.dims == ("load", "dim", "spike")
    off = np.abs(found.outlier - found.outlier_theory)
    # O(1/d) below and at the transition, so a generous constant; a wrong axis is off by more
    assert float((off / found.outlier_theory).mean()) < 0.2
    assert np.corrcoef(found.outlier.values.ravel(), found.outlier_theory.values.ravel())[0, 1] > 0.95
    assert np.all(found.recovery_theory.sel(spike=0.5, load=0.5) == 0.0)
    attributes = found.attrs
    assert json.loads(attributes["versions"])["lingen"]
    assert len(attributes["config_hash"]) == 16
    assert attributes["created"].endswith("Z")


def test_a_finished_sweep_is_done_at_once_and_unchanged(whole, capsys):
    before = opened(whole)
    assert main(["sweep", *GRID, "--out", str(whole)]) == 0
    assert "60 of 60 cells are done already" in capsys.readouterr().out
    assert opened(whole).identical(before)


def test_another_sweep_and_a_second_writer_are_refused(whole, capsys):
    other = [text if text != "24" else "25" for text in GRID]
    assert main(["sweep", *other, "--out", str(whole)]) == 2
    assert "draws is 24 there, 25 here" in capsys.readouterr().err
    axes = zip(GRID[1::2], GRID[2::2], strict=True)
    same = Sweep.of(library.get("recovery"), {k[2:]: v for k, v in axes if k != "--draws"}, 24)
    with Store(whole, same, {}):
        assert main(["sweep", *GRID, "--out", str(whole)]) == 2
    err = capsys.readouterr().err
    assert "another process writes it" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "experiment must be one of"),
        (["cooking"], "experiment must be one of"),
        (["cooking.py"], "cooking.py, which does not exist"),
        (["convergence", "recovery"], "got convergence and recovery"),
        (["convergence", "--load"], "--load must have a value"),
        (["convergence", "--dims", "4"], "did you mean --dim?"),
        (["convergence", "--lode", "1"], "--lode"),
        (["convergence", "--load", "4:1:5"], "reversed range '4:1:5'"),
        (["convergence", "--load", "1:1:5"], "empty range"),
        (["convergence", "--load", "1:2:0"], "N of --load"),
        (["convergence", "--load", "0:2:log:3"], "positive bounds"),
        (["convergence", "--load", "1", "--draws", "1"], "draws"),
        (["recovery", "--load", "1"], "--spike"),
        (["recovery", "--spike", "1", "--ridge", "1"], "--ridge"),
        (["denoising", "--noise", "1", "--method", "krylov"], "krylov"),
        (["convergence", "--exponent", "1", "--method", "krylov"], "isotropic"),
        (
            ["convergence", "--load", "0.1:4:2000", "--noise", "0:1:2000"],
            "4,000,000 cells of 64 draws, 256,000,000",
        ),
        (["convergence", "--load", "0.1:4:1000000000000"], "1,000,000,000,000 cells"),
        (["convergence", "--config", "absent.toml"], "absent.toml"),
        (["convergence", "--out", "/dev/null/sweep.zarr"], "cannot write there"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(monkeypatch, tmp_path, capsys, arguments, words):
    monkeypatch.chdir(tmp_path)
    assert main(["sweep", *arguments]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert words in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_file_nested_too_deep_is_one_line(monkeypatch, tmp_path, capsys):
    (tmp_path / "deep.toml").write_text("load = " + 10_000 * "[" + 10_000 * "]")
    assert main(["sweep", "convergence", "--config", str(tmp_path / "deep.toml")]) == 2
    assert capsys.readouterr().err.endswith("deep.toml: values must not be nested so deep\n")


def test_a_file_says_the_same_as_flags_and_flags_win(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(tmp_path)
    Path("grid.toml").write_text(
        'topic = "convergence"\nload = "1:2:2"\ndim = [4]\ndraws = 9\nridge = 0.5\nout = "a.zarr"\n'
    )
    assert main(["sweep", "--config", "grid.toml", "--draws", "3", "-q"]) == 0
    flags = [
        "convergence",
        "--load",
        "1:2:2",
        "--dim",
        "4",
        "--ridge",
        "0.5",
        "--draws",
        "3",
        "--out",
        "b.zarr",
    ]
    assert main(["sweep", *flags, "-q"]) == 0
    one, two = opened(tmp_path / "a.zarr"), opened(tmp_path / "b.zarr")
    assert one.equals(two)
    assert one.attrs["config_hash"] == two.attrs["config_hash"]
    assert capsys.readouterr().out.count("\n") == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("lode = 1", "lode"),
        ("load = ", "grid.toml: "),
        ("topic = 3", "topic must be text"),
        ("experiment = 3", "experiment must be text"),
        ("load = []", "at least one"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path, capsys, text, words):
    (tmp_path / "grid.toml").write_text(text)
    assert main(["sweep", "convergence", "--config", str(tmp_path / "grid.toml")]) == 2
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == 1


def test_a_full_disk_is_one_line(monkeypatch, tmp_path, capsys):
    import errno

    def full(self, part):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Store, "add", full)
    assert (
        main(["sweep", "convergence", "--dim", "4", "--draws", "2", "--out", str(tmp_path / "s.zarr")]) == 2
    )
    err = capsys.readouterr().err
    assert "No space left on device; 0 of 1 cells are kept in" in err
    assert err.count("\n") == 1


def test_theory_that_does_not_exist_is_said_and_left_out():
    grid = Sweep.of(
        library.get("distances"), {"load": "1,2", "filter": "gaussian,denoiser:1", "exponent": 1}, 2
    )
    arrays, reasons = predictions(grid)
    assert len(reasons) == 1
    assert "W2" in reasons[0]
    known = arrays["wasserstein2_theory"]
    assert np.all(np.isnan(known.sel({"filter": 1}) if "filter" in known.coords else known[:, :, 1]))
    assert "kl_forward_theory" in arrays
    assert "seed" not in known.dims


def test_denoising_averages_its_response_over_the_bulk():
    grid = Sweep.of(library.get("denoising"), {"load": 2, "noise": "0.5,1", "exponent": 1, "dim": 6}, 2)
    arrays, reasons = predictions(grid)
    assert reasons == []
    assert arrays["response_theory"].shape == grid.shape
    assert np.all((arrays["response_theory"] > 0) & (arrays["response_theory"] < 1))
