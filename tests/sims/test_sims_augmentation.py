"""Draws with generated and unlabelled points: triangular factors and Krylov chains against all the data."""

from __future__ import annotations

import jax
import jax.random as jr
import numpy as np
import pytest
from scipy.special import ndtr

from lingen.sims import augmentation, discriminant, ensemble, pretraining
from lingen.sims.dense import bartlett

KEY = jr.key(5)


@pytest.mark.parametrize("samples", [0, 1, 3, 9])
def test_the_factor_has_the_moments_of_a_wishart_matrix(samples):
    """E W = nI, E W² = n(n+d+1)I, d = 4, and the rank of n points."""
    roots = jax.jit(jax.vmap(lambda key: bartlett.factor(key, float(samples), 4)))(jr.split(KEY, 20_000))
    wishart = np.asarray(roots @ roots.swapaxes(1, 2))
    for drawn, expected in ((wishart, samples), (wishart @ wishart, samples * (samples + 5))):
        error = drawn.std(axis=0) / np.sqrt(20_000)
        assert np.all(np.abs(drawn.mean(axis=0) - expected * np.eye(4)) <= 5 * error)
    assert np.all(np.linalg.matrix_rank(np.asarray(roots[:10])) == min(samples, 4))


def test_least_squares_by_factors_and_by_points_have_one_law():
    """n = 15, m = 2 < d = 4: risk and excess within five errors."""
    rng, rows = np.random.default_rng(4), []
    for _ in range(4000):
        x, y, new = rng.normal(size=(15, 4)), rng.normal(size=15), rng.normal(size=(2, 4))
        first, left = np.linalg.lstsq(x, y)[:2]
        noise = np.sqrt(left[0] / 11) * rng.normal(size=2)
        again = np.linalg.lstsq(np.vstack([x, new]), np.concatenate([y, new @ first + noise]))[0]
        rows.append([again @ again, again @ again - first @ first])
    drawn = ensemble(augmentation.sampler(15, 2, 4, noise=3.0), KEY, 4000)
    for one, other in zip(np.array(rows).T, drawn, strict=True):
        assert abs(one.mean() - other.mean()) < 5 * np.hypot(one.std(), other.std()) / np.sqrt(4000)
    assert augmentation.draw(KEY, 15, 0, 4).excess == pytest.approx(0.0, abs=1e-12)


def test_discriminants_by_factors_and_by_points_have_one_law():
    """d = 4, n = 12, m = 6 (one generated point of a class less one than d): within five errors."""
    rng, rows = np.random.default_rng(6), []
    centre = np.array([1.0, 0, 0, 0])
    for _ in range(3000):
        real = [sign * centre + rng.normal(size=(6, 4)) for sign in (1, -1)]
        scatter = sum((r - r.mean(0)).T @ (r - r.mean(0)) for r in real)
        root = np.linalg.cholesky(scatter / 10)
        white = rng.normal(size=(2, 3, 4))
        row = []
        for turn in (np.eye(4), root):
            all_ = [np.vstack([r, r.mean(0) + w @ turn.T]) for r, w in zip(real, white, strict=True)]
            half = (all_[0].mean(0) - all_[1].mean(0)) / 2
            w = np.linalg.solve(sum((a - a.mean(0)).T @ (a - a.mean(0)) for a in all_), half)
            row.append(w[0] / np.linalg.norm(w))
        rows.append(row)
    drawn = ensemble(discriminant.sampler(4, 3.0, separation=1.0, ratio=0.5), KEY, 3000)
    for one, other in zip(ndtr(np.array(rows)).T, (drawn.known, drawn.estimated), strict=True):
        assert abs(one.mean() - other.mean()) < 5 * np.hypot(one.std(), other.std()) / np.sqrt(3000)


def test_without_generated_points_all_discriminants_are_one():
    found = discriminant.draw(KEY, 6, 3.0, separation=1.0, ratio=0.0)
    assert found.known == pytest.approx(float(found.without), abs=1e-12)
    assert found.estimated == pytest.approx(float(found.without), abs=1e-12)


def test_a_pretrained_regression_against_all_points():
    """d = 12, m = 24 unlabelled points, 8 labels: the risk within five errors."""
    rng, risks = np.random.default_rng(7), []
    scale = np.ones(12)
    scale[0] = 3.0
    for _ in range(6000):
        direction = np.linalg.eigh(np.cov((rng.normal(size=(24, 12)) * np.sqrt(scale)).T, bias=True))[1][
            :, -1
        ]
        x = rng.normal(size=(8, 12)) * np.sqrt(scale)
        y, seen = 2.0 * x[:, 0] + rng.normal(size=8), x @ direction
        gap = -direction * (seen @ y) / (seen @ seen)
        gap[0] += 2.0
        risks.append(1.0 + gap**2 @ scale)
    drawn = ensemble(pretraining.sampler(12, 2.0, strength=2.0, labels=8, signal=4.0), KEY, 1000).risk
    error = np.hypot(np.std(risks) / np.sqrt(6000), drawn.std() / np.sqrt(1000))
    assert abs(np.mean(risks) - drawn.mean()) < 5 * error
    assert error < 0.1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: augmentation.sampler(11, 5, 10), "samples must be a whole number of at least 12"),
        (lambda: discriminant.sampler(8, 1.1, separation=1.0, ratio=1.0), "load must give at least dim"),
        (lambda: discriminant.sampler(8, 4.0, separation=1.0, ratio=-1.0), "ratio must be at least 0"),
        (lambda: pretraining.sampler(8, 1.0, strength=1.0, labels=2), "labels must be a whole number"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
