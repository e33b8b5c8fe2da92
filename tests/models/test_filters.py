"""Filters: positive, increasing, one another's limits, and the same function on the complex plane."""

from __future__ import annotations

import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lingen.models import filters, schedules

NUMBERS = st.floats(1e-3, 1e3)
SMOOTH = {
    "gaussian": st.just(filters.gaussian()),
    "ridge": NUMBERS.map(filters.ridge),
    "ode_sampler": st.tuples(NUMBERS, NUMBERS).map(lambda s: filters.ode_sampler(s[0], s[0] + s[1])),
    "denoiser": NUMBERS.map(filters.denoiser),
    "early_stopped": st.tuples(NUMBERS, NUMBERS).map(lambda s: filters.early_stopped(*s)),
}
ANY = st.one_of(*SMOOTH.values())
SPECTRA = st.lists(st.floats(0.0, 1e3), min_size=1, max_size=20)
GRID = jnp.geomspace(1e-2, 1e2, 50)
relaxed = settings(max_examples=80, deadline=None)


@relaxed
@given(ANY, SPECTRA)
def test_gains_are_at_least_zero_and_never_decrease(g, values):
    # EarlyStopped rises too: λ/(λ+s) and 1 − e^{−2t(λ+s)} both do
    gains = np.asarray(g(jnp.sort(jnp.asarray(values))))
    assert np.all(gains >= 0)
    assert np.all(np.diff(gains) >= -1e-14 * gains.max())


@relaxed
@given(ANY, SPECTRA)
def test_on_spectrum_is_the_function(g, values):
    eigenvalues = jnp.sort(jnp.asarray(values))
    assert np.array_equal(g.on_spectrum(eigenvalues), g(eigenvalues))


@relaxed
@given(ANY, st.floats(1e-2, 1e2))
def test_complex_arguments_continue_the_real_function(g, value):
    assert complex(g(jnp.asarray(value + 0j))) == pytest.approx(float(g(jnp.asarray(value))), rel=1e-12)
    # analytic: the derivative along the imaginary axis is i times the one along the real axis
    step = 1e-4 * value
    real = (g(jnp.asarray(value + step)) - g(jnp.asarray(value - step))) / 2
    imaginary = (g(jnp.asarray(value + 1j * step)) - g(jnp.asarray(value - 1j * step))) / 2j
    round_off = 2e-11 * float(g(jnp.asarray(value))) / value
    assert complex(imaginary) == pytest.approx(complex(real), rel=1e-6, abs=round_off)


@relaxed
@given(ANY, st.floats(1e-2, 1e2), st.floats(-3.0, 3.0))
def test_conjugate_arguments_give_conjugate_gains(g, size, angle):
    z = jnp.asarray(size * np.exp(1j * angle))
    assert complex(g(z.conj())) == pytest.approx(complex(g(z)).conjugate(), rel=1e-10)


@pytest.mark.parametrize(
    ("g", "limit", "error"),
    [
        (filters.ridge(0.0), filters.gaussian(), 0.0),
        (filters.ridge(1e-12), filters.gaussian(), 1e-10),
        (filters.ode_sampler(0.0, 1e8), filters.gaussian(), 1e-12),
        (filters.ode_sampler(0.5, 1e8), filters.ridge(0.25), 1e-12),
        (filters.early_stopped(1e6, 0.3), filters.denoiser(0.3), 1e-14),
        (filters.early_stopped(0.01, 1e-12), lambda x: -jnp.expm1(-0.02 * x), 1e-8),
    ],
)
def test_limits(g, limit, error):
    assert np.allclose(g(GRID), limit(GRID), rtol=error, atol=0)


def test_early_stopping_starts_along_the_gradient():
    t = 1e-7
    # g = 2tλ + O(t²(λ+s)²)
    assert np.allclose(filters.early_stopped(t, 0.3)(GRID), 2 * t * GRID, rtol=3 * t * 100.3)


@pytest.mark.parametrize(
    ("g", "singularity"),
    [
        (filters.gaussian(), 0.0),
        (filters.ridge(0.3), 0.3),
        (filters.ode_sampler(0.5, 2.0), 0.25),
        (filters.denoiser(0.7), 0.7),
        (filters.early_stopped(1.0, 0.7), np.inf),
    ],
)
def test_singularity_is_where_analyticity_ends(g, singularity):
    assert float(g.singularity) == singularity
    # the mean of an analytic function over a circle is its value at the centre
    centre, turn = 1.0, np.exp(2j * np.pi * np.arange(4096) / 4096)
    inside = min(centre + singularity, 5.0) * 0.9
    mean = complex(jnp.mean(g(jnp.asarray(centre + inside * turn))))
    assert mean == pytest.approx(float(g(jnp.asarray(centre))), rel=1e-10)
    if np.isfinite(singularity):
        outside = (centre + singularity) * 1.5
        mean = complex(jnp.mean(g(jnp.asarray(centre + outside * turn))))
        assert abs(mean - float(g(jnp.asarray(centre)))) > 1e-3


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 30), st.data())
def test_pca_keeps_its_count_of_the_largest(dim, data):
    rank = data.draw(st.integers(1, dim))
    eigenvalues = jnp.arange(1.0, dim + 1)
    for g in (filters.pca(rank), filters.pca(fraction=rank / dim)):
        gains = np.asarray(g.on_spectrum(eigenvalues))
        assert g.count(dim) == rank
        assert np.array_equal(gains[dim - rank :], np.sqrt(eigenvalues[dim - rank :]))
        assert np.all(gains[: dim - rank] == 0)


def test_pca_floor_and_full_rank():
    eigenvalues = jnp.arange(1.0, 5.0)
    assert np.allclose(filters.pca(1, floor=0.25).on_spectrum(eigenvalues), [0.5, 0.5, 0.5, 2.0])
    assert np.array_equal(filters.pca(4).on_spectrum(eigenvalues), filters.gaussian()(eigenvalues))
    with pytest.raises(NotImplementedError, match="PCA is not a function of single eigenvalues"):
        filters.pca(1)(eigenvalues)


@pytest.mark.parametrize("g", [filters.pca(2), filters.pca(fraction=0.5), filters.ridge(0.1)])
def test_filters_are_arguments_of_compiled_functions(g):
    eigenvalues = jnp.arange(1.0, 5.0)
    compiled = jax.jit(lambda g, x: g.on_spectrum(x))(g, eigenvalues)
    assert np.allclose(compiled, g.on_spectrum(eigenvalues), rtol=1e-15)


def test_gains_can_be_differentiated_in_their_numbers():
    slope = jax.jit(jax.grad(lambda s: filters.denoiser(s)(2.0)))(1.0)
    assert float(slope) == pytest.approx(-2 / 9)


@pytest.mark.parametrize(
    ("text", "g"),
    [
        ("gaussian", filters.gaussian()),
        (" ridge:0.1", filters.ridge(0.1)),
        ("ode_sampler:0.01:80", filters.ode_sampler(0.01, 80.0)),
        ("pca:10", filters.pca(10)),
        ("pca:0.25", filters.pca(fraction=0.25)),
        ("denoiser:1e-1", filters.denoiser(0.1)),
        ("early_stopped:3:0.1", filters.early_stopped(3.0, 0.1)),
    ],
)
def test_parse(text, g):
    assert filters.parse(text) == g


@pytest.mark.parametrize("name", ["ddpm", "ddim"])
def test_parse_gives_whole_numbers_of_steps_and_ranks(name, monkeypatch):
    asked = []
    monkeypatch.setattr(schedules, "linear", lambda steps: asked.append(steps) or schedules.karras(4))
    monkeypatch.setattr(filters, name, lambda betas: betas)
    filters.parse(f"{name}:10")
    assert asked == [10]
    assert type(asked[0]) is type(filters.parse("pca:10").rank) is int


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gauss", "filter must be one of gaussian, ridge:number, .*, got 'gauss'"),
        ("", "filter must be one of .*, got ''"),
        ("ridge", "filter must be one of .*, got 'ridge'"),
        ("ridge:a", "with plain numbers, got 'ridge:a'"),
        ("ridge:-1", "rho must be at least 0 and finite, got -1"),
        ("ridge:nan", "rho must be at least 0 and finite, got nan"),
        ("pca:2.5", "rank must be a whole number, got 2.5"),
        ("pca:inf", "rank must be a whole number, got inf"),
        ("ddpm:2.5", "steps must be a whole number, got 2.5"),
        ("heun:nan", "steps must be a whole number, got nan"),
    ],
)
def test_parse_refuses_the_rest(text, message):
    with pytest.raises(ValueError, match=message):
        filters.parse(text)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: filters.ridge(-0.1), "rho must be at least 0 and finite, got -0.1"),
        (lambda: filters.ode_sampler(1.0, 1.0), "sigma_min must be below sigma_max = 1.0, got 1.0"),
        (lambda: filters.ode_sampler(2.0, 1.0), "sigma_min must be below sigma_max = 1.0, got 2.0"),
        (lambda: filters.ode_sampler(0.0, np.inf), "sigma_max must be positive and finite, got inf"),
        (lambda: filters.pca(), "rank or fraction must be given, not both, got rank=None, fraction=None"),
        (lambda: filters.pca(3, fraction=0.1), "rank or fraction must be given, not both"),
        (lambda: filters.pca(0), "rank must be a whole number of at least 1, got 0"),
        (lambda: filters.pca(fraction=1.5), "fraction must be between 0 and 1, got 1.5"),
        (lambda: filters.pca(1, floor=-1.0), "floor must be at least 0 and finite, got -1"),
        (lambda: filters.pca(5).count(4), "rank must be a whole number of at least 1 and at most 4, got 5"),
        (lambda: filters.pca(5).on_spectrum(jnp.ones(4)), "at least 1 and at most 4, got 5"),
        (lambda: filters.pca(fraction=0.1).on_spectrum(jnp.ones(4)), "fraction must keep an eigenvalue of 4"),
        (lambda: filters.denoiser(0.0), "noise must be positive and finite, got 0"),
        (lambda: filters.early_stopped(0.0, 1.0), "time must be positive and finite, got 0"),
        (lambda: filters.early_stopped(1.0, np.nan), "noise must be positive and finite, got nan"),
    ],
)
def test_bad_input_is_one_clear_line(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_names_show_the_numbers():
    assert filters.gaussian().name == "gaussian"
    assert filters.ridge(0.1).name == "ridge(rho=0.1)"
    assert filters.pca(3).name == "pca(rank=3, floor=0)"
    assert filters.ode_sampler(0.01, 80).name == "odesampler(sigma_min=0.01, sigma_max=80)"


SAME_SIZE = [
    filters.ridge(0.3), filters.denoiser(0.3), filters.ode_sampler(0.3, 2.0), filters.early_stopped(0.3, 2.0),
    *(filters.parse(f"{name}:50") for name in ("ddpm", "ddim", "euler", "heun")),
]  # fmt: skip


def test_filters_of_as_many_numbers_are_never_taken_for_each_other():
    structures = [jax.tree.structure(f) for f in SAME_SIZE]
    assert all(one != two for one, two in itertools.combinations(structures, 2))
    called = jax.jit(lambda f: f(jnp.asarray(2.0)))
    np.testing.assert_allclose([called(f) for f in SAME_SIZE], [f(2.0) for f in SAME_SIZE], rtol=1e-14)
