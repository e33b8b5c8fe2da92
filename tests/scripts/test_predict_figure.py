"""The figure of a forecast: its panels, and what the files of a figure cost."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

from lingen.experiments.forecast import forecast
from lingen.models import filters
from lingen.models.images import data as images
from lingen.scripts.figures.data_figure import STYLE, sparse_ticks
from lingen.scripts.figures.predict_figure import draw
from lingen.scripts.plots.kinds import KINDS
from lingen.scripts.plots.style import pinned, rendered


@pytest.fixture(scope="module")
def digits():
    return forecast(images.load("digits"), filters.gaussian(), [64, 512, 4096], draws=3)


@pytest.fixture(scope="module")
def table():
    rows = np.random.default_rng(0).normal(size=(300, 12))
    return forecast(images.from_array(rows), filters.gaussian(), [4, 64, 512], draws=3)


def _titles(figure):
    return [panel.get_title(loc="left") or panel.get_title() for panel in figure.axes]


@pytest.mark.parametrize(("name", "letters"), [("digits", "abcdefg"), ("table", "abcdef")])
def test_every_panel_has_its_letter(request, name, letters):
    result = request.getfixturevalue(name)
    with pinned(STYLE):
        figure = draw(result)
    assert "".join(title[0] for title in _titles(figure)) == letters
    assert ("Latents and their" in _titles(figure)[-1]) == (name == "digits")


def test_without_fid_the_pictures_take_its_place(digits):
    with pinned(STYLE):
        figure = draw(replace(digits, fid=None))
    assert [title[0] for title in _titles(figure)] == list("abcdef")
    assert "Latents and their" in _titles(figure)[-1]


def test_fid_of_two_sets_and_its_limit_along_1_over_n_are_shown(digits):
    with pinned(STYLE):
        panel = draw(digits).axes[5]
    lines = {line.get_label(): line for line in panel.lines}
    predicted = lines["predicted"]
    slope, _ = np.polyfit(np.log(predicted.get_xdata()), np.log(predicted.get_ydata()), 1)
    assert slope == pytest.approx(-1, abs=1 / 64)  # a/n from n = d = 64 on
    (points,) = panel.containers
    bars = points[2][0].get_segments()
    assert [round(bar[0][0]) for bar in bars] == [898, 449, 224]
    (label,) = (one for one in lines if one.startswith(r"$n\to\infty$: "))
    n = lines[label].get_xdata()
    limit, _ = np.polynomial.Polynomial.fit(1 / n, lines[label].get_ydata(), 1).convert().coef
    assert label.split(": ")[1].startswith(f"{limit:.2g} (".replace("-", "−"))


def test_a_figure_is_laid_out_once_and_drawn_once_a_file(digits, monkeypatch):
    drawn, placed = [], []
    with pinned(STYLE):
        figure = draw(digits)
        engine = type(figure.get_layout_engine())
        real, place = Figure.draw, engine.execute
        monkeypatch.setattr(Figure, "draw", lambda self, to: (drawn.append(1), real(self, to))[1])
        monkeypatch.setattr(engine, "execute", lambda self, what: (placed.append(1), place(self, what))[1])
        before = figure.canvas, figure.dpi
        files = [rendered(figure, kind) for kind in KINDS]
    assert (figure.canvas, figure.dpi) == before
    assert (len(drawn), len(placed)) == (3, 1)
    assert [content[:4] for content in files] == [b"%PDF", b"<?xm", b"\x89PNG"]


def test_nothing_is_cut_off(digits):
    with pinned(STYLE):
        figure = draw(digits)
        rendered(figure, "png")
        whole = figure.get_tightbbox()
    assert whole.x0 >= 0
    assert whole.y0 >= 0
    assert whole.x1 <= figure.get_figwidth()
    assert whole.y1 <= figure.get_figheight()


@pytest.mark.parametrize(("top", "expected"), [(30, [*range(2, 10), 20]), (2000, [2, 5, 20, 50, 200, 500])])
def test_long_axes_have_2_and_5_between_powers_of_ten(top, expected):
    panel = Figure().add_subplot()
    panel.set(xscale="log", xlim=(1, top))
    sparse_ticks(panel)
    ticks = panel.xaxis.get_minorticklocs()
    assert list(np.round(ticks[(ticks > 1) & (ticks < top)])) == expected
