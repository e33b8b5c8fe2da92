"""Claims that draws follow a law: distances, their bound, verdicts, continuous and discrete."""

from __future__ import annotations

import math

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from scipy import stats

from lingen.claims import Budget, LawClaim, Outcome, check
from lingen.claims.evidence.law_site import _clusters, distance, reach
from lingen.scripts.report.claim_figures import caption, claim_figure, to_svg

KEY = jr.key(3)
BUDGET = Budget(resolution=0.03, seconds=300.0)


def planted(**fields) -> LawClaim:
    base = {
        "name": "planted",
        "sampler": lambda dim, u: jax.tree_util.Partial(lambda u, key: u * jr.normal(key), jnp.asarray(u)),
        "law": lambda u: stats.norm(0, u).cdf,
        "grid": {"u": (1.0, 2.0)},
        "rivals": {
            "twice as wide": lambda u: stats.norm(0, 2 * u).cdf,
            "Laplace": lambda u: stats.laplace(0, u).cdf,
        },
    }
    return LawClaim(**{**base, **fields})


@pytest.mark.parametrize("law", [stats.norm(), stats.expon(), stats.t(2)], ids=lambda law: law.dist.name)
def test_the_distance_is_that_of_kolmogorov_and_smirnov(law):
    draws = np.sort(stats.norm.rvs(0.1, 1.2, size=500, random_state=np.random.default_rng(0)))
    first, last, steps = _clusters(draws)
    found = distance(steps, law.cdf(first), law.cdf(last))
    assert found == pytest.approx(stats.kstest(draws, law.cdf).statistic, abs=1e-12)


def test_the_distance_of_a_discrete_law_is_taken_at_its_jumps():
    """By every number that either law can have."""
    draws = np.sort(stats.poisson.rvs(2.3, size=300, random_state=np.random.default_rng(1)).astype(float))
    law = stats.poisson(2.0)
    first, last, steps = _clusters(draws)
    found = distance(steps, law.cdf(np.nextafter(first, -np.inf)), law.cdf(last))
    grid = np.arange(40)
    own = (draws[:, None] <= grid).mean(axis=0)
    assert found == pytest.approx(np.abs(own - law.cdf(grid)).max(), abs=1e-12)


def test_rounding_makes_no_jump_of_its_own():
    first, last, steps = _clusters(np.sort([0.3, 0.1 + 0.2, 0.3, 1.0]))
    np.testing.assert_array_equal(steps, [0.75, 1.0])
    assert (first[0], last[0]) == (0.3, 0.1 + 0.2)


@pytest.mark.parametrize(
    "law", [stats.norm(), stats.poisson(1.0), stats.bernoulli(0.5)], ids=lambda law: law.dist.name
)
def test_massarts_bound_is_exceeded_as_seldom_as_said(law):
    rng = np.random.default_rng(2)
    count, trials, level = 100, 2000, 0.05
    grid = np.linspace(-4, 8, 1201)
    draws = law.rvs(size=(trials, count), random_state=rng)
    own = np.stack([np.searchsorted(np.sort(one), grid, side="right") / count for one in draws])
    away = np.abs(own - law.cdf(grid)).max(axis=1)
    exceeded = np.sum(away > reach(np.array(count), level))
    assert exceeded <= stats.binom.isf(1e-6, trials, level)
    assert reach(np.array(count), level) == pytest.approx(math.sqrt(math.log(40) / 200))


def test_a_true_law_holds_and_its_rivals_are_refuted():
    verdict = check(planted(), KEY, BUDGET)
    assert verdict.outcome is Outcome.HOLDS, verdict.reason
    assert set(verdict.rivals.values()) == {Outcome.REFUTED}
    assert verdict.bound <= 0.03
    assert "distances above" in verdict.reason
    assert [a.kind for a in verdict.assumptions] == ["tested", "proved", "assumed"]


def test_a_wrong_law_is_refuted_where_it_is_wrong():
    wrong = planted(law=lambda u: stats.norm(0, 1).cdf, rivals={"Cauchy": lambda u: stats.cauchy(0, u).cdf})
    verdict = check(wrong, KEY, BUDGET)
    assert verdict.outcome is Outcome.REFUTED
    assert verdict.reason.startswith("at u=2, dim=256: the draws' law is ")
    exact = np.max(
        stats.norm.cdf(np.linspace(0, 5, 5001), 0, 1) - stats.norm.cdf(np.linspace(0, 5, 5001), 0, 2)
    )
    point = verdict.points[1]
    assert point.low[0] < exact < point.high[0]


def test_a_close_rival_survives_few_draws_and_is_refuted_by_many():
    close = planted(rivals={"a little wider": lambda u: stats.norm(0, 1.25 * u).cdf})
    few = check(close, KEY, Budget(resolution=0.03, max_draws=1024))
    assert few.outcome is Outcome.UNDECIDED
    assert check(close, KEY, BUDGET).outcome is Outcome.HOLDS
    same = planted(rivals={"nearly": lambda u: stats.norm(0, 1.01 * u).cdf})
    verdict = check(same, KEY, BUDGET)
    assert verdict.outcome is Outcome.UNDECIDED
    assert "too little for this resolution" in verdict.reason or "holds as well" in verdict.reason


def test_discrete_laws_and_functions_of_single_numbers():
    coin = planted(
        sampler=lambda dim, u: jax.tree_util.Partial(lambda u, key: 0.1 * jr.poisson(key, u), jnp.asarray(u)),
        law=lambda u: lambda x: stats.poisson(u).cdf(math.floor(10 * x)),
        rivals={"geometric": lambda u: lambda x: stats.geom(1 / (1 + u), loc=-1).cdf(10 * x)},
    )
    verdict = check(coin, KEY, BUDGET)
    assert verdict.outcome is Outcome.HOLDS, verdict.reason


def test_exact_laws_get_the_dimension():
    mean = planted(
        sampler=lambda dim, u: jax.tree_util.Partial(
            lambda u, key, d=dim: u * jr.normal(key, (d,)).mean(), u
        ),
        law=lambda dim, u: stats.norm(0, u / math.sqrt(dim)).cdf,
        rivals={"too wide": lambda dim, u: stats.norm(0, u).cdf},
        exact=True,
        dims=(2, 8),
    )
    verdict = check(mean, KEY, BUDGET)
    assert verdict.outcome is Outcome.HOLDS, verdict.reason
    assert verdict.points[0].estimate.shape == (2,)
    assert [a.about for a in verdict.assumptions] == ["draws", "tails"]


def test_figure_caption_and_json_show_the_law():
    verdict = check(planted(), KEY, Budget(resolution=0.1))
    assert to_svg(claim_figure(verdict)).startswith("<?xml")
    assert "distribution function" in caption(verdict)
    record = verdict.to_json()
    assert record["points"][0]["outcome"] == "holds"
    assert record["inference"] is None


BROKEN = {
    "no function": ({"law": lambda u: 0.5}, "the law at u=1, dim=256 gave a float where a distribution"),
    "a density": ({"law": lambda u: stats.norm(0, u).pdf}, "falls somewhere"),
    "no probability": ({"law": lambda u: lambda x: 2.0 * stats.norm.cdf(x)}, "which is no probability"),
    "NaN": ({"law": lambda u: lambda x: np.nan * x}, "gave nan"),
    "several numbers": ({"measure": lambda x: np.stack([x, x], axis=1)}, "where a law is of one number"),
    "a rival": ({"rivals": {"r": lambda u: lambda x: 1 / 0}}, "rival 'r' at u=1, dim=256 raised Zero"),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_a_law_that_is_none_is_broken(kind):
    changes, words = BROKEN[kind]
    verdict = check(planted(**changes), KEY, BUDGET)
    assert verdict.outcome is Outcome.BROKEN
    assert words in verdict.reason


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"law": 3}, "law must be a function"),
        ({"law": lambda: stats.norm.cdf}, r"law must accept \(u=...\)"),
        ({"scale": 1.0}, "scale must be absent where law is given"),
        ({"estimate": np.var}, "estimate must be absent where law is given"),
    ],
)
def test_what_cannot_be_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        planted(**changes)
