"""Planted laws: intervals told as sound cover, and what no law describes is told unsound."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from lingen.claims.calibration import inference_record
from lingen.claims.calibration.inference_families import CRITICAL, POWER, PRIOR
from lingen.claims.calibration.inference_record import Row, Trial, clopper_pearson
from lingen.claims.calibration.inference_run import calibrate

ROOT = Path(__file__).parents[2]


def planted(covers: dict[str, bool], sound: bool) -> Trial:
    return Trial(covers, sound, "" if sound else "odd", 0.0, {})


def test_families_are_forty_and_named_once():
    names = [family.name for family in (*POWER, *CRITICAL)]
    assert len(names) >= 40
    assert len(set(names)) == len(names)


def test_the_promise_is_that_sound_intervals_cover_or_that_misses_are_told():
    right, wrong = {"exponent": True}, {"exponent": False}
    assert Row("covers", (planted(right, True),) * 9 + (planted(wrong, True),)).kept
    assert not Row("misses", (planted(right, True),) * 8 + (planted(wrong, True),) * 2).kept
    assert Row("told", (planted(wrong, True), planted(right, False), planted(right, True))).kept
    assert not Row("no number is right", (planted({}, True), planted({}, False))).kept
    assert Row("no number is right", (planted({}, False),) * 2).kept


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"), [(0, 25, 0.0, 0.13719), (23, 25, 0.73969, 0.99016)]
)
def test_bounds_are_clopper_and_pearsons(hits, count, low, high):
    """To the digits of the tables: 1 − 0.025^{1/25}, and the roots of the binomial tails."""
    assert clopper_pearson(hits, count) == pytest.approx((low, high), abs=2e-4)


def test_a_trial_is_the_same_again_and_goes_into_json():
    family = POWER[0]
    rows = calibrate((family,), 1)
    again = calibrate((family,), 1)
    assert rows[0].trials[0].intervals == again[0].trials[0].intervals
    assert rows[0].kept
    assert "| power 1/2 | 1 of 1 |" in inference_record.table(rows)
    assert json.loads(json.dumps(inference_record.record(rows), allow_nan=False))[0]["family"] == "power 1/2"


def test_a_file_keeps_what_was_not_measured_again(tmp_path):
    path = tmp_path / "measured.json"
    right, wrong = planted({"exponent": True}, True), planted({"exponent": False}, True)
    inference_record.keep(path, [Row("one", (right,)), Row("two", (right,))])
    inference_record.keep(path, [Row("two", (wrong, wrong))])
    found = inference_record.measured(json.loads(path.read_text("utf-8")))
    assert [(row.name, row.missed, len(row.trials)) for row in found] == [("one", 0, 1), ("two", 2, 2)]


def test_even_ranks_are_told_from_ranks_at_one_end():
    """χ² of (2, 2, 2, 2, 2) is 0 and of (10, 0, 0, 0, 0) 8²/2 + 4·2²/2 = 40, of probability 4.3e-8."""
    even = np.linspace(0.05, 0.95, 10)
    told = planted({"nu": True}, True)
    trials = [told._replace(ranks={"nu": float(rank), "beta": 0.05}) for rank in even]
    table = inference_record.ranks(Row("drawn", tuple(trials)))
    assert "| nu | 2 | 2 | 2 | 2 | 2 | 0.0 | 1.00 |" in table
    assert "| beta | 10 | 0 | 0 | 0 | 0 | 40.0 | 0.00 |" in table


def test_the_tables_of_the_documentation_are_those_measured():
    specification = importlib.util.spec_from_file_location("inference_page", ROOT / "docs" / "inference.py")
    page = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(page)
    text = page.PAGE.read_text("utf-8")
    assert page.renewed(text) == text


def test_laws_drawn_from_the_prior_have_their_truth_inside():
    family, (g, d, y, error) = PRIOR.draw(np.random.default_rng(0))
    assert g.min() < family.critical < g.max()
    assert y.shape == error.shape == d.shape
    assert (y > 0).all()


@pytest.mark.slow
@pytest.mark.parametrize(
    "family", [POWER[4], POWER[8], POWER[11], POWER[16], POWER[20]], ids=lambda f: f.name
)
def test_powers_keep_the_promise(family):
    assert calibrate((family,), 5)[0].kept


@pytest.mark.slow
@pytest.mark.parametrize("family", [CRITICAL[1], CRITICAL[6], CRITICAL[10]], ids=lambda f: f.name)
def test_critical_points_keep_the_promise(family):
    assert calibrate((family,), 3)[0].kept
