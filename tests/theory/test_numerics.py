"""The numerics against closed forms, and what each promises beside the number."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import integrate, special

from lingen.theory import memorisation
from lingen.theory.numerics.chunks import in_chunks, over_batch
from lingen.theory.numerics.quadrature import (
    between,
    closed,
    half_line,
    hermite,
    laguerre,
    legendre,
    logarithmic,
)
from lingen.theory.numerics.roots import bisect, newton


def square_root(target):
    """Newton for x² = target."""

    def step(x):
        new = 0.5 * (x + target / x)
        return new, jnp.abs(new - x) <= 1e-15 * x

    return step


def test_newton_finds_each_root_as_if_it_were_alone():
    targets = jnp.asarray([2.0, 1e6, 1e-6, 3.0])
    together = newton(square_root(targets), jnp.ones(4), jnp.zeros(4, bool), 60)
    alone = [newton(square_root(t), jnp.ones(()), jnp.zeros((), bool), 60) for t in targets]
    np.testing.assert_allclose(together, np.sqrt(targets), rtol=1e-15)
    np.testing.assert_array_equal(together, alone)


def test_newton_leaves_what_is_done_and_stops_in_time():
    targets = jnp.asarray([2.0, 2.0])
    found = newton(square_root(targets), jnp.asarray([7.0, 1.0]), jnp.asarray([True, False]), 1)
    np.testing.assert_array_equal(found, [7.0, 1.5])


def test_newton_carries_several_numbers_an_entry():
    def step(state):
        x, count = state
        new, last = square_root(jnp.asarray([4.0, 1e8]))(x)
        return (new, count + 1), last

    roots, counts = newton(step, (jnp.ones(2), jnp.zeros(2, int)), jnp.zeros(2, bool), 60)
    np.testing.assert_allclose(roots, [2.0, 1e4], rtol=1e-15)
    assert counts[0] < counts[1]  # the first did not go on while the second had not arrived


def test_bisection_halves_as_often_as_told():
    cosine = bisect(lambda x: jnp.cos(x) > 0, 0.0, jnp.asarray([3.0, 2.0]), 60)
    np.testing.assert_allclose(cosine, np.pi / 2, rtol=1e-15)
    assert bisect(lambda x: x < 0.7, 0.0, 1.0, 2) == 0.625


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (legendre(7), 2.0 / 13.0),  # ∫x¹²
        (laguerre(7), special.factorial(12)),
        (hermite(7), special.factorial2(11)),
    ],
)
def test_gauss_rules_are_exact_for_polynomials(rule, expected):
    node, weight = rule
    assert weight @ node**12 == pytest.approx(expected, rel=1e-13)


def test_rules_are_computed_once_and_nobody_changes_them():
    assert legendre(256)[0] is legendre(256)[0]
    with pytest.raises(ValueError, match="read-only"):
        legendre(256)[0][0] = 0.0
    with pytest.raises(ValueError, match="count must be a whole number of at least 1, got 0"):
        legendre(0)


def test_gauss_legendre_between_numbers_arrays_and_in_the_plane():
    node, weight = between(1.0, 3.0, 20)
    assert isinstance(node, np.ndarray)
    assert weight @ np.log(node) == pytest.approx(3 * np.log(3) - 2, rel=1e-14)
    node, weight = between(0.0, jnp.asarray([1.0, 2.0])[:, None], 20)
    np.testing.assert_allclose(jnp.sum(weight * jnp.exp(node), axis=1), np.expm1([1.0, 2.0]), rtol=1e-14)
    node, weight = between(1.0 + 0.0j, 1.0j, 20)
    assert weight @ node**2 == pytest.approx((-1.0 - 1.0j) / 3.0, rel=1e-14)  # (i³ − 1)/3


def test_the_half_line_takes_algebraic_and_exponential_decay():
    point, weight = half_line()
    assert weight @ (1.0 + point**2) ** -1.0 == pytest.approx(np.pi / 2, rel=1e-13)
    assert weight @ np.exp(-(point**2)) == pytest.approx(np.sqrt(np.pi) / 2, rel=1e-13)


def test_trapezoid_rule_in_the_logarithm_with_its_tail_closed():
    point, step = logarithmic(-60.0, 60.0, 300)
    assert jnp.sum(point / (1.0 + point) ** 2 * step) == pytest.approx(1.0, rel=1e-14)
    point, step = logarithmic(-80.0, 20.0, 250)
    terms = jnp.sqrt(point) / (1.0 + point) * step  # ∫ds/√s(1+s) = π, whose tail is cut at e^{−10}
    assert abs(jnp.sum(terms) - np.pi) > 1e-5
    assert jnp.sum(closed(terms, step)) == pytest.approx(np.pi, rel=1e-9)


def test_chunks_give_what_the_whole_gives():
    x = jnp.linspace(0.0, 1.0, 10).reshape(2, 5)
    for cost in (1, 2**17, 2**18, 2**19, 2**20):  # 10 entries at once, in two chunks, three, five and ten
        np.testing.assert_array_equal(over_batch(jnp.sin, cost, x), jax.jit(jax.vmap(jax.vmap(jnp.sin)))(x))
    assert over_batch(jnp.sin, 2**18, x[:0]).shape == (0, 5)
    slopes = jax.jit(jax.grad(lambda x: over_batch(jnp.sin, 2**18, x).sum()))(x)
    np.testing.assert_allclose(slopes, np.cos(x), rtol=1e-14)


def test_a_function_of_many_entries_is_compiled_once():
    traced = []

    def once(x):
        traced.append(x)
        return jnp.sin(x)

    found = jax.jit(lambda x: over_batch(once, 2**18, x))(jnp.linspace(0.0, 1.0, 10))
    assert len(traced) == 1
    assert np.allclose(over_batch(jnp.sin, 2**18, jnp.linspace(0.0, 1.0, 10)), found, rtol=1e-15)


def test_entries_beyond_a_traced_count_are_not_computed():
    x = jnp.linspace(0.0, 1.0, 10).reshape(2, 5)
    flat = x.ravel()
    found = jax.jit(lambda count: in_chunks(jnp.cos, 3, count, (flat,)))(4)
    np.testing.assert_allclose(found[:4], np.cos(flat[:4]), rtol=1e-15)
    np.testing.assert_array_equal(found[6:], 0.0)  # the third chunk is beyond the count


def test_the_largest_normal_is_what_adaptive_quadrature_gives():
    for n in (1, 5, 1000):
        value, _ = integrate.quad(
            lambda t, n=n: -np.expm1(n * np.log(special.erf(t / np.sqrt(2)))), 1e-300, 12
        )
        assert memorisation.largest_normal(n) == pytest.approx(value, rel=1e-9)
