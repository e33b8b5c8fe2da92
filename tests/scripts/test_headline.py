"""The number that a forecast tells first: what the splits support, against truths known otherwise."""

from __future__ import annotations

import json

import numpy as np
import pytest

import lingen as lg
from lingen.experiments.forecast import forecast, growing
from lingen.experiments.from_data.crossing import Point, crossing
from lingen.experiments.from_data.targets import Targets, targets
from lingen.experiments.from_data.words import headline
from lingen.models.images import data as images
from lingen.scripts import main

SPECTRUM = 1.0 / np.arange(1, 21)


def _rows(rng, count, heavy):
    """Rows of covariance diag(1/k); where heavy their length varies: kurtosis 3 times the Gaussian one."""
    rows = rng.standard_normal((count, SPECTRUM.size)) * np.sqrt(SPECTRUM)
    if heavy:
        length = np.where(rng.random(count) < 0.1, 5.0, 5.0 / 9.0)  # mean one, mean square 2.78
        rows *= np.sqrt(length)[:, None]
    return rows


def _root(rows):
    values, basis = np.linalg.eigh(rows.T @ rows / len(rows))
    return (basis * np.sqrt(np.maximum(values, 0.0))) @ basis.T


def _truth(heavy, sizes, level=0.95, draws=600):
    """n at q = level, q of fresh pairs in plain NumPy, 1/(1 − q) joined by a straight line in n."""
    rng = np.random.default_rng(99)
    found = []
    for n in sizes:
        shared = energy = 0.0
        for _ in range(draws):
            one, two = (_root(_rows(rng, n, heavy)) for _ in range(2))
            shared += np.sum(one * two)
            energy += (np.sum(one**2) + np.sum(two**2)) / 2.0
        found.append(1.0 / (1.0 - shared / energy))
    assert found[0] < 1.0 / (1.0 - level) < found[-1]
    return float(np.interp(1.0 / (1.0 - level), found, sizes))


@pytest.mark.parametrize(("heavy", "sizes"), [(False, (40, 50, 60, 80)), (True, (160, 200, 250, 320))])
def test_the_headline_brackets_the_truth_of_fresh_draws(heavy, sizes):
    truth = _truth(heavy, sizes)
    rng = np.random.default_rng(4)
    inside = []
    for _ in range(5):
        result = forecast(_rows(rng, 2000, heavy), samples=[16, 32, 64, 128, 256], progress=lambda *_: None)
        first = result.answers[0]
        assert first.basis == "splits"
        assert first.holds is True
        assert first.samples == pytest.approx(truth, rel=0.25)
        inside.append(first.low < truth < first.high)
    assert sum(inside) >= 4  # of five intervals of 95 %
    if heavy:  # the spectrum alone says far fewer
        assert result.reaches(0.95) < 0.6 * truth


@pytest.mark.parametrize("scaled", [False, True])
def test_breast_cancer_lies_where_its_splits_cross(scaled):
    datasets = pytest.importorskip("sklearn.datasets")
    rows = datasets.load_breast_cancer().data
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0) if scaled else rows
    result = forecast(rows, progress=lambda *_: None)
    first = result.answers[0]
    assert first.basis == "splits"
    below = max(c.samples for c in result.checks if c.measured < 0.95)
    above = min(c.samples for c in result.checks if c.measured >= 0.95 and c.samples > below)
    assert below <= first.samples <= above
    assert (below, above) == ((64, 128) if scaled else (16, 32))
    assert not result.reaches(0.95) > 0.5 * first.samples  # what the spectrum alone would say


def test_numbers_of_samples_do_not_take_the_answer_away():
    rows = _rows(np.random.default_rng(1), 1000, True)
    whole = forecast(rows, progress=lambda *_: None).answers[0]
    few = forecast(rows, samples=[4], progress=lambda *_: None)
    assert [c.samples for c in few.checks] == [4]
    assert few.answers[0].basis == "splits"
    assert len(few.around) <= 4
    assert few.answers[0].low < whole.samples < few.answers[0].high


def test_sources_that_differ_leave_a_gap_that_no_number_closes():
    rng = np.random.default_rng(2)
    rows = np.concatenate([_rows(rng, 300, False), _rows(rng, 300, False)[:, ::-1]])
    result = forecast(rows, samples=[50, 200], groups=[0] * 300 + [1] * 300, progress=lambda *_: None)
    first = result.answers[0]
    assert first.samples is None
    assert first.low == result.half
    assert first.holds is None
    assert headline(result).startswith("q = 0.95 takes more than n = 300 (+)")


def test_levels_in_text_and_in_a_mapping():
    assert targets(None) == Targets(0.95, 1.05, None)
    assert targets("q=0.9, leak=1.2,latents=3") == targets({"q": 0.9, "leak": 1.2, "latents": 3})
    assert targets(Targets(0.9)) == Targets(0.9)
    rows = _rows(np.random.default_rng(3), 400, False)
    result = lg.forecast(rows, samples=[16], until={"q": 0.8, "latents": 40}, progress=lambda *_: None)
    assert [(one.quantity, one.level) for one in result.answers] == [
        ("q", 0.8), ("latents", 1), ("latents", 40), ("leak", 1.05),
    ]  # fmt: skip
    assert result.answers[2].samples is None  # there are twenty
    assert "40 latents no number of samples" in headline(result)
    assert result.to_json()["until"] == {"q": 0.8, "leak": 1.05, "latents": 40}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("q", "must be levels as in"),
        ("q=", "must be levels as in"),
        ("=3", "must name q, leak, latents"),
        (",", "must be levels as in"),
        ("Q=0.9", "must name q, leak, latents"),
        ("q=0.9,q=0.8", "must name each level once, got q twice"),
        ("q=1", "must have q between 0 and 1, got '1'"),
        ("q=nan", "must have q between 0 and 1, got 'nan'"),
        ("q=x", "must have q between 0 and 1, got 'x'"),
        ("leak=1", "must have leak above 1 and finite, got '1'"),
        ("leak=inf", "must have leak above 1 and finite, got 'inf'"),
        ("latents=0", "must have latents a whole number of at least 1, got '0'"),
        ("latents=2.5", "must have latents a whole number of at least 1, got '2.5'"),
    ],
)
def test_bad_levels_are_one_line(text, words, capsys, tmp_path):
    with pytest.raises(ValueError, match=r"^until ") as caught:
        targets(text)
    assert words in str(caught.value)
    assert main.main(["predict", "digits", "--until", text, "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: --until ")
    assert words in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("given", [{"q": True}, {"q": [0.9]}, {"speed": 1.0}, {"latents": None}])
def test_bad_levels_in_a_mapping(given):
    with pytest.raises(ValueError, match=r"^until must "):
        targets(given)


def test_a_level_is_crossed_where_it_was_planted():
    # n samples are worth n/2: the level at 30 of the prediction is crossed at 60
    exact = [Point(n, n / 2.0, 0.0) for n in (8, 32, 128)]
    inside = crossing(exact, 30.0)
    assert inside.samples == pytest.approx(60.0, rel=1e-6)
    assert inside.side == 0
    assert inside.high < 1.01 * inside.low
    assert crossing(exact, 200.0).samples == pytest.approx(400.0, rel=1e-6)
    assert crossing(exact, 200.0).side == 1
    assert crossing(exact, 1.0).samples == pytest.approx(2.0, rel=1e-6)
    assert crossing(exact, 1.0).side == -1
    noisy = crossing([point._replace(error=0.1) for point in exact], 30.0)
    assert np.log(noisy.high / noisy.low) == pytest.approx(
        2 * 1.96 * 0.075, rel=0.25
    )  # between 0.1/√2 and 0.1


def test_interrupted_it_keeps_the_splits_that_are_through(tmp_path, capsys, monkeypatch):
    def stopping(*given, **how):
        for count, step in enumerate(growing(*given, **how)):
            yield step
            if count == 2:
                raise KeyboardInterrupt

    monkeypatch.setattr("lingen.experiments.forecast.growing", stopping)
    np.save(tmp_path / "a.npy", _rows(np.random.default_rng(5), 200, False))
    arguments = [
        "predict",
        str(tmp_path / "a.npy"),
        "--samples",
        "8,16,32,64",
        "--out",
        str(tmp_path / "out"),
    ]
    assert main.main(arguments) == 130
    shown = capsys.readouterr()
    assert shown.out.startswith("q = 0.95 takes")
    assert "kept" in shown.err
    kept = json.loads((tmp_path / "out" / "predict.json").read_text())
    assert [check["samples"] for check in kept["checks"]] == [8, 16]
    assert (tmp_path / "out" / "predict.png").stat().st_size > 10_000


def _ask(folder, *more):
    np.save(folder / "a.npy", _rows(np.random.default_rng(5), 60, False))
    return main.main(
        ["predict", str(folder / "a.npy"), "--samples", "8,16", "--out", str(folder / "out"), *more]
    )


def test_the_answer_is_told_before_its_figure_is_drawn(tmp_path, capsys, monkeypatch):
    told = []
    monkeypatch.setattr(
        "lingen.scripts.figures.data_figure.save", lambda *_: told.append(capsys.readouterr().out) or []
    )
    assert _ask(tmp_path) == 0
    assert told[0].startswith("q = 0.95")
    assert capsys.readouterr().out.strip() == str(tmp_path / "out" / "predict.json")


@pytest.mark.parametrize(
    ("asked", "written"), [("none", []), (" none ", []), ("png", ["png"]), ("svg, pdf,svg", ["pdf", "svg"])]
)
def test_the_figure_is_written_in_the_kinds_that_are_asked_for(tmp_path, capsys, asked, written):
    assert _ask(tmp_path, "--format", asked) == 0
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert files == {"predict.json", *(f"predict.{kind}" for kind in written)}
    told = capsys.readouterr().out
    assert all(str(tmp_path / "out" / name) in told for name in files)


@pytest.mark.parametrize("asked", ["gif", "png,", "png,none"])
def test_no_figure_is_written_in_another_kind(tmp_path, capsys, asked):
    assert _ask(tmp_path, "--format", asked) == 2
    line = capsys.readouterr().err
    assert "--format must be any of pdf, svg, png, or none alone" in line
    assert repr(asked.rpartition(",")[2]) in line


def test_the_count_of_latents_ends_where_the_curve_does():
    from lingen.scripts.figures.predict_figure import draw

    result = forecast(images.load("digits"), samples=[16, 512], draws=2, progress=lambda *_: None)
    panel = draw(result).axes[2]
    (line,) = [one for one in panel.lines if one.get_label() == "above their threshold"]
    counts = line.get_ydata()
    assert line.get_xdata()[-1] == 512
    assert counts[-1] == np.sum(result.onsets < 512) < np.isfinite(result.onsets).sum()
