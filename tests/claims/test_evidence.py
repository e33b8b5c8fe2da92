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

from lingen.claims import Budget, Claim, Outcome, check
from lingen.claims.evidence import MISFIT, Sums, extrapolate, look_level, quantile
from lingen.sims.ensemble import ensemble

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
        )
        found[check(claim, jr.key(3), budget, engine=synthetic_engine).outcome] += 1
    return found


def most(count: int, rate: float) -> float:
    """Errors that a true rate of `rate` exceeds with probability 1e-6."""
    return float(stats.binom.isf(1e-6, count, rate))


RATE = 0.05
LOOSE = Budget(resolution=0.05, error_rate=RATE, max_draws=2048)


@pytest.mark.parametrize("skewed", [False, True], ids=["gaussian", "exponential"])
def test_true_claims_are_not_refuted_more_often_than_stated(skewed):
    found = outcomes(300, 0.0, 0.3, LOOSE, skewed)
    assert found[Outcome.REFUTED] <= most(300, RATE)
    assert found[Outcome.HOLDS] > 100


@pytest.mark.parametrize("skewed", [False, True], ids=["gaussian", "exponential"])
def test_errors_above_the_resolution_do_not_hold_more_often_than_stated(skewed):
    found = outcomes(300, 0.0505, 0.3, LOOSE, skewed)
    assert found[Outcome.HOLDS] <= most(300, RATE)


def test_power():
    right, wrong = (outcomes(100, error, 0.2, LOOSE) for error in (0.0, 0.15))
    assert right[Outcome.HOLDS] >= 97
    assert wrong[Outcome.REFUTED] >= 97


def test_extrapolation_is_unbiased_and_knows_its_error():
    rng = np.random.default_rng(5)
    trials, draws = 4000, 256
    deviations = np.array([0.4, 0.2, 0.1])
    sums = [
        Sums.empty((trials,)).add(1.5 + 3 / dim + deviation * rng.normal(size=(draws, trials)))
        for dim, deviation in zip(DIMS, deviations, strict=True)
    ]
    estimate = extrapolate(sums, DIMS, (1,))
    pulls = (estimate.value - 1.5) / estimate.standard_error
    assert abs(pulls.mean()) < 5 / np.sqrt(trials)
    assert abs(pulls.var() - 1) < 5 * np.sqrt(2 / trials) + 3 / draws
    assert abs(np.mean(estimate.lack_of_fit < 0.1) - 0.1) < 5 * np.sqrt(0.09 / trials)
    np.testing.assert_allclose(estimate.shares.sum(axis=0), 1)


@pytest.mark.parametrize("order", [(1,), (0.5,), (2 / 3, 4 / 3)])
def test_finite_size_terms_of_the_stated_order_vanish(order):
    sums = [Sums(16, np.array(2 + sum(dim**-p for p in order)), np.array(1.0), np.array(0.0)) for dim in DIMS]
    estimate = extrapolate(sums, DIMS, order)
    np.testing.assert_allclose(estimate.value, 2, rtol=1e-10)
    assert estimate.widening == 0


def test_a_misfit_widens_by_more_than_it_biases():
    sums = [Sums(16, np.array(2 + 30 / dim**2), np.array(1e-10), np.array(0.0)) for dim in DIMS]
    estimate = extrapolate(sums, DIMS, (1,))
    assert estimate.lack_of_fit < MISFIT
    assert abs(estimate.value - 2) < estimate.widening


def test_sums_do_not_depend_on_how_the_draws_arrive():
    values = np.random.default_rng(0).exponential(size=(100, 2)) + 1e3
    parts = Sums.empty((2,))
    for part in np.split(values, [16, 32, 33, 90]):
        parts = parts.add(part)
    whole = Sums.empty((2,)).add(values)
    for split, together in zip(parts, whole, strict=True):
        np.testing.assert_allclose(split, together, rtol=1e-9)
    np.testing.assert_allclose(whole.standard_error, stats.sem(values, axis=0), rtol=1e-9)
    np.testing.assert_allclose(whole.cubes / 100, stats.moment(values, 3, axis=0), rtol=1e-9)


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
    found = extrapolate([Sums.empty((1,)).add(draws)], (8,), (1,))
    assert np.all(np.isfinite(found.skewness) & np.isfinite(found.dof))
    assert found.standard_error > 0
