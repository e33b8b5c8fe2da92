"""What `check` answers to synthetic claims whose truth is known."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from lingen.claims import Budget, Claim, Outcome, check

KEY = jr.key(7)
BUDGET = Budget(resolution=0.05, max_draws=4096)


def _normal(mean, sd, key):
    return mean + sd * jr.normal(key, jnp.shape(mean))


def normal(mean, sd):
    """A draw of this mean and standard deviation, compiled once for all of them."""
    return jax.tree_util.Partial(_normal, jnp.asarray(mean, float), jnp.asarray(sd, float))


def sampler(dim, load):
    """Mean load + 2/dim, standard deviation 0.1."""
    return normal(load + 2 / dim, 0.1)


def claim(**changes) -> Claim:
    fields = {
        "name": "synthetic",
        "predict": lambda load: load,
        "sampler": sampler,
        "grid": {"load": (0.5, 1.0)},
        "rivals": {"double": lambda load: 2 * load},
        "concentration": "normal by construction",
        "order_source": "planted",
    }
    return Claim(**{**fields, **changes})


@pytest.mark.parametrize(("asked", "own", "used"), [(None, None, 0.01), (None, 0.2, 0.2), (0.3, 0.2, 0.3)])
def test_the_resolution_is_what_was_asked_for_then_the_claims_own_then_one_percent(asked, own, used):
    verdict = check(claim(resolution=own), KEY, Budget(resolution=asked, max_draws=16))
    assert verdict.resolution == used
    assert all(point.resolution == used for point in verdict.points)


def test_a_true_claim_holds_and_its_rival_is_refuted():
    verdict = check(claim(), KEY, BUDGET)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.passed
    assert verdict.rivals == {"double": Outcome.REFUTED}
    assert verdict.half_width <= verdict.bound <= 0.05
    assert "1 rival refuted" in verdict.reason


def test_the_finite_size_term_is_removed():
    short = claim(grid={"load": (0.1,)}, dims=(16, 32, 64))
    evidence = check(short, KEY, Budget(resolution=0.1, max_draws=1 << 14)).points[0]
    assert np.all(evidence.means[0] - 0.1 > 20 * evidence.standard_errors[0])
    assert abs(evidence.error) < evidence.margin


def test_a_wrong_claim_is_refuted_where_it_is_wrong():
    verdict = check(claim(predict=lambda load: 1.3 if load == 1.0 else load), KEY, BUDGET)
    assert verdict.outcome is Outcome.REFUTED
    assert not verdict.passed
    assert verdict.reason.startswith("at load=1:")
    assert "1.3 is predicted" in verdict.reason


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({}, Outcome.HOLDS),
        ({"predict": lambda load: 3 * load}, Outcome.REFUTED),
        ({"rivals": {}}, Outcome.UNDECIDED),
        ({"predict": lambda load: np.nan}, Outcome.BROKEN),
    ],
)
def test_a_claim_passes_if_it_holds_and_a_measurement_unless_it_is_broken(changes, outcome):
    verdict = check(claim(**changes), KEY, BUDGET)
    assert verdict.outcome is outcome
    assert verdict.passed is bool(verdict) is (outcome is Outcome.HOLDS)
    measured = check(claim(**changes, exploratory=True), KEY, BUDGET)
    assert measured.outcome is outcome
    assert measured.passed is bool(measured) is (outcome is not Outcome.BROKEN)


def test_an_exact_claim_is_compared_at_every_dimension():
    exact = claim(
        predict=lambda dim, load: load + 2 / dim,
        rivals={"limit": lambda dim, load: load},
        exact=True,
        dims=(4, 8),
    )
    verdict = check(exact, KEY, BUDGET)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.points[0].prediction.shape == (2,)
    wrong = claim(
        predict=lambda dim, load: load,
        rivals={"double": lambda dim, load: 2 * load},
        exact=True,
        dims=(4, 512),
    )
    refuted = check(wrong, KEY, BUDGET)
    assert refuted.outcome is Outcome.REFUTED
    assert "dim=4" in refuted.reason


def test_arrays_are_compared_component_by_component():
    arrays = claim(
        sampler=lambda dim, load: normal((load + 2 / dim) * np.arange(1.0, 4.0), 0.1),
        predict=lambda load: load * np.arange(1.0, 4.0),
        rivals={"last": lambda load: load * np.array([1.0, 2.0, 6.0])},
    )
    verdict = check(arrays, KEY, BUDGET)
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.points[0].estimate.shape == (3,)


def test_measure_reads_one_observable_out_of_a_draw():
    pair = claim(
        sampler=None,
        simulate=lambda key, dim, load: (jnp.nan, load + jr.normal(key) / dim),
        measure=lambda draws: draws[1],
        dims=(64,),
    )
    assert check(pair, KEY, BUDGET).outcome is Outcome.HOLDS


def test_a_rival_that_cannot_be_told_apart_survives():
    verdict = check(
        claim(rivals={"near": lambda load: 1.01 * load, "double": lambda load: 2 * load}), KEY, BUDGET
    )
    assert verdict.outcome is Outcome.UNDECIDED
    assert verdict.rivals["double"] is Outcome.REFUTED
    assert verdict.rivals["near"] is not Outcome.REFUTED
    assert "'near'" in verdict.reason


def test_draws_are_added_until_a_close_rival_is_refuted():
    far = check(claim(), KEY, BUDGET)
    close = check(
        claim(rivals={"close": lambda load: 1.08 * load}), KEY, Budget(resolution=0.05, max_draws=1 << 15)
    )
    assert close.outcome is Outcome.HOLDS
    assert close.draws > far.draws


def test_without_rivals_there_is_no_evidence():
    verdict = check(claim(rivals={}), KEY, BUDGET)
    assert verdict.outcome is Outcome.UNDECIDED
    assert "no rival" in verdict.reason


def test_running_out_of_draws_says_how_many_are_missing():
    verdict = check(claim(), KEY, Budget(resolution=0.001, max_draws=64))
    assert verdict.outcome is Outcome.UNDECIDED
    assert verdict.reason.startswith("out of draws")
    assert "more draws" in verdict.reason
    assert max(verdict.points[0].draws) <= 64


def test_running_out_of_time_before_the_first_look_is_undecided():
    verdict = check(claim(), KEY, Budget(seconds=1e-9))
    assert verdict.outcome is Outcome.UNDECIDED
    assert verdict.reason == "out of time before the first look at load=0.5"
    assert verdict.bound is None
    assert verdict.to_json()["bound"] is None


def test_a_wrong_finite_size_order_is_noticed():
    root = claim(sampler=lambda dim, load: normal(load + 3 / dim**0.5, 1e-4), dims=(16, 32, 64))
    verdict = check(root, KEY, BUDGET)
    assert verdict.outcome is Outcome.UNDECIDED
    assert "order of the finite-size term is in doubt" in verdict.reason
    limits = [point.estimate for point in verdict.points]
    np.testing.assert_allclose(limits, [0.5, 1.0], atol=0.01)  # the shape that fits is found
    right = claim(sampler=root.sampler, dims=root.dims, order=(0.5,))
    assert check(right, KEY, BUDGET).outcome is Outcome.HOLDS


def test_of_stated_orders_the_draws_choose_and_the_verdict_says_so():
    root = claim(
        sampler=lambda dim, load: normal(load + 0.3 / dim**0.5, 1e-4),
        order_source="",
        orders=(1 / 3, 1 / 2, (1, 2)),
        dims=(16, 32, 64, 128),
    )
    verdict = check(root, KEY, BUDGET)
    assert verdict.outcome is Outcome.HOLDS, verdict.reason
    assert "is not proved: the draws leave 1/2 of the candidates" in verdict.reason
    assert verdict.points[0].orders == ((0.5,),)
    assert verdict.to_json()["orders"] == [[1 / 3], [0.5], [1.0, 2.0]]
    sizes = next(a for a in verdict.assumptions if a.about == "size")
    assert sizes.kind == "tested"
    assert "1/3, or 1/2, or 1 and 2" in sizes.method


def test_an_observable_without_noise_can_be_judged():
    still = {"sampler": lambda dim, load: normal(load, 0.0), "dims": (8,)}
    assert check(claim(**still, deterministic=True), KEY, BUDGET).outcome is Outcome.HOLDS
    wrong = claim(**still, deterministic=True, predict=lambda load: 2.0)
    assert check(wrong, KEY, BUDGET).outcome is Outcome.REFUTED
    unsaid = check(claim(**still), KEY, BUDGET)
    assert unsaid.outcome is Outcome.BROKEN
    assert "equal bit for bit" in unsaid.reason
    assert "draws that differ" in check(claim(deterministic=True), KEY, BUDGET).reason


def test_a_vanishing_prediction_is_judged_on_its_scale():
    zero = claim(predict=lambda load: 0.0, sampler=lambda dim, load: normal(0.0, 0.01), scale=1.0)
    assert check(zero, KEY, BUDGET).outcome is Outcome.HOLDS


def test_the_same_key_gives_the_same_numbers():
    first, again = (check(claim(), KEY, BUDGET).to_json() for _ in range(2))
    other = check(claim(), jr.key(8), BUDGET).to_json()
    assert first["points"] == again["points"]
    assert first["points"] != other["points"]
    assert first["provenance"]["key"] == [0, 7]


def test_a_point_draws_the_same_whatever_the_other_claims_are():
    alone, among = check(claim(), KEY, BUDGET), check(claim(), KEY, BUDGET, comparisons=50)
    assert among.draws >= alone.draws
    assert among.points[0].half_width / among.points[0].standard_error > 1.2 * (
        alone.points[0].half_width / alone.points[0].standard_error
    )


def test_progress_only_rises_and_ends_at_one():
    told: list[tuple[str, float, str]] = []
    check(claim(), KEY, BUDGET, progress=lambda *message: told.append(message))
    fractions = [fraction for _, fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert fractions[-1] == 1
    assert {name for name, _, _ in told} == {"synthetic"}


def test_an_interrupt_passes_through():
    def interrupted(load):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(claim(predict=interrupted), KEY, BUDGET)


BROKEN = {
    "simulation raises": (
        {"sampler": None, "simulate": lambda key, dim, load: 1 / 0},
        "load=0.5, dim=64 raised ZeroDivisionError",
    ),
    "simulation is not JAX": (
        {"sampler": None, "simulate": lambda key, dim, load: float(jr.normal(key))},
        "Concretization",
    ),
    "simulation gives nan": (
        {"sampler": None, "simulate": lambda key, dim, load: load * jnp.nan},
        "dim=64 gave nan",
    ),
    "simulation gives inf": (
        {"sampler": None, "simulate": lambda key, dim, load: load * jnp.inf},
        "dim=64 gave inf",
    ),
    "simulation has a shape": (
        {"sampler": None, "simulate": lambda key, dim, load: jnp.ones(3)},
        "shape (3,) where the prediction has ()",
    ),
    "simulation is a tuple": (
        {"sampler": None, "simulate": lambda key, dim, load: (1.0, jnp.ones(2))},
        "the simulation at load=0.5",
    ),
    "sampler raises": (
        {"simulate": None, "sampler": lambda dim, load: 1 / 0},
        "the sampler at load=0.5, dim=64",
    ),
    "measure raises": ({"measure": lambda draws: draws.missing}, "AttributeError"),
    "prediction raises": ({"predict": lambda load: {}[load]}, "the prediction at load=0.5 raised KeyError"),
    "prediction gives nan": ({"predict": lambda load: np.nan}, "the prediction at load=0.5 gave nan"),
    "prediction gives inf": ({"predict": lambda load: np.inf}, "the prediction at load=0.5 gave inf"),
    "prediction has a shape": (
        {"predict": lambda load: [load, load]},
        "shape () where the prediction has (2,)",
    ),
    "prediction is text": ({"predict": lambda load: "half"}, "gave a str"),
    "prediction is empty": ({"predict": lambda load: []}, "gave no number"),
    "prediction is complex": ({"predict": lambda load: 1j}, "gave a complex"),
    "prediction is zero": ({"predict": lambda load: 0.0}, "needs a scale"),
    "rival raises": ({"rivals": {"r": lambda load: 1 / 0}}, "rival 'r' at load=0.5 raised ZeroDivisionError"),
    "rival has a shape": ({"rivals": {"r": lambda load: [1.0]}}, "rival 'r' at load=0.5 gave shape (1,)"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_claim_is_reported_in_one_line(kind):
    changes, words = BROKEN[kind]
    verdict = check(claim(**changes), KEY, BUDGET)
    assert verdict.outcome is Outcome.BROKEN
    assert not verdict.passed
    assert words in verdict.reason
    assert "\n" not in verdict.summary
    assert verdict.summary.startswith("synthetic: broken, ")


def test_a_failure_at_a_late_point_names_it():
    verdict = check(claim(sampler=lambda dim, load: normal(np.nan if load == 1 else load, 0.1)), KEY, BUDGET)
    assert verdict.outcome is Outcome.BROKEN
    assert "load=1, dim=64" in verdict.reason


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("resolution", 0.0),
        ("error_rate", 0.9),
        ("first", 1),
        ("max_draws", 4),
        ("seconds", -1.0),
        ("resolution", np.nan),
    ],
)
def test_a_budget_that_cannot_be_is_refused(field, value):
    with pytest.raises(ValueError, match=field):
        Budget(**{field: value})


def test_keys_must_be_typed():
    with pytest.raises(ValueError, match="key must be one typed key"):
        check(claim(), 0, BUDGET)
    with pytest.raises(ValueError, match="comparisons"):
        check(claim(), KEY, BUDGET, comparisons=0)
