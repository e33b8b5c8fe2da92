"""A report says what changed since the one whose numbers lie in its folder."""

from __future__ import annotations

import dataclasses
import json

import jax.random as jr
import pytest

from lingen.claims import Outcome, check
from lingen.claims.checking import Budget
from lingen.claims.claim import Claim
from lingen.scripts.report.changes import previous
from lingen.scripts.report.write import Report

ABOUT = {
    "resolution": 0.01, "error_rate": 0.01, "seed": 0, "hardware": "", "versions": {"jax": "1"},
    "command": "", "files": {},
}  # fmt: skip


def made(name: str) -> Claim:
    return Claim(
        name,
        predict=lambda: 0.5,
        simulate=lambda key, dim: jr.uniform(key),
        points=({},),
        dims=(8,),
        bounds=(0.0, 1.0),
    )


@pytest.fixture(scope="module")
def one():
    return check(made("one"), jr.key(0), Budget(max_draws=64))


def run(folder, verdicts, **about):
    report = Report(folder, ABOUT | about, tuple(v.claim for v in verdicts))
    for verdict in verdicts:
        report.add(verdict)
    assert report.write() == folder / "index.html"
    return report, json.loads((folder / "verdicts.json").read_text("utf-8"))


def test_a_first_run_has_nothing_to_compare_with(one, tmp_path):
    report, held = run(tmp_path, [one])
    assert report.since is None
    assert held["since"] is None
    assert 'class="since"' not in (tmp_path / "index.html").read_text("utf-8")


def test_changed_new_and_gone_are_told_in_the_page_in_the_numbers_and_in_one_line(one, tmp_path):
    def other(name, outcome):
        return dataclasses.replace(one, claim=made(name), outcome=outcome)

    holds = [other(name, Outcome.HOLDS) for name in ("same", "turned", "old")]
    run(tmp_path, holds)
    now = [other("same", Outcome.HOLDS), other("turned", Outcome.REFUTED), other("fresh", Outcome.HOLDS)]
    report, held = run(tmp_path, now, seed=7, resolution=0.02, versions={"jax": "2"})
    since = held["since"]
    assert since["changed"] == {"turned": ["holds", "refuted"]}
    assert (since["new"], since["gone"]) == (["fresh"], ["old"])
    assert since["settings"] == ["resolution 1 % → 2 %", "seed 0 → 7", "jax 1 → 2"]
    assert str(report.since).endswith(": turned holds → refuted, 1 new, 1 gone")
    page = (tmp_path / "index.html").read_text("utf-8")
    top = page[page.index('class="since"') : page.index('class="facts"')]
    assert '<a href="#claim-1-turned">turned</a>: holds → <strong class="refuted">refuted</strong>' in top
    assert '<a href="#claim-2-fresh">fresh</a>' in top
    assert "Not in this run: old." in top


def test_the_same_again_has_no_change(one, tmp_path):
    run(tmp_path, [one])
    report, held = run(tmp_path, [one])
    assert str(report.since).endswith("no verdict changed")
    assert held["since"]["changed"] == {}
    assert "no verdict changed" in (tmp_path / "index.html").read_text("utf-8")


@pytest.mark.parametrize("text", ["", "[]", "{", '{"claims": 3}', '{"claims": [{}], "date": ""}', "\x00"])
def test_numbers_that_cannot_be_read_are_no_run(one, tmp_path, text):
    (tmp_path / "verdicts.json").write_text(text)
    assert previous(tmp_path) is None
    assert run(tmp_path, [one])[0].since is None


def test_an_interrupted_run_takes_no_claim_away(one, tmp_path):
    run(tmp_path, [one])
    report = Report(tmp_path, ABOUT, (one.claim, made("two")))
    report.write()
    assert report.since is not None
    assert (report.since.changed, report.since.new, report.since.gone) == ((), (), ())
