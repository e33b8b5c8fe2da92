"""The Bayesian factor model: its likelihood, its posterior against quadrature, what draws measure."""

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from scipy import stats

from lingen.models import bayesian, population
from lingen.models.posterior import measure
from lingen.sims import bayesian as sim
from lingen.sims.engine.ensemble import ensemble
from lingen.theory import bayesian as theory

SPIKE = population.spiked([4.0])


def test_likelihood_is_that_of_the_normal_law():
    rng = np.random.default_rng(0)
    x, w = rng.standard_normal((7, 4)), rng.standard_normal((4, 2))
    seen = bayesian.statistics(jnp.asarray(x), rank=2)
    covariance = w @ w.T + 0.7 * np.eye(4)
    expected = stats.multivariate_normal(np.zeros(4), covariance).logpdf(x).sum()
    found = float(bayesian.log_likelihood(seen, jnp.asarray(w), jnp.asarray(0.7)))
    assert found - 7 * 2 * np.log(2 * np.pi) == pytest.approx(expected, rel=1e-12)


def test_maximum_likelihood_has_no_slope():
    x = jr.normal(jr.key(0), (30, 5)) * jnp.array([3.0, 2.0, 1.0, 1.0, 1.0])
    seen = bayesian.statistics(x, rank=2)
    slopes = jax.jit(jax.grad(lambda p: bayesian.log_likelihood(seen, *p)))(bayesian.maximum_likelihood(seen))
    np.testing.assert_allclose(np.concatenate([np.ravel(s) for s in slopes]), 0.0, atol=1e-9)


def _quadrature(seen):
    """E(u·e₁)² of the posterior at d = 2, over the angle and length of W, the noise and the prior's scale."""
    angle = (np.arange(40) + 0.5) * np.pi / 40
    length, noise = np.linspace(0.02, 6, 80), np.linspace(0.1, 4, 60)
    scale = np.linspace(0.05, 14, 80)
    prior = stats.halfnorm(scale=4).pdf(scale) / scale**2
    prior = length * (prior * np.exp(-(length[:, None] ** 2) / scale**2)).sum(axis=1)
    u = np.stack([np.cos(angle), np.sin(angle)])
    along = np.einsum("ia,ij,ja->a", u, np.asarray(seen.covariance), u)[:, None, None]
    s, top = noise[None, None], noise[None, None] + length[None, :, None] ** 2
    trace = (np.trace(np.asarray(seen.covariance)) - along) / s + along / top
    log = -0.5 * float(seen.samples) * (np.log(s * top) + trace) + np.log(prior)[None, :, None]
    weight = np.exp(log - log.max()) * stats.lognorm(1).pdf(noise)
    return np.sum(weight * u[0][:, None, None] ** 2) / weight.sum(), np.sum(weight * s) / weight.sum()


def test_nuts_agrees_with_quadrature():
    x = jr.normal(jr.key(3), (12, 2)) * jnp.array([1.5, 1.0])
    seen = bayesian.statistics(x)
    found = measure(
        jax.jit(lambda k: bayesian.posterior(seen, k, count=4, warmup=300, draws=1000))(jr.key(0))
    )
    loadings = found.samples["loadings"][..., 0]
    overlap = loadings[..., 0] ** 2 / (loadings**2).sum(axis=-1)
    for values, expected in zip((overlap, found.samples["noise"]), _quadrature(seen), strict=True):
        means = values.reshape(40, -1).mean(axis=1)
        assert abs(means.mean() - expected) < 5 * means.std(ddof=1) / np.sqrt(40)


@pytest.fixture(scope="module")
def draws():
    """By SVI, which compiles faster; NUTS has its own test above."""
    return ensemble(sim.variational_sampler(SPIKE, 8, 4.0, steps=600), jr.key(0), 16)


def test_posterior_samples_overlap_as_theory_says(draws):
    limit = theory.predict(SPIKE, 4.0)
    for name in ("sample_overlap", "mean_overlap", "maximum_overlap"):
        values = getattr(draws, name)
        finite = 2 / 8  # the finite-size term is of order 1/d
        assert abs(values.mean() - getattr(limit, name)) < finite + 5 * values.std() / 4
    assert draws.sample_overlap.mean() < draws.mean_overlap.mean()


def test_generators_agree_and_memorise_a_little(draws):
    for name in ("convergence", "maximum_convergence"):
        values = getattr(draws, name)
        assert np.all((values > 0.5) & (values <= 1 + 1e-12))
    for name in ("memorisation", "maximum_memorisation"):
        values = getattr(draws, name)
        assert values.mean() > 1 - 5 * values.std() / 4


def test_theory_squares_recovery():
    q = float(theory.predict(SPIKE, 4.0).mean_overlap)
    assert q == pytest.approx((1 - 1 / 64) / (1 + 1 / 16))
    assert float(theory.sample_overlap(SPIKE, 4.0)) == pytest.approx(q**2)
    assert float(theory.sample_overlap(SPIKE, 0.01)) == 0.0


@pytest.mark.parametrize("source", [population.isotropic(), population.atoms([1.0, 2.0]).with_spikes([9.0])])
def test_refuses_other_populations(source):
    with pytest.raises(ValueError, match="one spike"):
        sim.sampler(source, 16, 4.0)
