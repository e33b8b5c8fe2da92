"""State evolution, its potential and the scalar channel, against SciPy's quadrature and plain iteration."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad

from lingen.models.latents import priors
from lingen.theory import message_passing as theory
from lingen.theory.moments import scalar_channel as channel

GAUSS, SIGNS, SPARSE = priors.gauss(), priors.rademacher(), priors.sparse(0.05)
SNRS = (0.0, 1e-3, 0.3, 1.0, 7.0, 300.0)


def normal_mean(function):
    return quad(lambda g: function(g) * np.exp(-g * g / 2) / np.sqrt(2 * np.pi), -12, 12, limit=400)[0]


def sparse_overlap(snr, share=0.05):
    """E⟨x⟩² by the trapezoid rule in y."""
    wide = 1.0 + snr / share
    y = np.linspace(-14 * np.sqrt(wide), 14 * np.sqrt(wide), 60001)
    on = share * np.exp(-(y**2) / (2 * wide)) / np.sqrt(2 * np.pi * wide)
    off = (1 - share) * np.exp(-(y**2) / 2) / np.sqrt(2 * np.pi)
    mean = on / (on + off) * np.sqrt(snr) / share / wide * y
    return np.trapezoid(mean**2 * (on + off), y)


def iterated(load, strength, start, rounds):
    """Sparse v, Gaussian w."""
    known = start
    for _ in range(rounds):
        known = sparse_overlap(load * strength * strength * known / (1 + strength * known))
    return known


@pytest.mark.parametrize("snr", SNRS)
def test_the_scalar_channel_knows_what_quadrature_knows(snr):
    signs = normal_mean(lambda g: np.tanh(snr + np.sqrt(snr) * g))
    np.testing.assert_allclose(channel.overlap(GAUSS, snr), snr / (1 + snr), rtol=1e-12, atol=1e-20)
    np.testing.assert_allclose(channel.overlap(SIGNS, snr), signs, rtol=1e-8, atol=1e-12)
    np.testing.assert_allclose(channel.overlap(SPARSE, snr), sparse_overlap(snr), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("snr", SNRS)
def test_the_information_of_the_scalar_channel(snr):
    signs = snr - normal_mean(
        lambda g: np.logaddexp(*(np.array([1, -1]) * (snr + np.sqrt(snr) * g))) - np.log(2)
    )
    np.testing.assert_allclose(channel.information(GAUSS, snr), 0.5 * np.log1p(snr), rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(channel.information(SIGNS, snr), signs, rtol=1e-8, atol=1e-9)
    sparse = quad(lambda s: 0.5 * (1 - sparse_overlap(s)), 0, min(snr, 7.0), limit=60, epsabs=1e-8)[0]
    np.testing.assert_allclose(channel.information(SPARSE, min(snr, 7.0)), sparse, rtol=1e-6, atol=1e-9)


def test_the_channel_keeps_its_ends():
    for prior in (GAUSS, SIGNS, SPARSE, priors.sparse(1.0), priors.sparse(priors.RAREST)):
        found = np.asarray(channel.overlap(prior, [0.0, 1e-300, 1e-12, 1e12, 1e300]))
        assert ((found >= 0) & (found <= 1)).all()
        assert found[0] < 1e-20
        np.testing.assert_allclose(found[-1], 1.0, rtol=1e-12)
        np.testing.assert_allclose(
            jax.jit(jax.grad(lambda s, p=prior: channel.overlap(p, s)))(0.0), 1.0, rtol=1e-5
        )
    np.testing.assert_allclose(channel.information(SIGNS, 1e300), np.log(2), rtol=1e-12)


def test_without_structure_messages_are_principal_components():
    load, strength = np.array([0.3, 2.0, 5.0, 1e9]), np.array([1.0, 1.5, 0.7, 1.0])
    expected = np.maximum(0, (1 - 1 / (load * strength**2)) / (1 + 1 / (load * strength)))
    for informed in (False, True):
        found = theory.overlap(load, strength, informed=informed)
        np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize(("load", "strength"), [(2.0, 1.5), (1.3, 1.0), (0.8, 1.0)])
def test_fixed_points_are_where_plain_iteration_rests(load, strength):
    told = theory.overlap(load, strength, latent=SPARSE, informed=True)
    np.testing.assert_allclose(told, iterated(load, strength, 1.0, 60), rtol=1e-7)
    untold = theory.overlap(load, strength, latent=SPARSE)
    expected = told if load * strength**2 > 1 else 0.0
    np.testing.assert_allclose(untold, expected, rtol=1e-12)


def test_fixed_points_of_signs():
    """Both sides have signs: m = E tanh(2m + √(2m) g) at γ = 1, θ = 2."""
    known = 1.0
    for _ in range(60):
        known = normal_mean(lambda g, a=2 * known: np.tanh(a + np.sqrt(a) * g))
    np.testing.assert_allclose(theory.overlap(1.0, 2.0, latent=SIGNS, weights=SIGNS), known, rtol=1e-8)


def test_the_path_is_the_map_step_by_step():
    found = theory.predict(0.8, 1.0, hint=2.0, steps=3, latent=SPARSE)
    path = [iterated(0.8, 1.0, sparse_overlap(2.0), t) for t in (1, 2, 3)]
    np.testing.assert_allclose(found.path, path, rtol=1e-9)
    np.testing.assert_allclose(found.recovery + found.error, 1.0, rtol=1e-12)
    np.testing.assert_allclose(found.weight_recovery, path[1] / (1 + path[1]), rtol=1e-9)


def test_the_path_from_the_principal_component():
    """From Q of R1 on: 7/12 at γ = 2, θ = 3/2."""
    found = theory.predict(2.0, 1.5, steps=2, start="spectral", latent=SPARSE)
    path = [iterated(2.0, 1.5, sparse_overlap(7 / 5), t) for t in (1, 2)]  # Q/(1−Q)
    np.testing.assert_allclose(found.path, path, rtol=1e-9)
    np.testing.assert_allclose(found.initial, 7 / 12, rtol=1e-12)
    np.testing.assert_allclose(found.gain, path[1] - 7 / 12, rtol=1e-9)
    load, strength = np.array([0.3, 1.0, 2.0, 0.5, 1e9]), np.array([1.0, 1.0, 1.5, 3.0, 1.0])
    plain = theory.predict(load, strength, steps=3, start="spectral")  # no structure: no step moves it
    expected = np.maximum(0, (1 - 1 / (load * strength**2)) / (1 + 1 / (load * strength)))
    np.testing.assert_allclose(plain.initial, expected, atol=1e-14)
    np.testing.assert_allclose(plain.path, np.repeat(expected[:, None], 3, axis=1), atol=1e-12)


def test_what_a_hint_knows_before_any_step():
    found = theory.predict(0.8, 1.0, hint=[0.0, 3.0], steps=1, latent=SPARSE)
    np.testing.assert_allclose(found.initial, [0.0, 0.75], rtol=1e-14)
    np.testing.assert_allclose(found.gain, found.recovery - found.initial, rtol=1e-14)


def test_the_ends_of_a_spectral_start():
    """Huge and tiny strengths, and derivatives on both sides of the threshold."""
    load, strength = [1.0, 1.0, 1.0, 1e-300, 1e300], [1e-300, 1e-6, 1e6, 1e300, 1e300]
    ends = theory.predict(load, strength, steps=2, start="spectral", latent=SIGNS)
    np.testing.assert_allclose(ends.initial, [0.0, 0.0, 1.0 - 1e-6, 0.5, 1.0], atol=1e-11)
    slope = jax.grad(lambda t: theory.predict(2.0, t, steps=1, start="spectral").initial)
    np.testing.assert_allclose(slope(0.5), 0.0, atol=0)
    # Q = (2t²−1)/(2t²+t): Q' = (2t²+4t+1)/(2t²+t)²
    np.testing.assert_allclose(slope(1.5), 11.5 / 36.0, rtol=1e-12)


def test_thresholds_part_the_loads():
    high, informed, uninformed = (float(x) for x in theory.thresholds(1.0, latent=SPARSE))
    assert high < informed < uninformed == 1.0
    assert iterated(high * 0.99, 1.0, 1.0, 300) < 1e-3
    assert iterated(high * 1.01, 1.0, 1.0, 300) > 0.2
    np.testing.assert_allclose([high, informed], [0.4969, 0.5243], atol=1e-4)
    grid = np.linspace(0, 1, 401)  # the least of the potential leaves 0 there
    for load, at_zero in ((informed * 0.99, True), (informed * 1.01, False)):
        values = np.asarray(theory.potential(grid, load, 1.0, latent=SPARSE))
        assert (np.argmin(values) == 0) == at_zero
    continuous = theory.thresholds([0.5, 2.0], latent=SIGNS, weights=SIGNS)
    for found in continuous:
        np.testing.assert_allclose(found, [4.0, 0.25], rtol=1e-12)


def test_the_potential_is_stationary_at_fixed_points_and_is_the_information():
    load, strength = 1.3, 1.0
    known = theory.overlap(load, strength, latent=SPARSE)
    slope = jax.jit(jax.grad(lambda m: theory.potential(m, load, strength, latent=SPARSE)))(known)
    np.testing.assert_allclose(slope, 0.0, atol=1e-10)
    side = known / (1 + known)
    rise = jax.jit(jax.grad(lambda t: theory.information(load, t, latent=SPARSE)))(strength)
    np.testing.assert_allclose(rise, 0.5 * load * (1 - known * side), rtol=1e-9)
    # Gauss, Gauss: ½ log det of the covariance of X beyond the noise, per dimension
    m = float(theory.overlap(2.0, 1.5))
    side = 1.5 * m / (1 + 1.5 * m)
    plain = 0.5 * (2 * np.log1p(1.5 * m) + np.log1p(3 * side) + 3 * (1 - m) * (1 - side))
    np.testing.assert_allclose(theory.information(2.0, 1.5), plain, rtol=1e-10)
    np.testing.assert_allclose(theory.information(0.3, 1.0), 0.15, rtol=1e-10)  # nothing known: ½γθ


def test_derivatives_and_batches():
    def at(load):
        return theory.overlap(load, 1.0, latent=SPARSE)

    difference = (at(1.3001) - at(1.2999)) / 2e-4
    np.testing.assert_allclose(jax.jit(jax.grad(at))(1.3), difference, rtol=1e-6)
    loads = jnp.asarray([0.5, 1.3, 2.0])
    np.testing.assert_allclose(jax.jit(jax.vmap(at))(loads), at(loads), rtol=1e-12)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, 1e-12, np.nan, [0.1, 0.2]])
def test_a_share_out_of_range_is_one_line(share):
    with pytest.raises(ValueError, match="share must be"):
        priors.sparse(share)


def test_priors_have_mean_zero_and_variance_one():
    with pytest.raises(ValueError, match="latent must have mean 0 and variance 1"):
        theory.overlap(1.0, 1.0, latent=GAUSS.replace(means=jnp.ones(1)))
    with pytest.raises(ValueError, match=r"latent\.variances must"):
        theory.overlap(1.0, 1.0, latent=GAUSS.replace(variances=-jnp.ones(1)))
