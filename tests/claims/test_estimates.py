"""Claims on variances, quantiles, probabilities and other functions of all draws: their errors, verdicts."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from scipy import stats

from lingen.claims import Budget, Claim, Outcome, check, estimates
from lingen.claims.estimates import bootstrap, jackknife, median, probability, quantile, variance
from lingen.claims.evidence.sample import Sample
from lingen.claims.loading import load_claims

KEY = jr.key(5)
BUDGET = Budget(resolution=0.05, seconds=300.0)


def normal(scale):
    return jax.tree_util.Partial(lambda s, key: s * jr.normal(key), jnp.asarray(float(scale)))


def planted(**fields) -> Claim:
    base = {
        "name": "planted",
        "sampler": lambda dim, u: normal(u),
        "grid": {"u": (2.0,)},
        "dims": (8,),
        "rivals": {"half as much": lambda u: 0.5 * fields["predict"](u)},
    }
    return Claim(**{**base, **fields})


def spread(estimate, sample, level=0.01, scale=None):
    """The estimate of one cell, its standard error and its interval."""
    found = estimate.estimated([sample], level, 1)
    source = found.intervals(scale)
    below, above = source.spread(np.ones((1, *source.means.shape[1:])), axis=0)
    return found.means[0], found.errors[0], source.means[0] - below, source.means[0] + above


def test_the_jackknife_of_a_variance_is_the_known_one():
    """Its pseudo-values, one draw left out at a time, and its error √((m₄ − s⁴)/n), nearly."""
    rng = np.random.default_rng(0)
    draws = rng.exponential(size=(500, 2))
    value, error, *_ = spread(variance, draws)
    np.testing.assert_allclose(value, np.var(draws, axis=0, ddof=1), rtol=1e-12)
    left_out = np.stack([np.var(np.delete(draws, i, axis=0), axis=0, ddof=1) for i in range(500)])
    jack = np.sqrt(499 / 500 * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0))
    np.testing.assert_allclose(error, jack, rtol=1e-10)
    known = np.sqrt((stats.moment(draws, 4, axis=0) - np.var(draws, axis=0) ** 2) / 500)
    np.testing.assert_allclose(error, known, rtol=0.02)


def test_groups_of_a_jackknife_tell_the_error_of_any_smooth_function():
    """log of the mean: bias −σ²/2n removed, error σ/√n by the delta method."""
    rng = np.random.default_rng(1)
    found = [
        spread(jackknife(lambda x: np.log(x.mean(axis=0)), groups=64), rng.exponential(size=1000))[:2]
        for _ in range(300)
    ]
    values, errors = np.array(found).T
    assert abs(values.mean()) < 4 / np.sqrt(1000 * 300)
    assert np.mean(errors) == pytest.approx(1 / np.sqrt(1000), rel=0.03)
    assert np.std(values) == pytest.approx(1 / np.sqrt(1000), rel=0.15)


def test_the_bootstrap_tells_the_error_of_a_median():
    """√(π/2n) for normal draws."""
    rng = np.random.default_rng(2)
    _, error, *_ = spread(bootstrap(lambda x: np.median(x, axis=0)), rng.normal(size=4000))
    assert error == pytest.approx(np.sqrt(np.pi / 2 / 4000), rel=0.15)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
@pytest.mark.parametrize(
    "law", [stats.norm(), stats.expon(), stats.t(1), stats.poisson(2.0)], ids=lambda law: law.dist.name
)
def test_order_statistics_cover_a_quantile_of_every_law(p, law):
    rng = np.random.default_rng(3)
    draws = law.rvs(size=(400, 2000), random_state=rng).astype(float)
    value, _, low, high = spread(quantile(p), draws, level=0.05)
    missed = np.sum((low > law.ppf(p)) | (high < law.ppf(p)))
    assert missed <= stats.binom.isf(1e-6, 2000, 0.05)
    assert np.all((low <= value) & (value <= high))


def test_a_quantile_asks_for_as_many_draws_as_its_order_statistics_need():
    for p, level in ((0.5, 1e-3), (0.99, 1e-3), (0.01, 1e-6)):
        count = quantile(p).first(level)
        low, high = stats.binom.ppf(level / 2, count, p), stats.binom.isf(level / 2, count, p) + 1
        assert low >= 1
        assert high <= count


CLAIMS = {
    "variance": {"predict": lambda u: u**2, "estimate": variance},
    "variance, light": {"predict": lambda u: u**2, "estimate": variance, "concentration": "normal"},
    "quantile": {"predict": lambda u: u * stats.norm.ppf(0.9), "estimate": quantile(0.9)},
    "probability": {"predict": lambda u: stats.norm.sf(1 / u), "estimate": probability(lambda x: x > 1)},
    "function": {"predict": lambda u: u, "estimate": lambda x: np.sqrt(np.mean(x**2, axis=0))},
    "bootstrap": {
        "predict": lambda u: u * stats.norm.ppf(0.75),
        "estimate": bootstrap(lambda x: np.quantile(x, 0.75)),
    },
}


@pytest.mark.parametrize("name", CLAIMS)
def test_true_estimates_hold_and_wrong_ones_are_refuted(name):
    right = planted(**CLAIMS[name])
    verdict = check(right, KEY, BUDGET)
    assert verdict.outcome is Outcome.HOLDS, verdict.reason
    wrong = planted(**CLAIMS[name] | {"predict": lambda u: 1.2 * CLAIMS[name]["predict"](u)})
    assert check(wrong, KEY, BUDGET).outcome is Outcome.REFUTED


def test_estimates_are_arrays_of_the_predictions_shape():
    claim = planted(
        sampler=lambda dim, u: jax.tree_util.Partial(lambda key: jnp.array([1.0, u]) * jr.normal(key, (2,))),
        predict=lambda u: np.array([1.0, u**2]),
        estimate=variance,
    )
    verdict = check(claim, KEY, BUDGET)
    assert verdict.outcome is Outcome.HOLDS, verdict.reason
    assert verdict.points[0].estimate.shape == (2,)


def test_a_function_of_draws_with_parts():
    """A correlation coefficient, of draws that are dicts."""

    def simulate(key, dim, u):
        x, y = jr.normal(key, (2,))
        return {"x": x, "y": u * x + jnp.sqrt(1 - u**2) * y}

    claim = planted(
        sampler=None,
        simulate=simulate,
        grid={"u": (0.6,)},
        predict=lambda u: u,
        estimate=lambda draws: np.corrcoef(draws["x"], draws["y"])[0, 1],
    )
    assert check(claim, KEY, BUDGET).outcome is Outcome.HOLDS


def test_the_finite_size_term_of_a_variance_is_removed():
    claim = planted(
        sampler=lambda dim, u: normal(u * np.sqrt(1 + 4 / dim)),
        predict=lambda u: u**2,
        estimate=variance,
        dims=(16, 32, 64),
        concentration="normal",
        order_source="planted",
    )
    verdict = check(claim, KEY, BUDGET)
    assert verdict.outcome is Outcome.HOLDS, verdict.reason
    assert verdict.points[0].means[0] > 1.15 * verdict.points[0].prediction


def test_a_measure_comes_before_the_estimate():
    claim = planted(predict=lambda u: 1.0, measure=lambda draws: draws / 2.0, estimate=variance)
    assert check(claim, KEY, BUDGET).outcome is Outcome.HOLDS


def test_infinite_fourth_moments_give_no_verdict_on_a_variance():
    wild = planted(
        sampler=lambda dim, u: jax.tree_util.Partial(lambda key: jr.t(key, 2.5)),
        predict=lambda u: 5.0,
        estimate=variance,
    )
    verdict = check(wild, KEY, Budget(resolution=0.05, max_draws=1 << 14))
    assert verdict.outcome is Outcome.UNDECIDED
    assert "tail of index" in verdict.reason


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"estimate": 3.0}, "estimate must be a function"),
        ({"estimate": variance, "bounds": (0, 1)}, "bounds must be absent where estimate is given"),
        ({"estimate": variance, "deterministic": True}, "deterministic must be absent"),
    ],
)
def test_what_cannot_be_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        planted(predict=lambda u: u, **changes)
    for call in (lambda: quantile(1.0), lambda: jackknife(np.mean, groups=2), lambda: bootstrap(np.mean, 3)):
        with pytest.raises(ValueError, match="must be"):
            call()


def test_an_estimate_that_fails_or_has_another_shape_is_broken():
    shaped = check(planted(predict=lambda u: u, estimate=lambda x: np.ones(3)), KEY, BUDGET)
    assert shaped.outcome is Outcome.BROKEN
    assert "the estimate at u=2 gave shape (3,) where the prediction has ()" in shaped.reason
    failed = check(planted(predict=lambda u: u, estimate=lambda x: 1 / 0), KEY, BUDGET)
    assert "the estimate at u=2 raised ZeroDivisionError" in failed.reason


def test_a_verdict_says_what_an_estimate_rests_on():
    def tails(**changes):
        claim = planted(predict=lambda u: u, **changes)
        return next((a.kind, a.method) for a in claim.assumptions(()) if a.about == "tails")

    assert tails(estimate=median)[0] == "proved"
    assert tails(estimate=probability(lambda x: x > 0))[0] == "tested"
    assert tails(estimate=variance)[0] == "assumed"
    assert "bootstrap" in tails(estimate=bootstrap(np.mean))[1]


def test_draws_are_kept_within_a_bound(monkeypatch):
    monkeypatch.setattr("lingen.claims.evidence.sampling.ROOM", 8 * 3000)
    claim = planted(predict=lambda u: 2 * u**2, estimate=median, rivals={})
    verdict = check(claim, KEY, Budget(resolution=1e-3, max_draws=1 << 15))
    assert verdict.draws <= 3000
    kept = Sample().add(np.ones(10)).add(np.ones(20))
    assert (kept.draws, kept.nbytes, kept.alike) == (30, 240, True)
    assert not kept.add(np.zeros(1)).alike
    assert estimates.variance is variance


def test_the_examples_of_the_documentation_hold():
    claims = load_claims(Path(__file__).parents[2] / "docs" / "my_laws.py")
    for claim in claims:
        verdict = check(claim, jr.key(0), Budget(seconds=300.0), comparisons=len(claims))
        assert verdict.outcome is Outcome.HOLDS, verdict.summary
