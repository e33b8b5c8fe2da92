"""Checks of arguments: what passes unchanged, and one line for what does not."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lingen import checks
from lingen.models import population
from lingen.models.images import stationary
from lingen.models.networks.linear import LinearDenoiser
from lingen.sims import databases, kernel_density, leakage, mixtures, refitting, speciation
from lingen.theory.convergence import cholesky_overlap_exact

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(FINITE, min_size=1))
def test_finite_values_pass_unchanged_and_in_double_precision(values):
    array = checks.finite("x", values)
    assert array.dtype == jnp.float64
    # XLA may flush subnormal numbers to zero
    assert np.allclose(array, values, rtol=0, atol=1e-300)


@given(st.lists(FINITE, min_size=1))
def test_each_sign_check_accepts_exactly_its_sign(values):
    for check, right in ((checks.positive, min(values) > 0), (checks.nonnegative, min(values) >= 0)):
        if right:
            check("x", values)
        else:
            with pytest.raises(ValueError, match=r"\Ax must be .*, got [^\n]+\Z"):
                check("x", values)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, [1.0, np.nan]])
@pytest.mark.parametrize(
    "check",
    [checks.finite, checks.positive, checks.nonnegative, lambda n, x: checks.bounded(n, x, 0, 1)],
)
def test_no_check_lets_nan_or_infinity_through(check, wrong):
    with pytest.raises(ValueError, match=r"x must be .*, got (nan|inf|-inf)"):
        check("x", wrong)


@pytest.mark.parametrize("wrong", [None, "0.5", "a", 1 + 1j, np.array([1 + 1j]), [[1], [1, 2]], object()])
def test_what_is_no_real_number_is_refused_on_one_line(wrong):
    with pytest.raises(ValueError, match=r"\Aload must be positive and finite, got [^\n]+\Z"):
        checks.positive("load", wrong)


def test_a_long_value_is_cut():
    with pytest.raises(ValueError, match=r"got .{57}\.\.\.\Z"):
        checks.finite("x", ["word"] * 1000)


def test_bounded_includes_its_ends():
    assert np.array_equal(checks.bounded("x", [0.0, 1.0], 0, 1), [0.0, 1.0])
    with pytest.raises(ValueError, match=r"x must be between 0 and 1, got 1\.5"):
        checks.bounded("x", 1.5, 0, 1)


def test_vector_wants_one_axis():
    assert checks.vector("x", [1, 2]).shape == (2,)
    with pytest.raises(ValueError, match=r"x must have one axis, got shape \(\)"):
        checks.vector("x", 1.0)


@pytest.mark.parametrize("right", [3, 3.0, np.int32(3), np.float32(3), jnp.asarray(3)])
def test_integer_takes_whole_numbers_of_every_type(right):
    whole = checks.integer("n", right, low=3, high=3)
    assert whole == 3
    assert type(whole) is int


@pytest.mark.parametrize("wrong", [2, 5, 3.5, np.nan, np.inf, "3", None, [3], np.array([3]), 3 + 0j])
def test_integer_refuses_the_rest(wrong):
    with pytest.raises(
        ValueError, match=r"\An must be a whole number of at least 3 and at most 4, got [^\n]+\Z"
    ):
        checks.integer("n", wrong, low=3, high=4)


def test_traced_values_pass_and_are_recognised():
    seen = []

    def double(x):
        seen.append(checks.is_traced({"a": 1.0, "b": [x]}))
        return 2 * checks.positive("x", x)

    assert jax.jit(double)(-1.0) == -2.0
    assert jax.grad(double)(3.0) == 2.0
    assert seen == [True, True]
    assert not checks.is_traced([1.0, jnp.ones(2)])


def test_bounds_from_below_name_what_is_too_small():
    np.testing.assert_array_equal(checks.at_least("n", [1, 2.5], 1), [1.0, 2.5])
    for wrong in (0.5, np.inf, np.nan):
        with pytest.raises(ValueError, match=r"n must be at least 1 and finite, got "):
            checks.at_least("n", wrong, 1)


def test_a_load_is_of_one_sample_at_least():
    np.testing.assert_array_equal(checks.sample_count(np.array([1 / 49, 2.0]), 49), [1.0, 98.0])
    with pytest.raises(ValueError, match=r"load must give at least one sample, got load = 0\.01 at dim = 49"):
        checks.sample_count([1.0, 0.01], 49)


def test_an_answer_beyond_the_doubles_is_told_and_not_given():
    @checks.representable
    def square(x, name="x"):
        """x²."""
        return {"square": jnp.asarray(x) ** 2}

    assert square.__doc__ == "x²."
    assert square(3.0)["square"] == 9.0
    line = r"\Asquare must have an answer within double precision, got x = 1e\+200\Z"
    with pytest.raises(ValueError, match=line):
        square(1e200)
    assert jax.grad(lambda x: square(x)["square"])(3.0) == 6.0
    assert np.isinf(jax.jit(lambda x: square(x)["square"])(1e200))  # no longer known inside somebody's jit


def test_a_length_that_no_memory_holds_is_refused_before_an_array_is_made():
    assert checks.length("samples", 3, low=1) == 3
    with pytest.raises(ValueError, match=r"\Asamples must be a whole number of at least 4, got 3\Z"):
        checks.length("samples", 3, low=4)
    with pytest.raises(ValueError, match=r"\Asamples must fit .* got 1099511627776, which takes 8.19e\+03"):
        checks.length("samples", 2**40, low=1)
    with pytest.raises(ValueError, match=r"\Asamples must fit .* got 1048576, which takes 8.39e\+06 GiB\Z"):
        checks.length("samples", 2**20, low=1, each=2.0**30)


@pytest.mark.parametrize("kind", [int, float, np.int64, np.float64])
@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda n: stationary.markov(0.5, dim=n), "dim"),
        (lambda n: cholesky_overlap_exact(dim=n, samples=2.0**43), "dim"),
        (refitting.curation_sampler, "samples"),
        (lambda n: speciation.sampler(n, 1.0), "dim"),
        (lambda n: kernel_density.direct_sampler(3, n, 1.0), "samples"),
        (lambda n: kernel_density.direct_sampler(n, 3, 1.0), "dim"),
        (lambda n: kernel_density.sampler(20, 1.0, 1.0, repeats=n), "repeats"),
        (lambda n: databases.alignment_sampler(n, 3, 0.5), "dim"),
        (lambda n: databases.detection_sampler(3, n, 0.5), "users"),
        (lambda n: mixtures.sampler(n, 1, 3), "dim"),
        (lambda n: mixtures.sampler(3, 1, n), "samples"),
        (lambda n: leakage.sampler(population.isotropic(), 8, 2.0, released=n), "released"),
        (LinearDenoiser, "dim"),
    ],
)
def test_a_size_beyond_the_memory_is_one_line_whatever_type_it_has(make, name, kind):
    with pytest.raises(ValueError, match=rf"\A{name} must fit the .* GiB of memory here, got "):
        make(kind(2**40))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: checks.at_least("n", [3.0, 1.5], 2.0), "n must be at least 2 and finite, got 1.5"),
        (lambda: checks.at_least("n", 4, 5, "dim = 5"), "n must be at least dim = 5, got 4"),
        (lambda: checks.at_least("n", np.inf, 5, "dim = 5"), "n must be finite, got inf"),
        (lambda: checks.above("n", 5, 5, "dim = 5"), "n must be above dim = 5, got 5"),
        (lambda: checks.above("n", np.nan, 5, "dim = 5"), "n must be finite, got nan"),
        (lambda: checks.single("n", [1.0, 2.0]), r"n must be one number, got shape \(2,\)"),
        (lambda: stationary.check_cell(3, (8, 6)), "cell must divide every side .* 8 × 6 pixels, got 3"),
        (lambda: stationary.check_span((2.0, 1.0)), "span must be two increasing numbers"),
    ],
)
def test_bounds_are_told_in_words(call, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        call()


def test_bounds_themselves():
    assert checks.at_least("n", 5, 5, "dim = 5") == 5
    assert checks.above("n", 5.5, 5, "dim = 5") == 5.5
    assert stationary.check_cell(2, (8, 6)) == 2
    assert stationary.check_span((1.0, 2.0)).tolist() == [1.0, 2.0]


def test_known_arrays_of_the_right_kind_are_not_copied():
    known = jax.device_put(np.arange(3.0))
    assert checks.finite("x", known) is known
    weak, bound = jnp.asarray(1.0), jax.device_put(known, jax.devices()[0])
    for other in (np.asarray(known), weak, bound, known.astype(int)):
        found = checks.finite("x", other)
        assert found is not other
        assert (found.dtype, found.weak_type, found.committed) == (float, False, False)


def test_what_a_caller_may_write_to_is_copied():
    numbers = np.arange(64.0)
    found = checks.finite("x", numbers)
    numbers[:] = -1.0
    assert found[5] == 5.0
