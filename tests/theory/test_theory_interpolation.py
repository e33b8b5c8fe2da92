"""Mass between two modes, and least squares on random labels: predictions against SciPy."""

from __future__ import annotations

import jax
import numpy as np
import pytest
from scipy import integrate, optimize, special, stats

from lingen.theory import mode_interpolation, random_labels


@pytest.mark.parametrize(("width", "noise"), [(0.3, 3.0), (0.3, 0.5), (0.5, 0.05), (2.0, 1e-3)])
def test_the_slope_of_the_smoothed_denoiser_against_quadrature(width, noise):
    unit = min(1.0, noise**2 / width)
    expected, _ = integrate.quad(
        lambda g: stats.norm.pdf(g * unit) * unit / np.cosh(width * g * unit / noise**2) ** 2,
        -30, 30, points=[0.0], limit=400,
    )  # fmt: skip
    found = mode_interpolation.smoothed_slope(1.0, width, noise)
    assert found == pytest.approx(expected / noise**2, rel=1e-9)


def test_the_slope_tends_to_its_limits():
    assert mode_interpolation.slope(1.0, 0.3) == pytest.approx(2.6596152, rel=1e-7)
    assert mode_interpolation.smoothed_slope(1.0, 0.3, 1e-4) == pytest.approx(2.6596152, rel=1e-7)
    assert mode_interpolation.smoothed_slope(2.0, 0.3, 1e3) == pytest.approx(4e-6, rel=1e-5)
    assert mode_interpolation.merging(2.0) == pytest.approx(1.5957691, rel=1e-7)


def test_the_mass_at_the_midpoint_against_the_flow_backwards():
    """The flow keeps order: what ends within δ started within what δ comes from, by SciPy's solver."""
    width, low, high, delta = 0.4, 0.1, 5.0, 1e-4

    def drift(place, x):
        g = np.linspace(-9, 9, 4001)
        weight = stats.norm.pdf(g) * (g[1] - g[0])
        return x - np.tanh((x + width * g) / np.exp(2 * place)) @ weight

    start = integrate.solve_ivp(drift, np.log([low, high]), [delta], rtol=1e-10, atol=1e-15).y[0, -1]
    mass = 0.5 * sum(
        stats.norm.cdf((start - m) / high) - stats.norm.cdf((-start - m) / high) for m in (-1, 1)
    )
    assert mode_interpolation.smoothed(1.0, width, low, high, delta) == pytest.approx(mass, rel=1e-6)


def test_known_masses():
    found = mode_interpolation.smoothed(1.0, 0.3, [0.1, 0.03, 0.01], 10.0, 0.03)
    np.testing.assert_allclose(found, [8.097e-4, 1.0981e-4, 1.773e-5], rtol=3e-4)
    # the mixture's own density at 0
    assert mode_interpolation.exact(1.0, 0.3, 3.0, 0.01) == pytest.approx(0.02 * stats.norm.pdf(0, 1, 0.3))
    assert mode_interpolation.linear(1.0, 0.5) == pytest.approx(2 * stats.norm.cdf(0.5) - 1)
    law = stats.norm(1.0, 0.5)  # L = 4: σ* = 1/2, and δ (σ_min/σ*)³
    reach = 0.05 * 0.2**3
    expected = law.cdf(reach) - law.cdf(-reach)
    assert mode_interpolation.clipped(1.0, 4.0, 0.1, 0.05) == pytest.approx(expected, rel=1e-9)
    assert mode_interpolation.between(0.2, 3.0, 0.1, 10.0) == pytest.approx(2e-5)


@pytest.mark.parametrize(("separation", "width"), [(1.0, 0.6), (1.0, 0.79), (2.0, 0.3)])
def test_where_samples_end(separation, width):
    def off(x):
        return x - separation * special.erf(x / np.sqrt(2) / width)

    expected = optimize.brentq(off, 0.05 * separation, separation)
    assert mode_interpolation.root(separation, width) == pytest.approx(expected, rel=1e-8)
    slope = jax.jit(jax.grad(lambda w: mode_interpolation.root(separation, w)))(width)
    step = 1e-5
    ends = [
        optimize.brentq(
            lambda x, w=w: x - separation * special.erf(x / np.sqrt(2) / w), 0.05, separation, xtol=1e-14
        )
        for w in (width - step, width + step)
    ]
    assert slope == pytest.approx((ends[1] - ends[0]) / (2 * step), rel=1e-3)


def test_modes_merge_at_the_critical_width():
    np.testing.assert_array_equal(mode_interpolation.root(1.0, [0.8, 1.0, 5.0]), 0.0)
    assert jax.jit(jax.grad(lambda w: mode_interpolation.root(1.0, w)))(1.0) == 0.0


def test_errors_of_random_labels_against_projections():
    rng, rows = np.random.default_rng(8), []
    for _ in range(4000):
        x, y = rng.normal(size=(16, 5)), rng.exponential(size=16) - 1.0
        fitted = np.linalg.lstsq(x, y)[0]
        rows.append([np.mean((y - x @ fitted) ** 2), 1.0 + fitted @ fitted])
    for drawn, found in zip(np.array(rows).T, random_labels.predict(16, 5), strict=True):
        error = drawn.std() / np.sqrt(4000)
        assert abs(drawn.mean() - found) < 4 * error
        assert error < 0.02
    assert random_labels.training_error(4, 8) == 0.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mode_interpolation.smoothed(1.0, 0.3, 4.0, 3.0, 0.01), "sigma_min must be at most"),
        (lambda: mode_interpolation.clipped(1.0, 4.0, 0.1, 0.25), "reach must be below"),
        (lambda: mode_interpolation.root(0.0, 1.0), "separation must be positive"),
        (lambda: random_labels.generalisation_error(11, 10), "samples must be above dim"),
        (lambda: random_labels.training_error(0, 10), "samples must be at least 1"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
