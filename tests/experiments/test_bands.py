"""The population behind a data set, and the bands of its curves, against the spread of many data sets."""

from __future__ import annotations

import numpy as np
import pytest

from lingen.experiments.from_data.bands import bands, behind
from lingen.experiments.from_data.curves import predict_at, predict_of
from lingen.models import filters, population
from lingen.models.images.data import from_array
from lingen.theory import convergence

SPECTRUM = np.arange(1.0, 41) ** -0.7
GRID = np.array([10.0, 40.0, 160.0])


def drawn(count, seed):
    return from_array(np.random.default_rng(seed).standard_normal((count, 40)) * np.sqrt(SPECTRUM))


def test_it_is_closer_to_the_truth_than_the_spectrum_of_the_data():
    truth = np.asarray(convergence.overlap(population.atoms(SPECTRUM), GRID / 40))
    data = drawn(60, 0)
    found = predict_of(behind(data), 40, GRID, filters.gaussian())
    naive = predict_at(data, GRID, filters.gaussian())
    assert np.all(np.abs(found.convergence - truth) < 0.4 * np.abs(naive.convergence - truth))
    assert behind(drawn(800, 0)) is None


@pytest.mark.parametrize("count", [60, 800])
def test_bands_are_the_spread_of_data_sets(count):
    def curve(seed):
        data = drawn(count, seed)
        return predict_of(behind(data) or data.population, 40, GRID, filters.gaussian()).convergence

    spread = np.std([curve(seed) for seed in range(16)], axis=0, ddof=1)
    told = np.mean([bands(drawn(count, seed), GRID, filters.gaussian()).convergence for seed in range(3)], 0)
    ratio = told / spread  # 16 data sets tell their spread to 18 %; half the rows are not yet 1/√N
    assert np.all((ratio > 0.4) & (ratio < 2.5))


def test_bands_of_too_few_rows_are_none():
    data = from_array(np.random.default_rng(0).standard_normal((5, 4)))
    assert bands(data, GRID, filters.gaussian()) is None


def test_sources_stay_apart():
    rows = np.repeat(np.random.default_rng(1).standard_normal((30, 10)), 8, axis=0)
    rows = rows + 0.05 * np.random.default_rng(2).standard_normal(rows.shape)
    alone, together = from_array(rows), from_array(rows, groups=np.repeat(np.arange(30), 8))
    mixed, apart = (bands(d, GRID, filters.gaussian()).convergence for d in (alone, together))
    assert np.all(apart > mixed)
