"""The bidiagonal Laguerre model has the law of the dense sample covariance, at any dimension."""

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from scipy import stats

from lingen.models import population
from lingen.sims import recovery
from lingen.sims.engine.ensemble import ensemble
from lingen.sims.krylov import extremes

LEVEL = 1e-4  # of each two-sample test; keys are fixed, so a pass is a pass for good


def dense(source, dim, load, draws):
    """Largest eigenvalue and Q of single models, from the pairs of the dense sampler."""
    return ensemble(recovery.sampler(source, dim, load), jr.key(1), draws)


@pytest.mark.parametrize("load", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("strength", [0.5, 2.0])
def test_same_law_as_dense(load, strength):
    source, dim, draws = population.spiked([strength]), 64, 256
    ours = ensemble(extremes.sampler(source, dim, load), jr.key(0), 2 * draws)
    theirs = dense(source, dim, load, draws)
    for name, reference in (("largest", theirs.outlier[:, 0]), ("recovery", theirs.recovery[:, 0])):
        pairs = getattr(ours, name).reshape(draws, 2).mean(axis=1)  # the dense sampler averages two models
        assert stats.ks_2samp(pairs, reference).pvalue > LEVEL


def test_agrees_with_lapack():
    diagonal, off = extremes.bidiagonal(
        jr.key(3), jnp.asarray(100.0), jnp.asarray(60.0), jnp.asarray(3.0), 60
    )
    matrix = np.diag(diagonal) + np.diag(off[:-1], 1) + np.diag(off[:-1], -1)
    values, vectors = np.linalg.eigh(matrix)
    found = extremes.largest(diagonal, off)
    np.testing.assert_allclose(found.largest, values[-1], rtol=1e-13)
    np.testing.assert_allclose(found.recovery, vectors[0, -1] ** 2, rtol=1e-9)


def test_below_is_whether_the_largest_is_below():
    source, marks = population.spiked([0.5]), np.array([3.8, 3.95, 4.1])
    value = ensemble(extremes.sampler(source, 500, 1.0), jr.key(2), 64).largest
    below = ensemble(extremes.below_sampler(source, 500, 1.0, marks), jr.key(2), 64)
    np.testing.assert_array_equal(below, np.asarray(value)[:, None] <= marks)
    assert np.all(np.diff(below.mean(axis=0)) > 0)


def test_fewer_samples_than_dimensions_end_the_chain():
    diagonal, off = extremes.bidiagonal(jr.key(3), jnp.asarray(3.0), jnp.asarray(60.0), jnp.asarray(1.0), 20)
    assert np.all(np.asarray(off[3:]) == 0.0)
    assert np.all(np.asarray(diagonal[4:]) == 0.0)
    assert np.linalg.matrix_rank(np.diag(diagonal) + np.diag(off[:-1], 1) + np.diag(off[:-1], -1)) == 3


@pytest.mark.parametrize("dim", [10**3, 10**6, 10**9])
def test_the_kept_rows_decide_the_edge(dim):
    load = 1.0
    rows = extremes._rows(dim, dim)
    entries = [
        extremes.bidiagonal(
            jr.key(5), jnp.asarray(load * dim), jnp.asarray(float(dim)), jnp.asarray(1.0), rows
        )
    ]
    kept = rows // 2
    half = extremes.largest(entries[0][0][:kept], entries[0][1][:kept].at[-1].set(0.0))
    whole = extremes.largest(*entries[0])
    assert abs(half.largest - whole.largest) < 1e-12 * whole.largest


def test_outlier_at_a_billion_dimensions():
    draws = ensemble(extremes.sampler(population.spiked([1.0]), 10**9, 2.0), jr.key(7), 32)
    for values, expected in ((draws.recovery, 1 / 3), (draws.largest, 3.0)):
        error = values.std(ddof=1) / np.sqrt(len(values))
        assert abs(values.mean() - expected) < 5 * error
        assert error < 1e-4


def test_scale_of_the_bulk():
    unit = extremes.draw(jr.key(0), population.isotropic(), 1000, 1.0)
    wide = extremes.draw(jr.key(0), population.isotropic(4.0), 1000, 1.0)
    np.testing.assert_allclose(wide.largest, 4 * unit.largest, rtol=1e-14)


def test_one_compilation_serves_all_loads():
    first = extremes.sampler(population.spiked([1.0]), 10**6, 2.0)
    second = extremes.sampler(population.spiked([0.5]), 10**6, 1.9)
    assert jax.tree.structure(first) == jax.tree.structure(second)


@pytest.mark.parametrize(
    ("source", "dim", "load", "named"),
    [
        (population.atoms([1.0, 2.0]), 100, 1.0, "population"),
        (population.spiked([1.0, 2.0]), 100, 1.0, "population"),
        (population.isotropic(), 1, 1.0, "dim"),
        (population.isotropic(), 100, 0.0, "load"),
    ],
)
def test_bad_input(source, dim, load, named):
    with pytest.raises(ValueError, match=named) as caught:
        extremes.sampler(source, dim, load)
    assert "\n" not in str(caught.value)
