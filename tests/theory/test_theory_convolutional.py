"""Convolutional models: closed forms and Gamma means by SciPy, regressions by plain NumPy, edges."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.tree_util import Partial
from scipy import integrate, special, stats

from lingen.models import filters, population
from lingen.models.images import stationary
from lingen.models.images.stationary import markov, window
from lingen.theory import convolutional
from lingen.theory.convolution import flow
from lingen.theory.numerics.gammas import mean_and_variance

RING = np.asarray(stationary.markov(0.8, 24))
TORUS = np.outer(stationary.markov(0.5, 6), stationary.markov(0.7, 8))


def kept(m):
    """(E χ_m)²/m."""
    return 2 / m * np.exp(2 * (special.gammaln((m + 1) / 2) - special.gammaln(m / 2)))


def test_one_image_is_enough():
    found = convolutional.overlap(RING, [1, 2, 5])
    real = np.isin(np.arange(24), [0, 12])
    for q, n in zip(found, (1, 2, 5), strict=True):
        share = np.where(real, kept(n), kept(2 * n))
        assert q == pytest.approx(RING @ share / RING.sum(), rel=1e-13)
    large = convolutional.overlap(np.ones(10**6), 1)
    assert large == pytest.approx(np.pi / 4, rel=1e-5)
    assert convolutional.disagreement(RING, 10**6) == pytest.approx(
        0.25e-6 * (1 + RING[[0, 12]].sum() / RING.sum()), rel=1e-5
    )


def test_the_checked_value_of_an_odd_ring():
    assert convolutional.overlap(np.ones(15), 5) == pytest.approx(0.94825, abs=5e-6)


@pytest.mark.parametrize("shape", [0.5, 1.0, 2.5, 60.0, 4000.0])
def test_gamma_means_are_those_of_scipy(shape):
    law = stats.gamma(shape, scale=1 / shape)
    mean, variance = mean_and_variance(
        Partial(lambda x: x / (x + 0.3)), jnp.asarray([0.7]), jnp.asarray([shape])
    )

    def expect(f):
        return integrate.quad(lambda u: f(law.ppf(u)), 0, 1, epsabs=1e-13, epsrel=1e-12, limit=500)[0]

    first = expect(lambda g: 0.7 * g / (0.7 * g + 0.3))
    assert mean[0] == pytest.approx(first, rel=1e-9)
    assert variance[0] == pytest.approx(expect(lambda g: (0.7 * g / (0.7 * g + 0.3) - first) ** 2), rel=1e-7)


def test_any_filter_by_its_moments():
    """√(λ+ρ): the second moment is p + ρ."""
    rho, n = 0.4, 3
    law = stats.gamma(n, scale=1 / n)
    mean = law.expect(lambda g: np.sqrt(g + rho))
    pairs = 1 - mean**2 / (1 + rho)
    half = stats.gamma(n / 2, scale=2 / n)
    real = 1 - half.expect(lambda g: np.sqrt(g + rho)) ** 2 / (1 + rho)
    found = convolutional.disagreement(np.ones(24), n, filter=filters.ridge(rho))
    assert found == pytest.approx((22 * pairs + 2 * real) / 24, rel=1e-7)


def numpy_regression(power, taps, noise):
    """V, aᵀBa and the best risk, with the d × d circulant matrix and a window cut out of it."""
    shape, d = power.shape, power.size
    c = np.fft.ifftn(power).real
    half = taps // 2
    line = range(-half, half + 1)
    offsets = [(i,) for i in line] if len(shape) == 1 else [(i, j) for i in line for j in line]

    def at(table, j):
        return table[tuple(np.mod(j, shape))]

    def minus(i, j):
        return tuple(np.subtract(i, j))

    matrix = np.array([[at(c, minus(i, j)) for j in offsets] for i in offsets]) + noise * np.eye(len(offsets))
    target = np.array([at(c, i) for i in offsets])
    a = np.linalg.solve(matrix, target)
    k = np.stack(np.meshgrid(*[np.arange(n) / n for n in shape], indexing="ij"), -1)
    gain = sum(x * np.cos(2 * np.pi * (k @ np.array(j))) for x, j in zip(a, offsets, strict=True))
    spread = power**2 * (1 - gain) ** 2

    def f(j):
        return np.sum(spread * np.cos(2 * np.pi * (k @ np.array(j)))) / d

    error = np.array([[f(minus(i, j)) + f(tuple(np.add(i, j))) for j in offsets] for i in offsets])
    risk = np.mean(power * (1 - gain) ** 2) + noise * a @ a
    return np.trace(np.linalg.solve(matrix, error)), a @ matrix @ a, risk


@pytest.mark.parametrize("power", [RING, TORUS], ids=["ring", "torus"])
@pytest.mark.parametrize("taps", [1, 3, 5])
def test_regressions_are_those_of_numpy(power, taps):
    variance, energy, best = numpy_regression(power, taps, 0.3)
    x = variance / energy / 4 / power.size
    assert convolutional.disagreement(power, 4, taps, 0.3) == pytest.approx(x / (1 + x), rel=1e-11)
    risk = convolutional.risk(power, 4, 0.3, taps)
    spread = variance / 4 / power.size
    np.testing.assert_allclose(risk, [best + spread, best - spread], rtol=1e-11)


def test_many_windows_at_once_are_one_after_the_other():
    together = convolutional.overlap(RING, np.array([[1], [7]]), [1, 5, 23, 3], 0.3)
    assert together.shape == (2, 4)
    for i, n in enumerate((1, 7)):
        for j, taps in enumerate((1, 5, 23, 3)):
            alone = convolutional.overlap(RING, n, taps, 0.3)
            assert together[i, j] == pytest.approx(float(alone), rel=1e-13)


def test_a_thousand_loads_and_fifty_windows_in_one_call():
    power = stationary.markov(0.9, 256)
    found = convolutional.overlap(power, np.arange(1, 1001)[:, None], np.arange(1, 100, 2), 0.3)
    assert found.shape == (1000, 50)
    assert np.all(np.diff(found, axis=0) > 0)
    assert np.all(np.isfinite(found))


def test_the_flow_moves_as_its_logarithm_does():
    """J by differences of a matrix logarithm."""
    power, taps, step = np.asarray(stationary.markov(0.6, 40)), 5, 1e-6
    c = np.fft.ifft(power).real
    index = np.arange(-2, 3)

    def log_gain(c):
        values, vectors = np.linalg.eigh(c[(index[:, None] - index) % 40])
        row = (vectors * np.log(values)) @ vectors[2]
        return 0.5 * np.cos(2 * np.pi * np.outer(np.arange(40), index) / 40) @ row

    slopes = []
    for lag in range(5):
        moved = [c.copy(), c.copy()]
        for sign, other in zip((1, -1), moved, strict=True):
            other[[lag, -lag]] = c[lag] + sign * step
        slopes.append((log_gain(moved[0]) - log_gain(moved[1])) / (2 * step))
    f2 = np.fft.ifft(power**2).real
    lags = np.arange(5)
    joint = f2[(lags[:, None] - lags) % 40] + f2[(lags[:, None] + lags) % 40]
    weight = np.exp(2 * log_gain(c))
    form = np.einsum("kw,kl,lw->w", slopes, joint, slopes)
    x = weight @ form / weight.sum() / 3 / 40
    assert convolutional.disagreement(power, 3, taps) == pytest.approx(x / (1 + x), rel=1e-7)


def test_gradient_with_respect_to_the_autocovariance():
    c, step = np.fft.ifft(RING).real, 1e-6

    def q(c):
        return convolutional.overlap(stationary.power_of(c), 2, 5, 0.3)

    slope = jax.jit(jax.grad(q))(jnp.asarray(c))
    for lag in (0, 1, 4, 12):
        moved = np.zeros(24)
        moved[[lag, -lag]] = step
        difference = float(q(c + moved) - q(c - moved)) / (2 * step)
        assert slope @ moved / step == pytest.approx(difference, rel=1e-5)


def test_memorisation_counts_real_modes_twice():
    assert convolutional.memorisation(np.ones(64), 1) == pytest.approx(1 + 66 / 64, rel=1e-14)
    assert convolutional.memorisation(np.ones((4, 6)), 2) == pytest.approx(1 + 28 / 24 / 2, rel=1e-14)


def test_the_price_of_the_receptive_field():
    """A Markov chain: risk 1/(1+1/s+2J_h), J_h = ρ²u/(1+(1−ρ²)u), u = 1/s + J_{h−1}."""
    rho, s, j, risks = 0.9, 0.5, 0.0, []
    for _ in range(7):
        risks.append(1 / (1 + 1 / s + 2 * j))
        u = 1 / s + j
        j = rho**2 * u / (1 + (1 - rho**2) * u)
    power = stationary.markov(rho, 1024)
    found = convolutional.risk(power, 1e15, s, np.arange(1, 14, 2)).test
    np.testing.assert_allclose(found, risks, rtol=1e-11)
    seen = convolutional.risk(stationary.markov(rho, 256), 1, s, [9, 11, 13]).test
    np.testing.assert_allclose(seen, [0.15378, 0.15348, 0.15354], atol=5e-6)
    best = convolutional.receptive_field(stationary.markov(rho, 256), [1, 8], s, 41)
    np.testing.assert_array_equal(best, [11, 15])


def raised(d, strength):
    power = np.ones(d)
    power[[3, -3]] = 1 + strength
    return power


@pytest.mark.parametrize(("n", "chance"), [(12, 0.283), (25, 0.635), (50, 0.943), (99, 0.999)])
def test_chances_to_lead(n, chance):
    assert convolutional.recovery(raised(4096, 1.0), n) == pytest.approx(chance, abs=1.5e-3)


def test_a_chance_by_quadrature():
    law, below = stats.gamma(3, scale=1 / 3), stats.gamma(3, scale=1 / 3).cdf
    expected = law.expect(lambda g: below(2.5 * g) ** 10)
    assert convolutional.recovery(raised(24, 1.5), 3) == pytest.approx(expected, rel=1e-8)
    assert convolutional.recovery_threshold(1.0, 4096) == pytest.approx(24.85, abs=0.01)
    assert convolutional.recovery_ceiling(512) == pytest.approx(0.0239, abs=1e-4)


@pytest.mark.parametrize("d", [5, 6])
@pytest.mark.parametrize("noise", [1e-300, 1e-9, 1.0, 1e9, 1e300])
def test_edges_of_the_domain_are_numbers(d, noise):
    for power in (np.ones(d), np.where(np.isin(np.arange(d), [1, d - 1]), 2.0, 0.0)):
        for taps in (None, 1, 3, d):
            q = convolutional.overlap(power, [1, 1000], taps, noise)
            assert np.all((q >= 0) & (q <= 1))
            assert np.all(np.isfinite(convolutional.risk(power, 1, noise, taps)[0]))
    assert convolutional.overlap(np.ones(d), 3, d) == convolutional.overlap(np.ones(d), 3)


def test_stationary_populations_hold_every_frequency():
    source = population.stationary(TORUS)
    assert source.dim == TORUS.size
    np.testing.assert_array_equal(source.eigenvalues, np.sort(TORUS.ravel())[::-1])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: convolutional.overlap(np.arange(1.0, 9.0), 1), "power must be even"),
        (lambda: convolutional.overlap(np.zeros(8), 1), "power must hold at least one positive"),
        (lambda: convolutional.overlap(RING, 0), "samples must be at least 1"),
        (lambda: convolutional.overlap(RING, 1, 4, 0.3), "taps must be odd"),
        (lambda: convolutional.overlap(RING, 1, 25, 0.3), "taps must be .* at most 24"),
        (lambda: convolutional.overlap(RING, 1, 3, 0.0), "noise must be positive"),
        (lambda: convolutional.overlap(RING, 1, 3, filter=filters.ridge(0.1)), "filter must be absent"),
        (lambda: convolutional.overlap(np.eye(1, 8)[0], 1, 5), "power must be positive at as many"),
        (lambda: convolutional.recovery(np.ones(2), 1), "power must have a pair"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_memory_of_a_flow_is_that_of_all_frequencies_where_the_window_is_the_image():
    for power in (markov(0.8, 9), markov(0.3, 8)):
        d = power.size
        found = flow.flow(power, window(d, (d,)), jnp.zeros(2))
        double = np.where(np.arange(d) == -np.arange(d) % d, 2.0, 1.0)
        p = np.asarray(power)
        assert np.isclose(found.memorisation, np.sum(double * p**2) / np.sum(p**2), rtol=1e-12)
        assert np.allclose(found.squares / found.squares[0], p / p[0], rtol=1e-10)


def test_the_memory_of_a_flow_of_few_taps_is_that_of_fitted_ones():
    """Images drawn in NumPy, kernels fitted at 48 noise levels: 0.123(16), beside 1.14 of all frequencies."""
    found = flow.flow(markov(0.8, 128), window(9, (128,)), jnp.asarray([0.01, 0.01]))
    assert abs(float(found.memorisation) - 0.1226) < 3 * 0.0164


def test_a_random_direction_has_a_best_pair():
    """E of the largest of m exponentials over their sum with the real modes', by quadrature."""
    assert convolutional.recovery_ceiling(3) == pytest.approx(2 / 3, rel=1e-12)
    largest = integrate.quad(lambda x: 1 - (1 - np.exp(-x)) ** 15, 0, 60)[0]
    assert convolutional.recovery_ceiling(32) == pytest.approx(2 / 32 * largest, rel=1e-9)


@pytest.mark.parametrize(
    ("dim", "taps", "strength", "samples", "seen"),
    [(1024, 65, 4, 7, 0.586), (1024, 129, 4, 8, 0.745), (4096, 129, 1, 100, 0.291), (512, 33, 8, 2, 0.618)],
)
def test_chances_to_lead_within_a_window(dim, taps, strength, samples, seen):
    """Drawn in plain NumPy, 3,000 times each: standard errors of 0.009."""
    assert convolutional.windowed_recovery(strength, samples, dim, taps) == pytest.approx(seen, abs=0.03)


def test_a_window_finds_later_and_converges_sooner():
    chance = convolutional.windowed_recovery(4.0, [1, 4, 16, 1e6], 1024, 65)
    assert np.all(np.diff(chance) > 0)
    assert chance[-1] == pytest.approx(1.0, abs=1e-6)
    assert convolutional.windowed_recovery(4.0, 16, 1024, 33) < chance[2]
    power = stationary.markov(0.6, 1024)
    q = convolutional.overlap(power, 4, [33, 65], 0.3)
    assert q[0] > q[1]
