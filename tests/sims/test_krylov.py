"""The Krylov sampler against the dense law (two-sample tests), and at dimensions beyond matrices."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from compiling import optimised
from scipy.stats import ks_2samp

from lingen.models import filters, population
from lingen.sims import recovery
from lingen.sims.engine.ensemble import ensemble
from lingen.sims.krylov import bidiagonal
from lingen.sims.krylov import draws as krylov
from lingen.sims.krylov.truncation import truncation_bias

DIM = 64
DRAWS = 400
COMPARISONS = 100
LEVEL = 0.01 / COMPARISONS
ISOTROPIC = population.isotropic()


def trained(rng, dim, load, spikes, draws=DRAWS):
    """Eigenvalues and eigenvectors of a stack of sample covariances; the spikes on the first coordinates."""
    samples = max(1, round(load * dim))
    scale = np.ones(dim)
    scale[: len(spikes)] = np.sqrt(spikes)
    x = rng.standard_normal((draws, samples, dim)) * scale
    values, vectors = np.linalg.eigh(np.swapaxes(x, 1, 2) @ x / samples)
    values = np.where(np.arange(dim) < dim - samples, 0.0, np.maximum(values, 0.0))
    return values, vectors


def apply(model, function, directions):
    """f(S) on the first coordinates, shape (draws, dim, directions)."""
    values, vectors = model
    gains = np.asarray(function(values))
    return vectors @ (gains[:, :, None] * np.swapaxes(vectors[:, :directions], 1, 2))


def trace(forms, spikes, dim):
    """The trace estimate of the Krylov sampler, from quadratic forms of shape (draws, directions)."""
    return (forms[:, :spikes].sum(1) + (dim - spikes) * forms[:, spikes:].mean(1)) / dim


def dense(seed, load, spikes, filter, seeds=1, dim=DIM, draws=DRAWS):
    """Each observable of the Krylov sampler, drawn with matrices."""
    rng = np.random.default_rng(seed)
    r, p = len(spikes), len(spikes) + seeds
    one, two = (trained(rng, dim, load, spikes, draws) for _ in range(2))
    variances = np.concatenate([spikes, np.ones(seeds)])
    x, y = apply(one, filter, p), apply(two, filter, p)
    power = np.sum(x**2, axis=1)
    q = trace(np.sum(x * y, axis=1), r, dim)
    q = q / np.sqrt(trace(power, r, dim) * trace(np.sum(y**2, axis=1), r, dim))
    tau = (np.sum(spikes) + dim - r) / dim
    energy = np.sum(apply(one, lambda v: np.sqrt(v) * np.asarray(filter(v)), p) ** 2, axis=1)
    covariance = apply(one, lambda v: v, p)
    covariance[:, np.arange(p), np.arange(p)] -= variances
    found = {
        "convergence": q,
        "cosine_variance": trace(energy, r, dim) / (tau * trace(power, r, dim)),
        "frobenius": dim * trace(np.sum(covariance**2, axis=1), r, dim),
        "wasserstein2": trace(displacement(one, filter, spikes, p), r, dim),
    }
    if r:
        found["fresh_variance"] = trace(variances * power, r, dim) / (tau * trace(power, r, dim))
    if r == 1:
        first, second = one[1][:, :, -1], two[1][:, :, -1]
        found["recovery"] = (first[:, 0] ** 2 + second[:, 0] ** 2) / 2
        found["outlier"] = (one[0][:, -1] + two[0][:, -1]) / 2
        found["agreement"] = np.sum(first * second, axis=1) ** 2
    return found


def displacement(model, filter, spikes, p):
    """Quadratic forms of Σ + g² − 2(Σ^{1/2}g²Σ^{1/2})^{1/2}."""
    dim = model[0].shape[1]
    root = np.sqrt(np.concatenate([spikes, np.ones(dim - len(spikes))]))
    power = apply(model, lambda v: np.asarray(filter(v)) ** 2, dim)
    values, vectors = np.linalg.eigh(root[:, None] * power * root)
    both = np.einsum("kij,kj->ki", vectors[:, :p] ** 2, np.sqrt(np.maximum(values, 0.0)))
    return root[:p] ** 2 + np.einsum("kii->ki", power)[:, :p] - 2 * both


def by_krylov(seed, load, spikes, filter, seeds, samplers, dim=DIM):
    """The same observables by the Krylov sampler."""
    truth = ISOTROPIC.with_spikes(spikes) if len(spikes) else ISOTROPIC
    found = {}
    for i, sampler in enumerate(samplers):
        draw = sampler(truth, dim, load, filter, seeds=seeds)
        found |= ensemble(draw, jr.fold_in(jr.key(seed), i), 2 * DRAWS)._asdict()
    return found


ALL = (krylov.convergence_sampler, krylov.memorisation_sampler, krylov.distances_sampler)
LAWS = [
    (1.0, (), filters.gaussian(), 1, ALL),
    (0.5, (8.0, 3.0), filters.gaussian(), 2, ALL),
    (1.5, (), filters.denoiser(0.5), 2, ALL),
    (0.05, (), filters.gaussian(), 1, ALL[:1]),
    (2.0, (), filters.gaussian(), 1, ALL[:1]),
    (1.0, (5.0,), filters.ridge(0.3), 1, ALL[:1]),
    (0.7, (), filters.ode_sampler(0.1, 10.0), 1, ALL[:1]),
]


@pytest.mark.slow
@pytest.mark.parametrize(("load", "spikes", "filter", "seeds", "samplers"), LAWS)
def test_same_law_as_dense(load, spikes, filter, seeds, samplers):
    matrices = dense(11, load, spikes, filter, seeds)
    chains = by_krylov(12, load, spikes, filter, seeds, samplers)
    shared = [name for name in matrices if name in chains]
    values = {name: ks_2samp(matrices[name], chains[name]).pvalue for name in shared}
    assert len(values) >= len(samplers)
    assert min(values.values()) > LEVEL, values


@pytest.mark.slow
def test_every_observable_has_the_dense_law_at_dimension_512():
    """One set of matrices, all that a chain draws of them: q, cosine variances, distances and recovery."""
    dim, load, spikes = 512, 1.5, (3.0,)
    truth, matrices = ISOTROPIC.with_spikes(spikes), dense(31, load, spikes, filters.gaussian(), 1, dim, 48)
    found = by_krylov(32, load, spikes, filters.gaussian(), 1, ALL, dim)
    found |= ensemble(krylov.recovery_sampler(truth, dim, load), jr.key(33), 2 * DRAWS)._asdict()
    values = {name: ks_2samp(matrices[name], np.ravel(found[name])).pvalue for name in matrices}
    assert len(values) == 8
    assert min(values.values()) > LEVEL, values


def test_early_stopped_denoiser_has_the_dense_law():
    filter = filters.early_stopped(2.0, 0.5)
    matrices = dense(13, 0.5, (), filter)["convergence"]
    draw = krylov.convergence_sampler(ISOTROPIC, DIM, 0.5, filter)
    chains = ensemble(draw, jr.key(14), DRAWS // 2).convergence
    assert ks_2samp(matrices, chains).pvalue > LEVEL


def test_cut_chain_has_the_dense_law():
    matrices = dense(15, 1.0, (), filters.gaussian(), dim=128)["convergence"]
    chains = ensemble(
        krylov.convergence_sampler(ISOTROPIC, 128, 1.0, rows=32), jr.key(16), 2 * DRAWS
    ).convergence
    assert ks_2samp(matrices, chains).pvalue > LEVEL


def test_as_many_seeds_as_dimensions_give_the_trace():
    rng = np.random.default_rng(17)
    (l1, v1), (l2, v2) = trained(rng, 4, 1.0, ()), trained(rng, 4, 1.0, ())
    shared = (np.swapaxes(v1, 1, 2) @ v2) ** 2
    q = np.einsum("ki,kij,kj->k", np.sqrt(l1), shared, np.sqrt(l2)) / np.sqrt(l1.sum(1) * l2.sum(1))
    chains = ensemble(krylov.convergence_sampler(ISOTROPIC, 4, 1.0, seeds=4), jr.key(18), DRAWS).convergence
    assert ks_2samp(q, chains).pvalue > LEVEL


def test_the_comparison_sees_another_law():
    matrices = dense(11, 1.0, (), filters.gaussian())["convergence"]
    chains = ensemble(krylov.convergence_sampler(ISOTROPIC, DIM, 1.1), jr.key(12), 2 * DRAWS).convergence
    assert ks_2samp(matrices, chains).pvalue < LEVEL


@pytest.mark.parametrize(
    ("load", "spikes"),
    [
        pytest.param(1.0, (3.0,), marks=pytest.mark.slow),
        (2.0, (1.3,)),
        pytest.param(1.5, (3.0, 3.0), marks=pytest.mark.slow),  # equal spikes are among the next, too
        (0.1, (9.0, 5.0, 5.0)),
    ],
)
def test_recovery_has_the_dense_law(load, spikes):
    truth = ISOTROPIC.with_spikes(spikes)
    with optimised():
        matrices = ensemble(recovery.sampler(truth, DIM, load), jr.key(21), DRAWS)
        chains = ensemble(krylov.recovery_sampler(truth, DIM, load), jr.key(22), 2 * DRAWS)
    for name, first, second in zip(chains._fields, matrices, chains, strict=True):
        for i in range(len(spikes)):
            assert ks_2samp(first[:, i], second[:, i]).pvalue > LEVEL, (name, i)


def test_convergence_at_a_billion_dimensions():
    draws = ensemble(krylov.convergence_sampler(ISOTROPIC, 10**9, 2.0), jr.key(23), 64).convergence
    error = np.std(draws, ddof=1) / 8
    assert error < 2e-6
    assert abs(np.mean(draws) - 0.87011485) < 5 * error


def test_load_one_at_a_billion_dimensions():
    draws = ensemble(krylov.convergence_sampler(ISOTROPIC, 10**9, 1.0), jr.key(24), 256).convergence
    error = np.std(draws, ddof=1) / 16
    assert error < 5e-6
    assert abs(np.mean(draws) - (8 / (3 * np.pi)) ** 2) < 5 * error


def test_recovery_at_a_billion_dimensions():
    draws = ensemble(krylov.recovery_sampler(population.spiked([2.0]), 10**9, 1.0), jr.key(25), 64)
    for values, known in zip(draws, (0.5, 4.5, 0.25), strict=True):
        error = np.std(values, ddof=1) / 8
        assert error < 5e-5
        assert abs(np.mean(values) - known) < 5 * error


def test_spike_below_threshold_is_not_recovered_at_a_billion_dimensions():
    draws = ensemble(krylov.recovery_sampler(population.spiked([0.5]), 10**9, 1.0), jr.key(26), 2)
    assert np.all(draws.recovery < 1e-5)
    assert np.all(np.abs(draws.outlier - 4.0) < 1e-4)


def test_cost_does_not_grow_with_the_dimension():
    def work(dim):
        draws = (
            krylov.convergence_sampler(ISOTROPIC, dim, 1.0),
            krylov.recovery_sampler(population.spiked([2.0]), dim, 1.0),
        )
        return [str(jax.make_jaxpr(draw)(jr.key(0))) for draw in draws]

    assert work(10**12) == work(10**9) == work(10**5)


def test_variance_of_the_bulk_is_a_unit():
    one = jax.jit(lambda draw: draw(jr.key(27)))
    unit = one(krylov.convergence_sampler(ISOTROPIC, 1000, 1.5))
    scaled = one(krylov.convergence_sampler(population.isotropic(7.0), 1000, 1.5))
    np.testing.assert_allclose(scaled.convergence, unit.convergence, rtol=1e-10)
    unit = one(krylov.distances_sampler(ISOTROPIC.with_spikes([4.0]), 1000, 1.5))
    scaled = one(krylov.distances_sampler(population.isotropic(7.0).with_spikes([28.0]), 1000, 1.5))
    np.testing.assert_allclose(scaled.wasserstein2, 7.0 * unit.wasserstein2, rtol=1e-9)
    np.testing.assert_allclose(scaled.frobenius, 49.0 * unit.frobenius, rtol=1e-9)


def test_truncation_bias_is_bounded_and_falls_with_the_rows():
    dim, draws = 512, 256

    def cut(rows):
        draw = krylov.convergence_sampler(ISOTROPIC, dim, 1.0, rows=rows)
        return ensemble(draw, jr.key(28), draws).convergence

    complete = cut(dim)
    fluctuations = []
    for rows in (32, 64):
        error = cut(rows) - complete
        fluctuations.append(np.std(error))
        assert abs(np.mean(error)) < truncation_bias(dim, dim, rows) + 5 * np.std(error) / np.sqrt(draws)
    assert np.all(np.diff(fluctuations) < 0)
    assert fluctuations[1] < 3e-3 * np.std(complete)
    assert truncation_bias(dim, dim, dim) == 0.0


def test_rows_follow_the_accuracy():
    def rows(dim, accuracy):
        return krylov.convergence_sampler(ISOTROPIC, dim, 1.0, accuracy=accuracy).args[0].rows

    assert rows(10**9, 1e-9) == 64
    assert rows(1000, 1e-6) > 64
    assert rows(1000, 1e-12) == 1000
    for dim, accuracy in ((1000, 1e-6), (10**5, 1e-8)):
        assert truncation_bias(dim, dim, rows(dim, accuracy)) <= accuracy


def test_more_rows_keep_the_first_ones():
    short, longer = (bidiagonal.entries(jr.key(29), 2e6, 1e6, rows, 3) for rows in (64, 128))
    np.testing.assert_array_equal(short, longer[:64])


SAMPLERS = [
    krylov.convergence_sampler,
    krylov.memorisation_sampler,
    krylov.distances_sampler,
    krylov.recovery_sampler,
]


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"population": population.power_law(1.5, 50).with_spikes([2.0])},
            "population must have one bulk eigenvalue",
        ),
        (
            {"population": population.spiked([3.0, 2.0, 1.5]), "dim": 3},
            "dim must be a whole number of at least 4",
        ),
        ({"load": -1.0}, "load must be positive"),
        ({"load": np.nan}, "load must be positive"),
        ({"accuracy": 0.0}, "accuracy must be positive"),
        ({"rows": 0}, "rows must be a whole number of at least"),
        ({"rows": 51, "load": 0.5}, "rows must be a whole number of at least .* and at most 50, got 51"),
    ],
)
def test_bad_input(sampler, changes, message):
    arguments = {"population": population.spiked([2.0]), "dim": 100, "load": 1.0} | changes
    with pytest.raises(ValueError, match=message):
        sampler(**arguments)


@pytest.mark.parametrize(
    ("sampler", "arguments", "message"),
    [
        (
            SAMPLERS[0],
            (ISOTROPIC, 100, 1.0, filters.pca(3)),
            "filter must be a function of single",
        ),
        (SAMPLERS[2], (population.spiked([2.0]), 100, 1.0, filters.ridge(0.1)), "filter must be gaussian"),
        (SAMPLERS[3], (ISOTROPIC, 100, 1.0), "population must have at least one spike"),
        (SAMPLERS[3], (ISOTROPIC.with_spikes([0.5]), 100, 1.0), "spikes must lie above the bulk"),
        (
            SAMPLERS[3],
            (population.spiked([3.0, 2.0]), 100, 0.02),
            "load must give more samples than the 2 spikes",
        ),
        (SAMPLERS[3], (population.spiked([0.5]), 10**16, 1.0), "dim must need at most 131072 Krylov rows"),
    ],
)
def test_what_no_chain_can_treat(sampler, arguments, message):
    with pytest.raises(ValueError, match=message):
        sampler(*arguments)


def test_too_many_seeds():
    with pytest.raises(ValueError, match="seeds must be a whole number of at least 1 and at most 99"):
        krylov.convergence_sampler(population.spiked([2.0]), 100, 1.0, seeds=100)


def test_draws_are_finite_at_extreme_loads():
    one = jax.jit(lambda draw: draw(jr.key(30)))
    for load in (1e-9, 1e6):
        draw = one(krylov.convergence_sampler(ISOTROPIC.with_spikes([5.0]), 10**9, load))
        assert jnp.isfinite(draw.convergence)
