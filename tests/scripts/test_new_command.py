"""`lingen new`: an experiment and a claim that hold at first try, and are never written over another."""

from __future__ import annotations

import json

import numpy as np
import pytest
import xarray as xr

from lingen.scripts.main import main


def test_the_claim_holds_as_it_is(lingen, tmp_path):
    done = lingen("new", "claims/my_first theorem.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("claims/my_first theorem.py: check it with")
    done = lingen("verify", "claims/my_first theorem.py", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (claim,) = json.loads((tmp_path / "out" / "verdicts.json").read_text())["claims"]
    assert (claim["name"], claim["outcome"]) == ("my-first-theorem", "holds")
    assert list(claim["rivals"].values()) == ["refuted"]
    assert len((tmp_path / "claims" / "my_first theorem.py").read_text().splitlines()) <= 30


def test_its_experiment_is_swept_as_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["new", "mine.py"]) == 0
    assert (
        main(["sweep", "mine.py", "--spread", "0.5:2:4", "--size", "64,128", "--draws", "64", "--quiet"]) == 0
    )
    with xr.open_zarr("sweep.zarr", chunks=None) as data:
        assert dict(data.sizes) == {"spread": 4, "size": 2}
        np.testing.assert_allclose(data["variance_theory"].sel(size=128), data["spread"] ** 2 / 12)
        off = (data["variance"] - (1 - 1 / data["size"]) * data["spread"] ** 2 / 12) / data["variance_error"]
        assert (np.abs(off) < 5).all()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("taken.py", "FILE.py must be a new file, got {}: it is there already"),
        ("notes.txt", "FILE.py must end in .py, got {}"),
        ("_.py", "FILE.py must end in .py, got {}"),
        ("taken.py/new.py", "FILE.py {}: cannot write there"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path, capsys, name, words):
    (tmp_path / "taken.py").write_text("mine")
    assert main(["new", str(tmp_path / name)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: " + words.format(tmp_path / name))
    assert error.count("\n") == 1
    assert (tmp_path / "taken.py").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["taken.py"]
