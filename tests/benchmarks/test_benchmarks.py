"""The benchmark runs, and says what it measured, on two cheap rows at tiny sizes."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import children
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
CHOSEN = ["overlap", "marchenko_pastur_density_0.5"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(FOLDER / "run.py"), *arguments]
    return children.run(command)


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench")
    done = run("--quick", "--no-peers", "--only", *CHOSEN, "--output", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def rows(output: Path) -> dict[str, dict]:
    document = json.loads((output / "results.json").read_text())
    assert document["quick"] is True
    assert document["machine"]["cores"] >= 1
    assert document["machine"]["processor"]
    return {row["name"]: row for row in document["rows"]}


def test_the_chosen_rows_are_measured(rows):
    assert set(rows) == set(CHOSEN)


def test_every_contender_has_times_memory_and_accuracy_or_a_reason(rows):
    entries = [entry for row in rows.values() for entry in row["contenders"]]
    skipped = [entry for entry in entries if "skipped" in entry]
    assert {entry["contender"] for entry in skipped} == {"scikit-rmt", "freealg"}
    assert all("median_s" not in entry and entry["skipped"] for entry in skipped)
    for entry in (entry for entry in entries if "skipped" not in entry):
        assert len(entry["seconds"]) == 2
        assert min(entry["seconds"]) <= entry["median_s"] <= max(entry["seconds"])
        assert min(entry["median_s"], entry["times_faster"]) > 0
        assert entry["compile_s"] >= 0
        assert entry["peak_mib"] >= entry["base_mib"] > 0
        assert all(math.isfinite(value) for value in entry["accuracy"].values())


def test_the_first_contender_is_the_reference(rows):
    for row in rows.values():
        first, *others = (entry for entry in row["contenders"] if "skipped" not in entry)
        assert first["times_faster"] == 1
        for other in others:
            assert other["times_faster"] == pytest.approx(first["median_s"] / other["median_s"])


def test_the_laws_are_right(rows):
    entries = {entry["contender"]: entry for entry in rows["marchenko_pastur_density_0.5"]["contenders"]}
    assert entries["lingen"]["accuracy"]["largest error"] < 1e-12
    assert entries["lingen, closed form"]["accuracy"]["largest error"] < 1e-12
    by_quadrature = next(entry for entry in rows["overlap"]["contenders"] if entry["contender"] == "lingen")
    assert by_quadrature["accuracy"]["q, largest error"] < 1e-8


def test_the_table_shows_every_contender(output, rows):
    table = (output / "RESULTS.md").read_text()
    assert "QUICK" in table
    for row in rows.values():
        assert row["title"] in table
        assert all(f"| {entry['contender']} |" in table for entry in row["contenders"])


def test_an_unknown_row_is_one_line():
    done = run("--only", "densities")
    assert done.returncode == 2
    assert "got densities" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
