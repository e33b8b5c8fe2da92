"""What generated and unlabelled points are worth: predictions against plain NumPy and each other."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy import stats

from lingen.theory import augmentation, discriminant, pretraining


@pytest.mark.parametrize(("samples", "generated", "dim"), [(20, 10, 5), (30, 4, 8), (12, 60, 3)])
def test_the_cost_of_generated_points_against_least_squares(samples, generated, dim):
    rng = np.random.default_rng(1)
    added = [_added(rng, samples, generated, dim) for _ in range(4000)]
    error = np.std(added) / np.sqrt(4000)
    found = float(augmentation.excess(samples, generated, dim))
    assert abs(found - np.mean(added)) < 4 * error
    assert error < found / 20


def _added(rng, samples, generated, dim):
    """Squared error of the second fit less that of the first; the truth is zero, σ = 1."""
    x, y = rng.normal(size=(samples, dim)), rng.normal(size=samples)
    first, left = np.linalg.lstsq(x, y)[:2]
    new = rng.normal(size=(generated, dim))
    noise = np.sqrt(left[0] / (samples - dim)) * rng.normal(size=generated)
    both = np.concatenate([x, new])
    pair = [np.linalg.lstsq(both, np.concatenate([y, new @ first + s * noise]))[0] for s in (1, -1)]
    return np.mean([again @ again for again in pair]) - first @ first


def test_generated_points_cost_nothing_at_either_end():
    # d/(n−d−1) = 10/9
    np.testing.assert_allclose(augmentation.predict(20, [0, 1e12], 10).risk, 10 / 9, rtol=1e-10)
    assert augmentation.excess(20, 0, 10) == 0.0
    np.testing.assert_allclose(augmentation.excess(20, [10, 20, 200], 10), [10 / 57, 5 / 29, 100 / 2299])


@pytest.mark.parametrize(
    ("separation", "load", "ratio"), [(2.0, 1.5, 2.0), (0.3, 2.0, 1.0), (1.0, 4.0, 0.25)]
)
def test_discriminants_of_real_and_generated_points_against_their_data(separation, load, ratio):
    """d = 40, points drawn one by one: the finite-size term is 1/d of order one in the argument of Φ."""
    rng = np.random.default_rng(2)
    drawn = np.array([_accuracies(rng, 40, separation, load, ratio) for _ in range(1500)])
    found = discriminant.predict(separation, load, ratio)
    error = drawn.std(axis=0) / np.sqrt(1500)
    expected = [found.without, found.means, found.known, found.estimated]
    np.testing.assert_array_less(np.abs(drawn.mean(axis=0) - np.array(expected)), 4 * error + 0.15 / 40)
    assert error.max() < 2e-3


def _accuracies(rng, dim, separation, load, ratio):
    count, made = round(load * dim / 2), round(ratio * load * dim / 2)
    centre = np.zeros(dim)
    centre[0] = np.sqrt(separation)
    real = centre + rng.normal(size=(count, dim)), -centre + rng.normal(size=(count, dim))
    root = np.linalg.cholesky(_scatter(real) / (2 * count - 2))
    means = [points.mean(axis=0) for points in real]
    white = rng.normal(size=(2, made, dim))
    sets = {
        "known": [np.vstack([r, m + w]) for r, m, w in zip(real, means, white, strict=True)],
        "estimated": [np.vstack([r, m + w @ root.T]) for r, m, w in zip(real, means, white, strict=True)],
    }
    pooled = _half(sets["known"])
    directions = [np.linalg.solve(_scatter(s), _half(s)) for s in (real, sets["known"], sets["estimated"])]
    directions.insert(1, pooled)
    return [stats.norm.cdf(centre @ w / np.linalg.norm(w)) for w in directions]


def _half(classes):
    return (classes[0].mean(axis=0) - classes[1].mean(axis=0)) / 2


def _scatter(classes):
    return sum((p - p.mean(axis=0)).T @ (p - p.mean(axis=0)) for p in classes)


def test_discriminants_at_both_ends_of_the_ratio():
    separation, c = 1.3, 0.4
    none, all_ = (discriminant.predict(separation, 1 / c, ratio) for ratio in (0.0, 1e9))
    without = stats.norm.cdf(np.sqrt(1 - c) * separation / np.sqrt(separation + c))
    ideal = stats.norm.cdf(separation / np.sqrt(separation + c))
    np.testing.assert_allclose([none.without, none.known, none.estimated, all_.estimated], without, atol=1e-8)
    np.testing.assert_allclose([none.means, all_.means, all_.known], ideal, atol=1e-8)
    assert none.gain == 0.0


def test_the_first_points_help_where_it_says():
    separation, load = np.meshgrid([0.05, 0.3, 0.7, 2.0], [1.2, 2.0, 5.0, 10.0, 30.0])
    slope = jax.jit(jax.vmap(jax.grad(lambda r, s, g: discriminant.predict(s, g, r).gain)))(
        np.full(20, 1e-9), separation.ravel(), load.ravel()
    )
    sign = np.sign(discriminant.helps(separation, load)).ravel()
    np.testing.assert_array_equal(np.sign(slope), sign)
    assert {-1.0, 1.0} <= set(sign.tolist())


def test_a_generator_with_the_estimated_covariance_never_helps():
    found = discriminant.predict(
        *np.meshgrid([0.05, 1.0, 5.0], [1.05, 2.0, 20.0], np.geomspace(1e-3, 1e3, 25))
    )
    assert np.all(found.estimated < found.without)


def test_pretraining_against_a_regression_on_the_learnt_direction():
    strength, overlap, labels = 2.0, 0.6, 6
    rng = np.random.default_rng(3)
    truth, other = np.eye(2)
    direction = np.sqrt(overlap) * truth + np.sqrt(1 - overlap) * other
    x = rng.normal(size=(200_000, labels, 2)) * [np.sqrt(1 + strength), 1.0]
    y = x @ truth + np.sqrt(0.5) * rng.normal(size=x.shape[:2])
    seen = x @ direction
    slope = (seen * y).sum(axis=1) / (seen**2).sum(axis=1)
    gap = truth - slope[:, None] * direction
    risks = 0.5 + gap[:, 0] ** 2 * (1 + strength) + gap[:, 1] ** 2
    found = pretraining.risk(overlap, strength, labels, noise=0.5)
    assert abs(found - risks.mean()) < 4 * risks.std() / np.sqrt(risks.size)
    assert risks.std() / np.sqrt(risks.size) < 0.01


def test_unlabelled_points_are_worth_nothing_below_the_threshold():
    found = pretraining.predict(2.0, [0.05, 0.25, 0.5, 1e12], 20, noise=0.5)
    # 1 − 1/(γθ²) over 1 + 1/(γθ): (1 − 1/2)/(1 + 1)
    np.testing.assert_allclose(found.recovery, [0, 0, 0.25, 1], atol=1e-9)
    np.testing.assert_allclose(found.risk, np.array([3.5, 3.5, 2.0, 0.5]) * 19 / 18, rtol=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: augmentation.excess(11, 5, 10), "samples must be above dim"),
        (lambda: augmentation.excess(20, -1, 10), "generated must be at least 0"),
        (lambda: discriminant.predict(1.0, 1.0, 1.0), "load must be above 1"),
        (lambda: discriminant.predict(0.0, 2.0, 1.0), "separation must be positive"),
        (lambda: pretraining.risk(1.5, 1.0, 5), "overlap must be between 0 and 1"),
        (lambda: pretraining.risk(0.5, 1.0, 2), "labels must be at least 3"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
