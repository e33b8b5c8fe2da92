"""Sums over all pairs, fast, against the sums written out, and the latents of many eigenvalues."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from lingen.models import population
from lingen.theory import recovery
from lingen.theory.numerics import cauchy

RNG = np.random.default_rng(0)
POINTS = {
    "one": np.ones(1),
    "a leaf": RNG.random(5),
    "not a power of two": RNG.random(333),
    "power law": np.arange(1, 2001) ** -1.5,
    "uniform": RNG.random(2000),
    "many decades": np.exp(20 * RNG.standard_normal(2000)),
    "nearly equal": 1.0 + 1e-9 * RNG.standard_normal(2000),
    "clusters": np.append(RNG.random(1000) * 1e-6, 1.0 + 1e-9 * RNG.random(1000)),
}


@pytest.mark.parametrize("name", POINTS)
def test_sums_over_all_pairs(name: str) -> None:
    x = np.unique(POINTS[name])
    charges = RNG.standard_normal(x.size)
    gap = x[:, None] - x
    np.fill_diagonal(gap, np.inf)
    first, second = cauchy.sums(x, charges, x)
    size = np.sum(np.abs(charges / gap), axis=1)
    np.testing.assert_array_less(np.abs(first - np.sum(charges / gap, axis=1)), 1e-12 * size + 1e-300)
    np.testing.assert_allclose(second, np.sum(x / gap**2, axis=1), rtol=1e-11)


def test_latents_of_many_eigenvalues_are_those_summed_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal values, zeros and spikes among them."""
    values = np.concatenate([np.arange(1, 1500) ** -1.2, np.zeros(300), np.full(5, 0.7)])
    truth = population.atoms(values).with_spikes([2.5, 1.7])
    expected = recovery.latents(truth, [0.5, 3.0], dim=values.size + 2)
    monkeypatch.setattr(recovery, "FEW", 100)
    found = recovery.latents(truth, [0.5, 3.0], dim=values.size + 2)
    np.testing.assert_array_equal(found.eigenvalues, expected.eigenvalues)
    np.testing.assert_allclose(found.samples, expected.samples, rtol=1e-10)
    np.testing.assert_allclose(found.overlap, expected.overlap, atol=1e-10)


def test_no_array_of_all_pairs() -> None:
    """At 200,000 eigenvalues one would take 320 GB; a few of the sums, written out."""
    dim = 200_000
    found = recovery.latents(population.power_law(1.5, dim), 1.0)
    sigma = np.arange(1, dim + 1) ** -1.5
    for k in (0, 1, 5, 70, 5000, dim - 1):
        ratio = np.delete(sigma, k) / (sigma[k] - np.delete(sigma, k))
        np.testing.assert_allclose(found.samples[k], np.sum(ratio**2), rtol=1e-9)


def test_traced_numbers_still_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "FEW", 10)
    truth = population.power_law(1.0, 40)
    traced = jax.jit(lambda load: recovery.latents(truth, load).overlap)(2.0)
    np.testing.assert_allclose(traced, recovery.latents(truth, 2.0).overlap, atol=1e-12)
