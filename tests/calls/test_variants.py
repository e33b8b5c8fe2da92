"""Every public theory function and every draw, computed in each way that JAX has, agrees with itself.

The calls are those of the catalogue, so that a new function is tested the day it is added: `chex.variants`
runs each under `jit` with its numbers traced, and with NumPy's. A variant under `pmap` would need a second
device; draws are mapped over devices by `shard_map` in `tests/sims/test_devices.py`.
"""

from __future__ import annotations

import inspect
from typing import Any

import chex
import jax
import numpy as np
import pytest
from absl.testing import parameterized
from catalogue import KEY, Call
from jax.tree_util import Partial
from selection import INFINITE, KNOWN, SAMPLERS, SHAPED, THEORY, parted

ROUND_OFF = 1e-11
"""Of the largest number of a result: compiled together, sums are taken in another order."""


def named(found: list[Call]) -> list[tuple[str, Call]]:
    return [(call.name.replace(".", "_"), call) for call in found]


def agree(found: Any, expected: Any) -> None:
    """Of the same shapes and kinds, and the same numbers to round-off of the largest of them."""
    chex.assert_trees_all_equal_structs(found, expected)
    found, expected = jax.tree.map(np.asarray, (found, expected))
    chex.assert_trees_all_equal_shapes(found, expected)
    for one, other in zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True):
        largest = np.max(np.abs(other), initial=0.0, where=np.isfinite(other))
        np.testing.assert_allclose(one, other, rtol=ROUND_OFF, atol=ROUND_OFF * largest)


@pytest.mark.slow
class Theory(chex.TestCase):
    """Predictions."""

    @chex.variants(with_jit=True, without_device=True)
    @parameterized.named_parameters(named(THEORY))
    def test_a_prediction_is_the_same_however_it_is_computed(self, call: Call) -> None:
        numbers, choices = parted(call)
        expected = call.function(**call.arguments)
        if call.name not in INFINITE:
            chex.assert_tree_all_finite(expected)

        @self.variant
        def compute(numbers: dict[str, Any]) -> Any:
            return call.function(**numbers, **choices)

        agree(compute(numbers), expected)


@pytest.mark.slow
class Draws(chex.TestCase):
    """Simulations, operation by operation: what is compiled at once in any other test."""

    @chex.variants(without_jit=True, with_device=True)
    @parameterized.named_parameters(named(SAMPLERS))
    def test_a_draw_is_the_same_however_it_is_run(self, call: Call) -> None:
        draw = call.function(**call.arguments)
        expected = jax.jit(lambda draw: draw(KEY))(draw)
        agree(self.variant(lambda key: draw(key))(KEY), expected)


def promises_one_compilation(call: Call) -> bool:
    return "load" in inspect.signature(call.function).parameters and call.name not in SHAPED


PROMISING = list(filter(promises_one_compilation, SAMPLERS))


def drawn_at_two_loads(call: Call, run: Any) -> list[Any]:
    """What `run` makes of one function, which may be traced once, and of the draws of two loads."""
    chex.clear_trace_counter()

    @jax.jit
    @chex.assert_max_traces(n=1)
    def compiled(draw: Partial, key: jax.Array) -> Any:
        return draw(key)

    return [run(compiled, call.function(**call.arguments | {"load": load}), KEY) for load in (2.0, 1.75)]


@pytest.mark.parametrize("call", PROMISING, ids=lambda call: call.name)
def test_one_trace_serves_all_loads(call):
    first, other = drawn_at_two_loads(call, jax.eval_shape)
    assert first == other


@pytest.mark.slow
@pytest.mark.parametrize("call", PROMISING, ids=lambda call: call.name)
def test_one_compilation_serves_all_loads(call):
    first, other = drawn_at_two_loads(call, lambda compiled, draw, key: compiled(draw, key))
    chex.assert_tree_all_finite((first, other))
    chex.assert_trees_all_equal_shapes(first, other)


def test_there_are_enough_of_them():
    assert len(THEORY) > 120
    assert len(SAMPLERS) > 25
    assert {call.name for call in THEORY} >= KNOWN.keys()
