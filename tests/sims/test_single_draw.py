"""One draw in one call: the sampler's arguments after a key, its numbers, its errors."""

from __future__ import annotations

import inspect
import pickle

import jax.random as jr
import numpy as np
import pytest

from lingen.models import population
from lingen.models.observables import Recovery
from lingen.sims import recovery

KEY, TRUTH = jr.key(3), population.spiked([2.0])


def test_a_draw_is_that_of_the_sampler():
    found = recovery.draw(KEY, TRUTH, 16, 2.0, entries="rademacher")
    expected = recovery.sampler(TRUTH, 16, 2.0, entries="rademacher")(KEY)
    for name, value in expected._asdict().items():
        np.testing.assert_array_equal(getattr(found, name), value)


def test_its_signature_is_that_of_the_sampler_after_a_key():
    of_draw = inspect.signature(recovery.draw)
    assert list(of_draw.parameters) == ["key", *inspect.signature(recovery.sampler).parameters]
    assert of_draw.return_annotation is Recovery
    assert (recovery.draw.__module__, recovery.draw.__name__) == ("lingen.sims.recovery", "draw")


def test_it_travels_by_its_name():
    assert pickle.loads(pickle.dumps(recovery.draw)) is recovery.draw


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"key": 0}, "key must"),
        ({"load": -1.0}, "load must"),
        ({"entries": "even"}, "entries must"),
        ({"dim": 2.5}, "dim must"),
    ],
)
def test_its_errors_name_the_argument(given, named):
    with pytest.raises(ValueError, match=named):
        recovery.draw(**({"key": KEY, "population": TRUTH, "dim": 16, "load": 2.0} | given))


def test_what_python_refuses_is_refused_by_python():
    with pytest.raises(TypeError, match="loud"):
        recovery.draw(KEY, TRUTH, 16, 2.0, loud=True)
