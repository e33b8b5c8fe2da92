"""A claim stops early only where no number of draws decides, and goes on to its verdict else."""

from __future__ import annotations

import jax.random as jr
import numpy as np
import pytest
from jax.tree_util import Partial

from lingen.claims import Budget, Claim, Outcome, check
from lingen.claims.evidence.point import PointEvidence

RESOLUTION = 0.05
BUDGET = Budget(resolution=RESOLUTION, max_draws=1 << 17, seconds=600.0)


def evidence(error: float, drawn: float, extrapolation: float, **changes) -> PointEvidence:
    """Of a prediction of 1 that is off by this much, all in units of the resolution."""
    value, part, rest = 1 + RESOLUTION * error, RESOLUTION * drawn, RESOLUTION * extrapolation
    numbers = {
        "means": value, "standard_errors": 0.0, "estimate": value, "standard_error": 0.0,
        "low": value - part - rest, "high": value + part + rest,
        "prediction": 1.0, "scale": 1.0, "drawn": part, "shares": 1.0,
    }  # fmt: skip
    fields = {name: np.asarray(number) for name, number in numbers.items()}
    known = {"point": {}, "dims": (8,), "draws": (64,), "rivals": {}, "resolution": RESOLUTION}
    return PointEvidence(**known | fields | changes)


@pytest.mark.parametrize(
    ("error", "drawn", "extrapolation", "doubtful"),
    [
        (0.9, 0.2, 0.0, False),  # nothing but draws keeps it open
        (1.1, 0.2, 0.0, False),
        (0.6, 0.2, 0.3, False),  # 0.6 + 0.3 lies inside, and
        (1.4, 0.2, 0.3, False),  # 1.4 − 0.3 outside
        (0.9, 0.2, 0.3, True),
        (1.1, 0.2, 0.3, True),
        (0.0, 0.2, 1.1, True),
        (0.9, 0.3, 0.3, False),  # too few draws to tell
        (0.5, 0.2, 0.1, False),  # decided
    ],
)
def test_it_is_doubtful_where_the_interval_of_endless_draws_is_undecided(
    error, drawn, extrapolation, doubtful
):
    for sign in (1, -1):
        assert evidence(sign * error, drawn, extrapolation).doubtful is doubtful
    assert not evidence(error, drawn, extrapolation, settled=False).doubtful


def near(share: float, **fields) -> Claim:
    """A claim that is wrong by this share of the resolution."""
    known = {
        "points": ({},),
        "sampler": lambda dim: Partial(lambda key: 1 + share * RESOLUTION + 0.1 * jr.normal(key)),
        "predict": (lambda dim: 1.0) if fields.get("exact") else lambda: 1.0,
        "rivals": {"two": (lambda dim: 2.0) if fields.get("exact") else lambda: 2.0},
        "dims": (8, 16, 32),
        "concentration": "Gaussian",
    }
    return Claim("near", **known | fields)


KINDS = {
    "exact": {"exact": True},
    "exact and bounded": {"exact": True, "bounds": (0.0, 2.0), "concentration": ""},
    "one size": {"dims": (8,)},
    "a proved order": {"order_source": "there is no such term"},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("share", "outcome"), [(0.85, Outcome.HOLDS), (1.15, Outcome.REFUTED)])
def test_near_the_resolution_draws_decide(kind, share, outcome):
    """The interval need not be a quarter of the resolution for the draws to end: they end at the verdict."""
    verdict = check(near(share, **KINDS[kind]), jr.key(5), BUDGET)
    assert (verdict.outcome, verdict.rivals["two"]) == (outcome, Outcome.REFUTED)


def test_what_ran_out_is_told_where_draws_do_not_suffice():
    verdict = check(near(0.98, exact=True), jr.key(5), Budget(resolution=RESOLUTION, max_draws=1024))
    assert verdict.outcome is Outcome.UNDECIDED
    assert verdict.reason.startswith("out of draws: at dim=")


def test_an_order_that_no_draws_tell_ends_early():
    """Two sizes: the larger may be the limit already, whatever is drawn."""
    shifted = near(
        0.0, dims=(64, 256), sampler=lambda dim: Partial(lambda key: 1 + 1 / dim**0.5 + 0.1 * jr.normal(key))
    )
    verdict = check(shifted, jr.key(5), BUDGET)
    assert verdict.outcome is Outcome.UNDECIDED
    assert max(verdict.points[0].draws) < 1 << 16
    assert "times as large would decide" in verdict.reason
