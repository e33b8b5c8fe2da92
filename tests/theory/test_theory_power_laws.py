"""Power laws: the asymptotic law against the equivalent of up to 10¹⁵ eigenvalues, and single latents."""

import numpy as np
import pytest
from scipy import integrate, special

from lingen.models import population
from lingen.theory import convergence, power_laws, recovery

HEAD = 2000
DIM = {1.5: 1e15, 1.9: 1e12, 1.99: 1e12, 2.0: 1e11, 2.1: 1e11, 2.5: 1e8, 3.0: 1e6}


def law(exponent: float) -> population.Population:
    """k^(−a) up to k = d: the first ones singly, the rest in Gauss nodes of geometric bins."""
    edges = np.geomspace(HEAD + 0.5, DIM[exponent], 240)
    nodes, weights = np.polynomial.legendre.leggauss(4)
    middle, half = (edges[1:] + edges[:-1]) / 2, np.diff(edges) / 2
    tail = (middle[:, None] + half[:, None] * nodes).ravel()
    counts = np.concatenate([np.ones(HEAD), (half[:, None] * weights).ravel()])
    return population.atoms(np.concatenate([np.arange(1, HEAD + 1), tail]) ** -exponent, counts)


@pytest.fixture(scope="module")
def samples() -> np.ndarray:
    return np.array([1e4, 4e4, 16e4])


def disagreement(exponent: float, samples: np.ndarray) -> np.ndarray:
    return 1 - np.asarray(convergence.overlap(law(exponent), samples / DIM[exponent])) + 0.25 / samples


def test_a_flat_spectrum(samples):
    scaled = disagreement(1.5, samples) * samples**0.5
    # the next term is of relative order n^(−1/2): it halves from one number of samples to the next
    np.testing.assert_allclose(2 * scaled[1:] - scaled[:-1], power_laws.prefactor(1.5), rtol=1e-4)
    np.testing.assert_allclose(power_laws.disagreement_law(1.5, 4e14) * 2e7, power_laws.prefactor(1.5))


def test_the_logarithm_between(samples):
    growth = np.diff(disagreement(2.0, samples) * samples)
    np.testing.assert_allclose(growth, power_laws.prefactor(2.0) * np.log(4), rtol=5e-4)
    law = power_laws.disagreement_law(2.0, np.array([np.e, 1.0]))
    np.testing.assert_allclose(law[0] * np.e - law[1], 6 / np.pi**2, rtol=1e-6)


def test_a_steep_spectrum(samples):
    scaled = disagreement(3.0, samples) * samples
    np.testing.assert_allclose(scaled, power_laws.prefactor(3.0), rtol=1e-4)


@pytest.mark.parametrize("exponent", [1.9, 1.99, 2.0, 2.1, 2.5])
def test_one_form_serves_on_both_sides_of_two(exponent):
    n = np.array([1e2, 1e4, 1e6])
    ratio = power_laws.disagreement_law(exponent, n) / disagreement(exponent, n)
    assert np.all(np.abs(ratio - 1.0) < 1.5e-4 + 0.2 / n)
    # the leading power alone is far off where the other constant is nearly its opposite
    alone = power_laws.prefactor(exponent) * n ** -power_laws.rate(exponent) / disagreement(exponent, n)
    assert exponent == 2.5 or abs(alone[-1] - 1) > 0.08


def test_the_uniform_form_has_no_seam():
    for seam, width in ((2.02, 1e-9), (1.98, 1e-9), (2.0, 1e-7)):
        around = [float(power_laws.disagreement_law(seam + shift, 1e3)) for shift in (-width, 0.0, width)]
        np.testing.assert_allclose(around, around[1], rtol=2e-5)


@pytest.mark.parametrize("exponent", [1.001, 1.01, 1.05, 1.06, 1.5])
def test_the_constant_of_flat_spectra_by_adaptive_quadrature(exponent):
    a = exponent

    def root(u):
        def integrand(x):
            v = 1 + np.exp(x)
            gap = -np.expm1(-np.log1p(np.exp(x)) / a)
            return (gap + (1 - gap) / a) / np.sqrt(v * gap) / (1 + v * u**a) * np.exp(x) / np.pi

        return integrate.quad(integrand, -70, 60 + max(0.0, -a * np.log(u)), epsrel=1e-11, limit=300)[0]

    # beyond log u = 25 the integrand is u^{−a} alone, below −25 a power u^{1−a}
    middle, _ = integrate.quad(
        lambda x: (np.exp(-a * x) - root(np.exp(x)) ** 2) * np.exp(x), -16, 25, epsrel=1e-8, limit=100
    )
    first = (np.exp(16 * a) - root(np.exp(-16.0)) ** 2) * np.exp(-16.0) / (2 - a)
    scale = (np.pi / a) / np.sin(np.pi / a)
    whole = middle + first + np.exp(-25 * (a - 1)) / (a - 1)
    np.testing.assert_allclose(power_laws.prefactor(a), scale ** (a - 1) / special.zeta(a) * whole, rtol=1e-6)


def test_the_constant_of_flat_spectra_tends_to_one():
    near = [power_laws.prefactor(1 + 10.0**-k) for k in (3, 6, 9, 12)]
    assert np.all(np.diff(near) < 0)
    np.testing.assert_allclose(near[-1], 1.0, rtol=1e-9)


def test_rates():
    assert [power_laws.rate(a) for a in (1.25, 2.0, 3.0)] == [0.25, 1.0, 1.0]


def test_a_finite_spectrum_adds_the_diagonal():
    source = population.power_law(1.5, 64)
    plain = 1 - convergence.overlap(source, 0.5)
    np.testing.assert_allclose(power_laws.disagreement(source, 32) - plain, 1 / 128)


def test_the_first_latents_are_those_of_the_whole_spectrum():
    source = population.power_law(1.5, 64)
    everything = recovery.latents(source, 0.5)
    for found, whole in zip(power_laws.latents(source, 32, 5), everything, strict=True):
        np.testing.assert_allclose(found, whole[:5])
    assert everything.overlap[4] == 0.0 < everything.overlap[0]


def test_the_latents_of_a_power_law_need_samples_like_the_square_of_their_rank():
    needed = power_laws.latents(population.power_law(1.5, 100_000), 1.0, 300).samples
    np.testing.assert_allclose(needed[299] / 300**2, np.pi**2 / 3 / 1.5**2, rtol=0.02)


@pytest.mark.parametrize(
    ("call", "named"),
    [
        (lambda: power_laws.prefactor(1.0), "exponent must be above 1"),
        (lambda: power_laws.disagreement(population.isotropic(), 10), "population must have a dimension"),
        (lambda: power_laws.latents(population.isotropic(), 10, 1), "population must have a dimension"),
        (lambda: power_laws.disagreement_law(1.5, 0), "samples"),
    ],
)
def test_bad_input(call, named):
    with pytest.raises(ValueError, match=named):
        call()
