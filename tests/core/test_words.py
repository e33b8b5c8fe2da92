"""Values for people and for JSON files."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lingen.words import did_you_mean, formula, greek, json_text, measured, plain, sentence, short


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (0.72051, 0.00031, "0.72051 ± 0.00031"),
        (12.34, 4.5, "12.3 ± 4.5"),
        (-1234.4, 45.0, "−1234 ± 45"),
        (0.5, 0.0, "0.5"),
        (0.123456789, float("nan"), "0.123457"),
        (3e8, 1e6, "3e+08 ± 1.0e+06"),
    ],
)
def test_a_number_is_told_to_the_second_digit_of_its_error(value, error, words):
    assert measured(value, error) == words


def test_greek_names_are_set_in_greek_and_others_left_alone():
    names = ("theta_c", "lambda_", "sigma", "Gamma", "omega_max", "load", "thetas", "d_theta", "beta2")
    assert [greek(name) for name in names] == [
        "θ_c", "λ", "σ", "Γ", "ω_max", "load", "thetas", "d_theta", "beta2",
    ]  # fmt: skip
    assert [formula(name) for name in ("theta", "theta_c", "mu_a_b", "load", "theta_$")] == [
        "θ", r"θ_{\mathrm{c}}", r"μ_{\mathrm{a\ b}}", None, None,
    ]  # fmt: skip


def test_a_sentence_begins_with_a_capital_and_a_symbol_with_itself():
    words = ("off by 3 %", "a rival survives", "breaks: differs", "undecided")
    assert [sentence(w)[0] for w in words] == ["O", "A", "B", "U"]
    for symbol in ("θ_c = 1", "q = 0.3", "nu = 1/3", "theta_c = 2", "γ is not known", "d^ν", ""):
        assert sentence(symbol) == symbol


def test_values_are_short():
    class Named:
        name = "gaussian"

    assert [short(v) for v in (0.1, np.float64(1e6), 7, Named(), "a  b\nc")] == [
        "0.1", "1e+06", "7", "gaussian", "a b c",
    ]  # fmt: skip
    assert short(1234567, ",.10g") == "1,234,567"
    assert len(short("x" * 100)) == 60


def test_json_holds_no_number_that_it_does_not_know():
    held = {"a": np.array([1.0, np.nan]), "b": (np.int64(3), float("inf")), "c": True, "d": {"e": None}}
    assert json.loads(json_text(plain(held))) == {
        "a": [1.0, None],
        "b": [3, None],
        "c": True,
        "d": {"e": None},
    }
    assert "é" in json_text("é")
    with pytest.raises(ValueError, match="JSON compliant"):
        json_text(float("nan"))


def test_names_that_are_spelt_alike():
    known = ("recovery", "recoveries", "recovery", "flows")
    assert did_you_mean("recovry", known) == "; did you mean recovery?"
    assert did_you_mean("recovry", known, most=3) == "; did you mean recovery or recoveries?"
    assert did_you_mean("xyz", known) == ""
