"""The engine: the same numbers whatever the batches and the devices, and one compilation for all numbers."""

from __future__ import annotations

import json
import sys
import textwrap

import children
import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from jax.tree_util import Partial

from lingen.models import population
from lingen.sims import convergence
from lingen.sims.engine import ensemble as engine
from lingen.sims.engine.ensemble import ensemble, group_width, stream

KEY = jr.key(3)
DENSE = convergence.sampler(population.spiked([2.0]), 32, 0.7)
PROGRAM = textwrap.dedent("""
    import json, sys, jax
    jax.config.update("jax_num_cpu_devices", int(sys.argv[1]))
    import jax.numpy as jnp, jax.random as jr
    from lingen.models import population
    from lingen.sims import convergence
    from lingen.sims import ensemble
    def elementwise(key):
        return jnp.sum(jnp.exp(jr.normal(key, (50,))))
    def stacked(key):
        return jnp.linalg.eigvalsh(jr.normal(key, (3, 8, 8)))[:, 0]
    dense = convergence.sampler(population.spiked([2.0]), 32, 0.7)
    key = jr.key(3)
    numbers = [ensemble(elementwise, key, 70), ensemble(dense, key, 9).convergence, ensemble(stacked, key, 5)]
    print(json.dumps([jax.local_device_count(), *(x.tobytes().hex() for x in numbers)]))
""")


def elementwise(key):
    return {"a": jnp.sum(jnp.exp(jr.normal(key, (50,)))), "b": (jr.uniform(key, (2,)),)}


def equal(left, right):
    return all(
        np.array_equal(a, b) for a, b in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True)
    )


def part(tree, low, high):
    return jax.tree.map(lambda leaf: leaf[low:high], tree)


def on_devices(count):
    done = children.run([sys.executable, "-c", PROGRAM, str(count)])
    assert done.returncode == 0, done.stderr
    found, *numbers = json.loads(done.stdout.splitlines()[-1])
    assert found == count
    return numbers


def test_bits_do_not_depend_on_the_number_of_devices():
    one = on_devices(1)
    assert on_devices(2) == one
    assert on_devices(4) == one


@pytest.mark.parametrize(("draw", "draws"), [(elementwise, 75), (DENSE, 40)])
def test_bits_do_not_depend_on_the_batches(draw, draws):
    whole = ensemble(draw, KEY, draws)
    for batch_size in (1, 7, 33, 1000):
        assert equal(whole, ensemble(draw, KEY, draws, batch_size=batch_size))
    for start, count in ((0, 1), (1, 3), (31, 2), (draws - 1, 1), (5, draws - 5)):
        assert equal(part(whole, start, start + count), ensemble(draw, KEY, count, start=start))


def test_draw_i_uses_the_key_folded_with_i():
    found = ensemble(DENSE, KEY, 4, start=2).convergence
    alone = [DENSE(jr.fold_in(KEY, i)).convergence for i in range(2, 6)]
    np.testing.assert_allclose(found, alone, rtol=1e-12)


def test_results_are_stacked_numpy_arrays():
    stack = ensemble(elementwise, KEY, 5)
    assert isinstance(stack["a"], np.ndarray)
    assert stack["a"].shape == (5,)
    assert stack["b"][0].shape == (5, 2)
    assert len(np.unique(stack["a"])) == 5


def test_streams_yield_the_ensemble_in_order():
    batches = list(stream(elementwise, KEY, 100, batch_size=32))
    assert [len(batch["a"]) for batch in batches] == [32, 32, 32, 4]
    joined = np.concatenate([batch["a"] for batch in batches])
    assert np.array_equal(joined, ensemble(elementwise, KEY, 100)["a"])


def test_one_compilation_serves_all_loads_populations_and_numbers_of_draws():
    first = convergence.sampler(population.isotropic(), 24, 0.5)
    ensemble(first, KEY, 2)
    compiled = engine._run._cache_size()
    ensemble(convergence.sampler(population.isotropic(3.0), 24, 0.9), KEY, 5)
    ensemble(convergence.sampler(population.atoms([1.0, 4.0]), 24, 0.1), jr.key(9), 3, start=1, batch_size=2)
    assert engine._run._cache_size() == compiled
    ensemble(convergence.sampler(population.isotropic(), 24, 2.5), KEY, 2)
    assert engine._run._cache_size() == compiled + 1
    ensemble(convergence.sampler(population.isotropic(), 24, 2.6), KEY, 2)
    assert engine._run._cache_size() == compiled + 1


def test_a_draw_is_traced_once_for_its_width():
    traces = []

    def counted(number, key):
        traces.append(1)
        return number * jr.normal(key, (4,))

    assert group_width(Partial(counted, 1.0), KEY) == group_width(Partial(counted, 2.0), KEY)
    assert len(traces) == 1


@pytest.mark.skipif(jax.default_backend() != "cpu", reason="widths of the CPU")
def test_width_follows_the_largest_array_and_factorisations():
    assert group_width(elementwise, KEY) == 32
    assert group_width(DENSE, KEY) == 1
    large = group_width(lambda key: jnp.sum(jr.normal(key, (1 << 22,))), KEY)
    assert large == engine.GROUP_BYTES >> 25


def test_a_draw_that_is_not_finite_is_passed_on():
    assert np.all(np.isnan(ensemble(lambda key: jnp.log(-jr.uniform(key, minval=0.5)), KEY, 3)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"draws": 0}, "draws must be a whole number of at least 1, got 0"),
        ({"draws": 2.5}, "draws must be a whole number, got 2.5"),
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0"),
        ({"start": -1}, "start must be a whole number of at least 0, got -1"),
        ({"devices": []}, "devices must hold at least one device, got none"),
        ({"draw": 3}, "draw must be a function, got 3"),
        ({"key": 7}, "key must be one typed key"),
        ({"key": np.zeros(2, np.uint32)}, "key must be one typed key"),
    ],
)
def test_bad_arguments_are_named(change, message):
    arguments = {"draw": elementwise, "key": KEY, "draws": 2} | change
    with pytest.raises(ValueError, match=message):
        ensemble(**arguments)
    with pytest.raises(ValueError, match=message):
        stream(**arguments)


def test_a_stack_of_keys_is_refused():
    with pytest.raises(ValueError, match="key must be one typed key"):
        ensemble(elementwise, jr.split(KEY), 2)
