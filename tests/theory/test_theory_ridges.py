"""Ridges, combinations and disagreement: against quadrature over the spectral law in plain NumPy."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from lingen.models import filters, population
from lingen.theory import (
    critics,
    denoiser_combinations,
    denoising,
    disagreement,
    distances,
    ridge_denoisers,
    ridge_models,
)

ISOTROPIC = population.isotropic()
SIGMA, WEIGHT = np.array([10.0, 1.0]), np.array([0.5, 0.5])
TWO_ATOMS = population.atoms(SIGMA, WEIGHT)


def divergences(law, rho):
    """Both divergences per dimension of N(0, S+ρ), from the spectral law."""
    volume = law.mean(np.log(law.x + rho), np.log(rho)) @ WEIGHT - np.log(SIGMA) @ WEIGHT
    mismatch = law.mean(1 / (law.x + rho), 1 / rho) @ (WEIGHT * SIGMA)
    inverse = law.mean(law.x + rho, rho) @ (WEIGHT / SIGMA)
    return 0.5 * (mismatch - 1 + volume), 0.5 * (inverse - 1 - volume)


@pytest.mark.parametrize("load", [0.4, 1.0, 3.0])
def test_divergences_of_a_ridge_model(reference, load):
    law = reference.law(SIGMA, WEIGHT, load)
    for rho in (0.05, 2.0):
        found = ridge_models.kl_forward(TWO_ATOMS, load, rho), ridge_models.kl_reverse(TWO_ATOMS, load, rho)
        np.testing.assert_allclose(found, divergences(law, rho), rtol=1e-7)


@pytest.mark.parametrize("load", [0.4, 3.0])
def test_the_best_ridges_minimise_the_divergences(reference, load):
    law = reference.law(SIGMA, WEIGHT, load)
    for which, best in enumerate((ridge_models.best_forward, ridge_models.best_reverse)):
        least = minimize_scalar(
            lambda r, k=which: divergences(law, np.exp(r))[k], bounds=(-6, 4), method="bounded"
        )
        assert best(TWO_ATOMS, load) == pytest.approx(np.exp(least.x), rel=1e-4)


def test_without_a_ridge_the_divergences_are_those_of_the_sample_covariance():
    load = 4.0
    limit = 0.5 * (1 / (load - 1) - 1 + (1 - load) * np.log(1 - 1 / load))
    assert ridge_models.kl_forward(TWO_ATOMS, load, 0.0) == pytest.approx(limit, rel=1e-12)
    limit = 0.5 * (1 - (1 - load) * np.log(1 - 1 / load))
    assert ridge_models.kl_reverse(TWO_ATOMS, load, 0.0) == pytest.approx(limit, rel=1e-12)


@pytest.mark.parametrize("load", [1e-9, 0.25, 1.0, 4.0, 1e9])
def test_isotropic_best_ridges(load):
    c = 1 / load
    x = max(np.roots([1, -(1 + c), -c, c * c]).real)
    closed = (x - 1) * (x - c) / x
    loose = 1e-4 if load in (1e-9, 1e9) else 1e-10  # of the reference, which subtracts
    assert ridge_models.best_forward(ISOTROPIC, load) == pytest.approx(closed, rel=loose)
    assert ridge_models.best_reverse(ISOTROPIC, load) == pytest.approx(1 / (1 + load), rel=1e-10)


def test_the_best_ridge_of_transport(reference):
    law = reference.marchenko_pastur(2.0)
    root = brentq(lambda r: float((law.mean((law.x + r) ** -0.5, r**-0.5)).sum()) - 1, 1e-3, 1)
    assert ridge_models.best_wasserstein2(ISOTROPIC, 2.0) == pytest.approx(root, rel=1e-8)
    assert ridge_models.best_wasserstein2(ISOTROPIC, 1e6) * 1e6 == pytest.approx(0.75, rel=1e-5)
    best = float(ridge_models.best_wasserstein2(TWO_ATOMS, 2.0))
    around = [distances.wasserstein2(TWO_ATOMS, 2.0, filters.ridge(best * x)) for x in (0.99, 1.0, 1.01)]
    assert around[1] < min(around[0], around[2])


def test_large_loads():
    """2c τ(Σ⁻¹)/τ(Σ⁻²) and half of it; the divergences tend to c/4."""
    ratio = WEIGHT @ SIGMA**-1 / (WEIGHT @ SIGMA**-2)
    assert ridge_models.best_forward(TWO_ATOMS, 1e8) * 1e8 == pytest.approx(2 * ratio, rel=1e-6)
    assert ridge_models.best_reverse(TWO_ATOMS, 1e8) * 1e8 == pytest.approx(ratio, rel=1e-6)
    for divergence in (ridge_models.kl_forward, ridge_models.kl_reverse):
        assert divergence(TWO_ATOMS, 1e9, 0.0) * 4e9 == pytest.approx(1.0, rel=1e-6)


def risk(law, noise, total):
    """E‖S(S+t)⁻¹y − x‖²/d from the spectral law."""
    missing, kept = law.mean((total / (law.x + total)) ** 2, 1.0), law.mean((law.x / (law.x + total)) ** 2)
    return missing @ (WEIGHT * SIGMA) + noise * kept @ WEIGHT


@pytest.mark.parametrize(("load", "noise"), [(0.4, 2.0), (2.0, 0.3), (2.0, 20.0)])
def test_ridge_denoisers(reference, load, noise):
    law = reference.law(SIGMA, WEIGHT, load)
    least = minimize_scalar(lambda t: risk(law, noise, np.exp(t)), bounds=(-6, 6), method="bounded")
    best = float(ridge_denoisers.best_ridge(TWO_ATOMS, load, noise))
    assert best + noise == pytest.approx(np.exp(least.x), rel=1e-4)
    assert ridge_denoisers.risk(TWO_ATOMS, load, noise, best) == pytest.approx(least.fun, rel=1e-8)
    at_rest = denoising.test_risk(TWO_ATOMS, load, noise)
    assert ridge_denoisers.risk(TWO_ATOMS, load, noise) == pytest.approx(float(at_rest), rel=1e-12)


@pytest.mark.parametrize(("load", "noise"), [(2.0, 0.3), (2.0, 1.0), (2.0, 4.0), (0.5, 2.0), (1e6, 0.5)])
def test_isotropic_ridge_denoisers(load, noise):
    c = 1 / load
    left = (1 + noise) * np.poly([1, c, 0, 0])
    roots = np.roots(np.polysub(left, noise * np.polymul([1, 0, -c], [1, 0, -c])))
    x = max(root.real for root in roots if abs(root.imag) < 1e-9)
    expected = (x - 1) * (x - c) / x - noise
    assert ridge_denoisers.best_ridge(ISOTROPIC, load, noise) == pytest.approx(expected, rel=1e-5)


def test_the_sign_of_the_best_ridge_changes_at_noise_two():
    load = 1e6
    for noise in (0.1, 1.0, 3.0, 10.0):
        limit = noise * (noise - 2) / (1 + noise) / load
        assert ridge_denoisers.best_ridge(ISOTROPIC, load, noise) == pytest.approx(limit, rel=1e-4)


@pytest.mark.parametrize("load", [0.5, 4.0])
def test_disagreement_of_modes(reference, load):
    law = reference.law(SIGMA, WEIGHT, load)
    expected = 1 - law.mean(np.sqrt(law.x)) ** 2 / SIGMA
    np.testing.assert_allclose(disagreement.modes(TWO_ATOMS, load), expected, rtol=1e-6)
    kept = law.mean(law.x / (law.x + 0.5)) ** 2 / law.mean((law.x / (law.x + 0.5)) ** 2)
    np.testing.assert_allclose(
        disagreement.modes(TWO_ATOMS, load, filters.denoiser(0.5)), 1 - kept, rtol=1e-6
    )


def test_distances_of_seeds_at_many_samples():
    """(1/n) Σ_l σ_kσ_l(1+δ_kl)/(√σ_k+√σ_l)² by seeds along the axes."""
    dim, samples = 12, 10**6
    sigma = np.arange(1.0, dim + 1) ** -1
    roots = np.sqrt(sigma)
    pairs = np.outer(sigma, sigma) * (1 + np.eye(dim)) / (roots[:, None] + roots) ** 2
    found = disagreement.distances(population.power_law(1.0, dim), samples / dim, jnp.eye(dim))
    np.testing.assert_allclose(found * dim * samples, pairs.sum(axis=1), rtol=1e-4)


@pytest.mark.parametrize("weight", [-0.3, 0.0, 0.4])
def test_the_risk_of_a_combination(reference, weight):
    noise, gain, kept = 0.3, [], []
    for load in (4.0, 0.5):
        law = reference.law(SIGMA, WEIGHT, load)
        gain.append(law.mean(law.x / (law.x + noise)))
        kept.append(law.mean((law.x / (law.x + noise)) ** 2))
    a, b = 1 + weight, -weight
    square = a * a * kept[0] + b * b * kept[1] + 2 * a * b * gain[0] * gain[1]
    expected = ((SIGMA + noise) * square - 2 * SIGMA * (a * gain[0] + b * gain[1]) + SIGMA) @ WEIGHT
    found = denoiser_combinations.extrapolated_risk(TWO_ATOMS, 4.0, 0.5, noise, weight)
    assert found == pytest.approx(expected, rel=1e-6)
    best = denoiser_combinations.best_weight(TWO_ATOMS, 4.0, 0.5, noise)
    assert denoiser_combinations.extrapolated_risk(TWO_ATOMS, 4.0, 0.5, noise, best) <= found
    mean = ((SIGMA + noise) * (kept[1] + 3 * gain[1] ** 2) / 4 - 2 * SIGMA * gain[1] + SIGMA) @ WEIGHT
    assert denoiser_combinations.averaged_risk(TWO_ATOMS, 0.5, noise, 4) == pytest.approx(mean, rel=1e-6)


def test_critics():
    """By Gaussian quadrature in one coordinate; coordinates are independent."""
    node, share = np.polynomial.hermite_e.hermegauss(120)
    share, rho = share / share.sum(), 0.3
    x, y = node[:, None], node
    f = -0.5 * np.log(1 - rho**2) - (rho**2 * (x**2 + y**2) - 2 * rho * x * y) / (2 * (1 - rho**2))
    square = share @ np.exp(2 * f) @ share
    joint = np.outer(share, share) * np.exp(f)
    spread = np.sum(joint * f**2) - np.sum(joint * f) ** 2
    found = critics.predict(rho, 1)
    assert found.partition == pytest.approx(square - 1, rel=1e-10)
    assert found.estimate - found.partition == pytest.approx(spread, rel=1e-8)
    assert critics.information(rho, 1) == pytest.approx(np.sum(joint * f), rel=1e-10)
    assert critics.predict(0.3, 5).partition == pytest.approx(0.91**-5 - 1, rel=1e-14)


CURVES = {
    "best_forward": lambda load: ridge_models.best_forward(TWO_ATOMS, load),
    "best_wasserstein2": lambda load: ridge_models.best_wasserstein2(TWO_ATOMS, load),
    "kl_forward": lambda load: ridge_models.kl_forward(TWO_ATOMS, load, 0.3),
    "best_ridge": lambda load: ridge_denoisers.best_ridge(TWO_ATOMS, load, 0.3),
    "modes": lambda load: disagreement.modes(TWO_ATOMS, load)[..., 0],
    "best_weight": lambda load: denoiser_combinations.best_weight(TWO_ATOMS, load, 0.3, 0.3),
}


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_curves_are_vectorised_and_differentiable(curve):
    loads = jnp.asarray([0.3, 2.0, 9.0])
    found = curve(loads)
    np.testing.assert_allclose(jax.jit(curve)(loads), found, rtol=1e-9)
    np.testing.assert_allclose(found, [curve(load) for load in loads], rtol=1e-9)
    step = 1e-5
    slopes = (curve(loads + step) - curve(loads - step)) / (2 * step)
    np.testing.assert_allclose(jax.jit(jax.vmap(jax.grad(curve)))(loads), slopes, rtol=1e-4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: ridge_models.kl_forward(ISOTROPIC, 0.5, 0.0), "rho must be positive where the load"),
        (lambda: ridge_models.kl_reverse(ISOTROPIC, 0.5, -1.0), "rho must be at least 0"),
        (lambda: ridge_models.best_forward(ISOTROPIC, 0.0), "load must be positive"),
        (lambda: ridge_models.best_reverse(population.atoms([1.0, 0.0]), 2.0), "no zero eigenvalue"),
        (
            lambda: ridge_denoisers.risk(ISOTROPIC, 2.0, 0.3, -0.3),
            "ridge must be above minus the noise, got -0.3",
        ),
        (lambda: ridge_denoisers.best_ridge(ISOTROPIC, 2.0, 0.0), "noise must be positive"),
        (lambda: disagreement.modes(ISOTROPIC, -1.0), "load must be positive"),
        (
            lambda: disagreement.distances(population.spiked([1.0]), 2.0, jnp.ones((1, 4))),
            "population must have no spikes",
        ),
        (lambda: denoiser_combinations.best_weight(ISOTROPIC, 1.0, 0.0, 0.3), "other must be positive"),
        (lambda: denoiser_combinations.averaged_risk(ISOTROPIC, 1.0, 0.3, 0), "models must be positive"),
        (lambda: critics.predict(1.0, 3), "correlation must be between -1 and 1"),
        (lambda: critics.information(0.5, 0), "dim must be positive"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
