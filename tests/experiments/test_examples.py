"""The examples of docs/examples go through every command, with no other line written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from compiling import optimised

from lingen.scripts.main import main

FOLDER = Path(__file__).parents[2] / "docs" / "examples"
SWEEPS = {
    "ising_chain": ("--temperature", "0.5:4:log:7", "--size", "16,32,64"),
    "wigner_spike": ("--strength", "0.5:2:13", "--size", "16,32,64"),
    "ridge_regression": ("--load", "0.5,0.75,1,1.5,2,3", "--dim", "16,24,32"),
    "percolation": ("--occupation", "0.44:0.56:9", "--size", "4,8,16"),
}
PLOTS = {
    "ising_chain": ("--y", "correlation", "--x", "distance", "--hue", "temperature", "--at", "size=64"),
    "wigner_spike": ("--y", "overlap"),
    "ridge_regression": (),
    "percolation": ("--y", "crossing"),
}
FINDINGS = {
    "ising_chain": ("--observable", "correlation", "--at", "distance=1", "--model", "transition"),
    "wigner_spike": ("--observable", "overlap", "--model", "critical"),
    "ridge_regression": ("--model", "transition"),
    "percolation": ("--observable", "reached", "--model", "critical"),
}
IN_PYTHON = "percolation"


def stored(name: str, path: Path, *more: str) -> xr.Dataset:
    command = ["sweep", str(FOLDER / f"{name}.py"), *SWEEPS[name], "--draws", "40", "--quiet"]
    assert main([*command, "--out", str(path), *more]) == 0
    with xr.open_zarr(path, chunks=None) as data:
        return data.load()


def test_every_example_is_listed_and_short():
    files = {file.stem: file.read_text("utf-8").splitlines() for file in FOLDER.glob("*.py")}
    assert set(files) == set(SWEEPS)
    assert max(map(len, files.values())) <= 30


@pytest.mark.slow
@pytest.mark.parametrize("name", SWEEPS)
def test_its_claim_holds(name, tmp_path, capsys):
    with optimised():
        assert main(["verify", str(FOLDER / f"{name}.py"), "--out", str(tmp_path)]) == 0
    assert "1 hold" in capsys.readouterr().out
    assert (tmp_path / "index.html").is_file()


@pytest.mark.parametrize("name", SWEEPS)
def test_it_is_swept_and_drawn(name, tmp_path):
    data = stored(name, tmp_path / "s.zarr")
    predicted = [str(v) for v in data if str(v).endswith("_theory")]
    assert predicted
    assert all(np.isfinite(data[v]).all() for v in data.data_vars)
    assert main(["plot", str(tmp_path / "s.zarr"), *PLOTS[name], "--out", str(tmp_path / "s.png")]) == 0
    assert (tmp_path / "s.png").stat().st_size > 10_000


@pytest.mark.slow
@pytest.mark.parametrize("name", SWEEPS)
def test_a_cluster_gives_the_same_numbers_and_something_is_inferred(name, tmp_path):
    here = stored(name, tmp_path / "here.zarr")
    there = stored(name, tmp_path / "there.zarr", "--cluster", "local:2")
    xr.testing.assert_allclose(here, there, rtol=1e-9)  # other devices may round the last bit otherwise
    assert main(["infer", str(tmp_path / "here.zarr"), *FINDINGS[name], "--out", str(tmp_path)]) in (0, 1)
    assert list(tmp_path.glob("*.json"))
