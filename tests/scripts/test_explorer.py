"""The explorer: what its page interpolates is the theory; points stand where they were simulated."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
import xarray as xr
from numpy.polynomial import chebyshev

import lingen as lg
from lingen.models.images import stationary
from lingen.scripts.figures.explorer import tabulated
from lingen.scripts.figures.explorer.chebyshev import Side, Tabulated, coefficients, values
from lingen.scripts.figures.explorer.page import data, render
from lingen.scripts.figures.explorer.stored import points
from lingen.scripts.main import main

COORDINATES = {
    "plain": np.asarray,
    "log": np.log,
    "root": np.sqrt,
    "fourth": lambda value: value**0.25,
    "above": lambda value: np.sqrt(np.log(value)),
    "below": lambda value: np.sqrt(-np.log(value)),
}


def interpolated(known, name, **at):
    """A value from the numbers that a page holds, as the page reads them."""
    told = next(table for table in known["tables"] if table["name"] == name)
    numbers = np.frombuffer(base64.b64decode(known["numbers"]), "<f4")
    found = numbers[told["start"] : told["start"] + told["size"]].astype(float)
    found = found.reshape(*(side["count"] for side in told["sides"]), -1)
    for side in told["sides"]:
        low, high = side["ends"]
        x = 2 * (COORDINATES[side["scale"]](at[side["name"]]) - low) / (high - low) - 1
        found = np.tensordot(chebyshev.chebvander(np.array([x]), side["count"] - 1)[0], found, (0, 0))
    return np.exp(found) + told["shift"] if told["log"] else found


@pytest.mark.parametrize("scale", COORDINATES)
def test_a_smooth_function_of_two_parameters_is_told(scale):
    low, high = {"above": (1.0, 7.0), "below": (1.0, 0.1)}.get(scale, (0.1, 7.0))
    sides = (Side("x", scale, low, high, 40), Side("y", "plain", -1.0, 2.0, 20))
    x, y = map(values, sides)
    assert x.min() > min(low, high)
    assert x.max() < max(low, high)
    forth = COORDINATES[scale]
    table = Tabulated("f", sides, coefficients(np.exp(np.sin(forth(x))[:, None] * y), 2), True, 0.5)
    for at in ({"x": (low + high) / 2, "y": 1.7}, {"x": high, "y": -1.0}):
        told = interpolated(data([table]), "f", **at)[0]
        # the numbers are float32: six digits of what stands in the exponential
        assert told == pytest.approx(np.exp(np.exp(np.sin(forth(at["x"])) * at["y"])) + 0.5, rel=2e-6)


@pytest.mark.slow
def test_interpolation_is_the_theory_to_1e_4(explorer_tables):
    """Random parameters, the ends of the sliders among them, and loads near γ = 1."""
    known = data(explorer_tables)
    rng = np.random.default_rng(17)
    for k in range(40):
        load = float(np.exp(rng.uniform(*np.log([0.05, 20.0])) if k % 4 else 0.02 * rng.normal()))
        exponent, ridge = rng.uniform(0, 2) * (k % 5 > 0), rng.uniform(0, 1) ** 4 * (k % 3 > 0)
        spike = float(np.exp(rng.uniform(*np.log([0.2, 8.0]))))
        at = {"load": load, "exponent": exponent, "ridge": ridge, "spike": spike}
        side = "above" if load >= 1 else "below"
        model, bulk = lg.filters.ridge(ridge), lg.population.isotropic()
        if exponent:
            bulk = lg.population.power_law(exponent, 256)
        _check_models(known, side, at, bulk, model)
        _check_latent(known, side, at, bulk)
        _check_spectrum(known, side, at, bulk)


def _check_models(known, side, at, bulk, model):
    load = at["load"]
    q = float(lg.theory.convergence.overlap(bulk, load, model))
    m = float(lg.theory.memorisation.ratio(bulk, load, model))
    size = 2 * float(bulk.eigenvalues @ bulk.weights) + at["ridge"]
    w = float(lg.theory.distances.wasserstein2(bulk, load, model)) / size
    assert interpolated(known, f"q_{side}", **at)[0] == pytest.approx(q, abs=1e-4)
    assert interpolated(known, f"m_{side}", **at)[0] == pytest.approx(m, rel=1e-4)
    assert interpolated(known, f"w_{side}", **at)[0] == pytest.approx(w, abs=1e-4)


def _check_latent(known, side, at, bulk):
    truth = bulk.with_spikes([1 + at["spike"]])
    needed = interpolated(known, "threshold", **at)[0]
    assert needed == pytest.approx(float(lg.theory.recovery.threshold(truth)[0]), rel=1e-4)
    part, found, place = needed / at["load"], 0.0, interpolated(known, f"edge_{side}", **at)[0]
    if part < 1:
        found = interpolated(known, "latent", part=part, **at)[0]
        place = interpolated(known, "outlier", part=part, **at)[0]
    assert found == pytest.approx(float(lg.theory.recovery.recovery(truth, at["load"])[0]), abs=1e-4)
    assert place == pytest.approx(float(lg.theory.recovery.outlier(truth, at["load"])[0]), rel=2e-4)


def _check_spectrum(known, side, at, bulk):
    """Quantiles, by the share of eigenvalues that the theory has below each."""
    load, top, dim = at["load"], known["top"], known["dim"]
    shares = np.r_[
        (np.arange(top) + 0.5) / dim, top / dim + (min(1, load) - top / dim) * np.array(known["parts"])
    ]
    exact = np.asarray(lg.theory.spectrum.spectral_law.quantile(bulk, load, 1 - shares))
    np.testing.assert_allclose(interpolated(known, f"spectrum_{side}", **at), exact, rtol=2e-4)


@pytest.mark.slow
def test_denoisers_are_told_to_1e_4():
    known = data(tabulated._windows())
    power = stationary.markov(0.6, 256)
    for samples in (12.8, 17.3, 230.0, 4999.0):
        shared, local = (interpolated(known, name, samples=samples) for name in ("shared", "local"))
        for k, taps in enumerate(tabulated.TAPS):
            exact = lg.theory.convolutional.disagreement(power, samples, taps or None, 0.3)
            assert shared[k] == pytest.approx(float(exact), rel=1e-4)
            exact = lg.theory.local_denoisers.disagreement(power, samples, taps or 256, 0.3)
            assert local[k] == pytest.approx(float(exact), rel=1e-4)
        exact = lg.theory.equivariant.stationary_disagreement(power, samples, 256, 0.3)
        assert interpolated(known, "dense", samples=samples)[0] == pytest.approx(float(exact), rel=1e-4)


def store(topic, axes, **quantities):
    """A stored sweep with these values in every cell."""
    shape = tuple(map(len, axes.values()))
    told = {name: (tuple(axes), np.full(shape, value)) for name, value in quantities.items()}
    return xr.Dataset(told, axes, {"topic": topic, "path": "s.zarr"})


def test_points_stand_at_the_parameters_of_their_sweep():
    axes = {"load": [0.5, 2.0, 100.0], "spike": [1.5], "ridge": [0.25]}
    rows = points(
        store("decoupling", axes, convergence=0.4, convergence_error=0.01, recovery=0.3, recovery_error=0.02)
    )
    assert sorted(rows) == sorted(
        [["q", g, 0.4, 0.01, None, 0.0, 0.25] for g in (0.5, 2.0)]
        + [["latent", g, 0.3, 0.02, 1.5, 0.0, None] for g in (0.5, 2.0)]
    )


def test_cosines_and_distances_become_what_the_page_shows():
    (row,) = points(
        store(
            "memorisation", {"load": [1.0]}, cosine_variance=3.0, cosine_variance_error=0.03,
            fresh_variance=1.5, fresh_variance_error=0.0,
        )
    )  # fmt: skip
    assert row == ["m", 1.0, 2.0, 0.02, None, 0.0, 0.0]
    (row,) = points(store("distances", {"load": [1.0]}, wasserstein2=0.5, wasserstein2_error=0.1))
    assert row == ["w", 1.0, 0.25, 0.05, None, 0.0, 0.0]  # over τ(Σ) + τ(S) = 2


def test_windows_are_shown_by_their_taps():
    axes = {"samples": [16, 64], "taps": [17, 256], "noise": [0.3], "correlation": [0.6], "dim": [256]}
    rows = points(store("local_denoisers", axes, disagreement=0.1, disagreement_error=0.01))
    assert {(row[0], row[1], row[6]) for row in rows} == {("local", n, r) for n in (16, 64) for r in (17, 0)}


@pytest.mark.parametrize(
    "axes",
    [
        {"load": [100.0]},
        {"load": [1.0], "noise": [0.5]},
        {"load": [1.0], "exponent": [1.0], "dim": [512]},
        {"load": [1.0], "filter": ["pca:3"]},
    ],
)
def test_a_store_that_fits_no_slider_is_refused(axes):
    with pytest.raises(
        ValueError, match=r"--from s.zarr: must hold q, Q, W2² or cosines at loads from 0.05 to 20"
    ):
        points(store("convergence", axes, convergence=0.5, convergence_error=0.1))


def test_the_page_is_complete_in_itself_and_small(monkeypatch):
    table = Tabulated("q", (Side("load", "log", 0.05, 20.0, 2),), np.array([1.0, 2.0]))
    monkeypatch.setattr(tabulated, "tables", lambda tell: [table])
    held = store("convergence", {"load": [1.0]}, convergence=0.5, convergence_error=0.1)
    page = render([held])
    known = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page)[1])
    assert known["points"] == [["q", 1.0, 0.5, 0.1, None, 0.0, 0.0]]
    assert "circles are simulations" in page
    assert "circles are simulations" not in render()
    assert not re.search(r'(src|href)="(?!data:)', page)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--out", "page.txt"], "--out must end in .html, got page.txt"),
        (["--from", "none.zarr"], "--from none.zarr: no such folder"),
    ],
)
def test_bad_usage_is_told_in_one_line(arguments, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["explore", *arguments]) == 2
    assert capsys.readouterr().err == f"error: {words}\n"
