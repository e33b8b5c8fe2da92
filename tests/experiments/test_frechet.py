"""FID of two parts of a data set: its limit within its stated error of the truth, at any rank."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.linalg import sqrtm

from lingen.experiments.forecast import forecast
from lingen.experiments.from_data.frechet import expected, frechet, measured_on_splits
from lingen.experiments.from_data.words import sentences
from lingen.models import population
from lingen.models.images import data as images

SPECTRUM = 1.0 / np.arange(1.0, 17.0)


def planted(count, seed, spectrum=SPECTRUM):
    return np.random.default_rng(seed).normal(size=(count, spectrum.size)) * np.sqrt(spectrum)


def by_hand(samples, spectrum=SPECTRUM):
    """D6: to first order in 1/n, means fitted."""
    pairs = spectrum[:, None] * spectrum / (spectrum[:, None] + spectrum)
    return (pairs.sum() + np.trace(pairs)) / (samples - 1) + 2 * spectrum.sum() / samples


@pytest.mark.parametrize("counts", [(40, 30), (5, 40), (4, 5)])
def test_the_distance_is_that_of_matrix_roots(counts):
    x, y = (np.random.default_rng(k).normal(size=(n, 8)) + k for k, n in enumerate(counts))
    one, two = np.cov(x.T), np.cov(y.T)
    shift = x.mean(axis=0) - y.mean(axis=0)
    values, vectors = np.linalg.eigh(one)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    inside = root @ two @ root
    shared = np.trace(np.real(sqrtm(inside + 1e-14 * np.eye(8))))
    assert frechet(x, y) == pytest.approx(shift @ shift + np.trace(one + two) - 2 * shared, rel=1e-5)
    assert frechet(x, x) == pytest.approx(0.0, abs=1e-6)


def test_the_prediction_is_the_sum_over_pairs():
    law = population.atoms(SPECTRUM)
    found = expected(law, 16, np.array([4.0, 100.0, 400.0]))
    assert found.samples.tolist() == [16, 100, 400]
    np.testing.assert_allclose(found.predicted, by_hand(found.samples), rtol=1e-10)


def test_the_limit_of_planted_gaussian_data_is_nothing_within_its_error():
    held, slopes = 0, []
    for seed in range(20):
        data = images.from_array(planted(800, seed))
        found = measured_on_splits(expected(data.population, 16, np.geomspace(16, 800, 5)), data, seed, 8, 0)
        assert [one.samples for one in found.measured] == [400, 200, 100]
        held += found.limit_range.low <= 0.0 <= found.limit_range.high
        slopes.append(found.slope)
    assert held >= 16  # 95 % of 20, less four deviations
    error = np.std(slopes, ddof=1) / np.sqrt(20)
    assert abs(np.mean(slopes) - 400 * by_hand(400)) < 4 * error
    assert error < 0.05 * np.mean(slopes)


def test_a_forecast_tells_it():
    found = forecast(planted(2000, 3), samples=[16, 500], draws=8)
    first = found.fid.measured[0]
    assert first.samples == 1000
    assert abs(first.measured - by_hand(1000)) < 5 * first.error + 0.1 * by_hand(1000)
    assert found.fid.limit_range.low < 0.0 < found.fid.limit_range.high
    told = next(line for line in sentences(found) if line.startswith("FID"))
    assert f"measured at n = 1,000: {first.measured:.2g}"[:-1] in told
    assert "at n → ∞, where sets of one law are 0 apart" in told
    kept = json.loads(json.dumps(found.to_json(), allow_nan=False))["fid"]
    assert kept["limit"] == found.fid.limit
    assert len(kept["samples"]) == len(kept["predicted"])


def test_fewer_samples_than_dimensions_have_no_limit_and_it_is_said():
    found = forecast(np.random.default_rng(0).normal(size=(20, 40)), samples=[8], draws=4)
    assert found.fid.limit is None
    assert found.fid.measured[0].samples == 10
    assert 0.0 < found.fid.measured[0].measured < 2 * 2 * 40
    told = next(line for line in sentences(found) if line.startswith("FID"))
    assert (
        "No limit n → ∞: FID is linear in 1/n from n = d on only, and N = 20 is less than 4 d = 160." in told
    )
    json.dumps(found.to_json(), allow_nan=False)


def test_copies_stay_on_one_side():
    rows = planted(60, 5)
    data = images.from_array(np.concatenate([rows, rows]), keep_copies=True)
    found = measured_on_splits(expected(data.population, 16, np.array([16.0])), data, 0, 4, 0.0)
    assert found.measured[0].samples == 60
    assert found.measured[0].measured > 0.5 * by_hand(30)  # copies on both sides would bring them together
