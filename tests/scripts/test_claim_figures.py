"""What the figures of claims show: every rival, every size, every component, names as they are written."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from lingen.claims import Claim, check
from lingen.claims.checking import Budget
from lingen.claims.evidence.point import Outcome
from lingen.claims.inference.inferred import Dots, FitPicture
from lingen.scripts.plots.labels import letter
from lingen.scripts.report import inferred_figure
from lingen.scripts.report.claim_figures import caption, claim_figure
from lingen.scripts.report.curves import axis_of, series_of
from lingen.scripts.report.entry import Drawing, entry


def verdict_of(**known):
    given = {"grid": {"theta_c": (0.5, 1.0, 2.0)}, "predict": lambda theta_c: theta_c, "dims": (8, 16, 32)}
    given["simulate"] = lambda key, dim, theta_c: theta_c * jr.uniform(key, minval=0.9, maxval=1.1)
    asked = given | {"bounds": (0.0, 3.0)} | known
    claim = Claim("mean", **{name: value for name, value in asked.items() if value is not None})
    return check(claim, jr.key(0), Budget(max_draws=64))


@pytest.fixture(scope="module")
def usual():
    return verdict_of(rivals={"near": lambda theta_c: 1.1 * theta_c, "far": lambda theta_c: 40 + theta_c})


def test_a_rival_outside_the_panel_is_an_arrow_at_its_rim(usual):
    panel = claim_figure(usual).axes[0]
    arrows = [line for line in panel.lines if line.get_marker() in ("$↑$", "$↓$")]
    assert [line.get_marker() for line in arrows] == ["$↑$"]
    assert list(arrows[0].get_xdata()) == [0.5, 1.0, 2.0]
    assert all(0.5 < y < 1.0 for y in arrows[0].get_ydata())  # of the height of the panel
    assert panel.get_ylim()[1] < 10


def test_finite_sizes_are_one_entry_of_the_legend(usual):
    (legend,) = claim_figure(usual).legends
    words = [text.get_text() for text in legend.get_texts()]
    assert words.count("simulation, d = 8, 16, 32") == 1
    assert sum(word.startswith("simulation, d = ") for word in words) == 1
    assert "simulation, d → ∞" in words


def test_greek_names_are_written_in_greek(usual):
    assert claim_figure(usual).axes[1].get_xlabel() == r"$θ_{\mathrm{c}}$"
    assert "θ_c=0.5" in caption(usual)
    shown = entry(usual, 0, Drawing())
    assert [row["point"] for row in shown["rows"]] == ["θ_c=0.5", "θ_c=1", "θ_c=2"]


@pytest.mark.parametrize(("name", "about"), [("theta_c", {}), ("theta", {}), ("t", {"symbol": "T_0"})])
def test_a_letter_of_a_formula_takes_another_index(name, about):
    from matplotlib.mathtext import MathTextParser

    written = letter(name, about)
    assert MathTextParser("path").parse(f"${written}_c$").width > 0
    assert "theta" not in written


def test_a_symbol_that_begins_a_reason_keeps_its_case(usual):
    told = {
        reason: entry(dataclasses.replace(usual, reason=reason), 0, Drawing())["reason"]
        for reason in ("θ_c = 1.0 ± 0.1 (95 %)", "q = 0.3", "errors above 1 % are excluded")
    }
    assert told["θ_c = 1.0 ± 0.1 (95 %)"].startswith("θ_c")
    assert told["q = 0.3"] == "q = 0.3"
    assert told["errors above 1 % are excluded"].startswith("Errors")


def test_a_vector_at_a_single_point_has_a_place_for_each_component():
    values = jnp.array([0.2, 0.5, 0.9])
    vector = verdict_of(
        grid={"theta_c": (1.0,)},
        predict=lambda theta_c: values,
        simulate=lambda key, dim, theta_c: values * jr.uniform(key, minval=0.9, maxval=1.1),
    )
    axis = axis_of(vector)
    assert (axis.name, axis.labels) == ("component", ("1", "2", "3"))
    (series,) = series_of(vector, axis)
    np.testing.assert_allclose(series.read("prediction"), values)
    panel = claim_figure(vector).axes[1]
    assert [text.get_text() for text in panel.get_xticklabels()] == ["1", "2", "3"]
    low, high = panel.get_xlim()
    assert all(low < place < high for place in series.x)


def test_the_axis_is_the_parameter_that_joins_most_points():
    points = tuple(
        {"load": load, "offset": w} for load, w in ((1.0, -1.0), (1.0, 0.0), (1.0, 1.0), (4.0, 0.0))
    )
    two = verdict_of(
        grid=None,
        points=points,
        predict=lambda load, offset: 1.5 + offset,
        simulate=lambda key, dim, load, offset: 1.5 + offset + 0.1 * jr.uniform(key),
    )
    axis = axis_of(two)
    assert axis.name == "offset"
    assert sorted(len(one.x) for one in series_of(two, axis)) == [1, 3]
    assert claim_figure(two).axes[1].get_xlabel() == "offset"


@pytest.mark.parametrize(("rival", "seen"), [(1.02, True), (9.0, False), (-9.0, False)])
def test_a_rival_far_from_a_posterior_is_an_arrow_and_leaves_it_its_width(rival, seen):
    from matplotlib.figure import Figure

    samples = np.random.default_rng(0).normal(1.0, 0.01, 400)
    posterior = SimpleNamespace(flat=lambda name: samples, interval=lambda name: (0.98, 1.02))
    picture = FitPicture("n", "y", (Dots("simulation", np.ones(1), np.ones(1), np.ones(1)),))
    found = SimpleNamespace(
        inference=SimpleNamespace(posterior=posterior, picture=picture), symbol=lambda name: "γ_c"
    )
    evidence = SimpleNamespace(
        point={"quantity": "g"}, prediction=1.0, resolution=0.01, scale=1.0, rivals={"other": rival}
    )
    verdict = SimpleNamespace(rivals={"other": Outcome.REFUTED})
    panel = Figure().subplots()
    inferred_figure._posterior(panel, verdict, found, evidence)
    arrows = [line.get_marker() for line in panel.lines if line.get_marker() in ("$←$", "$→$")]
    assert arrows == ([] if seen else ["$→$" if rival > 0 else "$←$"])
    low, high = panel.get_xlim()
    assert high - low < 0.2
    assert low < 0.98 < 1.02 < high
