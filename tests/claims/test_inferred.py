"""Claims on inferred quantities: the verdict follows the credible interval and the chains' diagnostics."""

import json

import jax.random as jr
import numpy as np
import pytest

from lingen.claims import Budget, Outcome, check
from lingen.claims.inference.inferred import Band, Dots, FitPicture, Inference, InferredClaim
from lingen.models.posterior import Chains, measure
from lingen.scripts.report.claim_figures import caption, claim_figure, to_svg

X = np.arange(1.0, 5.0)
PICTURE = FitPicture(
    "n", "y", (Dots("data", X, X, 0.1 * X),), (Band("fit", X, X, 0.9 * X, 1.1 * X),), "log", "log"
)


def inference(centre, spread, diverging=0, shift=0.0):
    rng = np.random.default_rng(0)
    samples = {n: c + spread * rng.standard_normal((4, 1000)) for n, c in centre.items()}
    samples = {n: values + shift * np.arange(4)[:, None] for n, values in samples.items()}
    marks = np.zeros((4, 1000))
    marks[0, :diverging] = 1
    return Inference(measure(Chains(samples, marks)), 100, PICTURE)


def claim(infer, **changes):
    fields = {
        "grid": {"quantity": ("a", "b")},
        "predict": lambda quantity: {"a": 1.0, "b": 0.5}[quantity],
        "infer": infer,
        "tolerance": {"a": 0.01, "b": 0.1},
        "rivals": {"half": lambda quantity: 0.5},
        "symbols": {"a": "α"},
        "section": "R",
        "label": "y",
    }
    return InferredClaim("test", **fields | changes)


def verdict(*args, changes=None, budget=None, **kw):
    found = inference(*args, **kw)
    return check(claim(lambda key, tell, devices: found, **(changes or {})), jr.key(0), budget)


def test_narrow_intervals_around_the_prediction_hold():
    found = verdict({"a": 1.0, "b": 0.5}, 0.001)
    assert found.outcome is Outcome.HOLDS
    assert found.rivals == {"half": Outcome.REFUTED}
    assert found.draws == 100
    assert "α = 1.000" in found.reason
    assert "R-hat" in found.reason


def test_an_interval_beside_the_prediction_refutes():
    found = verdict({"a": 1.1, "b": 0.5}, 0.001)
    assert found.outcome is Outcome.REFUTED
    assert "1 is predicted for α" in found.reason


def test_a_wide_interval_leaves_it_undecided():
    found = verdict({"a": 1.0, "b": 0.5}, 0.01)
    assert found.outcome is Outcome.UNDECIDED
    assert "not known well enough" in found.reason


def test_a_rival_that_survives_leaves_it_undecided():
    near = {"near": lambda quantity: {"a": 1.0, "b": 0.51}[quantity]}
    found = verdict({"a": 1.0, "b": 0.5}, 0.001, changes={"rivals": near})
    assert found.outcome is Outcome.UNDECIDED
    assert "rival 'near' survives" in found.reason


@pytest.mark.parametrize(("flaw", "words"), [({"diverging": 2}, "2 transitions"), ({"shift": 0.01}, "R-hat")])
def test_chains_that_cannot_be_believed_decide_nothing(flaw, words):
    found = verdict({"a": 1.0, "b": 0.5}, 0.001, **flaw)
    assert found.outcome is Outcome.UNDECIDED
    assert "cannot be believed" in found.reason
    assert words in found.reason


def test_a_finer_resolution_tightens_every_tolerance():
    assert verdict({"a": 1.0, "b": 0.5}, 0.001, budget=Budget(resolution=0.001)).outcome is Outcome.UNDECIDED


def test_what_raises_or_is_missing_is_broken():
    def fails(key, tell, devices):
        raise RuntimeError("no data")

    assert "RuntimeError: no data" in check(claim(fails), jr.key(0)).reason
    missing = verdict({"a": 1.0}, 0.001)
    assert missing.outcome is Outcome.BROKEN
    assert "no sample of b" in missing.reason
    assert verdict({"a": np.nan, "b": 0.5}, 0.001).outcome is Outcome.BROKEN


def test_figure_and_json_carry_the_posterior():
    found = verdict({"a": 1.0, "b": 0.5}, 0.001)
    assert to_svg(claim_figure(found)).startswith("<?xml")
    assert "posteriors" in caption(found)
    record = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert set(record["inference"]) == {"r_hat", "effective", "divergences"}
    assert record["points"][0]["point"] == {"quantity": "a"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"infer": 3}, "infer must be a function"),
        ({"grid": {"load": (1,)}}, "one parameter quantity"),
        ({"tolerance": {"a": 0.0}}, "tolerance"),
        ({"sampler": len}, "sampler and simulate must be absent"),
    ],
)
def test_refuses_what_cannot_be(changes, words):
    with pytest.raises(ValueError, match=words):
        claim(**{"infer": lambda key, tell, devices: None} | changes)
