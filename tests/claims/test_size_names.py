"""Whatever is said of a claim calls its size as its author does."""

from __future__ import annotations

import re

import jax.numpy as jnp
import jax.random as jr
import pytest
from matplotlib.figure import Figure
from scipy import stats

from lingen import Budget, Claim, Experiment, LawClaim, check, real, whole
from lingen.claims import Outcome
from lingen.claims.evidence.point import describe
from lingen.scripts.report.claim_figures import claim_axes
from lingen.scripts.report.entry import Drawing, entry

KEY = jr.key(4)
FOREIGN = re.compile(r"\bdims?\b|dimension|\bd\b")
MODEL = Experiment(
    "strip",
    parameters={"heat": real(above=0), "width": whole(at_least=1, symbol="L", default=4)},
    simulate=lambda key, heat, width: {"flow": heat + 1 / width + 0.1 * jr.normal(key)},
    predict=lambda heat, width: {"flow": heat},
)


def claim(kind=Claim, **changes):
    fields = {
        "of": MODEL,
        "grid": {"heat": (1.0, 2.0)},
        "sizes": {"width": (4, 8, 16)},
        "rivals": {"none": lambda heat: 0 * heat},
        "concentration": "Gaussian",
    }
    return kind("flow", **fields | changes)


def said(verdict, heard):
    """All that is told of a verdict, figure and page included."""
    panel = Figure().subplots()
    labels = []
    if verdict.points:
        claim_axes(panel, verdict)
        labels = [panel.get_title(), panel.get_xlabel(), *panel.get_legend_handles_labels()[1]]
    page = entry(verdict, 0, Drawing())
    rows = [str(row["point"]) for row in page["rows"]]
    rests = [one.method for one in verdict.assumptions]
    words = [page[name] for name in ("reason", "method", "caption")]
    return " | ".join([repr(verdict), repr(verdict.claim), *words, *rows, *rests, *labels, *heard])


def law(centre):
    return stats.norm(centre, 0.1).cdf


def at_size(heat, width):
    return heat + 1 / width


def law_at_size(heat, width):
    return law(at_size(heat, width))


AT_LAW = {"kind": LawClaim, "exact": True, "concentration": "", "rivals": {"still": lambda heat: law(0)}}
KINDS = {
    "extrapolated": ({"order_source": "built so"}, 1024, r"Simulated at L = 4, 8, 16;.* order 1 in 1/L"),
    "open order": ({"resolution": 1e-3}, 1 << 14, r"L \d+ times as large would decide"),
    "candidates": ({"orders": (1, 2)}, 1024, "of order 1, or 2 in 1/L"),
    "one size": ({"sizes": {"width": (16,)}}, 1024, "L = 16, taken for.* L = 16 is as good as"),
    "exact": ({"exact": True, "predict": at_size}, 1024, "each of L = 4, 8, 16.* heat=1, width=4"),
    "refuted": ({"exact": True}, 1024, "at heat=1, width=4: "),
    "short": ({"exact": True, "predict": at_size, "resolution": 1e-3}, 64, "out of draws: at heat=1, width="),
    "broken": (
        {"exact": True, "predict": lambda width: 1 / (width - 8)},
        64,
        "prediction at heat=1, width=8",
    ),
    "another shape": ({"exact": True, "rivals": {"r": lambda width: jnp.ones(width)}}, 64, "at another size"),
    "a law": (
        {**AT_LAW, "law": law_at_size, "resolution": 0.1},
        4096,
        "each of L = 4, 8, 16.* heat=1, width=16",
    ),
    "a broken law": ({**AT_LAW, "law": at_size}, 64, "the law at heat=1, width=4 gave a float"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_its_own_name_and_no_other(kind):
    changes, draws, words = KINDS[kind]
    heard = []
    budget = Budget(max_draws=draws)
    verdict = check(claim(**changes), KEY, budget, progress=lambda name, share, word: heard.append(word))
    told = said(verdict, heard)
    assert FOREIGN.findall(told) == []
    assert re.search(words, told), told


def test_what_has_no_size_is_told_without_one():
    fixed = claim(sizes=None, predict=lambda heat: heat + 0.25, resolution=0.1)
    heard = []
    verdict = check(fixed, KEY, progress=lambda name, share, word: heard.append(word))
    assert verdict.outcome is Outcome.HOLDS
    told = said(verdict, heard)
    assert not FOREIGN.search(told)
    assert "=1," not in told.replace("heat=1,", "")
    assert "Compared at each point" in told


def test_json_tells_how_it_is_called():
    held = check(claim(exact=True), KEY).to_json()
    assert held["size"] == {"symbol": "L", "words": "width L", "name": "width"}
    assert held["points"][0]["dims"] == [4, 8, 16]


def test_a_claim_without_an_experiment_keeps_its_dimension():
    plain = Claim("plain", predict=lambda: 1.0, simulate=lambda key, dim: 1 + jr.normal(key), points=({},))
    assert plain.size == ("d", "dimension d", "dim")
    assert "d = 64, 128, 256" in repr(plain)


def test_whole_numbers_are_told_to_the_last_digit():
    assert (
        describe({"load": 0.5, "samples": 1234567, "dim": 10**9})
        == "load=0.5, samples=1234567, dim=1000000000"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sizes": {"width": (8, 4)}}, r"sizes\['width'\] must increase, got \(8, 4\)"),
        ({"sizes": {"width": ()}}, r"sizes\['width'\] must be a tuple of at least one size"),
        ({"sizes": {"width": (0, 4)}}, r"sizes\['width'\] must be a whole number"),
        ({"sizes": {"width": (4, 8)}, "order": (1, 2)}, r"sizes\['width'\] must be one, or more than 2"),
        ({"dims": (4, 8)}, r"dims must be absent where an experiment \(of\) is given"),
        ({"settle": lambda dim: {}}, "settle must be absent where an experiment"),
        ({"simulate": lambda key, dim: 1.0}, "simulate must be absent where an experiment"),
        ({"grid": {"heat": (1.0,), "width": (4,)}}, "must not be called 'width' here: its values are sizes"),
        ({"of": None}, r"sizes must be absent without an experiment \(of\)"),
    ],
)
def test_what_cannot_be_is_named_as_it_was_written(changes, words):
    with pytest.raises(ValueError, match=words):
        claim(**changes)
