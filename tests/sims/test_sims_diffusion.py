"""Loops over time against their filters, and what they measure against dense linear algebra."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from lingen.models import filters, population, schedules
from lingen.sims import denoiser_variance, diffusion, gauge, guidance, information, score
from lingen.sims.dense import flow, wishart
from lingen.sims.engine.ensemble import ensemble

KEY = jr.key(7)
TRUTH = population.atoms([1.0, 10.0])
DIM, STEPS = 8, 10
SOURCE = wishart.source(TRUTH, DIM, 0.75)
MODEL = SOURCE.model(jr.key(1))
COVARIANCE = (MODEL.vectors * MODEL.eigenvalues) @ MODEL.vectors.T
SEEDS = jr.normal(jr.key(2), (3, DIM))
BETAS = schedules.linear(STEPS)
DETERMINISTIC = {
    "ddim": filters.ddim(BETAS),
    "euler": filters.euler(schedules.karras(STEPS, 0.05, 20.0)),
    "heun": filters.heun(schedules.karras(STEPS, 0.05, 20.0)),
    "heun to zero": filters.heun(jnp.append(0.0, schedules.karras(STEPS, 0.05, 20.0))),
}


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_loop_and_filter_agree(name):
    """S is singular here: n = 6 samples in 8 dimensions."""
    g = DETERMINISTIC[name]
    made, expected = diffusion.run(g, COVARIANCE, SEEDS), wishart.apply(MODEL, g, SEEDS)
    np.testing.assert_allclose(made, expected, rtol=0, atol=1e-10)


@pytest.mark.parametrize("kind", ["posterior", "beta"])
def test_ancestral_loop_is_a_sum_of_filters(kind):
    g = filters.ddpm(BETAS, kind)
    noise = jr.normal(jr.key(3), (STEPS, *SEEDS.shape))
    variance, strength = g.channels
    terms = jnp.concatenate([noise[1:], SEEDS[None]])
    expected = sum(
        jnp.sqrt(c) * wishart.apply(MODEL, filters.denoiser(s), z)
        for s, c, z in zip(variance, strength, terms, strict=True)
    )
    made = diffusion.run(g, COVARIANCE, SEEDS, noise)
    np.testing.assert_allclose(made, expected, rtol=0, atol=1e-10)


def test_one_draw_of_a_deterministic_sampler():
    g = DETERMINISTIC["ddim"]
    found = diffusion.draw(KEY, TRUTH, DIM, 0.75, g)
    one, two = (SOURCE.model(k) for k in jr.split(KEY))
    made = [wishart.apply(m, g, jnp.eye(DIM)) for m in (one, two)]
    q = jnp.sum(made[0] * made[1]) / jnp.sqrt(jnp.sum(made[0] ** 2) * jnp.sum(made[1] ** 2))
    errors = [jnp.mean((g(m.eigenvalues) - g.flow(m.eigenvalues)) ** 2) for m in (one, two)]
    np.testing.assert_allclose((found.convergence, found.step_error), (q, sum(errors) / 2), atol=1e-10)


def test_one_draw_of_ddpm():
    g = filters.ddpm(BETAS)
    found = diffusion.draw(KEY, TRUTH, DIM, 0.75, g, seeds=2)
    models = [SOURCE.model(k) for k in jr.split(jr.split(KEY, 3)[0])]
    errors = [jnp.mean((g(m.eigenvalues) - g.flow(m.eigenvalues)) ** 2) for m in models]
    assert found.step_error == pytest.approx(float(sum(errors) / 2), abs=1e-7)  # a root of round-off at 0
    assert -1 < found.convergence < 1


def test_ddpm_exact_in_its_noise():
    """q of the pair is that of the sum of denoisers, and what many seeds that share their noise come to."""
    g = filters.ddpm(BETAS, "beta")
    found = diffusion.draw(KEY, TRUTH, DIM, 0.75, g)
    models = [SOURCE.model(k) for k in jr.split(jr.split(KEY, 3)[0])]
    eye, shared, energy = jnp.eye(DIM), 0.0, np.zeros(2)
    for s, c in zip(*g.channels, strict=True):
        made = [wishart.apply(m, filters.denoiser(s), eye) for m in models]
        shared += c * jnp.sum(made[0] * made[1])
        energy += c * np.array([np.sum(x**2) for x in made])
    assert found.convergence == pytest.approx(float(shared / np.sqrt(energy[0] * energy[1])), abs=1e-10)
    sampled = diffusion.draw(KEY, TRUTH, DIM, 0.75, g, seeds=4000)
    assert sampled.step_error == pytest.approx(float(found.step_error), abs=1e-12)
    assert sampled.convergence == pytest.approx(float(found.convergence), abs=5 / np.sqrt(4000 * DIM))


def test_denoiser_variance_is_half_the_square_of_a_difference():
    found = denoiser_variance.draw(KEY, TRUTH, DIM, 2.0, noise=0.3)
    source = wishart.source(TRUTH, DIM, 2.0)
    s = [
        np.asarray(m.vectors * m.eigenvalues @ m.vectors.T) for m in (source.model(k) for k in jr.split(KEY))
    ]
    one, two = (x @ np.linalg.inv(x + 0.3 * np.eye(DIM)) for x in s)
    square = 0.5 * (one - two) ** 2
    np.testing.assert_allclose(found.variance, [square[:, :4].sum() / 4, square[:, 4:].sum() / 4], atol=1e-12)
    corner = square[:4, :4].sum() - np.trace(square[:4, :4])
    expected = 16 * np.array([corner / 12, square[:4, 4:].sum() / 16])
    np.testing.assert_allclose(found.entries[0], expected, atol=1e-12)


@pytest.mark.parametrize("load", [0.5, 2.0])
def test_a_trained_autoencoder_is_the_score(load):
    source = wishart.source(TRUTH, DIM, load)
    x = source.data(KEY)
    s = np.asarray(x.T @ x) / int(source.samples)
    learnt = score.autoencoder(x, source.samples, 0.3)
    exact = -np.linalg.inv(s + 0.3 * np.eye(DIM))
    np.testing.assert_allclose((learnt - np.eye(DIM)) / 0.3, exact, atol=1e-7)
    diagonal = np.diag(exact)
    found = score.draw(KEY, TRUTH, DIM, load, noise=0.3).slope
    np.testing.assert_allclose(found, [diagonal[:4].mean(), diagonal[4:].mean()], atol=1e-7)


def test_scores_and_denoisers_carry_the_information():
    sampler = information.sampler(TRUTH, DIM, 4.0, noise=0.5)
    draws = ensemble(sampler, KEY, 256)
    exact = 0.5 * np.sum(np.log1p(np.asarray(TRUTH.spectrum(DIM)) / 0.5))
    error = draws.mutual.std(ddof=1) / 16
    assert abs(draws.mutual.mean() - exact) < 5 * error
    assert error < 0.01 * exact
    # KL of each draw's own covariance, by its closed form
    source = wishart.source(TRUTH, DIM, 4.0)
    gaps = []
    for i in range(256):
        x = source.data(jr.split(jr.fold_in(KEY, i))[0])
        s = np.asarray(x.T @ x) / int(source.samples)
        ratio = np.linalg.solve(s, np.diag(source.spectrum))
        gaps.append(draws.kl[i] - 0.5 * (np.trace(ratio) - DIM - np.linalg.slogdet(ratio)[1]))
    assert abs(np.mean(gaps)) < 5 * np.std(gaps, ddof=1) / 16
    assert np.std(gaps) / 16 < 0.02 * draws.kl.mean()


@pytest.mark.parametrize("kind", ["matched"])
def test_a_turned_flow_keeps_its_law_and_moves_its_samples(kind):
    turned, plain = (
        ensemble(gauge.sampler(TRUTH, DIM, 2.0, angle, kind, steps=96), KEY, 2) for angle in (1.0, 0.0)
    )
    np.testing.assert_allclose(turned.same_law, 1.0, atol=2e-4)
    assert np.all(turned.convergence < plain.convergence - 0.05)


def test_the_integrator_is_of_fourth_order():
    def error(steps):
        logs = flow.path(steps, 0.05, 20.0)
        made = flow.integrate(lambda x, s: 0.5 * x / (2.0 + s), jnp.asarray(20.0), logs)
        return abs(float(made) / float(filters.ode_sampler(0.05, 20.0)(2.0)) - 1.0)

    assert np.log2(error(32) / error(64)) == pytest.approx(4.0, abs=0.4)


def test_without_guidance_the_condition_is_sampled():
    found = guidance.draw(KEY, TRUTH, 4, 2.0, 0.0)
    np.testing.assert_allclose(found.flow, [20 / 12, 2 / 3], rtol=2e-3)
    np.testing.assert_allclose(found.diffusion, [20 / 12, 2 / 3], rtol=2e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: diffusion.sampler(TRUTH, DIM, 1.0, filters.gaussian()), "filter must be a Sampler"),
        (lambda: diffusion.sampler(TRUTH, DIM, 0.0, DETERMINISTIC["ddim"]), "load must be positive"),
        (
            lambda: diffusion.sampler(TRUTH, DIM, 1.0, DETERMINISTIC["ddim"], "krylov"),
            "method must be auto or",
        ),
        (lambda: diffusion.run(filters.ddpm(BETAS), COVARIANCE, SEEDS), "noise must be given for ddpm"),
        (lambda: denoiser_variance.sampler(TRUTH, DIM, 1.0), "noise or a denoiser must be given"),
        (lambda: denoiser_variance.sampler(TRUTH, 2, 1.0, noise=1.0), "two eigenvalues"),
        (lambda: information.sampler(TRUTH, DIM, 1.0, noise=1.0), "more than dim"),
        (lambda: gauge.sampler(TRUTH, 7, 1.0, 1.0), "dim must be even"),
        (lambda: gauge.sampler(TRUTH, 8, 1.0, 1.0, "none"), "gauge must be one of"),
        (lambda: guidance.sampler(TRUTH, 8, 0.0, 1.0), "noise must be positive"),
        (lambda: score.sampler(TRUTH, 8, 1.0, noise=-1.0), "noise must be positive"),
        (lambda: flow.path(0, 0.1, 1.0), "steps must be a whole number"),
        (lambda: flow.path(4, 1.0, 0.1), "sigma_min must be below"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
