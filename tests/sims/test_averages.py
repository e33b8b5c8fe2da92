"""The mean of draws and its error, against the definition in plain Python."""

from __future__ import annotations

import math
from statistics import fmean, stdev

import numpy as np
import pytest

from lingen.sims.engine.averages import mean_and_error

ROWS = [[0.25, -3.0, 7.5, 1e3], [2.0, 2.0, 2.5, 2.0], [1e-9, 2e-9, 4e-9, 8e-9]]


@pytest.mark.parametrize("row", ROWS)
def test_mean_and_error_are_those_of_their_definition(row):
    mean, error = mean_and_error(np.array(row))
    assert mean == pytest.approx(fmean(row), rel=1e-14)
    assert error == pytest.approx(stdev(row) / math.sqrt(len(row)), rel=1e-14)


def test_any_axis_may_count_the_draws():
    for axis, values in ((1, np.array(ROWS)), (0, np.array(ROWS).T), (-1, np.array(ROWS))):
        mean, error = mean_and_error(values, axis=axis)
        np.testing.assert_allclose(mean, [fmean(row) for row in ROWS], rtol=1e-14)
        np.testing.assert_allclose(error, [stdev(row) / 2 for row in ROWS], rtol=1e-14)


def test_what_is_infinite_or_no_number_stays_so_without_a_warning():
    values = np.array([[1.0, math.inf, math.nan], [3.0, 1.0, 1.0]])
    mean, error = mean_and_error(values)
    np.testing.assert_array_equal(mean, [2.0, math.inf, math.nan])
    np.testing.assert_array_equal(error, [1.0, math.inf, math.nan])


@pytest.mark.parametrize(
    ("draws", "axis", "words"),
    [
        ([1.0], 0, "draws must be at least 2, got 1"),
        ([[1.0, 2.0]], 0, "draws must be at least 2, got 1"),
        ([1.0, 2.0], 1, "axis must be one of draws of shape"),
        (["a", "b"], 0, "draws must be an array of numbers"),
    ],
)
def test_what_has_no_error_is_refused(draws, axis, words):
    with pytest.raises(ValueError, match=words):
        mean_and_error(draws, axis=axis)
