"""Draws until the mean is known: the same draws as ever, and a word where that takes too many."""

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from lingen.models import population
from lingen.sims import convergence
from lingen.sims.engine.ensemble import ensemble

KEY = jr.key(5)


def noisy(key):
    """One number of standard deviation 1, and three of standard deviation 3."""
    one, three = jr.split(key)
    return {"one": jr.normal(one), "three": 3.0 * jr.normal(three, (3,))}


def errors(values):
    return np.std(values, axis=0, ddof=1) / np.sqrt(len(values))


def test_it_draws_until_the_worst_standard_error_is_small_and_no_longer():
    made = ensemble(noisy, KEY, 64, until=0.1)
    count = len(made["one"])
    assert np.max(errors(made["three"])) <= 0.1 < np.max(errors(made["three"][: count // 2]))
    assert 700 < count < 1500  # (3/0.1)² = 900, and a margin


def test_the_draws_are_those_of_the_fixed_number():
    made = ensemble(noisy, KEY, 10, until=0.3, start=7)
    fixed = ensemble(noisy, KEY, len(made["one"]), start=7)
    np.testing.assert_array_equal(made["one"], fixed["one"])
    np.testing.assert_array_equal(made["three"], fixed["three"])


def test_what_is_known_at_once_takes_the_least_number():
    assert len(ensemble(noisy, KEY, 16, until=100.0)["one"]) == 16
    assert len(ensemble(lambda key: jnp.ones(2), KEY, 2, until=1e-9)) == 2


def test_one_observable_may_be_asked_for_by_its_name():
    made = ensemble(noisy, KEY, 64, until={"one": 0.1})
    assert errors(made["one"]) <= 0.1 < np.max(errors(made["three"]))
    both = ensemble(noisy, KEY, 64, until={"one": 0.1, "three": 0.2})
    assert errors(both["one"]) <= 0.1
    assert np.max(errors(both["three"])) <= 0.2
    draw = convergence.sampler(population.isotropic(), 8, 2.0)
    assert errors(ensemble(draw, KEY, 8, until={"convergence": 0.01}).convergence) <= 0.01


def test_it_ends_at_the_most_with_a_word():
    with pytest.warns(UserWarning, match=r"until = 0.001 is not reached of three: 0\.\d+ after 100 draws"):
        made = ensemble(noisy, KEY, 16, until={"three": 0.001}, most=100)
    assert len(made["three"]) == 100


def test_no_further_draw_mends_one_that_is_not_finite():
    def broken(key):
        return jnp.where(jr.uniform(key) < 0.5, jnp.nan, 1.0)

    with pytest.warns(UserWarning, match="until = 0.1 is not reached: nan after 32 draws"):
        assert len(ensemble(broken, KEY, 32, until=0.1)) == 32


@pytest.mark.parametrize(
    ("how", "complaint"),
    [
        ({"until": 0.0}, "until must be positive"),
        ({"until": np.nan}, "until must be"),
        ({"until": {"one": -1.0}}, r"until\['one'\] must be positive"),
        ({"until": {}}, "until must name at least one observable"),
        ({"until": {"two": 1.0}}, r"until must name observables of a draw \(one, three\), got 'two'"),
        ({"until": 1.0, "most": 3}, "most must be a whole number of at least 4, got 3"),
        ({"until": 1.0, "draws": 1}, "draws must be a whole number of at least 2, got 1"),
    ],
)
def test_what_cannot_be_meant_is_refused(how, complaint):
    with pytest.raises(ValueError, match=complaint):
        ensemble(noisy, KEY, **({"draws": 4} | how))
