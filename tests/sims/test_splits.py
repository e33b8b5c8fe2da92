"""Splits of real data: the same numbers as explicit matrices, below and above d samples."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from lingen.models import filters, population
from lingen.sims import convergence as convergence_sim
from lingen.sims.dense import by_source, splits
from lingen.sims.engine.ensemble import ensemble
from lingen.sims.networks import training
from lingen.theory import convergence

DIM = 7


def _root(x, g):
    values, vectors = np.linalg.eigh(x.T @ x / len(x))
    values = np.maximum(values, 0.0)
    return (vectors * np.asarray(g.on_spectrum(values))) @ vectors.T


@pytest.mark.parametrize("samples", [3, 7, 12])
@pytest.mark.parametrize("g", [filters.gaussian(), filters.ridge(0.3), filters.pca(2, floor=0.1)])
def test_small_and_large_halves_agree_with_explicit_matrices(samples, g):
    data = np.random.default_rng(0).normal(size=(25, DIM)) * np.array([3.0, 2, 1, 1, 1, 0.5, 0])
    key = jr.key(1)
    seen = splits.sampler(data, samples, g, latents=2)(key)
    order = np.asarray(jr.permutation(key, 25))
    x, y = data[order[:samples]], data[order[samples : 2 * samples]]
    one, two = _root(x, g), _root(y, g)
    energy = (np.sum(one**2) + np.sum(two**2)) / 2
    scale = energy * (np.sum(x**2) + np.sum(y**2)) / DIM
    # the explicit root of a singular matrix keeps √ of its round-off
    assert float(seen.shared) == pytest.approx(np.sum(one * two), rel=1e-7)
    assert float(seen.energy) == pytest.approx(energy, rel=1e-7)
    trained = np.sum((x @ one) ** 2) + np.sum((y @ two) ** 2)
    fresh = np.sum((y @ one) ** 2) + np.sum((x @ two) ** 2)
    assert float(seen.cosine_variance) == pytest.approx(trained / scale, rel=1e-7)
    assert float(seen.fresh_variance) == pytest.approx(fresh / scale, rel=1e-7)
    tops = [np.linalg.eigh(a.T @ a)[1][:, ::-1] for a in (x, y)]
    agreement = [(tops[0][:, k] @ tops[1][:, k]) ** 2 for k in range(2)]
    assert np.allclose(seen.agreement, agreement, rtol=1e-8)


def test_gaussian_data_follow_the_prediction():
    dim, samples, total = 40, 80, 8000
    sigma = np.repeat([4.0, 1.0], dim // 2)
    data = np.random.default_rng(2).normal(size=(total, dim)) * np.sqrt(sigma)
    seen = ensemble(splits.sampler(data, samples), jr.key(3), 64)
    q = seen.shared.mean() / seen.energy.mean()
    error = np.std(seen.shared - q * seen.energy, ddof=1) / seen.energy.mean() / 8
    gap = 1 - convergence.overlap(population.atoms([4.0, 1.0]), samples / dim)
    # five standard errors, and the finite-size term, below 1.5/d of the gap
    assert abs(q - 1 + gap) < 5 * error + 1.5 / dim * gap


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((4, 2)), 3), "samples must be a whole number of at least 1 and at most 2, got 3"),
        ((np.ones(4), 1), r"data must have shape \(N >= 2, d\), got \(4,\)"),
        ((np.full((4, 2), np.nan), 1), "data must be finite, got nan"),
    ],
)
def test_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        splits.sampler(*arguments)


def test_too_many_latents():
    with pytest.raises(ValueError, match=r"latents must be .* at most 5, got 6"):
        splits.sampler(np.eye(8, 5), 2, latents=6)


@pytest.mark.parametrize("dim", [6, splits.SMALL + 2])
def test_latents_beyond_the_rank_agree_in_nothing(dim):
    data = np.random.default_rng(8).normal(size=(20, dim))
    key, samples = jr.key(9), 4
    seen = splits.sampler(data, samples, latents=6)(key)
    order = np.asarray(jr.permutation(key, 20))
    _, _, one = np.linalg.svd(data[order[:samples]], full_matrices=False)
    _, _, two = np.linalg.svd(data[order[samples : 2 * samples]], full_matrices=False)
    assert np.allclose(seen.agreement[:samples], np.sum(one * two, axis=1) ** 2, rtol=1e-9)
    assert not np.any(seen.agreement[samples:])


def test_one_program_serves_all_sizes_of_small_data():
    data = np.random.default_rng(8).normal(size=(20, 6))
    made = [splits.sampler(data, samples, latents=2) for samples in (2, 5, 10)]
    kinds = {(jax.tree.structure(one), *(leaf.shape for leaf in jax.tree.leaves(one))) for one in made}
    assert len(kinds) == 1


@pytest.mark.parametrize(
    ("sizes", "held"), [([5, 5], 5), ([3, 9], 3), ([4] * 5, 8), ([1000, 10, 10], 10), ([1, 2, 3, 4, 5, 6], 8)]
)
def test_groups_stay_on_one_side(sizes, held):
    labels = np.random.default_rng(4).permutation(np.repeat(np.arange(len(sizes)), sizes))
    assert by_source.capacity(labels, labels.size) == held
    counts = jnp.asarray(np.bincount(labels))
    seen, drawn = set(), jax.jit(by_source.orders)
    for i in range(40):
        orders = drawn(jr.key(i), jnp.asarray(labels), counts)
        one, two = (np.asarray(order)[:held] for order in orders)
        assert len(set(one)) == len(set(two)) == held
        assert not set(labels[one]) & set(labels[two])
        seen.add(frozenset(labels[one]))
    assert len(seen) > 1


def test_models_of_two_groups_are_those_of_the_groups():
    # all rows of a group are used, so the halves are the groups, whichever comes first
    rng = np.random.default_rng(5)
    data = np.concatenate([rng.normal(size=(30, DIM)), rng.normal(size=(30, DIM)) * np.linspace(1, 3, DIM)])
    labels = np.repeat(["a", "b"], 30)
    roots = [_root(data[labels == name], filters.gaussian()) for name in "ab"]
    known = np.sum(roots[0] * roots[1])
    for key in map(jr.key, range(3)):
        seen = splits.sampler(data, 30, groups=labels)(key)
        assert float(seen.shared) == pytest.approx(known, rel=1e-10)
        energy = np.sqrt(np.prod([np.sum(root**2) for root in roots]))
        q = convergence_sim.split_sampler(data, 30, groups=labels)(key).convergence
        assert float(q) == pytest.approx(known / energy, rel=1e-10)
    with pytest.raises(ValueError, match=r"samples must be .* at most 30, got 31"):
        splits.sampler(data, 31, groups=labels)
    with pytest.raises(ValueError, match="groups must be at least two for disjoint halves, got one"):
        splits.sampler(data, 3, groups=np.zeros(60))
    with pytest.raises(ValueError, match=r"one label for each of 60 rows, got shape \(3,\)"):
        splits.sampler(data, 3, groups=np.zeros(3))


def test_halves_of_an_ensemble_keep_groups_together():
    labels = np.repeat(np.arange(6), 10)
    rows = training.halves(60, 4, jr.key(0), labels)
    assert rows.shape == (8, 30)
    for one, two in rows.reshape(4, 2, 30):
        assert not set(labels[one]) & set(labels[two])
        assert len(set(one) | set(two)) == 60
    assert np.array_equal(training.halves(60, 2, jr.key(0)), training.halves(60, 2, jr.key(0), np.arange(60)))
