"""Planted laws: intervals told as sound cover, and what no law describes is told unsound."""

import json

import numpy as np
import pytest

from lingen.claims.calibration import inference_run
from lingen.claims.calibration.inference_families import CRITICAL, POWER, PRIOR
from lingen.claims.calibration.inference_run import Row, Trial, calibrate, clopper_pearson


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
    assert "| power 1/2 | 1 of 1 |" in inference_run.table(rows)
    assert json.loads(json.dumps(inference_run.record(rows), allow_nan=False))[0]["family"] == "power 1/2"


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
