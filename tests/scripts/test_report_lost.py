"""A folder that cannot be written any more costs no verdict, no table and no exit code."""

from __future__ import annotations

import json
import os
import shutil
import sys

import children
import jax.random as jr
import pytest

from lingen.claims import check
from lingen.claims.checking import Budget
from lingen.claims.claim import Claim
from lingen.scripts.report import page as page_module
from lingen.scripts.report.write import Report

ABOUT = {
    "resolution": 0.01,
    "error_rate": 0.01,
    "seed": 0,
    "hardware": "",
    "versions": {},
    "command": "",
    "files": {},
}
CLAIMS = """
import jax.random as jr
import lingen as lg

def made(name):
    return lg.Claim(name, predict=lambda: 0.5, simulate=lambda key, dim: jr.uniform(key), points=({},),
                    dims=(8,), bounds=(0.0, 1.0), rivals={"another": lambda: 0.7})

CLAIMS = [made("one"), made("two"), made("three")]
"""


def verdict(name: str):
    claim = Claim(
        name,
        predict=lambda: 0.5,
        simulate=lambda key, dim: jr.uniform(key),
        points=({},),
        dims=(8,),
        bounds=(0.0, 1.0),
    )
    return check(claim, jr.key(0), Budget(max_draws=64))


@pytest.fixture(scope="module")
def two():
    return verdict("one"), verdict("two")


def test_a_folder_that_was_removed_is_made_again(two, tmp_path):
    folder = tmp_path / "report"
    folder.mkdir()
    report = Report(folder, ABOUT, tuple(v.claim for v in two))
    report.add(two[0])
    shutil.rmtree(folder)
    report.add(two[1])
    assert report.write() == folder / "index.html"
    assert not report.trouble
    assert len(json.loads((folder / "verdicts.json").read_text("utf-8"))["claims"]) == 2


def test_a_folder_that_cannot_be_made_again_has_a_stand_in(two, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    folder = tmp_path / "report"
    folder.write_text("a file by now")
    report = Report(folder, ABOUT, tuple(v.claim for v in two))
    for one in two:
        report.add(one)
    page = report.write()
    assert page is not None
    assert page.parent.name.startswith("lingen-report-")
    assert report.trouble == f"{folder}: cannot be written (File exists); the report is in {page.parent}"
    assert json.loads((page.parent / "verdicts.json").read_text("utf-8"))["complete"]


def test_one_entry_that_cannot_be_told_costs_no_other(two, tmp_path, monkeypatch):
    whole = page_module.entry

    def entry(verdict, *rest):
        if verdict.name == "one":
            raise TypeError("expected string")
        return whole(verdict, *rest)

    monkeypatch.setattr(page_module, "entry", entry)
    report = Report(tmp_path, ABOUT, tuple(v.claim for v in two))
    for one in two:
        report.add(one)
    page = report.write()
    assert page is not None
    text = page.read_text("utf-8")
    assert "cannot be written (TypeError: expected string)" in text
    assert 'id="claim-1-two"' in text


def test_a_disk_that_is_full_shows_the_table_and_the_trouble(tmp_path):
    """As far as `ulimit -f` plays one: no file may be longer than 2 KiB."""
    (tmp_path / "mine.py").write_text(CLAIMS)
    run = children.run(
        ["bash", "-c", f"ulimit -f 2; exec {sys.executable} -m lingen verify mine.py --out report"],
        cwd=tmp_path,
        env={**os.environ, "LINGEN_CACHE": str(tmp_path / "cache"), "TMPDIR": str(tmp_path)},
    )
    assert "3 hold" in run.stdout, run.stdout + run.stderr
    assert run.stdout.count("three") >= 2  # as it was decided, and in the table
    assert run.stderr.count("error: --out report: cannot be written (File too large)") == 1
    assert run.returncode == 2
    assert "Traceback" not in run.stderr
