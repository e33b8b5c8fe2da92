"""Flows measured: Sinkhorn's plans against their marginals, matrix flows and batches against plain NumPy."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from scipy.integrate import solve_ivp

from lingen.models import population
from lingen.sims import entropic_transport, flow_batches, flows, monge_gap
from lingen.sims.dense import wishart
from lingen.sims.dense.sinkhorn import match

KEY = jr.key(9)
ISOTROPIC = population.isotropic()


def plan(x, y, epsilon, sweeps=2000):
    """Sinkhorn on scalings, of points of equal weight."""
    kernel = np.exp(-0.5 * np.sum((x[:, None] - y) ** 2, axis=-1) / epsilon)
    v = np.full(len(y), 1.0 / len(y))
    for _ in range(sweeps):
        u = 1.0 / len(x) / (kernel @ v)
        v = 1.0 / len(y) / (kernel.T @ u)
    return u[:, None] * kernel * v


def test_a_plan_of_points():
    x, y = np.random.default_rng(0).normal(size=(2, 9, 3))
    weight = jnp.full(9, 1 / 9)
    found = match(jnp.asarray(x), jnp.asarray(y), weight, weight, jnp.asarray(0.8), 2000)
    matrix = plan(x, y, 0.8)
    np.testing.assert_allclose(found.image, 9 * matrix @ y, atol=1e-9)
    cost = np.sum(matrix * 0.5 * np.sum((x[:, None] - y) ** 2, axis=-1))
    assert found.cost == pytest.approx(cost + 0.8 * np.sum(matrix * np.log(81 * matrix)), rel=1e-9)


def test_far_points_do_not_overflow():
    x = jnp.asarray([[0.0], [1e3]])
    found = match(x, x, jnp.full(2, 0.5), jnp.full(2, 0.5), jnp.asarray(1e-3), 50)
    np.testing.assert_allclose(found.image, x)


def test_a_line_of_points_has_the_moments_of_a_gaussian():
    z, weight = entropic_transport.line(160)
    moments = [float(weight @ z[:, 0] ** k) for k in (0, 2, 4, 6)]
    np.testing.assert_allclose(moments, [1, 1, 3, 15], rtol=1e-7)
    found = entropic_transport.draw(KEY, 1.0, 1.0, 0.5)
    assert found.divergence == pytest.approx(0.0, abs=1e-12)


def test_a_cloud_stays_where_it_is_at_home():
    assert flows.cloud_sampler(1.0, time=3.0)(KEY).variance == pytest.approx(1.0, rel=1e-6)


def learnt(key, dim, load):
    source = wishart.source(ISOTROPIC, dim, load)
    x = np.asarray(source.data(key))[: int(source.samples)]
    return x.T @ x / len(x)


SLOPES = {
    "kl": lambda a, b: 2 - 2 * a / b,
    "wasserstein2": lambda a, b: 2 * (np.sqrt(a * b) - a),
    "sinkhorn": lambda a, b: np.sqrt(4 + 4 * a * b) - np.sqrt(4 + 4 * a * a),
    "entropic": lambda a, b: np.sqrt(4 + 4 * a * b) - 2 - 2 * a,
    "mmd": lambda a, b: -8 * a * (a - b),
}


@pytest.mark.parametrize("flow", SLOPES)
def test_a_matrix_flow_is_that_of_its_modes(flow):
    """On the same data, mode by mode with SciPy; ε = 2."""
    dim, load, time = 6, 3.0, 0.4
    found = flows.draw(KEY, ISOTROPIC, dim, load, time=time, flow=flow, epsilon=2.0, steps=32)
    generators = []
    for key in jr.split(KEY):
        values, vectors = np.linalg.eigh(learnt(key, dim, load))
        ends = solve_ivp(
            lambda _, a, b=values: SLOPES[flow](a, b), (0, time), np.ones(dim), rtol=1e-10, atol=1e-12
        )
        generators.append(vectors * np.sqrt(ends.y[:, -1]) @ vectors.T)
    one, two = generators
    expected = np.sum(one * two) / np.sqrt(np.sum(one**2) * np.sum(two**2))
    assert found.convergence == pytest.approx(expected, rel=1e-5)


def test_the_self_terms_of_batches():
    found = flow_batches.draw(KEY, 4.0, 3, 12)
    x, other = np.asarray(jr.normal(KEY, (2, 12, 3)))
    terms = [np.mean(x * (12 * plan(x, y, 4.0) @ y)) for y in (x, other)]
    np.testing.assert_allclose((found.one_batch, found.two_batches), terms, rtol=1e-7)


def test_the_monge_gap_of_a_factor():
    matrix = learnt(KEY, 7, 1.5)
    values = np.linalg.eigvalsh(matrix)
    expected = (np.sqrt(values).sum() - np.trace(np.linalg.cholesky(matrix))) / 7
    assert monge_gap.draw(KEY, 7, 1.5).gap == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: entropic_transport.sampler(1.0, 1.0, 0.0), "epsilon must be positive"),
        (lambda: flows.sampler(ISOTROPIC, 8, 2.0, time=1.0, flow="w2"), "flow must be one of kl"),
        (
            lambda: flows.sampler(ISOTROPIC, 8, 0.5, time=1.0, flow="kl"),
            "load must give at least dim = 8 samples",
        ),
        (lambda: flows.cloud_sampler(1.0, time=1.0, flow="kl"), "flow must be one of sinkhorn, entropic"),
        (lambda: flow_batches.sampler(1.0, 2, 1), "points must be a whole number of at least 2"),
        (lambda: monge_gap.sampler(8, 0.5), "load must give at least dim = 8 samples"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
