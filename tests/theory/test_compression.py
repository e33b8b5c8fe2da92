"""A compressed spectrum predicts what the whole one predicts, to round-off."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from lingen.models import filters, population, schedules
from lingen.theory import convergence, diffusion, diffusion_steps, information, spectral_entropy
from lingen.theory.moments.functional import filter_moments
from lingen.theory.numerics.compression import NODES, compress, lengthened


def whole(source, load, filter=None):
    moments = filter_moments(source, load, filter)
    return moments.mean**2 @ source.weights / (moments.square @ source.weights)


@pytest.mark.parametrize("exponent", [0.5, 1.5, 3.0])
@pytest.mark.parametrize("filter", [None, filters.ridge(1e-4), filters.denoiser(0.01)])
def test_overlap_of_a_power_law(exponent, filter):
    source, loads = population.power_law(exponent, 1000), jnp.asarray([0.1, 1.0, 5.0])
    np.testing.assert_allclose(
        convergence.overlap(source, loads, filter), whole(source, loads, filter), rtol=1e-11
    )


def test_moments_and_zeros():
    source = population.atoms(np.concatenate([np.zeros(100), np.linspace(0.1, 5.0, 400)]))
    small = compress(source)
    assert small.eigenvalues.size == NODES + 1  # 1.7 decades: one panel
    for order in (0.5, 1.0, 2.0):
        np.testing.assert_allclose(small.moment(order), source.moment(order), rtol=1e-12)
    np.testing.assert_allclose(small.weights[-1], 0.2, rtol=1e-12)
    np.testing.assert_allclose(small.weights.sum(), 1.0, rtol=1e-12)


def test_equal_eigenvalues():
    source = population.from_covariance(3.0 * np.eye(200))
    np.testing.assert_allclose(convergence.overlap(source, 1.0), (8 / (3 * np.pi)) ** 2, rtol=1e-11)


def test_few_eigenvalues_are_left_alone():
    source = population.power_law(1.5, NODES)
    assert compress(source) is source


def test_gradient_against_finite_differences():
    def q(exponent):
        return convergence.overlap(population.power_law(exponent, 300), 0.5)

    slope = jax.jit(jax.grad(q))(1.5)
    np.testing.assert_allclose(slope, (q(1.5 + 1e-5) - q(1.5 - 1e-5)) / 2e-5, rtol=1e-6)


def binned(decades, exponent=1.3):
    """σ = k^{−a}, k up to 10^m: a thousand eigenvalues, then bins of 32 a decade with their counts."""
    k = np.arange(1, 1001.0)
    ends = np.geomspace(1000.5, 10.0**decades + 0.5, 32 * (decades - 3) + 1)
    sigma = np.append(k, np.sqrt(ends[1:] * ends[:-1])) ** -exponent
    return sigma, np.append(np.ones(1000), np.diff(ends))


def extended_kappa(sigma, weight, load, t):
    """κ(t) by Newton from above, in extended precision, with every eigenvalue."""
    value = t + np.sum(weight * sigma) / load
    for _ in range(400):
        excess = value * (1 - np.sum(weight * sigma / (sigma + value)) / load) - t
        step = excess / (1 - np.sum(weight * (sigma / (sigma + value)) ** 2) / load)
        value = value - step
        if abs(step) < 1e-18 * value:
            break
    return value


def extended(decades, load):
    """q (C1), the q of reverse diffusion (N6) and the deficit (H1) by trapezoid sums over log(κ−κ₀)."""
    sigma, count = (np.asarray(value, np.longdouble) for value in binned(decades))
    weight = count / count.sum()
    few = load < 1
    least = extended_kappa(sigma, weight, load, np.longdouble(0)) if few else np.longdouble(0)
    low, high = np.log(sigma.min() + least) - 40, np.log(sigma.max() + least) + 80
    nodes, step = np.linspace(low, high, int((high - low) / 0.45), retstep=True)
    root, reverse, square = np.zeros_like(sigma), np.longdouble(0), np.longdouble(0)
    for excess in np.exp(nodes):
        value = least + excess
        inverse = 1 / (sigma + value)
        drawn = excess * np.sum(weight * sigma / (sigma + least) * inverse) / load
        ratio = drawn if few else 1 - 1 / load + value * np.sum(weight * inverse) / load
        root += np.sqrt(value * ratio) * excess * inverse**2
        slope = ratio + value * np.sum(weight * sigma * inverse**2) / load
        reverse += excess * np.sum(weight * (sigma * inverse) ** 2) * slope
        square += excess * np.sum(weight * sigma * inverse) ** 2
    mean, start = np.sum(weight * sigma), np.sum(weight * sigma / (sigma + least))
    total = np.sum(weight * sigma * np.log(sigma + least)) + (step * square - least * start**2) / (2 * load)
    shared = np.sum(weight * (root * sigma * 2 / np.pi * step) ** 2)
    return float(shared / mean), float(step * reverse / mean), float(total / mean - np.log(mean))


@pytest.mark.parametrize("decades", [6, 10, 16, 30])
@pytest.mark.parametrize("samples", [10, 1000, None])
def test_weights_that_differ_by_any_factor(decades, samples):
    """Nearly all weight is where nearly no variance is: relative to the count the trace has no digits."""
    sigma, count = binned(decades)
    source, load = population.atoms(sigma, count), 2.0 if samples is None else samples / count.sum()
    q, reverse, lack = extended(decades, load)
    np.testing.assert_allclose(convergence.overlap(source, load), q, rtol=1e-11)
    np.testing.assert_allclose(diffusion.reverse_diffusion_overlap(source, load), reverse, rtol=1e-11)
    np.testing.assert_allclose(spectral_entropy.deficit(source, load), lack, rtol=1e-11)


@pytest.mark.parametrize("decades", [6, 16, 30])
def test_denoisers_and_samplers_of_unequal_weights(decades):
    """A step of DDPM is a denoiser; its moments are sums over every eigenvalue, in extended precision."""
    sigma, count = binned(decades)
    source, load = population.atoms(sigma, count), 1000 / count.sum()
    steps = filters.ddpm(schedules.linear(3))
    noise, strength = (np.asarray(value, np.longdouble) for value in steps.channels)
    sigma, weight = np.asarray(sigma, np.longdouble), np.asarray(count / count.sum(), np.longdouble)
    shared, whole = [], []
    for s in noise:
        value = extended_kappa(sigma, weight, load, s)
        kept = sigma / (sigma + value)
        slope = 1 - np.sum(weight * kept**2) / load
        spread = value**2 / (load * slope) * np.sum(weight * kept / (sigma + value))
        shared.append(np.sum(weight * kept**2))
        whole.append(np.sum(weight * kept * (sigma + spread) / (sigma + value)))
    one = convergence.overlap(source, load, filters.denoiser(float(noise[0])))
    np.testing.assert_allclose(one, float(shared[0] / whole[0]), rtol=1e-11)
    expected = float(np.dot(shared, strength) / np.dot(whole, strength))
    np.testing.assert_allclose(diffusion.overlap(source, load, steps), expected, rtol=1e-11)


@pytest.mark.parametrize("decades", [6, 30])
@pytest.mark.parametrize("load", [1.5, 100.0, 1e12])
def test_the_divergence_knows_no_spectrum(decades, load):
    """½[1/(γ−1) − 1 + (1−γ) log(1−1/γ)], in powers of 1/γ."""
    k = np.arange(1, 120.0)
    expected = 0.5 * np.sum(load**-k * (1 - 1 / (k * (k + 1))))
    found = information.kl_from_risks(population.atoms(*binned(decades)), load)
    np.testing.assert_allclose(found, expected, rtol=1e-11)


FLOWS = [
    filters.ode_sampler(1e-3, 80.0),
    filters.early_stopped(50.0, 1e-3),
    filters.heun(schedules.karras(8)),
    filters.euler(schedules.karras(8)),
]


@pytest.mark.slow
@pytest.mark.parametrize("g", FLOWS, ids=lambda g: type(g).__name__)
@pytest.mark.parametrize("load", [0.3, 3.0])
def test_filters_of_a_contour_need_closer_nodes(g, load):
    """Their functions of σ have poles at a right angle, or nearer, and not at σ = −κ alone."""
    for source in (population.power_law(3.0, 1000), population.atoms(*binned(16))):
        np.testing.assert_allclose(convergence.overlap(source, load, g), whole(source, load, g), rtol=1e-10)


def test_the_error_of_steps_of_unequal_weights():
    sampler = filters.heun(schedules.karras(8))
    few = diffusion_steps.step_error(population.atoms(*binned(10)), 1e-7, sampler)
    direct = diffusion_steps._expected(population.atoms(*binned(10)), jnp.asarray(1e-7), sampler, False)
    np.testing.assert_allclose(few, direct, rtol=1e-10)


def test_a_traced_spectrum_of_twenty_decades():
    sigma, count = binned(15)
    found = jax.jit(lambda values: convergence.overlap(population.atoms(values, count), 1e-12))(sigma)
    np.testing.assert_allclose(found, extended(15, 1e-12)[0], rtol=1e-11)


def test_lengthened_laws_share_a_length_and_their_moments():
    sigma, weight = np.linspace(3.0, 0.5, 59), np.linspace(1.0, 2.0, 59)
    law = lengthened(population.atoms(sigma, weight))
    assert law.eigenvalues.size == 64
    for power in (1.0, -0.5):
        known = np.sum(weight * sigma**power) / np.sum(weight)
        assert float(law.moment(power)) == pytest.approx(known, rel=1e-14)
    few = population.atoms([1.0, 3.0])
    assert lengthened(few) is few
