"""The fastest valid sampler is chosen, it says why, and what is not valid is refused in one line."""

import jax
import numpy as np
import pytest

from lingen.models import filters, population
from lingen.sims import convergence, decoupling, denoising, distances, memorisation, recovery
from lingen.sims.engine import methods
from lingen.sims.engine.ensemble import ensemble

ISOTROPIC, POWER = population.isotropic(), population.power_law(1.5, 300)
TOPICS = {
    m.METHODS.topic: m.METHODS
    for m in (convergence, decoupling, denoising, distances, memorisation, recovery)
}
SPIKED, BELOW = population.spiked([2.0]), population.spiked([2.0, -0.8])


@pytest.mark.parametrize(
    ("quantity", "source", "dim", "filter", "entries", "method"),
    [
        ("convergence", ISOTROPIC, 256, None, "gaussian", "dense"),
        ("convergence", ISOTROPIC, 257, None, "gaussian", "krylov"),
        ("convergence", SPIKED, 10**9, filters.ridge(0.1), "gaussian", "krylov"),
        ("convergence", POWER, 300, None, "gaussian", "lanczos"),
        ("convergence", ISOTROPIC, 300, None, "rademacher", "lanczos"),
        ("convergence", ISOTROPIC, 300, filters.pca(5), "gaussian", "dense"),
        ("recovery", SPIKED, 10**6, None, "gaussian", "krylov"),
        ("recovery", BELOW, 300, None, "gaussian", "dense"),
        ("decoupling", BELOW, 300, None, "gaussian", "dense"),
        ("convergence", BELOW, 300, None, "gaussian", "krylov"),
        ("memorisation", POWER, 300, None, "gaussian", "dense"),
        ("denoising", ISOTROPIC, 300, None, "gaussian", "dense"),
    ],
)
def test_auto(quantity, source, dim, filter, entries, method):
    choice = methods.choose(TOPICS[quantity], "auto", source, dim, filter, entries)
    assert choice.method == method
    assert choice.reason


@pytest.mark.parametrize(
    ("quantity", "method", "source", "filter", "entries", "message"),
    [
        ("convergence", "exact", ISOTROPIC, None, "gaussian", "method must be one of .*, got 'exact'"),
        ("memorisation", "lanczos", ISOTROPIC, None, "gaussian", "method must be auto or dense or krylov"),
        ("convergence", "krylov", POWER, None, "gaussian", "isotropic bulk, got 300"),
        ("convergence", "krylov", ISOTROPIC, None, "uniform", "gaussian entries, got uniform"),
        ("convergence", "lanczos", ISOTROPIC, filters.pca(3), "gaussian", "filter of ranks, pca"),
        ("recovery", "lanczos", BELOW, None, "gaussian", "a spike that is not above the bulk"),
    ],
)
def test_what_is_not_valid_is_refused(quantity, method, source, filter, entries, message):
    with pytest.raises(ValueError, match=message) as caught:
        methods.choose(TOPICS[quantity], method, source, 300, filter, entries)
    assert "\n" not in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sampler", "source", "field"),
    [
        (convergence.sampler, ISOTROPIC, "convergence"),
        (recovery.sampler, SPIKED, "recovery"),
        (memorisation.sampler, ISOTROPIC, "cosine_variance"),
        (distances.sampler, ISOTROPIC, "wasserstein2"),
    ],
)
def test_krylov_agrees_with_dense_up_to_the_finite_size_term(sampler, source, field):
    dim, load, draws = 128, 2.0, 128
    found = {}
    for method in ("dense", "krylov"):
        stack = ensemble(sampler(source, dim, load, method=method), jax.random.key(1), draws)
        values = np.ravel(getattr(stack, field))
        found[method] = values.mean(), values.std(ddof=1) / np.sqrt(draws)
    (dense, first), (krylov, second) = found["dense"], found["krylov"]
    # one seed z instead of the trace moves a ratio by its relative variance, of order 1/d
    assert abs(dense - krylov) < 5 * np.hypot(first, second) + 2.0 / dim


def test_lanczos_agrees_with_dense_for_a_power_law():
    dim, draws = 64, 32
    source = population.power_law(1.5, dim)
    means = [
        ensemble(convergence.sampler(source, dim, 2.0, method=m), jax.random.key(2), draws).convergence.mean()
        for m in ("dense", "lanczos")
    ]
    assert abs(means[0] - means[1]) < 2.0 / dim


@pytest.mark.parametrize(
    ("sampler", "source", "method"),
    [
        *((convergence.sampler, ISOTROPIC, method) for method in ("dense", "krylov", "lanczos")),
        *((recovery.sampler, SPIKED, method) for method in ("dense", "krylov", "lanczos")),
        *((memorisation.sampler, ISOTROPIC, method) for method in ("dense", "krylov")),
        *((distances.sampler, ISOTROPIC, method) for method in ("dense", "krylov")),
    ],
)
def test_less_than_half_a_sample_is_refused(sampler, source, method):
    line = r"\Aload must give at least one sample, got load = 0\.001 at dim = 300\Z"
    with pytest.raises(ValueError, match=line):
        sampler(source, 300, 0.001, method=method)
