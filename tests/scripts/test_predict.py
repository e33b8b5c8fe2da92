"""`lingen predict`: the numbers, the files, the words, and one line for what is wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lingen.models import filters, images
from lingen.scripts.forecast import forecast, sizes
from lingen.scripts.predict import predict, sentences
from lingen.theory import convergence


@pytest.fixture(scope="module")
def digits():
    return forecast(images.load("digits"), filters.gaussian(), [16, 64, 256, 1024], draws=6)


def test_digits_follow_their_prediction(digits):
    # pixel data are not Gaussian: the error of universality, found here below 1 %, is part of the bound
    assert [c.samples for c in digits.checks] == [16, 64, 256]
    for check in digits.checks:
        assert abs(check.measured - check.predicted) < 5 * check.error + 0.01
    assert abs(digits.checks[-1].gap - 1) < 0.25


def test_curves_are_the_theory_and_rise(digits):
    curve = digits.curve
    load = curve.samples / 64
    assert np.allclose(curve.convergence, convergence.overlap(digits.data.population, load), rtol=1e-12)
    assert np.all(np.diff(curve.convergence) > 0)
    assert np.all(np.diff(curve.latents) >= 0)
    assert np.all(np.diff(curve.memorisation) < 0)
    assert np.all(np.diff(curve.distance) < 0)
    n = digits.reaches(0.95)
    assert convergence.overlap(digits.data.population, n / 64) == pytest.approx(0.95, abs=1e-3)
    assert digits.reaches(1.0) is None
    assert np.isinf(digits.onsets).sum() == 3


def test_memorisation_is_measured_beside_its_prediction(digits):
    for check, predicted in zip(digits.checks, digits.table.memorisation, strict=False):
        excess = predicted - 1
        assert abs(check.memorisation - predicted) < 5 * check.memorisation_error + 0.1 * excess


def test_the_same_seed_gives_the_same_numbers(digits):
    again = forecast(digits.data, filters.gaussian(), [16], draws=6)
    assert again.checks[0] == digits.checks[0]
    other = forecast(digits.data, filters.gaussian(), [16], seed=1, draws=6)
    assert other.checks[0].measured != digits.checks[0].measured


def test_words_say_what_the_numbers_say(digits):
    text = " ".join(sentences(digits))
    assert f"n ≈ {digits.reaches(0.95):,.0f}" in text
    assert f"q = {digits.whole.convergence[0]:.4f}" in text
    assert "of 61 latents" in text
    assert "Not Gaussian" not in text


def test_photographs_are_known_not_to_be_gaussian():
    result = forecast(images.load("china", limit=2000), filters.gaussian(), [1000], draws=6)
    check = result.checks[0]
    assert check.gap > 1.5
    assert 1 - check.measured == pytest.approx(1 - check.discounted, rel=0.25)
    assert "universality breaks" in " ".join(sentences(result))


def test_more_pixels_than_images(tmp_path):
    data = images.from_array(np.random.default_rng(0).normal(size=(40, 20, 20)))
    result = forecast(data, filters.gaussian(), [8, 20], draws=4)
    assert len(result.checks) == 2
    assert "noisy estimate" in " ".join(sentences(result))


def test_table_reaches_from_few_samples_to_beyond_the_data():
    data = images.load("digits")
    listed = sizes(data)
    assert listed[0] == 4
    assert 1797 // 2 in listed
    assert listed[-1] >= 2 * 1797
    assert listed == sorted(set(listed))


@pytest.mark.parametrize("model", ["ridge:0.1"])
def test_command_writes_its_files(tmp_path, capsys, model):
    predict(
        "digits", samples="16,4096", filter=model, draws=2, report=tmp_path / "new", as_json=True, limit=200
    )
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads((tmp_path / "new" / "predict.json").read_text())
    assert printed["table"]["samples"] == [16, 4096]
    assert printed["table"]["distance"] == [None, None]
    assert [c["samples"] for c in printed["checks"]] == [16]
    for kind in ("png", "svg", "pdf"):
        assert (tmp_path / "new" / f"predict.{kind}").stat().st_size > 10_000


def test_command_prints_a_table(tmp_path, capsys):
    predict("digits", samples="16,64", draws=2, report=tmp_path)
    shown = capsys.readouterr().out
    assert "Convergence reaches q = 0.95" in shown
    assert "predict.json" in " ".join(shown.split())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"data": "nowhere"}, "data must be a folder, a file or one of digits"),
        ({"samples": "a"}, "samples must be whole numbers with commas between, got 'a'"),
        ({"samples": "0"}, "samples must be at least 1, got 0"),
        ({"filter": "gauss"}, "filter must be one of"),
        ({"draws": 1}, "draws must be a whole number of at least 2, got 1"),
        ({"seed": -1}, "seed must be a whole number of at least 0, got -1"),
    ],
)
def test_bad_usage_is_one_line(tmp_path, arguments, message):
    with pytest.raises(ValueError, match=message) as caught:
        predict(**{"data": "digits", "report": tmp_path, **arguments})
    assert "\n" not in str(caught.value)


def test_report_that_is_a_file(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(OSError, match="taken"):
        predict("digits", report=tmp_path / "taken")
