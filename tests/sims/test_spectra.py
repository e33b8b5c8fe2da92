"""Whole spectra of the tridiagonal Laguerre model: exact in law, and those of its matrix."""

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from scipy import stats

from lingen.models import population
from lingen.sims.krylov import extremes
from lingen.sims.krylov.spectra import spectra

LEVEL = 1e-4  # of each two-sample test; keys are fixed, so a pass is a pass for good


@pytest.mark.parametrize(("load", "spike"), [(0.5, None), (1.0, None), (2.0, None), (2.0, 3.0)])
def test_same_law_as_plain_numpy(load, spike):
    """Smallest positive, middle and largest eigenvalue, against X drawn by NumPy."""
    dim, draws = 24, 400
    truth = population.isotropic(0.5) if spike is None else population.spiked([spike])
    scale = np.full(dim, 0.5) if spike is None else np.r_[1.0 + spike, np.ones(dim - 1)]
    found = spectra(jr.key(0), truth, dim, load, draws)
    samples = round(load * dim)
    x = np.random.default_rng(1).standard_normal((draws, samples, dim)) * np.sqrt(scale)
    reference = np.linalg.eigvalsh(np.swapaxes(x, 1, 2) @ x / samples)
    for place in (max(0, dim - samples), dim - samples // 2, dim - 1):
        assert stats.ks_2samp(found[:, place], reference[:, place]).pvalue > LEVEL


def test_moments_are_the_exact_ones():
    """E τ(S) = 1 and E τ(S²) = 1 + (d+1)/n, within 4 standard errors."""
    found = spectra(jr.key(1), population.isotropic(), 50, 2.0, 2000)
    moments = np.stack([found.mean(axis=1), np.mean(found**2, axis=1)])
    errors = moments.std(axis=1) / np.sqrt(2000)
    assert np.all(np.abs(moments.mean(axis=1) - [1.0, 1.0 + 51 / 100]) < 4 * errors)


@pytest.mark.parametrize("load", [0.3, 1.5])
def test_spectra_are_those_of_the_matrix(load):
    """NumPy's eigenvalues of the same tridiagonal matrix; exactly d − n zeros; draw i hangs on i alone."""
    dim, key = 40, jr.key(2)
    found = spectra(key, population.spiked([2.0]), dim, load, 3)
    assert np.all(np.sum(found == 0.0, axis=1) == max(0, dim - round(load * dim)))
    assert np.all(np.diff(found, axis=1) >= 0)
    numbers = (jnp.asarray(float(round(load * dim))), jnp.asarray(float(dim)), jnp.asarray(3.0))
    for one, row in zip(jr.split(key, 3), found, strict=True):
        diagonal, off = (np.asarray(part) for part in extremes.bidiagonal(one, *numbers, dim))
        matrix = np.diag(diagonal) + np.diag(off[:-1], 1) + np.diag(off[:-1], -1)
        np.testing.assert_allclose(row, np.linalg.eigvalsh(matrix), atol=1e-13 * row[-1])
    np.testing.assert_array_equal(spectra(key, population.spiked([2.0]), dim, load, 2), found[:2])


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ((population.power_law(1.0, 8), 8, 1.0), "population must be isotropic"),
        ((population.isotropic(), 8, -1.0), "load must be positive"),
        ((population.isotropic(), 8, 1.0, 0), "draws must be a whole number of at least 1"),
        ((population.isotropic(), 10**6, 1.0, 10**6), "draws must fit"),
    ],
)
def test_says_what_is_wrong(arguments, match):
    with pytest.raises(ValueError, match=match):
        spectra(jr.key(0), *arguments)
