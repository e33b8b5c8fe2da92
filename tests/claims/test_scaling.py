"""Finite-size scaling: planted critical points come back, whatever their exponents, and that of R1."""

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from scipy.special import ndtr

from lingen.claims.inference import scaling, transitions
from lingen.claims.inference.scaling import GaussianLaw
from lingen.claims.library.criticality import FALLING, OCTAVES, SPIKE, measure
from lingen.claims.library.criticality import STEPS as SHORT
from lingen.sims.krylov import extremes

LOADS = np.linspace(0.8, 1.25, 19)
DIMS = (10**3, 10**4, 10**5, 10**6)
STEPS = {"warmup": 300, "draws": 300}


def planted(beta, nu, critical, error=0.005):
    """A scaling function with the powers that the exponents ask for at both ends, corrections, and noise."""
    load, dim = (a.ravel() for a in np.meshgrid(LOADS, DIMS))
    t = load - critical
    x = dim**nu * t * (1 + 0.3 * t)
    mean = dim**-beta * (np.sqrt(x**2 / 4 + 1) + x / 2) ** (beta / nu) * (1 + 0.2 * t)
    noise = np.random.default_rng(1).standard_normal(mean.size)
    return scaling.curves(load, dim, mean * (1 + error * noise), error * mean)


@pytest.mark.slow
def test_recovers_exponents_that_are_not_those_of_recovery_and_sees_a_transition():
    data = planted(0.25, 0.5, 0.95)
    compared = transitions.compare(data, jr.key(0), **STEPS)
    assert compared.weight.min() > 0.95
    assert compared.difference > 5 * compared.error
    found = scaling.scale(data, jr.key(0), **STEPS)
    assert found.divergences == 0
    assert max(found.r_hat.values()) < 1.05
    for name, truth, width in (("critical_point", 0.95, 0.002), ("nu", 0.5, 0.05), ("beta", 0.25, 0.02)):
        samples = found.flat(name)
        assert abs(samples.mean() - truth) < 5 * samples.std(), name
        assert samples.std() < width, name
    collapsed = scaling.collapse(data, found)
    misses = np.log(collapsed.y / collapsed.function) / np.asarray(data.relative_error)
    assert np.sqrt(np.mean(misses**2)) < 1.2


def shoulder(x):
    """F of recovery, about: x/2 above the point with a dip of 8 %, a square below it."""
    h = x / 4 + np.sqrt(x**2 / 16 + 1.2)
    return h**2 / (h + 0.75) * (1 - 0.08 * np.exp(-(((x - 5.5) / 2.5) ** 2)))


def corner(x):
    """Bends within 0.4 at x = 2."""
    return ((x - 2) / 2 + np.sqrt((x - 2) ** 2 / 4 + 0.05)) ** 0.625


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "critical", "nu", "beta"), [(shoulder, 1.0, 1 / 3, 1 / 3), (corner, 1.05, 0.4, 0.25)]
)
def test_one_decade_of_sizes_finds_the_point_of_a_function_that_bends(function, critical, nu, beta):
    """Data without noise: what is missed is bias. Too coarse a form of F missed by 1.6 and 6 deviations."""
    load, dim = (a.ravel() for a in np.meshgrid(LOADS, np.geomspace(1e5, 1e6, 3)))
    t = load - critical
    x = dim**nu * t * (1 + 0.3 * t)
    error = 0.03 / (1 + (np.maximum(x, 0) / 2) ** 1.5) + 0.0007
    mean = dim**-beta * function(x) * (1 - 0.4 * t)
    found = scaling.scale(scaling.curves(load, dim, mean, error * mean), jr.key(0), **STEPS)
    assert found.divergences == 0
    assert max(found.r_hat.values()) < 1.05
    for name, truth, width in (("critical_point", critical, 0.008), ("nu", nu, 0.05), ("beta", beta, 0.05)):
        samples = found.flat(name)
        assert abs(samples.mean() - truth) < samples.std(), name
        assert samples.std() < width, name


def test_curvatures_of_the_spline_are_orthonormal_and_its_ends_straight():
    reach = 1.5
    shape = jax.vmap(lambda s: scaling.spline(s[None], reach)[0])
    curvature = jax.jit(jax.vmap(jax.jacfwd(jax.jacfwd(lambda s: scaling.spline(s[None], reach)[0]))))
    nodes, weights = np.polynomial.legendre.leggauss(64)
    inside = curvature(reach * nodes)
    products = reach * np.einsum("m,mi,mj->ij", weights, inside, inside)
    np.testing.assert_allclose(products, np.eye(len(products)), atol=1e-10)
    for end in (-1.0, 1.0):
        assert not np.any(curvature(end * jnp.array([1.6, 3.0])))
        below, above = shape(end * jnp.array([1.5 - 1e-6, 1.5 + 1e-6]))
        np.testing.assert_allclose(below, above, atol=1e-5)


SHAPES = {
    "a step as high as q climbs": lambda t, d: 0.45 + 0.4 * ndtr(0.3 * d ** (1 / 3) * t),
    "smooth": lambda t, d: 0.72 * np.exp(0.5 * t - 0.3 * t**2) * (1 + np.cos(t) / d),
}


@pytest.mark.slow
@pytest.mark.parametrize("shape", SHAPES)
def test_the_design_for_convergence_would_see_a_transition(shape):
    """Loads, sizes, errors and steps of the claim that q has none."""
    t, dim = (a.ravel() for a in np.meshgrid(np.log(OCTAVES), list(FALLING)))
    mean = SHAPES[shape](t, dim)
    error = mean * np.maximum(scaling.FINEST, 0.6 / np.sqrt(dim * np.array([FALLING[d] for d in dim])))
    noise = np.random.default_rng(1).standard_normal(mean.size)
    found = transitions.compare(scaling.curves(t, dim, mean + error * noise, error), jr.key(0), **SHORT)
    assert (found.difference > 0) == (shape != "smooth")
    assert abs(found.difference) > 5 * found.error
    assert np.ptp(found.evidence.flat("weight")) < 1e-3


@pytest.mark.slow
def test_finds_the_threshold_of_recovery():
    counts = dict.fromkeys(DIMS, 64)
    data = measure(
        lambda dim, load: extremes.sampler(SPIKE, dim, load), lambda d: d.recovery, LOADS, counts, jr.key(1)
    )
    found = scaling.scale(data, jr.key(0), **STEPS)
    for name, truth in (("critical_point", 1.0), ("nu", 1 / 3), ("beta", 1 / 3)):
        samples = found.flat(name)
        assert abs(samples.mean() - truth) < 5 * samples.std(), name
        assert samples.std() < 0.1 * truth, name


def test_left_out_density_is_that_of_the_conditional_normal():
    rng = np.random.default_rng(0)
    mean, columns, noise = rng.normal(size=6), rng.normal(size=(6, 3)), rng.uniform(0.5, 2, 6)
    y = rng.normal(size=6)
    covariance = columns @ columns.T + np.diag(noise)
    found = np.asarray(transitions._left_out(GaussianLaw(mean, columns, noise), y))
    for i in range(6):
        others = np.delete(np.arange(6), i)
        gain = np.linalg.solve(covariance[np.ix_(others, others)], covariance[others, i])
        expected = mean[i] + gain @ (y - mean)[others]
        variance = covariance[i, i] - gain @ covariance[others, i]
        density = -0.5 * (np.log(2 * np.pi * variance) + (y[i] - expected) ** 2 / variance)
        assert found[i] == pytest.approx(density, rel=1e-10)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"mean": np.zeros(15)}, "mean must be positive"),
        ({"error": -np.ones(15)}, "error must be positive"),
        ({"size": np.ones(15)}, "size must take at least 3"),
        ({"control": np.ones(15)}, "control must take at least 5"),
        ({"control": np.ones(14)}, "one length"),
    ],
)
def test_refuses_data_that_cannot_be_scaled(changed, words):
    control, size = (a.ravel() for a in np.meshgrid(np.linspace(0, 1, 5), (1.0, 2.0, 3.0)))
    given = {"control": control, "size": size, "mean": np.ones(15), "error": np.ones(15)}
    with pytest.raises(ValueError, match=words):
        scaling.curves(**given | changed)
