"""Estimates against known truth, and the error rates of whole verdicts measured on synthetic claims."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from scipy import stats

from lingen.boundary import TYPED
from lingen.claims import Budget, Claim, Outcome, check
from lingen.claims.evidence.draws import look_level
from lingen.claims.evidence.extrapolation.limit import DOUBT, limit
from lingen.claims.evidence.means.bounded import confidence_sequence
from lingen.claims.evidence.means.student import quantile, student
from lingen.claims.evidence.means.sums import KEPT, RunningSums
from lingen.claims.evidence.means.tails import REACH, tail_index, unseen
from lingen.sims.engine.ensemble import ensemble

DIMS = (64, 128, 256)


class Law(NamedTuple):
    """A synthetic observable: its mean, standard deviation and whether it is skewed."""

    mean: float
    deviation: float
    skewed: bool


def synthetic_engine(draw: Law, key, draws, devices=None, batch_size=None, start=0):
    """Draws of a `Law` by NumPy, in the place of `stream`."""
    rng = np.random.default_rng([*np.asarray(jr.key_data(key)).tolist(), start])
    noise = rng.exponential(size=draws) - 1 if draw.skewed else rng.normal(size=draws)
    yield draw.mean + draw.deviation * noise


def outcomes(count: int, error: float, deviation: float, budget: Budget, skewed: bool = False) -> Counter:
    """Verdicts on `count` claims whose prediction is off by the relative `error`."""
    found: Counter = Counter()
    for i in range(count):
        claim = Claim(
            f"synthetic-{i}",
            predict=lambda load: load * (1 + error),
            sampler=lambda dim, load: Law(load + 2 / dim, deviation, skewed),
            grid={"load": (1.0,)},
            dims=DIMS,
            rivals={"double": lambda load: 2 * load},
            concentration="planted",
            order_source="planted",
        )
        found[check(claim, jr.key(3), budget, engine=synthetic_engine).outcome] += 1
    return found


def most(count: int, rate: float) -> float:
    """Errors that a true rate of `rate` exceeds with probability 1e-6."""
    return float(stats.binom.isf(1e-6, count, rate))


@pytest.fixture
def untyped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of claims through the same functions: the other tests hold these against their annotations."""
    monkeypatch.setenv(TYPED, "")


RATE = 0.05
TAILS = ["gaussian", "exponential"]
LOOSE = Budget(resolution=0.05, error_rate=RATE, max_draws=2048)


@pytest.mark.usefixtures("untyped")
@pytest.mark.parametrize("skewed", [pytest.param(False, marks=pytest.mark.slow), True], ids=TAILS)
def test_true_claims_are_not_refuted_more_often_than_stated(skewed):
    found = outcomes(300, 0.0, 0.3, LOOSE, skewed)
    assert found[Outcome.REFUTED] <= most(300, RATE)
    assert found[Outcome.HOLDS] > 100


@pytest.mark.usefixtures("untyped")
@pytest.mark.parametrize("skewed", [pytest.param(False, marks=pytest.mark.slow), True], ids=TAILS)
def test_errors_above_the_resolution_do_not_hold_more_often_than_stated(skewed):
    found = outcomes(300, 0.0505, 0.3, LOOSE, skewed)
    assert found[Outcome.HOLDS] <= most(300, RATE)


@pytest.mark.usefixtures("untyped")
def test_power():
    right, wrong = (outcomes(100, error, 0.2, LOOSE) for error in (0.0, 0.15))
    assert right[Outcome.HOLDS] >= 97
    assert wrong[Outcome.REFUTED] >= 97


def planted(means, deviation=0.0, draws=64):
    """What is kept of draws with exactly these means, by dimension."""
    pattern = deviation * np.resize([1.0, -1.0], draws)
    return [RunningSums.empty(np.shape(mean)).add(np.add.outer(pattern, mean)) for mean in means]


def test_extrapolation_of_a_proved_order_is_unbiased_and_knows_its_error():
    rng = np.random.default_rng(5)
    trials, draws = 4000, 256
    deviations = np.array([0.4, 0.2, 0.1])
    sums = [
        RunningSums.empty((trials,)).add(1.5 + 3 / dim + deviation * rng.normal(size=(draws, trials)))
        for dim, deviation in zip(DIMS, deviations, strict=True)
    ]
    found = limit(student(sums, 0.01), DIMS, (1,), proved=True)
    kept = ~found.misfit
    pulls = ((found.value - 1.5) / found.standard_error)[kept]
    assert abs(pulls.mean()) < 5 / np.sqrt(trials)
    assert abs(pulls.var() - 1) < 5 * np.sqrt(2 / trials) + 3 / draws
    assert np.mean(found.misfit) < DOUBT
    covered = np.mean((found.low <= 1.5) & (found.high >= 1.5))
    assert covered >= 0.99 - 5 * np.sqrt(0.01 / trials)
    np.testing.assert_allclose(found.shares.sum(axis=0), 1)


@pytest.mark.parametrize("order", [(1,), (0.5,), (2 / 3, 4 / 3)])
def test_finite_size_terms_of_a_proved_order_vanish(order):
    sums = planted([2 + sum(dim**-p for p in order) for dim in DIMS])
    found = limit(student(sums, 0.01), DIMS, order, proved=True)
    np.testing.assert_allclose(found.value, 2, rtol=1e-10)
    np.testing.assert_allclose([found.low, found.high], 2, rtol=1e-10)


SHAPES = {
    "d^(−1/3)": lambda d: d ** (-1 / 3),
    "d^(−1/2)": lambda d: d**-0.5,
    "1/d": lambda d: 1 / d,
    "d^(−3/2)": lambda d: d**-1.5,
    "log d / d": lambda d: np.log(d) / d,
    "d^(−1/2) + 4/d": lambda d: d**-0.5 + 4 / d,
    "1/d − 8/d²": lambda d: 1 / d - 8 / d**2,
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("dims", [DIMS, (64, 96, 128, 192, 256), (1000, 10_000, 100_000)])
def test_an_order_that_is_not_proved_is_found_or_left_open(name, dims):
    """Without noise, the interval holds the limit, and is narrower than what every order would allow."""
    values = np.array([SHAPES[name](float(d)) for d in dims])
    drift = np.ptp(values)
    sums = planted(2 + values)
    found = limit(student(sums, 0.01), dims, (1,), proved=False)
    assert found.low <= 2 <= found.high
    assert found.high - found.low < 2 * drift
    assert not found.misfit


def test_of_stated_orders_the_one_that_fits_is_found():
    dims = (64, 128, 256, 512)
    candidates = ((1 / 3,), (1 / 2,), (1.0,), (0.5, 1.0))
    for number, order in enumerate(candidates):
        sums = planted([2 + sum(dim**-p for p in order) for dim in dims], deviation=1e-7)
        found = limit(student(sums, 0.01), dims, (1,), proved=False, orders=candidates[: number + 1])
        assert found.low <= 2 <= found.high
        assert order in found.left
        np.testing.assert_allclose(found.value, 2, atol=2e-3)
        assert not found.misfit
    single = limit(student(sums, 0.01), dims, (1,), proved=False, orders=candidates[:3])
    assert single.misfit  # two powers, and none of the single ones


def test_stated_orders_leave_less_open_than_none_and_more_than_a_proof():
    values = [2 + 1 / dim for dim in DIMS]
    source = student(planted(values, deviation=0.02), 0.01)
    proved = limit(source, DIMS, (1,), proved=True)
    stated = limit(source, DIMS, (1,), proved=False, orders=((0.5,), (1.0,)))
    free = limit(source, DIMS, (1,), proved=False)
    assert proved.high - proved.low < stated.high - stated.low < free.high - free.low
    assert stated.left == ((0.5,), (1.0,))


def test_the_right_of_several_orders_is_covered_as_often_as_promised():
    rng = np.random.default_rng(7)
    trials, level = 2000, 0.05
    sums = [
        RunningSums.empty((trials,)).add(2 + dim**-0.5 + 0.02 * rng.normal(size=(128, trials)))
        for dim in DIMS
    ]
    found = limit(student(sums, level), DIMS, (1,), proved=False, orders=((1 / 3,), (1 / 2,), (1.0,)))
    missed = np.sum((found.low > 2) | (found.high < 2))
    assert missed <= most(trials, level)


def test_two_sizes_leave_the_order_open():
    sums = planted([2 + 1 / dim**0.5 for dim in (64, 256)])
    found = limit(student(sums, 0.01), (64, 256), (1,), proved=False)
    assert found.low <= 2
    assert found.high >= 2 + 1 / 16  # the larger size may be the limit
    assert found.settled


def test_a_wrong_proof_is_noticed_and_not_trusted():
    sums = planted([2 + 1 / dim**0.5 for dim in DIMS], deviation=1e-3)
    found = limit(student(sums, 0.01), DIMS, (1,), proved=True)
    assert found.low <= 2 <= found.high
    line = limit(student(sums, 0.01), DIMS, (0.5,), proved=True)
    assert line.high - line.low < (found.high - found.low) / 4


def test_means_that_fit_no_shape_leave_everything_open():
    sums = planted([2.0, 2.1, 2.0, 2.1], deviation=1e-4)
    dims = (64, 128, 256, 512)
    found = limit(student(sums, 0.01), dims, (1,), proved=False)
    assert found.misfit
    assert found.low < 2.0 < 2.1 < found.high


def test_every_component_has_its_own_shape():
    values = np.stack([2 + 1 / np.array(DIMS), 3 + np.array(DIMS) ** -0.5], axis=1)
    found = limit(student(planted(list(values)), 0.01), DIMS, (1,), proved=False)
    np.testing.assert_allclose(found.value, [2, 3], atol=2e-3)


def test_sums_do_not_depend_on_how_the_draws_arrive():
    values = np.random.default_rng(0).exponential(size=(2000, 2)) + 1e3
    parts = RunningSums.empty((2,))
    for part in np.split(values, [16, 32, 33, 90, 1800]):
        parts = parts.add(part)
    whole = RunningSums.empty((2,)).add(values)
    for split, together in zip(parts[:4], whole[:4], strict=True):
        np.testing.assert_allclose(split, together, rtol=1e-9)
    np.testing.assert_array_equal(np.sort(parts.highest, axis=0), np.sort(values, axis=0)[-KEPT:])
    np.testing.assert_array_equal(np.sort(parts.lowest, axis=0), np.sort(values, axis=0)[:KEPT])
    np.testing.assert_allclose(whole.standard_error, stats.sem(values, axis=0), rtol=1e-9)
    np.testing.assert_allclose(whole.cubes / 2000, stats.moment(values, 3, axis=0), rtol=1e-9)


@pytest.mark.parametrize(("chance", "first"), [(0.5, 8), (0.05, 8), (0.001, 64)])
def test_confidence_sequences_of_coins_cover_at_all_looks_together(chance, first):
    rng = np.random.default_rng(1)
    trials, level = 600, 0.05
    coins = (rng.uniform(size=(4096, trials)) < chance).astype(float)
    missed = np.zeros(trials, bool)
    for count in first * 2 ** np.arange(int(np.log2(4096 // first)) + 1):
        sums = RunningSums.empty((trials,)).add(coins[:count])
        low, high = confidence_sequence(sums, np.zeros(trials), np.ones(trials), level)
        missed |= (chance < low) | (chance > high)
    assert missed.sum() <= most(trials, level)


def test_a_confidence_sequence_is_about_as_narrow_as_its_peers():
    """Against Hoeffding's fixed-n interval for a coin, and log(2/level)/n for draws that hardly vary."""
    rng = np.random.default_rng(2)
    coin = RunningSums.empty(()).add((rng.uniform(size=4096) < 0.5).astype(float))
    low, high = confidence_sequence(coin, np.array(0.0), np.array(1.0), 0.01)
    assert (high - low) / 2 < 1.5 * np.sqrt(np.log(2 / 0.01) / (2 * 4096))
    still = RunningSums.empty(()).add(0.5 + 1e-6 * rng.normal(size=4096))
    low, high = confidence_sequence(still, np.array(0.0), np.array(1.0), 0.01)
    assert (high - low) / 2 < 2 * np.log(2 / 0.01) / 4096


@pytest.mark.parametrize(
    ("law", "low", "high"),
    [
        (lambda rng, n: rng.standard_t(1.5, n), 1.1, 2.1),
        (lambda rng, n: rng.pareto(1.5, n), 1.1, 2.1),
        (lambda rng, n: -rng.pareto(3.0, n), 2.2, 4.0),
        (lambda rng, n: rng.normal(size=n), 4.0, 20.0),
        (lambda rng, n: np.exp(4 * rng.normal(size=n)), 0.3, 1.5),
        (lambda rng, n: np.where(rng.uniform(size=n) < 1e-3, 30.0, 1e-3 * rng.normal(size=n)), 0.0, 2.0),
    ],
    ids=["Student 1.5", "Pareto 1.5", "minus Pareto 3", "normal", "lognormal 4", "rare jumps"],
)
def test_the_index_of_a_tail(law, low, high):
    sums = RunningSums.empty(()).add(law(np.random.default_rng(3), 32_768))
    assert low < tail_index(sums) < high


def test_what_was_not_seen_counts_once_in_a_combination():
    sums = planted([1.0, 1.0], deviation=0.1, draws=1000)
    added = np.stack([unseen(s, np.array(1.0), 1e-3) for s in sums])
    np.testing.assert_allclose(added, np.log(1e3) / 1000 * REACH)
    weights = np.array([-1.0, 2.0])
    wide, plain = (student(sums, 1e-3, u).spread(weights, axis=0)[0] for u in (added, None))
    assert wide - plain == pytest.approx(2 * added[1])


def _uniform(scale, key):
    return scale * jr.uniform(key)


def test_continued_draws_are_those_of_one_ensemble():
    draw = jax.tree_util.Partial(_uniform, jnp.asarray(2.0))
    claim = Claim("one", predict=lambda: 1.0, sampler=lambda dim: draw, points=({},), dims=(8,), scale=1.0)
    [evidence] = check(claim, jr.key(1), Budget(resolution=0.05, max_draws=1 << 14)).points
    assert evidence.draws[0] > 64
    key = jr.key(1)
    for number in (0x7A6C86F1, 0, 8):  # the CRC-32 of "one", the point, the dimension
        key = jr.fold_in(key, np.uint32(number))
    values = ensemble(draw, key, evidence.draws[0])
    np.testing.assert_allclose(evidence.means[0], values.mean(), rtol=1e-12)
    np.testing.assert_allclose(evidence.standard_errors[0], stats.sem(values), rtol=1e-10)


def test_levels_of_all_looks_sum_to_the_error_rate():
    spent = 7 * sum(look_level(0.01, 7, look) for look in range(1, 100_000))
    assert spent == pytest.approx(0.01, rel=1e-4)
    assert spent < 0.01


def test_quantiles_are_students():
    dof = np.array([3.0, 15.0, np.inf])
    none = np.zeros(3)
    np.testing.assert_allclose(
        quantile(1e-3, dof, none), [*stats.t.isf(5e-4, dof[:2]), stats.norm.isf(5e-4)], rtol=1e-6
    )
    assert np.all(quantile(1e-3, dof, none + 0.3) > quantile(1e-3, dof, none))


def test_tiny_draws_have_a_skewness():
    """An observable that vanishes to 1e-110 must not make its interval no number."""
    draws = np.array([1.0, 2.0, 4.0])[:, None] * 1e-110
    found = limit(student([RunningSums.empty((1,)).add(draws)], 0.01), (8,), (1,), proved=False)
    assert np.all(np.isfinite(found.low) & np.isfinite(found.high))
    assert found.standard_error > 0
