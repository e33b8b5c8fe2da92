"""Predictions of the further systems against closed forms, SciPy and direct draws."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy import integrate, special, stats

from lingen.models import population
from lingen.theory import (
    databases,
    kernel_density,
    leakage,
    mixtures,
    noisy_worth,
    refitting,
    speciation,
    spectral_entropy,
)
from lingen.theory.spectrum import closed_forms

ISOTROPIC = population.isotropic()
TWO_ATOMS = population.atoms([1.0, 10.0])


def test_entropy_of_the_identity_is_pages_law():
    load = np.array([0.25, 0.5, 1.0, 2.0, 8.0])
    page = np.where(load >= 1, 0.5 / load, load / 2 - np.log(load))
    np.testing.assert_allclose(spectral_entropy.deficit(ISOTROPIC, load), page, rtol=1e-10)
    assert spectral_entropy.entropy(ISOTROPIC, 2.0, 100) == pytest.approx(np.log(100) - 0.25)


def test_entropy_has_its_limit_scale_and_slope():
    shares = np.array([1.0, 10.0]) / 5.5
    truth = np.mean(shares * np.log(shares))
    assert spectral_entropy.deficit(TWO_ATOMS, 1e8) == pytest.approx(truth, rel=1e-6)
    scaled = population.atoms([3.0, 30.0])
    assert spectral_entropy.deficit(scaled, 0.7) == pytest.approx(
        float(spectral_entropy.deficit(TWO_ATOMS, 0.7))
    )
    slope = jax.jit(jax.grad(lambda y: spectral_entropy.deficit(TWO_ATOMS, y)))(0.8)
    low, high = spectral_entropy.deficit(TWO_ATOMS, np.array([0.7999, 0.8001]))
    assert slope == pytest.approx(float(high - low) / 2e-4, rel=1e-5)


@pytest.mark.parametrize(("samples", "dim"), [(3, 1), (12, 8), (24, 8), (1000, 32)])
def test_blind_attack_against_quadrature(samples, dim):
    a, b = dim / 2, (samples - dim) / 2
    member, fresh = stats.beta(a, b), stats.beta(a, b + 0.5)
    low, _ = integrate.quad(
        lambda x: fresh.pdf(x) * member.cdf(x / (1 - x)), 0, 0.5, points=[min(0.49, a / (a + b))], limit=200
    )
    expected = low + fresh.sf(0.5)
    assert leakage.blind_auc(samples / dim, dim) == pytest.approx(expected, abs=2e-6)


def test_blind_attack_tends_to_its_limit_and_is_perfect_without_room():
    scale = np.array([0.5, 2.0])
    found = leakage.blind_auc(scale * 1e3, 1e6)
    np.testing.assert_allclose(found, leakage.blind_auc_limit(scale), atol=2e-3)
    np.testing.assert_array_equal(leakage.blind_auc(np.array([0.5, 1.0]), 10), 1.0)


@pytest.mark.parametrize("dim", [1e8, 1e11, 1e13])
def test_blind_attack_in_huge_dimensions(dim):
    # the limit, and its first correction Δ → Δ (1 + 1/n …) of relative order d^{−1/2}
    for scale in (0.5, 2.0):
        found = float(leakage.blind_auc(scale * dim**0.5, dim))
        assert found <= 1.0
        assert found == pytest.approx(float(special.ndtr(0.5 / scale)), abs=2 / dim**0.5)
    assert leakage.blind_auc(1.0001, dim) == pytest.approx(1.0, abs=1e-12)


@pytest.mark.parametrize(("samples", "dim"), [(3, 1), (1000, 1), (10**9, 1), (10**6, 2), (10**5, 5)])
def test_blind_attack_in_few_dimensions(samples, dim):
    u = (np.arange(200_000) + 0.5) / 200_000  # P(U > B) = mean of P(B < U) over quantiles of U
    fresh = stats.beta.ppf(u, dim / 2, (samples - dim + 1) / 2)
    expected = stats.beta.cdf(np.minimum(fresh / (1 - fresh), 1.0), dim / 2, (samples - dim) / 2).mean()
    assert leakage.blind_auc(samples / dim, dim) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize(("dim", "samples", "released"), [(30, 45, 90), (16, 64, 64), (8, 40, 20)])
def test_attacks_with_the_population_known_at_finite_size(dim, samples, released):
    informed, through = _simulated_attacks(dim, samples, released, 300)
    found = leakage.informed_auc(samples, dim), leakage.released_auc(samples, dim, released)
    assert abs(found[0] - informed.mean()) < 1e-3 + 4 * informed.std() / np.sqrt(300)
    assert abs(found[1] - through.mean()) < 0.01
    if samples < 2 * dim:  # where the limit 0.966 is 0.04 off
        limit = leakage.released_auc_limit(samples / dim**2, released / samples)
        assert abs(limit - through.mean()) > 0.03


def _simulated_attacks(dim, samples, released, draws):
    """Areas under the curve of xᵀ(S⁻¹, Σ) and through released samples, Σ = I, in plain NumPy."""
    rng, areas = np.random.default_rng(5), []
    for _ in range(draws):
        members, fresh = rng.normal(size=(samples, dim)), rng.normal(size=(4 * samples, dim))
        factor = np.linalg.cholesky(members.T @ members)
        made = rng.normal(size=(released, dim)) @ factor.T / np.sqrt(samples)
        seen = made.T @ made / released - np.eye(dim)

        def ratio(x, factor=factor):
            leverage = np.minimum((np.linalg.solve(factor, x.T) ** 2).sum(axis=0), 1 - 1e-16)
            return (samples - dim - 2) / 2 * np.log1p(-leverage) + (x**2).sum(axis=1) / 2

        def form(x, seen=seen):
            return ((x @ seen) * x).sum(axis=1)

        areas.append(
            [np.searchsorted(np.sort(f(fresh)), f(members)).mean() / (4 * samples) for f in (ratio, form)]
        )
    return np.array(areas).T


def test_attacks_with_the_population_known_tend_to_their_limits():
    found = leakage.informed_auc(0.25 * 9e10, 3e5), leakage.released_auc(0.25 * 9e10, 3e5, 0.25 * 9e10)
    np.testing.assert_allclose(found, special.ndtr([1.0, np.sqrt(0.5)]), atol=1e-5)
    np.testing.assert_allclose(
        leakage.informed_auc([30, 12, 1e300], [30, 30, 1e150]), [1, 1, special.ndtr(0.5)]
    )
    few, many = leakage.released_auc(1e4, 100.0, np.array([1e3, 1e9]))
    assert 0.5 < few < many
    assert many == pytest.approx(float(leakage.informed_auc(1e4, 100.0)), abs=5e-3)
    slope = jax.jit(jax.grad(lambda n: leakage.released_auc(n, 30.0, 90.0)))(45.0)
    low, high = (leakage.released_auc(n, 30.0, 90.0) for n in (44.99, 45.01))
    assert slope == pytest.approx(float(high - low) / 0.02, rel=1e-4)


@pytest.mark.parametrize("load", [0.3, 1.0, 1.01, 4.0])
def test_root_moment_is_hypergeometric(load):
    t = np.array([0.0, 1.0, 2.0, 7.0])
    found = refitting.root_moment(load, t)
    if load >= 1:
        expected = special.hyp2f1(-t / 2, 0.5, 2.0, 1 / load)
    else:
        front = np.sqrt(load) * 2 * special.gamma(1 + t / 2) / (np.sqrt(np.pi) * special.gamma((3 + t) / 2))
        expected = front * special.hyp2f1(-0.5, 0.5, (3 + t) / 2, load)
    np.testing.assert_allclose(found, expected, rtol=1e-10)
    assert found[1] == pytest.approx(float(closed_forms.root(1 / load)), rel=1e-10)


def test_refitting_at_finite_size_tends_to_the_limit():
    assert refitting.second_moment_exact(4000, 8000, 5, 6000) == pytest.approx(
        float(refitting.second_moment(2.0, 5, 0.75)), rel=1e-3
    )
    assert refitting.second_moment(2.0, 3) == pytest.approx(2.5)
    assert refitting.second_moment(2.0, 400, 0.6) == pytest.approx(1 + 0.5 / 0.64)
    assert refitting.log_volume_exact(400, 800, 2) == pytest.approx(
        float(refitting.log_volume(2.0, 2)), rel=1e-2
    )
    assert refitting.log_volume(0.5, 1) == -np.inf


def test_curation_adds_precision():
    found = refitting.curated(3.0, 0.5, 1.0, mean=2.0, variance=4.0)
    assert found.variance == pytest.approx(1 / (0.25 + 1.5))
    assert found.mean == pytest.approx((0.5 + 3.0) / 1.75)


def test_noisy_samples_by_their_fisher_information():
    assert noisy_worth.worth(2.0, 1.0) == pytest.approx(4 / 9)
    assert noisy_worth.worth(2.0, 1.0, 3.0) == pytest.approx(2 / 3 * 3 / 4)
    assert noisy_worth.pool(1.0, [0.0, 1.0], [1.0, 1.0]) == pytest.approx(0.625)


def test_noise_moves_the_threshold_of_a_component():
    threshold = float(mixtures.noisy_threshold(0.5))
    assert mixtures.noisy_overlap(threshold, 0.5) == 0.0
    assert mixtures.noisy_overlap(1.01 * threshold, 0.5) > 0.0
    assert mixtures.noisy_overlap(1.0, 0.0) == 1.0


def test_kernel_widths_solve_their_equation():
    load = np.array([1e-6, 0.01, 0.3, 2.0, 5.0])
    width = kernel_density.condensation_width(load)
    np.testing.assert_allclose(kernel_density.condensation_load(width), load, rtol=1e-9)
    np.testing.assert_allclose(kernel_density.clt_width(load) / width, np.sqrt(2), rtol=1e-12)
    slope = jax.jit(jax.grad(kernel_density.condensation_width))(0.3)
    low, high = kernel_density.condensation_width(np.array([0.3 - 1e-5, 0.3 + 1e-5]))
    assert slope == pytest.approx(float(high - low) / 2e-5, rel=1e-5)


def test_participation_of_two_points_and_its_limits():
    """n = 2: E Σw² = E[1 − ½ sech²(b(e₁−e₂)/4)], by quadrature in the plane; a wide and a narrow kernel."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(24)
    weights = weights / weights.sum()
    # e₁−e₂ = |x₁|²−|x₂|²−2x·(x₁−x₂): given x₁ and x₂ normal in x, of variance 4|x₁−x₂|²
    one, two, three, four, g = np.meshgrid(*[nodes] * 5, indexing="ij", sparse=True)
    gap = np.hypot(one - three, two - four)
    difference = one**2 + two**2 - three**2 - four**2 + 2 * gap * g
    value = 1 - 0.5 / np.cosh(difference / (4 * 2.0**2)) ** 2
    mean = np.einsum("abcde,a,b,c,d,e", value, *[weights] * 5)
    assert kernel_density.participation(2, 2, 2.0) == pytest.approx(mean, rel=1e-4)
    assert kernel_density.participation(6, 50, 1e3) == pytest.approx(1 / 50, rel=1e-4)
    assert 0.9 < kernel_density.participation(20, 2, 0.5) < 1.0


def test_kernel_density_is_continuous_where_it_freezes():
    width = float(kernel_density.condensation_width(0.3))
    below, above = kernel_density.predict(0.3, np.array([0.999999, 1.000001]) * width).log_density
    assert below == pytest.approx(float(above), abs=1e-5)


def test_collapse_time_and_width_agree():
    time = float(kernel_density.collapse_time(0.3))
    assert kernel_density.collapse_load(np.sqrt(np.expm1(2 * time))) == pytest.approx(0.3)


def test_agreement_from_a_coin_to_certainty():
    assert speciation.agreement(0.0) == pytest.approx(0.5)
    assert speciation.agreement(40.0) == pytest.approx(1.0)
    kappa = 0.7  # E tanh² = E tanh in a matched channel
    mean, _ = integrate.quad(lambda g: np.tanh(kappa + np.sqrt(kappa) * g) * stats.norm.pdf(g), -12, 12)
    assert speciation.agreement(kappa) == pytest.approx((1 + mean) / 2, rel=1e-9)


def test_swaps_at_their_ends_and_under_their_bound():
    assert databases.swap_chance(4, 0.0) == pytest.approx(0.5)
    assert databases.swap_chance(4, 1.0) == 0.0
    rho, dim = np.array([0.2, 0.5, 0.9]), 6
    assert np.all(databases.swap_chance(dim, rho) < np.exp(-databases.information(dim, rho)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: spectral_entropy.deficit(ISOTROPIC, 0.0), "load must be positive"),
        (lambda: leakage.predict(ISOTROPIC, 2.0), "dim must be given"),
        (lambda: leakage.informed_auc(0.5, 4.0), "samples must be at least 1 and finite, got 0.5"),
        (lambda: leakage.released_auc(4.0, 4.0, 0.5), "released must be at least 1"),
        (lambda: mixtures.predict(0.5, 2), "samples must be at least 1 and finite, got 0.5"),
        (lambda: mixtures.predict(3, 0.5), "rank must be at least 1"),
        (lambda: refitting.second_moment(2.0, 3, 1.5), "synthetic must be between 0 and 1"),
        (lambda: refitting.log_volume_exact(8, 4, 1), "samples must be at least dim = 8, got 4"),
        (lambda: noisy_worth.worth(1.0, -1.0), "noise must be at least 0"),
        (lambda: kernel_density.condensation_width(0.0), "load must be positive"),
        (lambda: kernel_density.participation(4, 1, 1.0), "samples must be a whole number of at least 2"),
        (lambda: kernel_density.participation(4, 9, 0.01), "width must be at least 0.[12]"),
        (lambda: databases.swap_chance(4, 2.0), "correlation must be between -1 and 1"),
        (lambda: databases.swap_chance(0.5, 0.1), "dim must be at least 1, got 0.5"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
