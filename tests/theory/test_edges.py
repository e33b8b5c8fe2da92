"""Outliers and hidden latents at finite size."""

import numpy as np
import pytest
from scipy import integrate

from lingen.models import population
from lingen.theory import edges
from lingen.theory.edge import tracy_widom


def test_the_variance_of_an_outlier():
    source = population.spiked([3.0, 2.0])
    expected = [2 * 16 * (1 - 1 / (0.5 * 9)), 2 * 9 * (1 - 1 / (0.5 * 4))]
    np.testing.assert_allclose(edges.outlier_variance(source, 0.5), expected)
    assert edges.outlier_variance(source, 0.1)[1] == 0.0


def test_a_hidden_latent():
    assert edges.hidden(population.isotropic().with_spikes([1.0]), 1.0)[0] == 1.0
    np.testing.assert_allclose(edges.hidden(population.spiked([0.5]), [0.25, 1.0]), [[1.5 / 0.75**2], [6.0]])
    scaled = population.isotropic(3.0).with_spikes([4.5])
    np.testing.assert_allclose(edges.hidden(scaled, 1.0), [6.0])
    assert edges.hidden(population.spiked([1.0]), 1.0)[0] == np.inf
    with pytest.raises(ValueError, match="population must have one bulk eigenvalue, got 2"):
        edges.hidden(population.atoms([1.0, 2.0]).with_spikes([3.0]), 1.0)


def test_the_law_of_complex_data_has_its_published_mean():
    s = np.linspace(-9, 6, 301)
    mean = 6 - integrate.simpson(tracy_widom.complex_cdf(s), x=s)
    np.testing.assert_allclose(mean, -1.771086807411, atol=1e-7)


def test_outliers_below_the_bulk_and_in_a_gap_fluctuate_alike():
    """n Var of single eigenvalues of NumPy matrices, d = 100."""
    source = population.atoms([1.0, 10.0]).with_spikes([4.0, 0.1])
    spectrum, rng, draws = np.asarray(source.spectrum(100)), np.random.default_rng(5), 1200
    found = []
    for _ in range(draws):
        x = rng.standard_normal((800, 100)) * np.sqrt(spectrum)
        found.append(np.linalg.eigvalsh(x.T @ x / 800)[[50, 0]])
    expected = edges.outlier_variance(source, 8.0)
    noise = 5 * np.sqrt(2 / draws)  # what is left is of order 1/d
    np.testing.assert_allclose(800 * np.var(found, axis=0), expected, rtol=noise + 0.03)
