"""Values for people and for JSON files."""

from __future__ import annotations

import json

import numpy as np
import pytest

from lingen.words import json_text, measured, plain, short


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
