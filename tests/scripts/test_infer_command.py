"""`lingen infer` as a user meets it: a store in, numbers with error bars and a figure out."""

from __future__ import annotations

import json
import re
import signal
import sys
from pathlib import Path

import children
import numpy as np
import pytest
from PIL import Image

from lingen.claims.inference import sweeps
from lingen.experiments import library
from lingen.experiments.grid.part import Part
from lingen.experiments.grid.sweep import Sweep
from lingen.experiments.store.reading import open_sweep
from lingen.experiments.store.store import Store
from lingen.models.posterior import Posterior
from lingen.scripts.commands import infer
from lingen.scripts.main import main
from lingen.scripts.terminal.background import wait_for

LOADS, DIMS = np.linspace(0.8, 1.25, 13).tolist(), [10**3, 10**4, 10**5]
CRITICAL, NU, BETA = 1.05, 0.4, 0.3


def stored(path: Path, cells: int | None = None, **axes: object) -> Path:
    """A store whose measured values are those of a planted transition, whole in its first cells."""
    given = {"load": LOADS, "dim": DIMS, "spike": 1.0} | axes
    sweep = Sweep.of(library.get("recovery"), given, 16)
    points = [sweep.cell(i) for i in range(sweep.size)]
    load, dim = (np.array([p[name] for p in points], float) for name in ("load", "dim"))
    x = dim**NU * (load - CRITICAL)
    mean = dim**-BETA * (np.sqrt(x**2 / 4 + 1) + x / 2) ** (BETA / NU)
    mean *= 1 + 0.005 * np.random.default_rng(1).standard_normal(mean.size)
    observables = {name: (mean[:cells], 0.005 * mean[:cells]) for name in ("recovery", "outlier")}
    with Store(path, sweep, {"created": "then", "versions": {"lingen": "0"}}) as store:
        store.add(Part(np.arange(sweep.size)[:cells], observables, np.full(sweep.size, 16)[:cells]))
        store.publish()
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    return stored(tmp_path_factory.mktemp("store") / "plane.zarr")


def ends_in_one_line(capsys, *words: str) -> bool:
    error = capsys.readouterr().err
    return error.startswith("error: ") and error.count("\n") == 1 and all(word in error for word in words)


@pytest.mark.slow
def test_a_planted_critical_point_is_told_drawn_and_kept(store, tmp_path, capsys):
    out = tmp_path / "new" / "folder"
    assert main(["infer", str(store), "--out", str(out)]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == (
        "critical point of recovery along load: 13 values of load (0.8 to 1.25), 3 values of dim "
        "(1,000 to 100,000), spike 1; 39 cells of 624 draws in all"
    )
    assert [line.split()[0] for line in said[1:7]] == ["γ_c", "ν", "β", "chains:", "laws", "residuals:"]
    assert said[7].startswith("  on the inner half of the controls: γ_c by ")
    assert all(re.search(r" to .*\), 95 %; R-hat (1\.00|0\.99)", line) for line in said[1:4])
    kinds = ("png", "svg", "txt", "json")
    assert {p.name for p in out.iterdir()} == {f"critical-recovery.{kind}" for kind in kinds}
    told = (out / "critical-recovery.txt").read_text("utf-8")
    assert told.startswith(f"C{said[0][1:]}. (a) recovery against load")
    assert "Not to be believed" not in told
    assert all(
        words in told for words in ("95 % interval of γ_c", "(asinh)", "ν = 0.", "± 2 standard errors")
    )
    with Image.open(out / "critical-recovery.png") as picture:
        assert picture.size[0] == 2100
    kept = json.loads((out / "critical-recovery.json").read_text())
    for name, truth in (("critical_point", CRITICAL), ("nu", NU), ("beta", BETA)):
        found = kept["quantities"][name]
        assert abs(found["mean"] - truth) < 5 * found["standard_deviation"], name
        assert found["standard_deviation"] < 0.1 * truth, name
    assert kept["sound"]
    assert sum(kept["weights"].values()) == pytest.approx(1.0)
    assert set(kept["checks"]) == {"chi_square_probability", "runs_probability", "scatter_beyond_errors"}
    assert set(kept["refits"][0]["shift_in_own_errors"]) == {"critical_point", "nu", "beta"}
    assert kept["divergences"] == 0
    assert kept["about"]["store"] == str(store)
    assert {"lingen", "jax"} <= set(kept["about"]["versions"])


def test_a_power_law_of_an_unfinished_sweep_counts_its_cells(tmp_path, capsys):
    loads = [round(0.5 * 1.3**k, 6) for k in range(9)]
    path = stored(tmp_path / "line.zarr", cells=16, load=loads, dim=[100, 1000])
    arguments = ["--model", "power", "--at", "dim=1000", "--draws", "1000"]
    assert main(["infer", str(path), *arguments, "--out", str(tmp_path)]) in (0, 1)
    said = capsys.readouterr().out
    assert "8 of 9 cells (the others hold no number yet)" in said
    kept = json.loads((tmp_path / "power-recovery.json").read_text())
    assert (kept["whole_cells"], kept["cells"], kept["fixed"]["dim"]) == (8, 9, 1000)
    assert list(kept["quantities"]) == ["exponent", "offset"]


def test_chains_that_cannot_be_believed_end_in_code_1(store, tmp_path, capsys):
    plan = sweeps.plan(open_sweep(store))
    samples = {
        name: np.random.default_rng(0).normal(1, 0.01, (4, 50)) for name in ("critical_point", "nu", "beta")
    }
    bad, much = dict.fromkeys(samples, 1.3), dict.fromkeys(samples, 700.0)
    posterior = Posterior(samples, bad, much, 5)
    found = sweeps.Finding(*plan, None, posterior, tuple(samples))
    assert infer._tell(found, tmp_path, {"critical-recovery.json": b"{}"}) == 1
    told = capsys.readouterr()
    assert "5 divergences" in told.out
    assert told.err.startswith(
        "error: the numbers cannot be believed: R-hat of critical_point is 1.300, not below"
    )
    assert "--posterior-draws 200" in told.err
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--observable", "agreement"], ["--observable must be one of outlier, recovery, got 'agreement'"]),
        (["--model", "linear"], ["--model", "'linear' is not one of", "critical", "power", "transition"]),
        (["--at", "spike"], ["--at must be AXIS=VALUE, got 'spike'"]),
        (["--at", "spike=3"], ["--at must fix spike at one of its values 1, got 3"]),
        (["--at", "spike=1", "--at", "spike=2"], ["--at must fix spike once"]),
        (["--within", "load=1"], ["--within must be AXIS=LOW:HIGH", "'load=1'"]),
        (["--within", "load=0.8:0.9"], ["load must have at least 5 values for critical, got 3"]),
        (["--along", "filter"], ["--control must be an axis of numbers", "'filter'"]),
        (["--draws", "2"], ["--posterior-draws must be a whole number of at least 4"]),
        (["--seed", "-1"], ["--seed must be a whole number of at least 0"]),
        (["--no-offset"], ["--no-offset and --correction must be with --model power, got critical"]),
    ],
)
def test_bad_input_ends_in_one_line(store, tmp_path, capsys, arguments, words):
    assert main(["infer", str(store), *arguments, "--out", str(tmp_path / "new")]) == 2
    assert ends_in_one_line(capsys, *words)
    assert not (tmp_path / "new").exists()


def test_a_store_of_axes_of_any_names_is_read(store, tmp_path, capsys):
    other = tmp_path / "chain.zarr"
    data = open_sweep(store).rename(load="temperature", dim="length").drop_vars("drawn_load")
    data["temperature"].attrs = {"long_name": "temperature", "symbol": "T"}
    data.drop_encoding().to_zarr(other, zarr_format=2)
    arguments = ["--control", "temperature", "--size", "length", "--model", "power", "--at", "length=1000"]
    assert main(["infer", str(other), *arguments, "--out", str(tmp_path / "out")]) in (0, 1)
    said = capsys.readouterr().out
    assert said.startswith("power law of recovery along temperature: 13 values of temperature (0.8 to 1.25)")
    kept = json.loads((tmp_path / "out" / "power-recovery.json").read_text())
    assert (kept["along"], kept["fixed"]) == ("temperature", {"length": 1000, "spike": 1.0})
    assert main(["infer", str(other), "--size", "nope", "--model", "critical", "--out", str(tmp_path)]) == 2
    assert ends_in_one_line(capsys, "--size must be an axis of numbers (temperature, length, spike)")


def test_what_is_no_store_is_refused(tmp_path, capsys):
    (tmp_path / "file").write_text("text")
    (tmp_path / "begun").mkdir()
    (tmp_path / "begun" / ".sweep.json").write_text("{}")
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / ".zgroup").write_text("torn")
    for name, words in (
        ("nowhere", "no such folder"),
        ("file", "is a file, not a store"),
        (".", "holds no sweep"),
        ("begun", "holds no finished cells yet"),
        ("torn", "cannot be read"),
    ):
        assert main(["infer", str(tmp_path / name), "--out", str(tmp_path / "new")]) == 2
        assert ends_in_one_line(capsys, f"STORE {tmp_path / name}: ", words)


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_computed(store, tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    assert main(["infer", str(store), "--out", str(tmp_path / "taken")]) == 2
    assert ends_in_one_line(capsys, "--out", "cannot write there")


def test_what_work_raises_reaches_who_waits():
    def fail() -> int:
        raise ValueError("so")

    assert wait_for(lambda: 3, "working", "nothing") == 3
    with pytest.raises(ValueError, match="so"):
        wait_for(fail, "working", "nothing")


def test_an_interruption_is_heard_while_work_goes_on():
    program = (
        "import time\nfrom lingen.scripts.terminal.background import wait_for\n"
        "def work():\n    print('at work', flush=True)\n    time.sleep(60)\n"
        "wait_for(work, 'working', 'nothing is written')\n"
    )
    with children.start([sys.executable, "-c", program]) as running:
        assert running.stdout.readline() == "at work\n"
        running.send_signal(signal.SIGINT)
        _, error = running.communicate(timeout=children.PATIENCE)
    assert running.returncode == 130
    assert error == "error: interrupted: nothing is written\n"


@pytest.mark.parametrize("content", ['{"zarr_format":3,"node_type":"group","attributes":{}}', '{"a":1}'])
def test_a_store_of_somebody_else_is_one_line(tmp_path, capfd, content):
    store = tmp_path / "other.zarr"
    store.mkdir()
    (store / "zarr.json").write_text(content)
    assert main(["infer", str(store), "--out", str(tmp_path / "out")]) == 2
    said = capfd.readouterr().err
    assert said.startswith("error: ")
    assert said.count("\n") == 1
