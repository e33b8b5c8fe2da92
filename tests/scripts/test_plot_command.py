"""`lingen plot` and what is below it: any dataset in, a figure out whose lines and points are the data's."""

from __future__ import annotations

import json
from pathlib import Path

import jax
import matplotlib as mpl
import numpy as np
import pytest
import xarray as xr
from matplotlib.figure import Figure
from PIL import Image

from lingen.claims import Claim
from lingen.claims.checking import Budget, check
from lingen.claims.inference import sweeps
from lingen.experiments.forecast import forecast
from lingen.scripts.main import main
from lingen.scripts.plots.collapse import collapse
from lingen.scripts.plots.heat import heat
from lingen.scripts.plots.labels import geometric
from lingen.scripts.plots.lines import lines
from lingen.scripts.plots.plot import figure, plot

TEMPERATURES, SIZES, BINS = np.linspace(1.5, 3.0, 12), np.array([64, 256, 1024]), 5
POINT, NU, BETA = 2.2, 0.45, 0.3


def chain(**more: list) -> xr.Dataset:
    """What a sweep of somebody's own model holds: an order parameter with its theory, and a histogram."""
    t, n = np.meshgrid(TEMPERATURES, SIZES, indexing="ij")
    x = n**NU * (t - POINT)
    order = n**-BETA * (np.sqrt(x**2 / 4 + 1) - x / 2) ** (BETA / NU)
    counts = order[..., None] * np.arange(1.0, BINS + 1)
    grid, bins = ("temperature", "size"), ("temperature", "size", "bin")
    variables = {
        "order": (grid, order * 1.01, {"long_name": "order parameter", "symbol": "m"}),
        "order_error": (grid, 0.01 * order),
        "order_theory": (grid, order),
        "histogram": (bins, counts),
        "histogram_error": (bins, 0.1 * counts),
        "draws": (grid, np.full(order.shape, 16)),
    }
    about = {"long_name": "temperature", "symbol": "T", "units": "K"}
    axes = {"temperature": ("temperature", TEMPERATURES, about), "size": SIZES}
    data = xr.Dataset(variables, axes, {"topic": "order", "title": "chain"})
    return data.expand_dims(more).copy(deep=True) if more else data


FOUND = {
    "model": "critical", "observable": "order", "along": "temperature", "size": "size", "fixed": {},
    "axes": {"temperature": TEMPERATURES.tolist(), "size": SIZES.tolist()},
    "quantities": {"critical_point": {"mean": POINT}, "nu": {"mean": NU}, "beta": {"mean": BETA}},
}  # fmt: skip


def curve_of(axes, label):
    return next(np.array(line.get_data()) for line in axes.lines if line.get_label() == label)


def panel():
    return Figure(layout="constrained").add_subplot()


def curves(axes) -> list[np.ndarray]:
    """x and y of the lines that are no error bars and no entries of a legend."""
    return [np.array(line.get_data()) for line in axes.lines if np.size(line.get_xdata()) > 1]


@pytest.fixture(scope="module")
def store(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("store") / "chain.zarr"
    chain().to_zarr(path, mode="w", zarr_format=2)
    return path


def test_lines_are_the_theory_and_points_the_measurements():
    data, axes = chain(), panel()
    assert lines(data, x="temperature", hue="size", y="order", ax=axes) is axes
    drawn = curves(axes)
    for size in SIZES:
        one = data.sel(size=size)
        for name in ("order", "order_theory"):
            assert any(np.array_equal(y, one[name].values) for _, y in drawn), (size, name)
    assert all(np.array_equal(x, TEMPERATURES) for x, _ in drawn)
    assert axes.get_xlabel() == "temperature $T$ [K]"
    assert axes.get_ylabel() == "order parameter $m$"
    words = [text.get_text() for text in axes.get_legend().get_texts()]
    assert len(words) == 5
    assert words[0].endswith("= 64$")
    assert words[-2:] == ["theory", "simulation"]


def test_bars_are_two_standard_errors():
    data, axes = chain(), panel()
    lines(data, at={"size": 64}, ax=axes)
    (bars,) = [c for c in axes.collections if len(c.get_segments()) == TEMPERATURES.size]
    heights = [float(np.ptp(segment[:, 1])) for segment in bars.get_segments()]
    np.testing.assert_allclose(heights, 4 * data["order_error"].sel(size=64), rtol=1e-12)


def test_axes_and_curves_are_chosen_where_only_one_fits():
    axes = lines(chain(), ax=panel())
    assert axes.get_xlabel().startswith("temperature")
    assert axes.get_legend().get_title().get_text() == "size"


def test_points_lie_where_they_were_drawn():
    data = chain().assign_coords(drawn_temperature=("temperature", TEMPERATURES + 0.01))
    drawn = curves(lines(data, at={"size": 64}, ax=panel()))
    assert drawn
    assert all(np.array_equal(x, TEMPERATURES + 0.01) for x, _ in drawn)


@pytest.mark.parametrize("place", [None, np.linspace(-1, 1, BINS)])
def test_an_array_is_drawn_along_its_own_axis_with_or_without_coordinates(place):
    data = chain() if place is None else chain().assign_coords(bin=place)
    axes = lines(data, x="bin", hue="size", y="histogram", at={"temperature": 1.5}, ax=panel())
    drawn = curves(axes)
    expected = data["histogram"].sel(temperature=1.5, size=256).values
    assert any(np.array_equal(y, expected) for _, y in drawn)
    assert all(np.array_equal(x, np.arange(BINS) if place is None else place) for x, _ in drawn)


def test_words_are_taken_as_they_are():
    data = chain(price=["$1", "$2"])
    data["temperature"].attrs["symbol"] = "$T$"
    for given in ({"x": "temperature", "hue": "price"}, {"x": "price", "hue": "temperature"}):
        figure = lines(data, **given, at={"size": 64}, ax=panel()).figure
        figure.canvas.draw()
    assert figure.axes[0].get_xticklabels()[0].get_text() == r"\$1"


def test_words_are_an_axis_too():
    data = chain(lattice=["square", "hexagonal"])
    axes = lines(data, x="lattice", hue="size", at={"temperature": 1.5}, ax=panel())
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["square", "hexagonal"]


def test_repetitions_are_averaged_and_cells_that_were_not_run_left_out():
    data = chain(seed=[0, 1])
    data["order"][dict(seed=1)] *= 3.0
    data["draws"][dict(temperature=0)] = 0
    (y,) = [y for _, y in curves(lines(data.drop_vars("order_theory"), at={"size": 64}, ax=panel()))]
    np.testing.assert_allclose(y, 2.0 * chain()["order"].sel(size=64).values[1:], rtol=1e-12)


def test_many_values_of_the_hue_are_shades_with_a_bar():
    axes = lines(chain(), x="size", hue="temperature", ax=panel())
    assert [other.get_ylabel() for other in axes.figure.axes if other is not axes] == ["temperature $T$ [K]"]
    assert axes.get_xscale() == "log"


@pytest.mark.parametrize(
    ("values", "log"),
    [
        ([1, 2, 4, 8], True),
        ([0.1, 0.2, 0.5, 1, 2, 5, 10], True),
        (np.linspace(0.1, 10, 9), False),
        ([0, 1, 10, 100], False),
        ([1.0, 1.1, 1.21, 1.331], False),
        ([1, 100], False),
    ],
)
def test_axes_are_logarithmic_where_values_are_geometric(values, log):
    assert geometric(values) is log


def test_a_heat_map_has_a_cell_for_each_measurement_and_blanks_for_none():
    data = chain()
    data["draws"][dict(temperature=3, size=1)] = 0
    axes = heat(data, ("temperature", "size"), ax=panel())
    cells = np.ma.asarray(axes.collections[0].get_array()).reshape(SIZES.size, TEMPERATURES.size)
    assert cells.mask.sum() == 1
    assert cells.mask[1, 3]
    np.testing.assert_array_equal(cells.compressed(), np.delete(data["order"].values.T.ravel(), 12 + 3))
    assert axes.get_yscale() == "log"
    assert axes.get_ylabel() == "size"


def test_all_sizes_collapse_with_the_numbers_that_were_planted():
    data = chain()
    drawn = np.concatenate(curves(collapse(data, FOUND, ax=panel())), axis=1)
    x, y = drawn[:, np.argsort(drawn[0])]
    function = 1.01 * (np.sqrt(x**2 / 4 + 1) - x / 2) ** (BETA / NU)
    np.testing.assert_allclose(y, function, rtol=1e-10)


def test_the_callers_settings_and_pyplots_state_are_left_alone():
    from matplotlib import pyplot

    before, kept = dict(mpl.rcParams), pyplot.get_fignums()
    plot(chain(), ax=panel())
    assert pyplot.get_fignums() == kept
    made = plot(chain())
    assert pyplot.get_fignums() != kept
    pyplot.close(made.figure)
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"x": "load"}, r"x must be an axis of order \(temperature, size\), got 'load'"),
        ({"hue": "load"}, r"hue must be an axis of order \(temperature, size\), got 'load'"),
        ({"x": "size", "hue": "size"}, "hue must be another axis than x"),
        ({"y": "energy"}, "y must be one of order, histogram, got 'energy'"),
        ({"y": "histogram"}, "hue must be one of size, bin, which all vary"),
        ({"y": "histogram", "x": "bin", "hue": "size"}, "at must fix temperature at one of its values 1.5,"),
        ({"at": {"size": 7}}, "at must fix size at one of its values 64, 256, 1024, got 7"),
        ({"at": {"bin": 1}}, "at must name an axis of temperature, size, got 'bin'"),
        ({"heat": ["size"]}, r"heat must be two axes of order \(temperature, size\)"),
        ({"heat": ["temperature", "size"], "x": "size"}, "x must be without heat, got 'size'"),
        ({"collapse": FOUND, "hue": "size"}, "hue must be without collapse"),
        ({"collapse": {"model": "power"}}, "collapse must be of a critical point, got power"),
        ({"collapse": FOUND | {"along": "load"}}, "collapse must be along axes that the data have"),
        ({"collapse": FOUND | {"observable": "q"}}, "collapse must be of an observable that the data hold"),
        ({"ax": "here"}, "ax must be matplotlib Axes, got 'here'"),
    ],
)
def test_what_the_dataset_does_not_allow_is_refused(given, words):
    with pytest.raises(ValueError, match=words):
        plot(chain(), **{"ax": panel()} | given)


def test_a_verdict_is_drawn_with_its_prediction_and_draws():
    claim = Claim(
        "double",
        grid={"a": (1.0, 2.0, 4.0)},
        predict=lambda a: 2 * a,
        simulate=lambda key, dim, a: 2 * a + 0.01 * jax.random.normal(key),
        rivals={"one more": lambda a: 2 * a + 1},
    )
    verdict = check(claim, jax.random.key(0), Budget(max_draws=64, first=32, seconds=20.0))
    axes = plot(verdict, ax=panel())
    words = [text.get_text() for text in axes.get_legend().get_texts()]
    assert "theory" in words
    assert any(word.startswith("rival: one more") for word in words)
    x, y = curve_of(axes, "theory")
    np.testing.assert_allclose(y, 2 * x, rtol=1e-12)
    assert {1.0, 2.0, 4.0} <= set(x)
    with pytest.raises(ValueError, match="x must be with a dataset alone, got 'a'"):
        plot(verdict, x="a", ax=panel())
    top, bottom = verdict.plot().axes
    np.testing.assert_allclose(curve_of(top, "theory"), [x, y], rtol=1e-12)
    assert bottom.get_ylabel() == "error / %"


def test_a_verdict_without_evidence_has_no_figure():
    broken = Claim("broken", points=({},), predict=lambda: np.nan, simulate=lambda key, dim: 1.0)
    verdict = check(broken, jax.random.key(0))
    with pytest.raises(ValueError, match="verdict must hold evidence to be drawn, got broken: "):
        verdict.plot()


def test_a_finding_is_drawn_with_its_law():
    data = chain()
    data["order"] = 3.0 * data["temperature"] ** -0.5 * (1 + 0.0 * data["size"])
    data["order_error"] = 0.01 * data["order"]
    found = sweeps.infer(
        data, jax.random.key(0), model="power", along="temperature", at={"size": 64}, offset=False
    )
    axes = plot(found, ax=panel())
    assert axes.get_xlabel() == "temperature $T$ [K]"
    x, y = curve_of(axes, "inferred law")
    np.testing.assert_allclose(y, 3.0 * x**-0.5, rtol=0.01)
    whole = found.plot()
    assert len(whole.axes) == 2
    np.testing.assert_allclose(curve_of(whole.axes[0], "inferred law"), [x, y], rtol=1e-12)


def test_a_forecast_is_drawn_against_the_number_of_samples():
    rows = np.random.default_rng(0).standard_normal((40, 6)) * [3, 2, 1, 1, 1, 1]
    result = forecast(rows, samples=[8, 20], draws=2)
    axes = plot(result, ax=panel())
    assert axes.get_xlabel() == "samples $n$"
    known = result.curve.samples, result.curve.convergence
    np.testing.assert_array_equal(curve_of(axes, "predicted"), known)
    whole = result.plot()
    assert len(whole.axes) == 6
    np.testing.assert_array_equal(curve_of(whole.axes[1], "predicted"), curve_of(axes, "predicted"))


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="what must be a dataset, a verdict, a finding or a forecast, got 3"):
        plot(3)
    with pytest.raises(ValueError, match="what must be a verdict, a finding or a forecast, got 3"):
        figure(3)
    empty = chain().drop_vars("order_theory")
    empty["draws"][:] = 0
    for given in ({"x": "temperature"}, {"heat": ["temperature", "size"]}, {"collapse": FOUND}):
        with pytest.raises(ValueError, match="data must hold a finite cell of order here, got none"):
            plot(empty, **given, ax=panel())
    data = chain().assign_coords(temperature=TEMPERATURES - 2.5)
    with pytest.raises(ValueError, match="log_x must be with positive values, got -1"):
        plot(data, at={"size": 64}, log_x=True, ax=panel())


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_a_figure_is_written_in_the_form_of_its_name(store, tmp_path, capsys, kind):
    out = tmp_path / "new" / f"figure.{kind}"
    assert main(["plot", str(store), "--x", "temperature", "--hue", "size", "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert out.read_bytes().startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind])
    assert [path.name for path in out.parent.iterdir()] == [out.name]


def test_heat_and_collapse_are_drawn_by_the_command(store, tmp_path):
    found = tmp_path / "found.json"
    found.write_text(json.dumps(FOUND))
    for number, more in enumerate((["--heat", "temperature,size"], ["--collapse", str(found)])):
        out = tmp_path / f"{number}.png"
        assert main(["plot", str(store), *more, "--out", str(out)]) == 0
        with Image.open(out) as picture:
            assert len(picture.convert("L").getcolors()) > 20


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--x", "load"], "--x must be an axis of order (temperature, size), got 'load'"),
        (["--y", "energy"], "--y must be one of histogram, order, got 'energy'"),
        (["--at", "size=7"], "--at must fix size at one of its values 64, 256, 1024, got 7"),
        (["--at", "size"], "--at must be AXIS=VALUE, got 'size'"),
        (["--within", "size=3"], "--within must be AXIS=LOW:HIGH"),
        (["--heat", "size,load"], "--heat must be two axes of order"),
        (["--out", "figure.gif"], "--out must end in .png, .svg or .pdf, got figure.gif"),
        (["--collapse", "nowhere.json"], "--collapse nowhere.json: No such file or directory"),
        (["--collapse", "broken.json"], "--collapse broken.json: holds no JSON"),
        (["--collapse", "other.json"], "--collapse other.json: holds nothing that `lingen infer` wrote"),
    ],
)
def test_bad_input_ends_in_one_line(store, tmp_path, capsys, monkeypatch, arguments, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "other.json").write_text("[]")
    assert main(["plot", str(store), *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"error: {words}")
    assert error.count("\n") == 1
    assert not (tmp_path / "plot.png").exists()


@pytest.mark.parametrize(("name", "words"), [("nowhere", "no such folder"), (".", "holds no sweep")])
def test_what_is_no_store_is_refused(tmp_path, capsys, name, words):
    assert main(["plot", str(tmp_path / name)]) == 2
    assert capsys.readouterr().err == f"error: STORE {tmp_path / name}: {words}\n"


@pytest.mark.parametrize("command", ["plot", "infer"])
def test_a_store_without_observables_is_refused(tmp_path, capsys, command):
    xr.Dataset({"a": ("x", [1.0, 2.0])}, {"x": [1.0, 2.0]}).to_zarr(tmp_path / "a.zarr", zarr_format=2)
    assert main([command, str(tmp_path / "a.zarr"), "--out", str(tmp_path / "new.png")]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: STORE must hold an observable with its error: <name> and <name>_error")
    assert error.count("\n") == 1
    assert not (tmp_path / "new.png").exists()
