"""Chains of NUTS against a posterior in closed form, and diagnostics that must notice what is wrong."""

import sys
from statistics import NormalDist

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import numpyro
import pytest
from numpyro import distributions as dist

from lingen.claims.inference.posteriors.nuts import nuts
from lingen.models import diagnostics
from lingen.models.posterior import Chains, measure

DATA = jnp.array([1.0, 2.0, 4.0, 5.0])


def conjugate(data, spread):
    mean = numpyro.sample("mean", dist.Normal(0.0, spread))
    numpyro.deterministic("double", 2.0 * mean)
    numpyro.sample("data", dist.Normal(mean, 1.0), obs=data)


@pytest.fixture(scope="module")
def found():
    return nuts(conjugate, jr.key(0), (DATA, jnp.asarray(2.0)), {"mean": [0.0, 1.0]}, warmup=200, draws=1000)


def test_agrees_with_the_conjugate_posterior(found):
    variance = 1 / (DATA.size + 1 / 4)
    error = np.sqrt(variance / found.effective["mean"])
    assert abs(found.flat("mean").mean() - variance * float(DATA.sum())) < 5 * error
    assert found.flat("mean").var() == pytest.approx(variance, rel=5 * np.sqrt(2 / found.effective["mean"]))
    np.testing.assert_allclose(found.flat("double"), 2 * found.flat("mean"))


def test_sound_chains_have_no_trouble(found):
    assert found.sound
    assert found.trouble == ""
    assert found.effective["mean"] > 400
    low, high = found.interval("mean")
    assert low < found.flat("mean").mean() < high
    assert "0 divergences" in found.diagnostics


def test_same_key_same_samples(found):
    again = nuts(conjugate, jr.key(0), (DATA, jnp.asarray(2.0)), {"mean": [0.0, 1.0]}, warmup=200, draws=1000)
    np.testing.assert_array_equal(again.samples["mean"], found.samples["mean"])


def test_chains_apart_are_reported():
    apart = np.random.default_rng(0).standard_normal((4, 100)) + 3 * np.arange(4)[:, None]
    found = measure(Chains({"x": apart}, np.zeros((4, 100))))
    assert not found.sound
    assert "R-hat of x" in found.trouble


def test_a_chain_three_times_too_wide_is_reported():
    wide = np.random.default_rng(0).standard_normal((4, 1000)) * np.array([1, 1, 1, 3])[:, None]
    found = measure(Chains({"x": wide}, np.zeros((4, 1000))))
    assert 1.1 < found.r_hat["x"] < 1.2
    assert found.tail["x"] < 100
    assert "R-hat of x" in found.trouble
    assert "the tails of x hold" in found.trouble


def test_diagnostics_are_those_of_the_paper():
    """From their definitions: ranks of all draws, half chains, autocorrelations summed in pairs."""
    draws = np.random.default_rng(1).standard_normal((4, 200)).cumsum(axis=1) * 0.05
    draws += np.random.default_rng(2).standard_normal((4, 200))
    halves = np.concatenate([draws[:, :100], draws[:, 100:]])

    def normal(x):
        ranks = np.array([[np.sum(x < v) + 1 for v in chain] for chain in x])
        return np.array([[NormalDist().inv_cdf((r - 0.375) / (x.size + 0.25)) for r in c] for c in ranks])

    def r_hat(x):
        within = x.var(axis=1, ddof=1).mean()
        return np.sqrt((99 / 100 * within + x.mean(axis=1).var(ddof=1)) / within)

    folded = np.abs(halves - np.median(halves))
    assert diagnostics.r_hat(draws) == pytest.approx(
        max(r_hat(normal(halves)), r_hat(normal(folded))), rel=1e-10
    )

    def effective(x):
        apart = x - x.mean(axis=1, keepdims=True)
        lags = np.array([np.sum(apart[:, : 100 - t] * apart[:, t:]) / x.size for t in range(100)])
        within = x.var(axis=1, ddof=1).mean()
        whole = 99 / 100 * within + x.mean(axis=1).var(ddof=1)
        rho = 1 - (within - lags) / whole
        rho[0] = 1
        pairs, least, total = rho[0:-1:2] + rho[1::2], np.inf, 0.0
        for pair in pairs:
            if pair < 0:
                break
            least = min(least, pair)
            total += least
        return x.size / (2 * total - 1)

    assert diagnostics.bulk(draws) == pytest.approx(effective(normal(halves)), rel=0.02)
    tails = [effective((halves <= np.quantile(halves, q)).astype(float)) for q in (0.05, 0.95)]
    assert diagnostics.tail(draws) == pytest.approx(min(tails), rel=0.02)


def test_few_samples_are_reported():
    found = measure(Chains({"x": np.random.default_rng(0).standard_normal((4, 60))}, np.zeros((4, 60))))
    assert "effective samples, fewer than 400" in found.trouble


def test_doubts_are_trouble(found):
    assert found._replace(doubts=("the data are odd",)).trouble == "the data are odd"


def test_divergences_are_reported():
    mixed = np.random.default_rng(0).standard_normal((4, 1000))
    diverging = np.zeros((4, 1000))
    diverging[1, 3] = 1
    found = measure(Chains({"x": mixed}, diverging))
    assert found.trouble == "1 transitions diverged"


def test_chains_that_stand_still_are_no_posterior():
    found = measure(Chains({"x": np.ones((4, 100))}, np.zeros((4, 100))))
    assert not found.sound


def test_refuses_a_start_without_density():
    with pytest.raises(ValueError, match="start must have a finite density"):
        nuts(
            conjugate, jr.key(0), (DATA * jnp.nan, jnp.asarray(2.0)), {"mean": [0.0]}, warmup=200, draws=1000
        )


@pytest.mark.parametrize(("option", "value"), [("count", 1), ("warmup", 0), ("draws", 2)])
def test_refuses_steps_out_of_range(option, value):
    with pytest.raises(ValueError, match=option):
        nuts(conjugate, jr.key(0), (DATA, jnp.asarray(2.0)), {"mean": [0.0]}, **{option: value})


@pytest.mark.parametrize(("memory", "gain"), [(-0.5, 3.0), (0.0, 1.0), (0.6, 0.25)])
def test_effective_samples_of_chains_that_remember_one_step(memory, gain):
    # x' = φ x + noise has S (1 − φ)/(1 + φ) effective samples
    draws = remembering(memory, steps=20_000)
    assert diagnostics.bulk(draws) == pytest.approx(gain * draws.size, rel=0.1)


def test_chains_that_alternate_have_at_most_s_log_s_effective_samples():
    draws = remembering(-0.98, steps=1000)
    pairs = np.stack([draws[..., 0::2], -draws[..., 0::2]], axis=-1).reshape(4, -1)
    for chains in (draws, pairs):
        most = chains.size * np.log10(chains.size)
        assert diagnostics.bulk(chains) == pytest.approx(most)
        assert 0 < diagnostics.tail(chains) <= most


def remembering(memory: float, steps: int) -> np.ndarray:
    """Four chains of a Gaussian process with memory φ, each of standard deviation one."""
    rng = np.random.default_rng(0)
    x = np.empty((4, steps))
    x[:, 0] = rng.standard_normal(4)
    for i in range(1, steps):
        x[:, i] = memory * x[:, i - 1] + np.sqrt(1 - memory**2) * rng.standard_normal(4)
    return x


@pytest.mark.filterwarnings("ignore::FutureWarning")  # ArviZ speaks of its own next version
def test_arviz_takes_the_samples_and_agrees_on_r_hat(found):
    arviz = pytest.importorskip("arviz")
    data = found.to_arviz({"model": "conjugate"})
    np.testing.assert_array_equal(data.posterior["double"].values, found.samples["double"])
    assert data.posterior.attrs == {"divergences": 0, "model": "conjugate"}
    assert float(arviz.rhat(data.posterior)["mean"]) == pytest.approx(found.r_hat["mean"], rel=1e-6)


def test_without_arviz_one_line_says_what_to_install(found, monkeypatch):
    monkeypatch.setitem(sys.modules, "arviz", None)
    with pytest.raises(ImportError, match=r"^to_arviz needs ArviZ: pip install 'lingen\[arviz\]'$"):
        found.to_arviz()
