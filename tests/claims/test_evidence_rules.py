"""What a verdict rests on: draws are of what is predicted, keys matter, bounds bind, rare things count."""

from __future__ import annotations

import json

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from lingen.claims import Budget, Claim, Outcome, check
from lingen.sims.engine.ensemble import depends_on_key

KEY = jr.key(11)
RIVAL = {"three times": lambda u: 3.0 * u}
LIGHT = {"concentration": "planted", "order_source": "planted"}


def _around(mean, spread, key):
    return mean + spread * jr.normal(key)


def around(mean, spread):
    return jax.tree_util.Partial(_around, jnp.asarray(float(mean)), jnp.asarray(float(spread)))


def _coin(chance, key):
    return jnp.where(jr.uniform(key) < chance, 1.0, 0.0)


def coin(chance):
    return jax.tree_util.Partial(_coin, jnp.asarray(float(chance)))


def planted(**fields) -> Claim:
    return Claim(**{"name": "planted", "grid": {"u": (1.0,)}, "dims": (8,), "rivals": RIVAL, **fields})


# the point that is drawn


@pytest.mark.parametrize("load", [0.3, 0.1, 0.45, 1.0, 0.77])
@pytest.mark.parametrize("exact", [False, True])
def test_a_load_is_settled_once_for_both_sides(load, exact):
    """A law that depends on n/d alone holds at every load, though n is a whole number."""
    seen = []

    def sampler(dim, load):
        seen.append((dim, load))
        return around(np.sqrt(round(load * dim) / dim), 1e-3)

    claim = Claim(
        "rounded",
        predict=(lambda dim, load: np.sqrt(load)) if exact else (lambda load: np.sqrt(load)),
        sampler=sampler,
        grid={"load": (load,)},
        dims=(12, 32, 64),
        exact=exact,
        rivals={"the load itself": (lambda dim, load: load**0.9) if exact else (lambda load: load**0.9)}
        if load != 1
        else {"twice": (lambda dim, load: 2.0) if exact else (lambda load: 2.0)},
        **LIGHT,
    )
    verdict = check(claim, KEY, Budget(resolution=2e-3))
    assert verdict.outcome is Outcome.HOLDS, verdict.reason
    assert all(round(drawn * dim) == drawn * dim for dim, drawn in seen)
    assert all(int(drawn * dim) == round(load * dim) for dim, drawn in seen)  # cutting digits off loses none
    points = verdict.points[0].drawn_points
    assert bool(points) == any(load * dim != round(load * dim) for dim in claim.dims)


def test_a_rival_is_moved_to_what_was_drawn_by_its_own_law():
    claim = Claim(
        "rounded",
        predict=lambda load: load,
        sampler=lambda dim, load: around(load, 1e-4),
        grid={"load": (0.3,)},
        dims=(8,),
        rivals={"flat": lambda load: 0.26, "twice": lambda load: 2 * load},
        **LIGHT,
    )
    evidence = check(claim, KEY).points[0]
    for name, expected in (
        ("flat", 0.25),
        ("twice", 0.25 + 2 * 0.05),
    ):  # drawn: 1/4, for 0.3
        low, high = evidence.ends(name)
        assert low < expected < high < low + 1e-3
    assert evidence.low < 0.3 < evidence.high


def test_other_whole_numbers_are_settled_by_the_claim():
    def settle(dim, fraction):
        return {"fraction": round(fraction * dim) / dim}

    claim = Claim(
        "ranks",
        predict=lambda fraction: fraction**2,
        sampler=lambda dim, fraction: around((round(fraction * dim) / dim) ** 2, 1e-3),
        grid={"fraction": (0.3,)},
        dims=(8, 16, 32),
        settle=settle,
        rivals={"linear": lambda fraction: fraction},
        **LIGHT,
    )
    assert check(claim, KEY).outcome is Outcome.HOLDS
    with pytest.raises(ValueError, match="settle must be a function"):
        planted(predict=lambda u: u, sampler=lambda dim, u: around(u, 1), settle=3)


# keys


def test_a_generator_that_is_frozen_is_no_evidence():
    rng = np.random.default_rng(0)
    frozen = planted(
        predict=lambda u: 0.51, simulate=lambda key, dim, u: jnp.asarray(float(rng.random() < 0.5))
    )
    verdict = check(frozen, KEY)
    assert verdict.outcome is Outcome.BROKEN
    assert "does not depend on its key" in verdict.reason
    assert not depends_on_key(lambda key: jnp.ones(3), KEY)
    assert depends_on_key(lambda key: jnp.stack([jnp.ones(()), jr.normal(key)]), KEY)


def test_a_rare_outcome_is_waited_for_before_draws_are_called_alike():
    rare = planted(predict=lambda u: 1.0, sampler=lambda dim, u: coin(0.0))
    verdict = check(rare, KEY)
    assert verdict.outcome is Outcome.BROKEN
    assert "4,096 draws that are equal" in verdict.reason


# bounds


def test_bounds_bind():
    outside = planted(predict=lambda u: 1.0, sampler=lambda dim, u: around(1.0, 0.1), bounds=(0.0, 1.1))
    verdict = check(outside, KEY)
    assert verdict.outcome is Outcome.BROKEN
    assert "outside bounds=(0.0, 1.1)" in verdict.reason


@pytest.mark.parametrize("bounds", [(1, 0), (0, np.inf), (0,), "01", 1.0, (None, 1), (0, 1, 2)])
def test_bounds_that_cannot_be_are_refused(bounds):
    with pytest.raises(ValueError, match="bounds must be a pair"):
        planted(predict=lambda u: u, sampler=lambda dim, u: coin(u), bounds=bounds)


def test_bounds_may_differ_by_component():
    pair = planted(
        predict=lambda u: [0.5, 5.0],
        sampler=lambda dim, u: jax.tree_util.Partial(lambda key: jnp.array([1.0, 10.0]) * _coin(0.5, key)),
        rivals={"other": lambda u: [0.6, 5.0]},
        bounds=(0.0, np.array([1.0, 10.0])),
    )
    assert check(pair, KEY, Budget(resolution=0.05)).outcome is Outcome.HOLDS


def test_declared_bounds_make_verdicts_cheap():
    def draws(**declared):
        claim = planted(
            predict=lambda u: 0.5,
            sampler=lambda dim, u: jax.tree_util.Partial(lambda key: 0.49 + 0.02 * jr.uniform(key)),
            rivals={"less": lambda u: 0.4},
            **declared,
        )
        verdict = check(claim, KEY)
        assert verdict.outcome is Outcome.HOLDS
        return verdict.draws

    assert draws(concentration="planted") < draws(bounds=(0.0, 1.0)) < draws()


# what is not known


def test_without_knowledge_there_is_no_verdict_before_a_rare_outcome_could_be_seen():
    claim = planted(predict=lambda u: 1.0, sampler=lambda dim, u: around(1.0, 1e-3))
    few = check(claim, KEY, Budget(max_draws=256))
    assert few.outcome is Outcome.UNDECIDED
    assert "Claim.bounds" in few.reason
    many = check(claim, KEY)
    assert many.outcome is Outcome.HOLDS
    assert min(many.points[0].draws) > 5 / 0.01 * np.log(1 / 0.01)


def test_infinite_variance_gives_no_verdict():
    cauchy = planted(
        predict=lambda u: 1.0, sampler=lambda dim, u: jax.tree_util.Partial(lambda key: 1 + jr.cauchy(key))
    )
    verdict = check(cauchy, KEY)
    assert verdict.outcome is Outcome.UNDECIDED
    assert "tail of index" in verdict.reason
    record = json.dumps(verdict.to_json(), allow_nan=False)
    assert '"bound": null' in record


def test_a_wrong_concentration_is_noticed():
    wild = planted(
        predict=lambda u: 1.0,
        sampler=lambda dim, u: jax.tree_util.Partial(lambda key: 1 + jr.cauchy(key)),
        concentration="hoped for",
    )
    assert check(wild, KEY).outcome is not Outcome.HOLDS


def test_a_concentration_that_draws_contradict_is_not_called_proved():
    def tails(**declared):
        wild = planted(
            predict=lambda u: 1.0,
            sampler=lambda dim, u: jax.tree_util.Partial(lambda key: 1 + jnp.clip(jr.cauchy(key), -1e4, 1e4)),
            concentration="hoped for",
            **declared,
        )
        verdict = check(wild, KEY, Budget(max_draws=1 << 14))
        assert verdict.outcome is Outcome.UNDECIDED
        assert all(point.contradicted for point in verdict.points)
        return next(a for a in verdict.assumptions if a.about == "tails")

    free = tails()
    assert (free.kind, free.source) == ("contradicted", "hoped for")
    assert "a tail of index" in free.method
    assert "no interval was used" in free.method
    assert "the declared bounds were used" in tails(bounds=(-1e4, 1e4 + 2)).method
    light = planted(predict=lambda u: u, sampler=lambda dim, u: around(u, 1.0), concentration="normal")
    verdict = check(light, KEY, Budget(resolution=0.05, max_draws=1 << 14))
    assert max(verdict.points[0].draws) >= 4096
    assert next(a.kind for a in verdict.assumptions if a.about == "tails") == "proved"


def test_a_point_with_a_heavy_tail_draws_on_while_it_may():
    """A class of one draw in a thousand looks like a heavy tail until it has been seen often enough."""
    rare = planted(
        predict=lambda u: 1.0,
        sampler=lambda dim, u: jax.tree_util.Partial(
            lambda key: 1 + 1e-3 * jr.normal(key) + jnp.where(jr.uniform(jr.fold_in(key, 1)) < 1e-3, 0.3, 0.0)
        ),
    )
    verdict = check(rare, KEY, Budget(max_draws=1 << 14))
    assert 2 * verdict.points[0].draws[0] > 1 << 14


def test_a_verdict_says_what_it_rests_on():
    def kinds(claim):
        verdict = check(claim, KEY)
        assert [a["about"] for a in verdict.to_json()["assumptions"]] == [
            a.about for a in verdict.assumptions
        ]
        return {a.about: (a.kind, a.source) for a in verdict.assumptions}

    sizes = {
        "predict": lambda u: u,
        "sampler": lambda dim, u: around(u + 1 / dim, 0.01),
        "dims": (512, 1024, 2048),
    }
    open_ = kinds(planted(**sizes))
    assert open_["tails"] == ("assumed", "")
    assert open_["size"] == ("tested", "")
    known = kinds(planted(**sizes, **LIGHT))
    assert known["tails"] == known["size"] == ("proved", "planted")
    assert kinds(planted(**sizes, bounds=(0, 2)))["tails"][0] == "tested"
    assert kinds(planted(**{**sizes, "dims": (512,)}))["size"][0] == "assumed"


def test_the_parts_of_an_interval_are_told():
    open_ = planted(
        predict=lambda u: u,
        sampler=lambda dim, u: around(u + dim**-0.5, 0.01),
        dims=(64, 128, 256),
        concentration="planted",
    )
    verdict = check(open_, KEY)
    assert verdict.outcome is Outcome.UNDECIDED
    assert "% draws" in verdict.reason
    assert "% extrapolation" in verdict.reason
    assert "times as large would decide" in verdict.reason


def test_thirty_sizes_come_to_a_verdict():
    claim = planted(
        predict=lambda u: u,
        sampler=lambda dim, u: around(u + 1 / dim, 0.1),
        dims=tuple(range(100, 700, 20)),
        **LIGHT,
    )
    assert check(claim, KEY).outcome is Outcome.HOLDS


def test_no_size_is_left_so_far_behind_that_a_misfit_is_not_seen():
    claim = planted(
        predict=lambda u: u,
        sampler=lambda dim, u: around(u + 1 / dim, 0.1),
        dims=(32, 64, 128),
        **LIGHT,
    )
    draws = check(claim, KEY, Budget(resolution=2e-3)).points[0].draws
    assert max(draws) <= 32 * min(draws)
