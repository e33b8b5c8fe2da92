"""What people do wrong in a claim, and the one line that tells them what to do."""

from __future__ import annotations

import textwrap
from typing import NamedTuple

import jax
import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest

from lingen.claims import Budget, Claim, LawClaim, Outcome, check
from lingen.claims.inference.inferred import InferredClaim
from lingen.claims.loading import load_claims

KEY = jr.key(1)
BUDGET = Budget(resolution=0.1, max_draws=4096)


def make(**changes) -> Claim:
    fields = {
        "name": "mine",
        "predict": lambda load: load,
        "simulate": lambda key, dim, load: load + 0.1 * jr.normal(key),
        "grid": {"load": (1.0,)},
        "dims": (8,),
        "rivals": {"twice": lambda load: 2 * load},
    }
    return Claim(**{**fields, **changes})


REFUSED = {
    "a misspelt field": ({"pts": ({},)}, "Claim has no field 'pts': did you mean 'points'"),
    "a field of no kind": ({"zzz": 1}, "Claim has no field 'zzz': it has name, of, observable"),
    "a parameter called dim": ({"grid": {"dim": (8,)}}, "must not be called 'dim', which is the dimension"),
    "a parameter called key": (
        {"grid": None, "points": ({"key": 1},)},
        "must not be called 'key', which is the key of",
    ),
    "simulate lacks a parameter": (
        {"simulate": lambda key, dim: 1.0},
        r"simulate must accept \(key, dim, load=...\), got \(key, dim\)",
    ),
    "simulate lacks its key": (
        {"simulate": lambda dim, load: 1.0},
        r"simulate must accept \(key, dim, load=...\), got \(dim, load\)",
    ),
    "sampler lacks a parameter": (
        {"simulate": None, "sampler": lambda dim: None},
        r"sampler must accept \(dim, load=...\), got \(dim\)",
    ),
    "predict lacks a parameter": ({"predict": lambda: 1.0}, r"predict must accept \(load=...\), got \(\)"),
    "predict wants another": (
        {"predict": lambda load, spike: 1.0},
        r"predict must accept \(load=...\), got \(load, spike\): missing a required argument: 'spike'",
    ),
    "an exact prediction lacks dim": ({"exact": True}, r"predict must accept \(dim=..., load=...\)"),
    "a rival lacks a parameter": (
        {"rivals": {"none": lambda: 1.0}},
        r"rivals\['none'\] must accept \(load=...\)",
    ),
    "orders are a word": ({"orders": "half"}, "orders must be a tuple of powers"),
    "orders repeat": ({"orders": (1, (1,))}, "orders must be different candidates"),
    "orders are negative": ({"orders": (-1,)}, "orders must be positive"),
    "fewer sizes than powers": ({"orders": (1, (1, 2)), "dims": (4, 8)}, "dims must be one, or more than 2"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_cannot_be_is_refused_in_one_line(kind):
    changes, words = REFUSED[kind]
    with pytest.raises(ValueError, match=words) as refused:
        make(**changes)
    assert "\n" not in str(refused.value)


def test_what_is_missing_is_named():
    with pytest.raises(ValueError, match="claim mine: predict must be given"):
        Claim("mine", simulate=lambda key, dim: 1.0, points=({},))
    with pytest.raises(ValueError, match="claim mine: law must be given"):
        LawClaim("mine", simulate=lambda key, dim: 1.0, points=({},))
    with pytest.raises(ValueError, match="InferredClaim has no field 'tolerence': did you mean 'tolerance'"):
        InferredClaim("mine", tolerence={}, infer=lambda *_: None, predict=lambda quantity: 1.0)


def test_what_settle_adds_is_left_to_the_draw():
    settled = make(
        settle=lambda dim, load: {"samples": round(load * dim)},
        simulate=lambda key, dim, load, samples: load + 0.1 * jr.normal(key),
        predict=lambda load, samples=0: load,
        rivals={"twice": lambda load, samples=0: 2 * load},
    )
    assert check(settled, KEY, BUDGET).outcome is Outcome.HOLDS


class Pair(NamedTuple):
    """A draw with parts."""

    x: jax.Array
    y: jax.Array


def numpy_draw(key, dim, load):
    return np.random.default_rng(key).normal()


def branching(key, dim, load):
    return load if jr.normal(key) > 0 else -load


BROKEN = {
    "a measure over the draws": (
        {"measure": lambda draws: draws.mean()},
        "which must keep the first axis, one entry for each of the ",
    ),
    "a measure over the draws of an array": (
        {
            "simulate": lambda key, dim, load: jr.normal(key, (3,)),
            "measure": lambda draws: draws.mean(axis=0),
        },
        "gave shape (3,) after `measure`",
    ),
    "a tuple": (
        {"simulate": lambda key, dim, load: (load + jr.normal(key), jr.normal(key))},
        "gave a tuple where an array of real numbers is needed: measure=lambda draws: draws[0] picks",
    ),
    "a dict": (
        {"simulate": lambda key, dim, load: {"q": jr.normal(key)}},
        "measure=lambda draws: draws['q'] picks",
    ),
    "a named tuple": (
        {"simulate": lambda key, dim, load: Pair(jr.normal(key), load)},
        "measure=lambda draws: draws.x picks",
    ),
    "if on a traced value": ({"simulate": branching}, "jnp.where(condition, a, b)"),
    "float of a traced value": (
        {"simulate": lambda key, dim, load: float(jr.normal(key))},
        "asks for the value of a number that JAX is tracing",
    ),
    "NumPy on a traced value": (
        {"simulate": lambda key, dim, load: np.sin(jr.normal(key))},
        "gives a number that JAX is tracing to NumPy",
    ),
    "a generator of NumPy from the key": ({"simulate": numpy_draw}, "random numbers come from keys by"),
    "a generator of NumPy": (
        {"simulate": lambda key, dim, load: jnp.asarray(np.random.default_rng(0).normal())},
        "does not depend on its key",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BROKEN)
def test_what_a_draw_does_wrong_is_told_in_one_line(kind):
    changes, words = BROKEN[kind]
    verdict = check(make(**changes), KEY, BUDGET)
    assert verdict.outcome is Outcome.BROKEN
    assert words in verdict.reason
    assert "\n" not in verdict.reason


FILE = """
    import jax.numpy as jnp
    import jax.random as jr
    from lingen.claims import Claim

    def helper(x):
        return jnp.linalg.cholesky(x, no_such_argument=True)

    def simulate(key, dim):
        return helper(jr.normal(key, (dim, dim)))[0, 0]

    def predict():
        return {}["no such key"]

    DRAW = Claim("draw", predict=lambda: 1.0, simulate=simulate, points=({},), dims=(8,))
    THEORY = Claim("theory", predict=predict, simulate=simulate, points=({},), dims=(8,))
"""


@pytest.fixture
def theorems(tmp_path):
    path = tmp_path / "theorem.py"
    path.write_text(textwrap.dedent(FILE))
    return {claim.name: claim for claim in load_claims(path)}


@pytest.mark.parametrize(("name", "line"), [("draw", 7), ("theory", 13)])
def test_the_line_of_the_users_file_is_told(theorems, name, line):
    verdict = check(theorems[name], KEY, BUDGET)
    assert verdict.outcome is Outcome.BROKEN
    assert verdict.reason.endswith(f"(theorem.py, line {line})")


def test_the_whole_traceback_is_printed_if_asked_for(theorems, monkeypatch, capsys):
    check(theorems["theory"], KEY, BUDGET)
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("LINGEN_DEBUG", "1")
    verdict = check(theorems["theory"], KEY, BUDGET)
    assert verdict.outcome is Outcome.BROKEN
    told = capsys.readouterr().err
    assert "Traceback (most recent call last)" in told
    assert "theorem.py" in told
    assert "KeyError" in told


def test_a_key_and_a_budget_are_optional():
    verdict = check(make(concentration="normal"))
    assert verdict.outcome is Outcome.HOLDS
    assert verdict.provenance["key"] == [0, 0]
