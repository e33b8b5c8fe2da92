"""Entropic transport and gradient flows: against SciPy's solvers, quadrature and plain NumPy."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp
from scipy.linalg import sqrtm
from scipy.special import expit
from scipy.stats import chi2

from lingen.models import population
from lingen.theory import convergence, distances, entropic_transport, flow_batches, flows, monge_gap

ISOTROPIC = population.isotropic()
SLOPES = {
    "kl": lambda a, b, e: 2 - 2 * a / b,
    "wasserstein2": lambda a, b, e: 2 * (np.sqrt(a * b) - a),
    "sinkhorn": lambda a, b, e: np.sqrt(e * e + 4 * a * b) - np.sqrt(e * e + 4 * a * a),
    "entropic": lambda a, b, e: np.sqrt(e * e + 4 * a * b) - e - 2 * a,
    "mmd": lambda a, b, e: -8 * a * (a - b),
}


def test_a_plan_has_the_least_cost_among_gaussian_plans():
    a, b, e = 1.5, 0.6, 0.5
    c = np.linspace(0, 0.999 * np.sqrt(a * b), 200_001)
    cost = 0.5 * (a + b) - c - 0.5 * e * np.log1p(-(c**2) / (a * b))
    best = np.argmin(cost)
    assert entropic_transport.cross_covariance(a, b, e) == pytest.approx(c[best], abs=1e-5)
    assert entropic_transport.cost(a, b, e) == pytest.approx(cost[best], rel=1e-9)


def test_without_entropy_it_is_optimal_transport():
    a, b = np.array([1.5, 2.0, 0.0]), np.array([0.6, 2.0, 1.0])
    half = 0.5 * (np.sqrt(a) - np.sqrt(b)) ** 2
    np.testing.assert_allclose(entropic_transport.cost(a, b, 0.0), half, atol=1e-15)
    np.testing.assert_allclose(entropic_transport.divergence(a, b, 1e-9), half, atol=1e-8)
    one, two = np.diag([1.0, 3.0]), np.array([[2.0, 0.5], [0.5, 1.0]])
    found = np.asarray(entropic_transport.regression(jnp.asarray(one), jnp.asarray(two), 0.0))
    np.testing.assert_allclose(found @ one @ found.T, two, atol=1e-12)


def test_the_regression_between_matrices_solves_its_equation():
    """The cross-covariance C = AMᵀ of the plan has the precision −1/ε off the diagonal."""
    one, two, e = np.diag([1.0, 3.0]), np.array([[2.0, 0.5], [0.5, 1.0]]), 0.7
    m = np.asarray(entropic_transport.regression(jnp.asarray(one), jnp.asarray(two), e))
    joint = np.block([[one, one @ m.T], [m @ one, two]])
    np.testing.assert_allclose(np.linalg.inv(joint)[:2, 2:], -np.eye(2) / e, atol=1e-10)


@pytest.mark.parametrize("flow", flows.FLOWS)
@pytest.mark.parametrize("time", [0.3, 40.0])
def test_modes_follow_their_equation(flow, time):
    for target in (0.1, 0.6, 8.0):
        for epsilon in (0.1, 3.0):
            done = solve_ivp(
                lambda _, a, b=target, e=epsilon: SLOPES[flow](a, b, e), (0, time), [0.7],
                rtol=1e-11, atol=1e-13, method="LSODA",
            )  # fmt: skip
            found = flows.variance(target, time, flow, epsilon, 0.7)
            assert found == pytest.approx(done.y[0, -1], abs=2e-9)


@pytest.mark.parametrize("flow", flows.FLOWS)
def test_the_last_rate(flow):
    for target, epsilon in ((0.8, 0.3), (0.3, 0.8)):
        end = max(target - epsilon, 0.0) if flow == "entropic" else target
        rest = [float(flows.variance(target, t, flow, epsilon)) - end for t in (2.0, 2.1)]
        late = [float(flows.variance(target, t, flow, epsilon)) - end for t in (6.0, 6.1)]
        rate = np.log(late[0] / late[1]) / 0.1 if abs(late[0]) > 1e-10 else np.log(rest[0] / rest[1]) / 0.1
        assert flows.rate(target, flow, epsilon) == pytest.approx(rate, rel=0.03)


@pytest.mark.parametrize("flow", flows.FLOWS)
def test_the_edges_of_the_domain_give_numbers(flow):
    found = flows.variance([0.0, 1e-9, 1.0, 1e3], [[0.0], [1.0], [1e9]], flow, 0.0)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(found[0], 1.0)
    np.testing.assert_allclose(found[2, 1:], [1e-9, 1.0, 1e3], rtol=1e-6, atol=2e-10)
    assert flows.variance(0.0, 3.0, "entropic", 0.0) == pytest.approx(np.exp(-6.0), rel=1e-6)


def test_flows_of_w2_agree_as_in_closed_form():
    load, time = np.array([0.5, 2.0, 8.0]), 1.0
    e, f = np.exp(-time), np.sqrt(convergence.overlap(ISOTROPIC, load))
    closed = (e + (1 - e) * f) ** 2 / (e**2 + 2 * e * (1 - e) * f + (1 - e) ** 2)
    np.testing.assert_allclose(flows.overlap(ISOTROPIC, load, time, "wasserstein2"), closed, rtol=1e-7)
    two = population.atoms([1.0, 10.0])
    end = flows.overlap(two, load, 60.0, "wasserstein2")
    np.testing.assert_allclose(end, convergence.overlap(two, load), rtol=1e-7)
    assert flows.overlap(two, 2.0, 0.0, "kl") == pytest.approx(1.0, rel=1e-9)


@pytest.mark.parametrize(("flow", "seen"), [("kl", 0.8956), ("sinkhorn", 0.95851)])
def test_other_flows_by_the_spectral_law(reference, flow, seen):
    law = reference.marchenko_pastur(2.0, 400)
    gains = [
        solve_ivp(lambda _, a, b=b: SLOPES[flow](a, b, 1.0), (0, 1), [1.0], rtol=1e-9, method="LSODA").y[
            0, -1
        ]
        ** 0.5
        for b in law.x
    ]
    expected = law.mean(np.array(gains))[0] ** 2 / law.mean(np.array(gains) ** 2)[0]
    assert flows.overlap(ISOTROPIC, 2.0, 1.0, flow, 1.0) == pytest.approx(expected, rel=1e-5)
    assert expected == pytest.approx(seen, abs=1e-4)


@pytest.mark.parametrize(
    ("epsilon", "dim", "points"), [(40.0, 8, 64), (8.0, 32, 256), (2.0, 32, 256), (0.5, 1, 10)]
)
def test_the_self_term_of_one_batch(epsilon, dim, points):
    r = (np.sqrt(epsilon**2 + 4) - epsilon) / 2

    def inside(s):
        chance = expit(-0.5 * dim * np.log(1 - r * r) + s * r / (1 + r) - np.log(points))
        return s / dim * (chance + (1 - chance) * r) * chi2.pdf(s, dim)

    expected = quad(inside, 0, dim + 40 * np.sqrt(dim) + 80, epsabs=1e-12, limit=500, points=[dim])[0]
    assert flow_batches.one_batch(epsilon, dim, points) == pytest.approx(expected, rel=1e-6)
    assert flow_batches.correlation(epsilon) == pytest.approx(r, rel=1e-12)
    assert flow_batches.sticking(epsilon) == pytest.approx(-0.5 * np.log(1 - r * r) + r / (1 + r), rel=1e-10)


def test_the_monge_gap():
    for load in (1.0, 2.0, 7.0):
        c = 1 / load
        plain = (
            float(convergence.overlap(ISOTROPIC, load)) ** 0.5
            - quad(lambda x, c=c: np.sqrt(1 - c * x), 0, 1)[0]
        )
        assert monge_gap.cholesky(load) == pytest.approx(plain, rel=1e-7)
    assert monge_gap.cholesky(1e12) * 8e12 == pytest.approx(1.0, rel=1e-10)
    covariance, generator = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[1.0, 0.4], [-0.3, 0.8]])
    learnt = generator @ covariance @ generator.T
    root = np.real(sqrtm(covariance))
    expected = np.trace(np.real(sqrtm(root @ learnt @ root))) - np.trace(generator @ covariance)
    found = monge_gap.gap(jnp.asarray(generator), jnp.asarray(covariance))
    assert found == pytest.approx(expected, rel=1e-10)
    cost = np.trace(covariance) + np.trace(learnt) - 2 * np.trace(generator @ covariance)
    assert 2 * found == pytest.approx(cost - float(distances.bures(covariance, learnt)), rel=1e-8)


CURVES = {
    "variance": lambda x: flows.variance(x, 1.0, "sinkhorn", 0.5),
    "biased": lambda x: flows.variance(x, 1.0, "entropic", 0.5),
    "kl": lambda x: flows.overlap(population.atoms([1.0, 3.0]), 1.0 + x, 0.5, "kl"),
    "one_batch": lambda x: flow_batches.one_batch(x, 4, 20),
    "cholesky": lambda x: monge_gap.cholesky(1.0 + x),
    "divergence": lambda x: entropic_transport.divergence(x, 0.2, 0.5),
}


@pytest.mark.parametrize("curve", CURVES.values(), ids=CURVES)
def test_curves_are_vectorised_and_differentiable(curve):
    x, step = jnp.asarray([0.3, 0.9, 4.0]), 1e-5
    found = curve(x)
    np.testing.assert_allclose(jax.jit(curve)(x), found, rtol=1e-9)
    np.testing.assert_allclose(found, [curve(one) for one in x], rtol=1e-9)
    slopes = (curve(x + step) - curve(x - step)) / (2 * step)
    np.testing.assert_allclose(jax.jit(jax.vmap(jax.grad(curve)))(x), slopes, rtol=1e-4, atol=1e-8)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: entropic_transport.cost(-1.0, 1.0, 1.0), "first must be at least 0"),
        (
            lambda: entropic_transport.regression(jnp.zeros((2, 2)), jnp.eye(2), 1.0),
            "first must be positive definite",
        ),
        (lambda: flows.variance(1.0, 1.0, "wasserstein"), "flow must be one of kl, wasserstein2"),
        (lambda: flows.variance(1.0, -1.0, "kl"), "time must be at least 0"),
        (lambda: flows.rate(0.0, "kl"), "target must be positive"),
        (lambda: flows.overlap(ISOTROPIC, 0.0, 1.0, "kl"), "load must be positive"),
        (lambda: flow_batches.one_batch(0.0, 2, 4), "epsilon must be positive"),
        (lambda: flow_batches.one_batch(1.0, 0, 4), "dim must be a whole number"),
        (lambda: monge_gap.cholesky(0.5), "load must be at least 1, got 0.5"),
    ],
)
def test_bad_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
