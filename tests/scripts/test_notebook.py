"""Results in a notebook: complete in itself, changing nothing around it, and saying what the text says."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import jax
import jax.random as jr
import numpy as np
import pytest
import xarray as xr

import lingen as lg
from lingen.claims.inference import sweeps
from lingen.models.posterior import Posterior
from lingen.scripts.report import notebook
from lingen.words import json_text

VOID = {"img", "wbr", "br", "meta", "link"}
COIN = lg.Experiment(
    "coin", simulate=lambda key, chance: {"heads": jr.bernoulli(key, chance).astype(float)},
    predict=lambda chance: {"heads": chance}, parameters={"chance": lg.real(above=0, below=1, symbol="p<q")},
    observables={"heads": lg.Observable("heads & tails")}, title="A coin <b>", statement=r"Heads with $p$.",
)  # fmt: skip
FAIR = lg.Claim(
    "fair", of=COIN, observable="heads", grid={"chance": (0.25, 0.5)}, bounds=(0, 1), resolution=0.1,
    statement=r"$E[x]=p$ & no more", rivals={"never < always": lambda chance: 0.0 * chance},
)  # fmt: skip


class Shape(HTMLParser):
    """Tags that are open at the end, text, and where images come from."""

    def __init__(self, text: str):
        super().__init__()
        self.open, self.text, self.images, self.count = [], "", [], {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.count[tag] = self.count.get(tag, 0) + 1
        if tag == "img":
            self.images.append(dict(attrs)["src"])
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text += data


def finding() -> lg.claims.inference.findings.Finding:
    """Of chains that were never run; nothing else is known of it, so that its figure cannot be drawn."""
    load, dim = np.meshgrid([0.8, 0.9, 1.0, 1.1, 1.2], [100.0, 1000.0, 10000.0], indexing="ij")
    arrays = {"order": (("load", "dim"), load + 1 / dim), "order_error": (("load", "dim"), 0.01 * load)}
    plan = sweeps.plan(xr.Dataset(arrays, {"load": load[:, 0], "dim": dim[0]}))
    samples = {"critical_point": np.random.default_rng(0).normal(0.95, 0.01, (4, 50))}
    one, many = {"critical_point": 1.0}, {"critical_point": 1e3}
    return sweeps.Finding(*plan, None, Posterior(samples, one, many, 0), ("critical_point",))


@pytest.fixture(scope="module")
def verdict():
    return lg.check(FAIR, jr.key(0))


@pytest.fixture(scope="module")
def forecast():
    rows = np.random.default_rng(0).standard_normal((40, 6)) * [3, 2, 1, 1, 1, 1]
    return lg.forecast(rows, samples=[8, 20], draws=2)


def test_all_kinds_are_complete_and_change_nothing_around_them(verdict, forecast):
    values = (verdict, FAIR, COIN, finding(), forecast, lg.population.spiked([2.0]))
    assert {next(kind for kind in notebook.FORMS if isinstance(v, kind)) for v in values} == set(
        notebook.FORMS
    )
    for value in values:
        text = value._repr_html_()
        shape = Shape(text)
        assert shape.open == []
        assert shape.count["article"] == 1
        assert all(image.startswith("data:image/svg+xml") for image in shape.images)
        style = text[text.index("<style>") + 7 : text.index("</style>")].strip()
        assert style.startswith(".lingen-shown {")
        assert ":root" not in style
        depth = np.cumsum([(c == "{") - (c == "}") for c in style])
        assert (depth[style.index("{") : -1] > 0).all()  # no rule stands outside
        assert depth[-1] == 0


def test_a_verdict_is_the_entry_of_the_report(verdict):
    shape = Shape(verdict._repr_html_())
    assert "✓ holds" in shape.text
    assert "never < always refuted by the same draws" in " ".join(shape.text.split())
    assert len(shape.images) == 1
    assert shape.count["math"] == 1
    assert repr(verdict) == str(verdict) == verdict.summary
    assert json.loads(json_text(verdict.to_json()))["outcome"] == "holds"


def test_claims_and_experiments_show_their_parameters():
    claim, experiment = Shape(FAIR._repr_html_()), Shape(COIN._repr_html_())
    assert "rival: never < always" in claim.text
    assert "0.25" in claim.text
    assert "A coin <b>" in experiment.text
    assert "above 0 and below 1" in experiment.text
    assert "p<q" in experiment.text
    assert "heads: heads & tails" in experiment.text
    assert repr(COIN) == "Experiment(coin: chance; heads)"
    assert repr(FAIR) == "Claim(fair: heads of coin, 2 points)"


def test_a_finding_shows_its_numbers_and_why_there_is_no_figure():
    shape = Shape(finding()._repr_html_())
    assert "γ_c" in shape.text
    assert "The figure could not be drawn" in shape.text


def test_a_forecast_shows_its_sentences_and_its_figure(forecast):
    shape = Shape(forecast._repr_html_())
    assert all(line in shape.text for line in forecast.summary.splitlines())
    assert len(shape.images) == 1
    assert repr(forecast) == forecast.summary
    assert json.loads(json_text(forecast.to_json()))["dim"] == 6


@pytest.mark.parametrize(
    ("population", "told"),
    [
        (lg.population.spiked([2.0, 1.0]), "Population(bulk 1; spikes 3, 2)"),
        (lg.population.atoms([4.0, 1.0], [3.0, 1.0]), "Population(bulk 4, 1 (weights 0.75, 0.25))"),
        (lg.population.power_law(1.0, 300), "Population(bulk of 300 eigenvalues, 1 to 0.003333; d = 300)"),
        (lg.population.spiked(np.arange(1.0, 9.0)), "Population(bulk 1; spikes 9, 8, 7, 6, 5 and 3 more)"),
    ],
)
def test_a_population_in_one_line(population, told):
    assert repr(population) == told
    assert Shape(population._repr_html_()).count["math"] == 1


def test_a_traced_population_can_be_printed():
    told = []
    jax.make_jaxpr(lambda p: (told.append(repr(p)), p.eigenvalues)[1])(lg.population.spiked([2.0]))
    assert told[0].startswith("Population(")
