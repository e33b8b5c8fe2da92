"""What a sweep says: planted laws come back from a dataset, and what cannot be is refused in one line."""

from __future__ import annotations

import json

import jax.random as jr
import numpy as np
import pytest
import xarray as xr

from lingen.claims.inference import slices, sweeps
from lingen.claims.inference.slices import cut
from lingen.models.posterior import Posterior
from lingen.words import json_text

LOADS, DIMS = np.linspace(0.8, 1.25, 13), np.array([10**3, 10**4, 10**5])
STEPS = {"warmup": 500, "draws": 1000}
CRITICAL, NU, BETA = 0.95, 0.5, 0.25
COUNT = 8


def planted(error: float = 0.005, **more: list) -> xr.Dataset:
    """A transition that is not the one of recovery, with corrections to scaling and noise."""
    load, dim = np.meshgrid(LOADS, DIMS, indexing="ij")
    t = load - CRITICAL
    x = dim**NU * t * (1 + 0.3 * t)
    mean = dim**-BETA * (np.sqrt(x**2 / 4 + 1) + x / 2) ** (BETA / NU) * (1 + 0.2 * t)
    noise = np.random.default_rng(1).standard_normal(mean.shape)
    arrays = {"order": mean * (1 + error * noise), "order_error": error * mean}
    data = xr.Dataset({k: (("load", "dim"), v) for k, v in arrays.items()}, {"load": LOADS, "dim": DIMS})
    return data.expand_dims(more).copy(deep=True) if more else data


@pytest.mark.slow
def test_a_planted_critical_point_comes_back():
    found = sweeps.infer(planted(), jr.key(0), **STEPS)
    assert (found.model, found.along, found.size) == ("critical", "load", "dim")
    for name, truth, width in (("critical_point", CRITICAL, 0.003), ("nu", NU, 0.05), ("beta", BETA, 0.02)):
        one = found.estimate(name)
        assert abs(one.mean - truth) < 5 * one.deviation, name
        assert one.deviation < width, name
        assert one.low < one.mean < one.high, name
    assert found.sound, found.trouble


def planted_power() -> xr.Dataset:
    spikes = np.geomspace(1, 100, COUNT)
    mean = 0.25 + 3.0 * spikes**-0.7
    noisy = mean + 0.002 * np.random.default_rng(3).standard_normal(COUNT)
    arrays = {"gap": ("spike", noisy), "gap_error": ("spike", np.full(COUNT, 0.002))}
    return xr.Dataset(arrays, {"spike": spikes})


def test_a_planted_power_law_comes_back_along_any_axis():
    found = sweeps.infer(planted_power(), jr.key(0), **STEPS)
    assert (found.model, found.along, found.size) == ("power", "spike", None)
    for name, truth in (("exponent", 0.7), ("offset", 0.25)):
        one = found.estimate(name)
        assert abs(one.mean - truth) < 5 * one.deviation, name
        assert one.deviation < 0.1 * truth, name


@pytest.mark.slow
def test_a_transition_is_told_from_a_smooth_curve():
    sharp = sweeps.infer(planted(), jr.key(0), model="transition", warmup=300, draws=300)
    assert sharp.better == "critical"
    load, dim = np.meshgrid(LOADS, DIMS, indexing="ij")
    mean = load / (1 + load) * (1 + load / np.sqrt(dim))
    noise = np.random.default_rng(2).standard_normal(mean.shape)
    data = planted().assign(order=(("load", "dim"), mean * (1 + 0.005 * noise)))
    data["order_error"] = 0.005 * data["order"]
    smooth = sweeps.infer(data, jr.key(0), model="transition", warmup=300, draws=300)
    assert smooth.better != "critical"
    assert smooth.comparison.difference < 0


def test_a_number_at_the_edge_of_what_was_looked_at_is_not_believed():
    plan = sweeps.plan(planted())
    rng = np.random.default_rng(0)
    inside = {
        "critical_point": rng.normal(0.9, 0.01, (4, 50)),
        "nu": rng.normal(0.5, 0.01, (4, 50)),
    }
    ones = dict.fromkeys(inside, 1.0)

    def finding(**samples):
        posterior = Posterior(inside | samples, ones, dict.fromkeys(inside, 1e3), 0)
        return sweeps.Finding(*plan, None, posterior, ("critical_point", "nu"))

    assert finding().sound
    assert "critical_point reaches the end 1.25" in finding(critical_point=np.full((4, 50), 1.249)).trouble
    assert "nu reaches the end 0.05" in finding(nu=np.full((4, 50), 0.051)).trouble
    diverged = finding()
    diverged = diverged._replace(posterior=diverged.posterior._replace(divergences=2))
    assert diverged.trouble == "2 transitions diverged"
    assert not diverged.caution


@pytest.fixture
def found():
    """A finding of chains that were never run."""
    rng = np.random.default_rng(0)
    samples = {"critical_point": rng.normal(0.95, 0.01, (4, 50)), "nu": rng.normal(0.5, 0.01, (4, 50))}
    good, many = dict.fromkeys(samples, 1.0), dict.fromkeys(samples, 1e3)
    return sweeps.Finding(
        *sweeps.plan(planted()), None, Posterior(samples, good, many, 0), ("critical_point", "nu")
    )


def test_a_finding_is_told_in_a_few_lines(found):
    lines = str(found).splitlines()
    assert repr(found) == str(found)
    assert lines[0].startswith(
        "critical point of order along load: 13 values of load (0.8 to 1.25), 3 values of"
    )
    assert [line.split()[0] for line in lines[1:]] == ["γ_c", "ν", "chains:"]
    assert lines[1].startswith("  γ_c  0.95")


def test_a_finding_as_plain_values(found):
    kept = json.loads(json_text(found.to_json()))
    assert (kept["model"], kept["observable"], kept["along"], kept["size"]) == (
        "critical",
        "order",
        "load",
        "dim",
    )
    np.testing.assert_allclose(kept["axes"]["load"], LOADS)
    mean = found.posterior.samples["nu"].mean()
    assert kept["quantities"]["nu"]["mean"] == pytest.approx(mean)
    assert kept["quantities"]["nu"]["effective_samples_tails"] is None
    assert kept["sound"]


@pytest.mark.filterwarnings("ignore::FutureWarning")  # ArviZ speaks of its own next version
def test_arviz_takes_a_finding(found):
    pytest.importorskip("arviz")
    data = found.to_arviz()
    assert data.posterior.attrs["model"] == "critical"
    np.testing.assert_array_equal(data.posterior["nu"].values, found.posterior.samples["nu"])
    np.testing.assert_array_equal(data.observed_data["order"].values, found.slice.mean)
    assert set(data.observed_data.coords) == {"load", "dim"}


def test_sizes_that_span_little_are_told():
    data = planted().assign_coords(dim=[1000, 2000, 4000])
    found = sweeps.Finding(*sweeps.plan(data), None, None, ())
    assert found.caution.startswith("dim spans a factor of 4 only")


def test_a_slice_holds_the_whole_cells_and_says_how_many_there_are():
    data = planted(spike=[1.0, 2.0], filter=["gaussian", "pca:3"])
    data["draws"] = xr.full_like(data["order"], 16, dtype=int)
    data["draws"][dict(load=0, dim=1)] = 0
    data["order"][dict(load=2, dim=0)] = np.nan
    found = cut(data, "order", ("load", "dim"), {"spike": "2", "filter": "pca:3"}, {"dim": (1e3, 1e4)})
    assert found.fixed == {"spike": 2.0, "filter": "pca:3"}
    assert (found.cells, found.whole, found.draws) == (26, 24, 24 * 16)
    assert set(found.places["dim"]) == {1e3, 1e4}
    chosen = data["order"].sel(spike=2.0, filter="pca:3", load=LOADS[5], dim=10**4)
    here = (found.places["load"] == LOADS[5]) & (found.places["dim"] == 1e4)
    assert found.mean[here] == chosen.values


def test_the_ends_of_a_part_hold_points_that_rounding_moved():
    data = planted()
    data = data.assign_coords(load=np.where(LOADS == 0.8, 0.7999999999999999, LOADS))
    found = cut(data, "order", ("load",), {"dim": 1000}, {"load": (0.8, 0.9)})
    assert found.places["load"].min() == 0.7999999999999999


def test_repetitions_are_averaged_as_far_as_they_are_whole():
    data = planted(seed=[0, 1])
    data["order"][dict(seed=1)] *= 1.1
    data["order"][dict(seed=1, load=0, dim=0)] = np.nan
    found = cut(data, "order", ("load", "dim"))
    one = planted()
    first = (found.places["load"] == LOADS[0]) & (found.places["dim"] == DIMS[0])
    np.testing.assert_allclose(found.mean[~first], 1.05 * one["order"].values.ravel()[~first], rtol=1e-12)
    error = one["order_error"].values.ravel()
    np.testing.assert_allclose(found.error, np.where(first, error, error / np.sqrt(2)), rtol=1e-12)
    assert found.whole == found.cells - 1


def test_the_law_and_its_axis_are_found_where_only_one_is_meant():
    data = planted(spike=[1.0])
    assert sweeps.plan(data).model == "critical"
    one = sweeps.plan(data, at={"dim": 10**4})
    assert (one.model, one.along, one.slice.fixed) == ("power", "load", {"dim": 10**4, "spike": 1.0})
    other = sweeps.plan(data.assign_attrs(topic="order").assign(x=data["order"], x_error=data["order_error"]))
    assert other.slice.observable == "order"
    assert slices.varying(planted(seed=[0, 1], spike=[1.0, 2.0]), {"load": 1.0}) == ("spike", "dim")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"observable": "nope"}, "observable must be one of order, got 'nope'"),
        ({"model": "linear"}, "model must be one of critical, power, transition, got 'linear'"),
        ({"along": "spike"}, r"along must be an axis of numbers \(.*\), got 'spike'"),
        ({"along": "dim", "model": "critical"}, "along must be another axis than size"),
        ({"size": "width", "model": "critical"}, r"size must be an axis of numbers \(.*\), got 'width'"),
        ({"model": "power"}, "along must be one of load, dim, which all vary"),
        ({"model": "power", "along": "load"}, "at must fix dim at one of its values 1000, 10000, 100000"),
        ({"at": {"dim": 7}, "along": "load"}, "at must fix dim at one of its values 1000, .*, got 7"),
        ({"at": {"dim": "x"}, "along": "load"}, "at must fix dim at one of its values 1000, .*, got x"),
        ({"at": {"theta": 1}}, "at must name an axis of .*load, dim, got 'theta'"),
        ({"at": {"load": 0.8}, "along": "load"}, "at must leave load free, got load=0.8"),
        ({"within": {"theta": (1, 2)}}, "within must name an axis of"),
        ({"within": {"load": (2, 1)}}, "within must give .* LOW <= HIGH, got load=2:1"),
        (
            {"within": {"dim": (1e3, 1e4)}},
            r"dim must have at least 3 values for critical, got 2 \(1000,",
        ),
        ({"within": {"load": (0.8, 0.9)}}, "load must have at least 5 values for critical, got 3"),
        ({"within": {"load": (5, 6)}}, r"within must hold a value of load \(0.8, .*\), got 5:6"),
        (
            {"model": "power", "along": "dim", "at": {"load": 0.8}},
            "dim must have at least 5 values",
        ),
    ],
)
def test_what_the_dataset_does_not_allow_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        sweeps.plan(planted(), **given)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"order": -0.1}, "order must have a positive value everywhere, got -0.1 at load 0.8, dim 1000"),
        ({"order_error": 0.0}, "order must have a positive standard error everywhere, got 0 at load 0.8"),
    ],
)
def test_numbers_that_no_law_can_hold_for_are_refused(change, words):
    data = planted().copy(deep=True)
    for name, value in change.items():
        data[name][dict(load=0, dim=0)] = value
    with pytest.raises(ValueError, match=words):
        sweeps.plan(data)


def renamed(**names: str) -> xr.Dataset:
    """The planted transition over axes of other names."""
    return planted().rename({"load": "temperature", "dim": "size"} | names)


def test_axes_may_have_any_names():
    found = sweeps.plan(renamed())
    assert (found.model, found.along, found.size) == ("critical", "temperature", "size")
    for name in ("mean", "error"):
        np.testing.assert_array_equal(getattr(found.slice, name), getattr(sweeps.plan(planted()).slice, name))
    single = renamed().expand_dims({"dim": [3]})
    assert sweeps.plan(single).size == "size"
    floats = renamed().assign_coords(size=DIMS.astype(float))
    assert sweeps.plan(floats).size == "size"


@pytest.mark.parametrize(
    ("data", "given", "words"),
    [
        (
            renamed().expand_dims(width=[2, 4]),
            {},
            "size must be one of width, size, which all vary, got none",
        ),
        (
            renamed().assign_coords(size=[0.5, 1.5, 2.5]),
            {"model": "critical"},
            "size must be one of temperature, size, got none: the axis of sizes",
        ),
        (
            renamed().assign_coords(size=[0.5, 1.5, 2.5]),
            {},
            "along must be one of temperature, size, which all vary, got none",
        ),
        (renamed(), {"along": "load"}, r"along must be an axis of numbers \(temperature, size\), got 'load'"),
        (
            renamed(),
            {"size": "dim", "model": "critical"},
            r"size must be an axis of numbers \(temperature, size\), got 'dim'",
        ),
    ],
)
def test_where_several_axes_may_be_meant_they_are_named(data, given, words):
    with pytest.raises(ValueError, match=words):
        sweeps.plan(data, **given)


def test_components_of_an_array_are_no_axis_unless_named():
    data = planted()
    data["draws"] = xr.full_like(data["order"], 16, dtype=int)
    factors = xr.DataArray([1.0, 3.0], dims="bin")
    both = data.assign(
        {name.replace("order", "bins"): data[name] * factors for name in ("order", "order_error")}
    )
    assert sweeps.plan(both, observable="order").size == "dim"
    found = sweeps.plan(both, observable="bins", at={"bin": 1})
    np.testing.assert_array_equal(found.slice.mean, 3.0 * sweeps.plan(data).slice.mean)
    assert found.slice.fixed == {"bin": 1}
    with pytest.raises(ValueError, match="at must fix bin at one of its values 0, 1, got nothing"):
        sweeps.plan(both, observable="bins")


def test_a_dataset_without_errors_is_refused():
    with pytest.raises(ValueError, match="data must hold an observable with its error"):
        sweeps.plan(planted().drop_vars("order_error"))


def test_cells_lie_where_they_were_drawn():
    data = xr.Dataset(
        {
            "q": (("load", "dim"), [[1.0, 2.0], [3.0, 4.0]]),
            "q_error": (("load", "dim"), np.full((2, 2), 0.1)),
        },
        {
            "load": [0.3, 0.45],
            "dim": [6, 32],
            "drawn_load": (("load", "dim"), [[2 / 6, 10 / 32], [0.5, 14 / 32]]),
        },
    )
    found = cut(data, "q", ("load", "dim"))
    np.testing.assert_allclose(found.places["load"], [2 / 6, 10 / 32, 0.5, 14 / 32])
    np.testing.assert_allclose(found.places["dim"], [6, 32, 6, 32])
    np.testing.assert_allclose(cut(data, "q", ("load",), {"dim": 32}).places["load"], [10 / 32, 14 / 32])
    np.testing.assert_allclose(
        cut(data.drop_vars("drawn_load"), "q", ("dim", "load")).places["load"], [0.3, 0.45] * 2
    )


def test_too_few_samples_are_made_more_unless_their_number_is_said(monkeypatch):
    monkeypatch.setattr(sweeps, "DRAWS", 50)
    assert sweeps.infer(planted_power(), jr.key(0)).kept == 200
    few = sweeps.infer(planted_power(), jr.key(0), draws=50)
    assert (few.kept, few.sound) == (50, False)
    monkeypatch.setattr(sweeps, "DRAWS", 1000)
    assert sweeps.infer(planted_power(), jr.key(0)).kept == 1000
