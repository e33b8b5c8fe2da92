"""The public boundary: what a decorated function lets through, what it refuses, and what that costs."""

from __future__ import annotations

import copy
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import children
import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing
import pytest
from jax import Array
from jaxtyping import ArrayLike, Float, Key

from lingen import boundary, checks
from lingen.boundary import checked
from lingen.kinds import check_of
from lingen.models import filters, population
from lingen.models.population import Population
from lingen.sims import convergence, leakage, memorisation
from lingen.sims.engine.ensemble import ensemble
from lingen.theory import convergence as theory

KEY = jax.random.key(0)


@checked
def law(
    population: Population,
    load: ArrayLike,
    filter: filters.Filter | None = None,
    dim: int | None = None,
    *,
    key: Key[Array, ""] = KEY,
    data: Float[Array, "n d"] | None = None,
    names: Sequence[str] = (),
    options: Mapping[str, float] | None = None,
    measure: Callable[..., float] | None = None,
    path: Path = Path("here"),
    level: float = 0.5,
    word: str = "dense",
    exact: bool = False,
) -> tuple:
    """What it is given."""
    return population, load, filter, dim, data, path


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"population": None}, "population must be a Population such as population.isotropic(), got None"),
        ({"population": population.isotropic}, "population must be a Population .*, got <function isotropic"),
        ({"load": "1"}, "load must be a number or an array of numbers, got '1'"),
        ({"load": True}, "load must be a number or an array of numbers, got True"),
        ({"load": 1j}, "load must be a number or an array of numbers, got 1j"),
        ({"filter": filters.Ridge}, "filter must be a Filter such as filters.ridge(0.1), got <class"),
        ({"filter": filters.Ridge("a")}, "filter.rho must be at least 0 and finite, got 'a'"),
        ({"filter": filters.Ridge(-1.0)}, "filter.rho must be at least 0 and finite, got -1"),
        ({"dim": 2.5}, "dim must be a whole number, got 2.5"),
        ({"dim": 2**70}, "dim must be at most 9223372036854775807 in size, got 1180591620717411303424"),
        ({"key": 0}, "key must be one typed key such as jax.random.key(0), got 0"),
        ({"key": jax.random.split(KEY)}, "key must be one typed key such as jax.random.key(0), got "),
        ({"data": [1.0, 2.0]}, "data must have shape (n, d), got (2,)"),
        ({"data": [[np.nan]]}, "data must be finite, got nan"),
        ({"names": "ab"}, "names must be a list or a tuple, got 'ab'"),
        ({"names": [1]}, "names[0] must be a word, got 1"),
        ({"options": {"a": "b"}}, "options['a'] must be a number or an array of numbers, got 'b'"),
        ({"measure": 1}, "measure must be a function, got 1"),
        ({"path": 1}, "path must be a path, got 1"),
        ({"level": [0.5]}, "level must be one number, got [0.5]"),
        ({"level": np.nan}, "level must be finite, got nan"),
        ({"word": None}, "word must be a word, got None"),
        ({"exact": 1}, "exact must be True or False, got 1"),
    ],
)
def test_what_is_of_another_kind_is_told_in_one_line(wrong, line):

    pattern = ".*".join(re.escape(part) for part in line.split(".*"))
    with pytest.raises(ValueError, match=rf"\A{pattern}[^\n]*\Z"):
        law(**{"population": population.isotropic(), "load": 1.0, **wrong})


def test_what_is_right_passes_as_it_is_or_as_what_is_asked_for():
    truth, load = population.isotropic(), np.asarray([1, 2])
    given = law(truth, load, None, 3.0, data=[[1, 2]], path="there", names=["a"], options={"a": 1})
    assert given[0] is truth
    assert given[1] is load
    assert type(given[3]) is int
    assert isinstance(given[4], jax.Array)
    assert (given[4].shape, given[4].dtype) == ((1, 2), float)
    assert given[5] == Path("there")


def test_a_kind_with_a_name_of_its_own_is_what_it_stands_for():
    """As NumPy 2.5 has its union of array-likes: `type ArrayLike = ...`."""

    class Named:
        __value__ = ArrayLike

    assert check_of(Named)("load", 2.0) == 2.0
    for kind in (Named, numpy.typing.ArrayLike):
        with pytest.raises(ValueError, match=r"load must be a number or an array of numbers, got \{\}"):
            check_of(kind)("load", {})


def test_what_a_function_gives_is_what_it_says(monkeypatch):
    def wrong(load: Float[Array, "n"]) -> Float[Array, "n"]:
        return jnp.stack([load, load])

    monkeypatch.setenv(boundary.TYPED, "")
    assert checked(wrong)(jnp.ones(2)).shape == (2, 2)
    monkeypatch.setenv(boundary.TYPED, "1")
    with pytest.raises(TypeError, match="return value"):
        checked(wrong)(jnp.ones(2))


def test_axes_of_one_name_are_of_one_length():
    @checked
    def both(first: Float[Array, "n"], second: Float[Array, "n"]) -> Float[Array, "n"]:
        return first

    assert both([1, 2], [3, 4]).dtype == float
    with pytest.raises(TypeError, match="second"):
        both([1, 2], [3, 4, 5])


def test_what_python_refuses_is_left_to_python():
    with pytest.raises(TypeError, match=r"missing .*argument: 'load'"):
        law(population.isotropic())
    with pytest.raises(TypeError, match="unexpected keyword argument 'loads'"):
        law(population.isotropic(), 1.0, loads=2.0)


def test_traced_values_pass():
    truth = population.isotropic()
    assert jax.jit(lambda x: law(truth, x)[1] * 2.0)(1.5) == 3.0
    assert jax.grad(lambda x: law(truth, x)[1] ** 2)(1.5) == 3.0
    assert jax.vmap(lambda p: law(p, 1.0)[0].weights.sum())(jax.tree.map(lambda x: x[None], truth)).shape == (
        1,
    )


def test_a_call_costs_microseconds():
    truth = population.isotropic()
    law(truth, 1.0)
    began = time.thread_time()
    for _ in range(1000):
        law(truth, 1.0, dim=3)
    assert time.thread_time() - began < 1.0  # 30 µs each


def test_shapes_that_do_not_go_together_are_told_by_name():
    with pytest.raises(ValueError, match=r"got load of shape \(2,\), .*of shape \(3,\)\Z"):
        checked(_broadcast)(jnp.ones(2), jnp.ones(3))


def _broadcast(load: ArrayLike, noise: ArrayLike) -> Array:
    return jnp.asarray(load) + jnp.asarray(noise)


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (
            lambda p: convergence.sampler(p, 10**5, 1.0),
            "dim .* got 100000, .* method krylov or lanczos needs no",
        ),
        (lambda p: convergence.sampler(p, 10**9, 1.0), "dim .* got 1000000000, .* method krylov or lanczos"),
        (lambda p: memorisation.sampler(p, 10**5, 1.0), "dim .* got 100000, .* method krylov needs no"),
        (lambda p: leakage.sampler(p, 10**5, 1.0), "dim .* got 100000, "),
        (lambda p: convergence.sampler(p, 16, 1e9), "load .* got 1000000000.0, "),
        (lambda p: population.power_law(1.5, 10**10), "dim .* got 10000000000, which takes 298 GiB"),
    ],
)
def test_sizes_beyond_the_memory_are_refused_before_anything_is_taken(monkeypatch, call, line):
    monkeypatch.setattr(checks, "memory", lambda: float(16 << 30))
    with pytest.raises(ValueError, match=rf"\A{line}[^\n]*"):
        call(population.isotropic())


def test_a_draw_beyond_the_memory_is_refused_before_it_is_made(monkeypatch):
    monkeypatch.setattr(checks, "memory", lambda: 1e6)
    with pytest.raises(ValueError, match="draw must fit"):
        ensemble(lambda key: jnp.sum(jax.random.normal(key, (1000, 1000))), KEY, 2)


def test_krylov_needs_no_room_at_any_dimension():
    assert convergence.sampler(population.isotropic(), 10**12, 1.0, method="krylov") is not None


@pytest.mark.parametrize("field", ["eigenvalues", "weights", "spikes"])
def test_a_population_spoilt_by_hand_is_refused(field):
    truth = population.spiked([2.0])
    broken = copy.copy(truth)
    object.__setattr__(broken, field, -getattr(truth, field))
    with pytest.raises(ValueError, match=rf"\Apopulation.{field} must [^\n]*\Z"):
        theory.overlap(broken, load=1.0)


OFF = """
import lingen, jax
from lingen.models import population
from lingen.theory import convergence
truth = population.isotropic()
jax.config.update("jax_enable_x64", False)
for call in (lambda: convergence.overlap(truth, 1.0), lambda: population.spiked([2.0])):
    try:
        call()
    except ValueError as error:
        print(error)
jax.config.update("jax_enable_x64", True)
print(float(convergence.overlap(truth, 1.0)))
"""


def test_double_precision_switched_off_is_told_with_the_way_back():
    done = children.run([sys.executable, "-c", OFF])
    assert done.returncode == 0, done.stderr
    *lines, value = done.stdout.splitlines()
    assert len(lines) == 2
    assert all(
        line.startswith("jax_enable_x64 must be True, got False: ")
        and line.endswith("jax.config.update('jax_enable_x64', True) switches it on again")
        for line in lines
    )
    assert float(value) == pytest.approx((8 / (3 * np.pi)) ** 2, abs=1e-12)  # (E√λ)² of the square MP law
