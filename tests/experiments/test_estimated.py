"""The second line of a forecast: the population estimated behind few samples, against planted truths."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lingen.experiments.extrapolation import Interval
from lingen.experiments.forecast import forecast
from lingen.experiments.from_data.estimated import widest
from lingen.experiments.from_data.words import cautions
from lingen.models import population
from lingen.scripts.figures.data_figure import PURPLE
from lingen.scripts.figures.predict_figure import BEHIND, draw
from lingen.theory import convergence, memorisation

SPECTRUM = np.arange(1.0, 31) ** -0.7
LISTED = [4, 16, 64, 256]


def rows(count, seed):
    return np.random.default_rng(seed).standard_normal((count, SPECTRUM.size)) * np.sqrt(SPECTRUM)


def forecast_of(count, seed=0, **how):
    return forecast(rows(count, seed), samples=LISTED, draws=4, progress=lambda *_: None, **how)


@pytest.fixture(scope="module")
def few():
    return [forecast_of(90, seed) for seed in range(2)]


def test_it_is_nearer_to_the_truth_than_the_spectrum_of_the_sample(few):
    truth = population.atoms(SPECTRUM)
    load = few[0].curve.samples / SPECTRUM.size
    q, leak = (np.asarray(one) for one in (convergence.overlap(truth, load), memorisation.ratio(truth, load)))
    for result in few:
        np.testing.assert_array_equal(result.estimated.samples, result.curve.samples)
    seen = result.curve.samples >= SPECTRUM.size
    off = [
        np.mean([np.abs(one.convergence - q)[seen].max() for one in kind])
        for kind in zip(*((r.estimated, r.curve) for r in few), strict=True)
    ]
    assert off[0] < 0.4 * off[1]
    logs = [
        np.mean([np.abs(np.log((one.memorisation - 1) / (leak - 1))).max() for one in kind])
        for kind in zip(*((r.estimated, r.curve) for r in few), strict=True)
    ]
    assert logs[0] < logs[1]


def test_the_number_beyond_the_splits_goes_by_the_estimate(few):
    truth = population.atoms(SPECTRUM)
    n = np.geomspace(50, 400, 400)
    wanted = float(np.interp(0.95, np.asarray(convergence.overlap(truth, n / SPECTRUM.size)), n))
    first = [one.answers[0] for one in few]
    assert {one.basis for one in first} == {"beyond the splits"}
    assert np.mean([one.samples for one in first]) == pytest.approx(wanted, rel=0.1)
    assert np.mean([one.reaches(0.95) for one in few]) < 0.9 * wanted  # by the spectrum of the sample
    assert all(one.low < wanted and (one.high is None or wanted < one.high) for one in first)


def test_numbers_words_and_figure_show_both(few):
    told = few[0].to_json()
    assert len(told["estimated"]["convergence"]) == len(told["curve"]["convergence"])
    assert np.min(told["bands"]["convergence"]) >= 0.0
    json.dumps(told, allow_nan=False)
    (line,) = [one for one in cautions(few[0]) if one.startswith("N/d = 3:")]
    assert "by it q = 0.95 takes n = " in line
    assert "by the population estimated behind it n = " in line
    panels = draw(few[0]).axes
    assert BEHIND in [one.get_label() for one in panels[1].lines]
    assert [sum(one.get_color() == PURPLE for one in panel.lines) for panel in panels[:5]] == [0, 1, 0, 1, 1]


def test_a_level_that_the_curves_do_not_reach_is_told_at_their_end():
    result = forecast_of(90, until="q=0.999")
    (line,) = [one for one in cautions(result) if one.startswith("N/d = 3:")]
    assert "at n = 256, by the population estimated behind it" in line


def test_many_samples_need_no_estimate():
    result = forecast_of(600)
    assert result.estimated is None
    assert result.bands is None
    assert result.to_json()["estimated"] is None
    assert result.to_json()["bands"] is None
    assert not any(one.startswith("N/d") for one in cautions(result))
    assert BEHIND not in [one.get_label() for one in draw(result).axes[1].lines]


@pytest.mark.parametrize("shape", [(3, 1), (5, 40)])
def test_the_smallest_data_have_one(shape):
    data = np.random.default_rng(0).standard_normal(shape)
    result = forecast(data, samples=[2, 4], draws=2, progress=lambda *_: None)
    assert np.all(np.isfinite(result.estimated.convergence))
    json.dumps(result.to_json(), allow_nan=False)


def test_the_wider_of_two_intervals():
    assert widest(Interval(2.0, 5.0), Interval(3.0, 7.0)) == Interval(2.0, 7.0)
    assert widest(Interval(2.0, None), Interval(1.0, 7.0)) == Interval(1.0, None)
    assert widest(None, Interval(1.0, 7.0)) is None
