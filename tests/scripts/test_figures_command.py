"""`lingen figures` as a user meets it: stores or nothing in, figures with captions out."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from compiling import optimised
from matplotlib.figure import Figure

from lingen.experiments import library
from lingen.experiments.grid.run import Part
from lingen.experiments.grid.sweep import Sweep
from lingen.experiments.grid.theory import predictions
from lingen.experiments.store.store import Store
from lingen.scripts.commands import figures as figure_command
from lingen.scripts.figures.points import Need, Request, from_store, gather, open_store
from lingen.scripts.figures.registry import FIGURES, choose, every
from lingen.scripts.main import main
from lingen.scripts.plots.marks import series
from lingen.scripts.plots.style import canvas, styled
from lingen.theory import convolutional

LOADS, SPIKES = [0.25, 0.5, 1.0, 2.0, 4.0], [0.5, 1.0, 2.0]
FILES = {"pdf", "svg", "png", "txt", "json"}


def stored(path: Path, topic: str, **axes: object) -> xr.Dataset:
    """A store whose measured values are the predicted ones, so that nothing need be run."""
    sweep = Sweep.of(library.get(topic), axes, 16)
    theory, _ = predictions(sweep)
    grid = xr.DataArray(np.zeros(sweep.shape), dims=list(sweep.axes))
    means = {k.removesuffix("_theory"): (grid + v).values.ravel() for k, v in theory.items()}
    with Store(path, sweep, {"created": "then", "versions": {"lingen": "0"}}) as store:
        errors = {k: (v.astype(float), 0.01 * np.ones(v.size)) for k, v in means.items()}
        store.add(Part(np.arange(sweep.size), errors, np.full(sweep.size, 16)))
        store.publish(theory)
    return open_store(path)


@pytest.fixture(scope="module")
def plane(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("store") / "plane.zarr"
    stored(path, "decoupling", load=LOADS, spike=SPIKES, dim=1000, method="krylov", seed=[0, 1])
    return path


@pytest.fixture(scope="module")
def line(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("store") / "line.zarr"
    stored(path, "convergence", load=LOADS, dim=[64, 1000])
    return path


def ends_in_one_line(capsys, *words: str) -> bool:
    error = capsys.readouterr().err
    return error.startswith("error: ") and error.count("\n") == 1 and all(word in error for word in words)


def test_the_list_names_every_figure(capsys):
    assert main(["figures", "--list"]) == 0
    told = capsys.readouterr().out
    assert tuple(plot.name for plot in every()) == tuple(FIGURES)
    assert all(plot.name in told for plot in every())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["phase"], ["figure must be one of", "did you mean phase-diagram?"]),
        (["learning-curve"], ["did you mean learning-curves?"]),
        (["--format", "gif"], ["--format must be any of pdf, svg, png", "'gif'"]),
        (["--width", "poster"], ["--width", "'poster' is not one of 'page', 'column'"]),
        (["--draws", "1"], ["--draws"]),
        (["--from", "nowhere.zarr"], ["nowhere.zarr: no such folder"]),
    ],
)
def test_bad_input_ends_in_one_line(capsys, tmp_path, arguments, words):
    assert main(["figures", *arguments, "--out", str(tmp_path / "new")]) == 2
    assert ends_in_one_line(capsys, *words)
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_written_is_refused_at_once(capsys, tmp_path):
    (tmp_path / "taken").write_text("a file")
    assert main(["figures", "--out", str(tmp_path / "taken"), "--no-simulate"]) == 2
    assert ends_in_one_line(capsys, "cannot write there")


def test_a_folder_that_is_no_store_is_refused(capsys, tmp_path):
    assert main(["figures", "--from", str(tmp_path), "--out", str(tmp_path / "new")]) == 2
    assert ends_in_one_line(capsys, "holds no sweep")


def test_a_store_without_the_axes_is_refused(capsys, line, tmp_path):
    assert main(["figures", "phase-diagram", "--from", str(line), "--out", str(tmp_path)]) == 2
    assert ends_in_one_line(capsys, "several values of spike", "phase-diagram")
    assert list(tmp_path.iterdir()) == []


def test_one_value_is_asked_for_where_a_figure_shows_one(tmp_path, capsys):
    path = tmp_path / "ridges.zarr"
    store = stored(path, "convergence", load=LOADS, ridge=[0.1, 1.0], dim=64)
    with pytest.raises(ValueError, match="ridge must have one value for this figure, got 2"):
        from_store(Need("convergence", ("convergence",), ("load",), {}), store)
    assert main(["figures", "order-parameters", "--from", str(path), "--out", str(tmp_path / "new")]) == 2
    assert ends_in_one_line(capsys, "one value of ridge")
    assert main(["figures", "--from", str(path), "--out", str(tmp_path / "new")]) == 2
    assert ends_in_one_line(capsys, "no figure can be drawn of its axes", "load (5)", "ridge (2)")


def test_points_of_another_population_are_not_set_beside_a_theory_that_is_not_theirs(tmp_path, capsys):
    path = tmp_path / "noisy.zarr"
    stored(path, "decoupling", load=LOADS, spike=SPIKES, noise=0.5, dim=64)
    assert main(["figures", "two-distances", "--from", str(path), "--out", str(tmp_path / "new")]) == 2
    assert ends_in_one_line(capsys, "two-distances must be without noise, got 0.5")


def test_a_store_is_drawn_the_same_byte_for_byte(plane, tmp_path, capsys):
    contents = []
    for run in ("one", "two"):
        arguments = ["figures", "phase-diagram", "--from", str(plane), "--out", str(tmp_path / run)]
        assert main(arguments) == 0
        found = {path.suffix[1:]: path.read_bytes() for path in (tmp_path / run).iterdir()}
        contents.append(found)
        time.sleep(1.1)  # the clock of embedded fonts has seconds
    assert set(contents[0]) == FILES
    assert contents[0] == contents[1]
    about = json.loads(contents[0]["json"])
    assert about["points"][0]["config"]["spike"] == SPIKES
    assert about["points"][0]["store"] == str(plane)
    assert about["command"] == (
        f"lingen figures phase-diagram --width page --format pdf,svg,png --from {plane}"
    )
    assert about["caption"] + "\n" == contents[0]["txt"].decode()
    assert f"simulation from {plane}" in about["caption"]
    assert {"lingen", "jax", "numpy", "matplotlib"} <= set(about["versions"])


def test_repetitions_are_averaged_and_the_largest_dimension_is_shown(plane, line):
    need = Need("decoupling", ("convergence", "recovery"), ("load", "spike"), {})
    points = from_store(need, open_store(plane))
    expected = predictions(Sweep.of(library.get("decoupling"), {"load": LOADS, "spike": 2.0, "dim": 1000}, 2))
    mean, error = points.read("recovery", spike=2.0)
    np.testing.assert_allclose(mean, expected[0]["recovery_theory"].values.ravel(), rtol=1e-12)
    np.testing.assert_allclose(error, 0.01 / np.sqrt(2), rtol=1e-12)
    one = from_store(Need("convergence", ("convergence",), ("load",), {}, ("spike",)), open_store(line))
    assert one.fixed["dim"] == 1000
    assert one.read("convergence")[0].shape == (5, 1)


def test_computed_points_are_those_of_the_same_sweep(tmp_path):
    grid = {"load": [0.5, 1.0], "spike": [0.5, 1.25], "dim": 8, "method": "dense"}
    arguments = ["--load", "0.5,1", "--spike", "0.5,1.25", "--dim", "8", "--method", "dense", "--draws", "24"]
    store = str(tmp_path / "sweep.zarr")
    assert main(["sweep", "recovery", *arguments, "--seed", "7", "--quiet", "--out", store]) == 0
    need = Need("recovery", ("recovery",), ("load", "spike"), grid)
    computed = gather(need, Request((), True, 24, 7))
    kept = gather(need, Request((open_store(Path(store)),), True, 24, 7))
    assert computed.draws == kept.draws == 24
    for one, two in zip(computed.read("recovery"), kept.read("recovery"), strict=True):
        np.testing.assert_array_equal(one, two)
    assert np.all(computed.read("recovery")[1] > 0)


def test_without_simulation_there_are_no_points():
    need = every()[0].needs[0]
    points = gather(need, Request((), False, 32, 0))
    assert not points.measured
    assert np.all(np.isnan(points.read("convergence")[0]))


@pytest.fixture(scope="module")
def dear():
    """The dearest line, an integral over all frequencies at each n, is computed once for all widths."""
    whole, kept = convolutional.recovery, {}

    def recovery(power, samples):
        asked = (np.asarray(power).tobytes(), np.asarray(samples).tobytes())
        if asked not in kept:
            with optimised():
                kept[asked] = whole(power, samples)
        return kept[asked]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(convolutional, "recovery", recovery)
        yield


@pytest.fixture(scope="module", params=["page", pytest.param("column", marks=pytest.mark.slow)])
def drawn(request, dear) -> dict[str, Figure]:
    """All figures at one width, theory alone."""
    found = {}
    with styled():
        for plot in every():
            points = [gather(need, Request((), False, 32, 0)) for need in plot.needs]
            figure, panels = canvas(plot.panels, request.param, plot.tall)
            assert plot.draw(panels, points)
            figure.canvas.draw()
            found[plot.name] = figure
    return found


def test_nothing_is_clipped_and_every_panel_is_labelled(drawn):
    for name, figure in drawn.items():
        renderer = figure.canvas.get_renderer()
        for panel in figure.axes:
            assert panel.get_ylabel() or panel.get_xlabel(), name
            box = panel.get_tightbbox(renderer)
            assert box.x0 > -0.5, name
            assert box.y0 > -0.5, name
            assert box.x1 < figure.bbox.width + 0.5, name
            assert box.y1 < figure.bbox.height + 0.5, name
            legend = panel.get_legend()
            if legend is not None:
                inside = legend.get_window_extent(renderer)
                assert panel.bbox.x0 - 1 <= inside.x0, name
                assert inside.x1 <= panel.bbox.x1 + 1, name
                assert panel.bbox.y0 - 1 <= inside.y0, name
                assert inside.y1 <= panel.bbox.y1 + 1, name


def words(legend) -> list[str]:
    return [text.get_text() for text in legend.get_texts()]


def test_what_is_drawn_is_named(drawn):
    first = drawn["order-parameters"].axes[0]
    assert words(first.get_legend())[0].startswith("theory")
    assert first.lines[0].get_color() == "black"  # that of no θ
    assert words(drawn["phase-diagram"].legends[0]) == ["memorising", "converged", "recovered"]
    assert sum("theta" in label for label in words(drawn["two-distances"].axes[2].get_legend())) >= 3
    assert r"$d\to\infty$" in words(drawn["power-laws"].axes[0].get_legend())
    assert "train" in words(drawn["learning-curves"].axes[0].get_legend())
    assert "best time to stop" in {text.get_text() for text in drawn["learning-curves"].axes[0].texts}


def test_a_curve_through_few_samples_has_no_kink(drawn):
    line = drawn["order-parameters"].axes[2].lines[0]
    slope = np.diff(line.get_ydata()) / np.diff(np.log(line.get_xdata()))
    assert np.abs(np.diff(slope)).max() < 0.1 * np.abs(slope).max()


def test_a_line_and_its_points_are_one_entry_of_the_legend():
    from matplotlib.figure import Figure as Blank

    panel = Blank().subplots()
    series(panel, 1, ([1, 2], [1, 2]), ([1, 2], [1, 2], [0.1, 0.1]), "both")
    series(panel, 2, ([1, 2], [1, 2]), ([1, 2], [np.nan, np.nan], [0.1, 0.1]), "line alone")
    handles, labels = panel.get_legend_handles_labels()
    assert labels == ["both", "line alone"]
    assert [handle.get_marker() for handle in handles] == ["s", "None"]


def test_interrupted_it_keeps_what_is_finished(monkeypatch, tmp_path, capsys):
    whole = figure_command._draw

    def stopped(plot, *rest):
        if plot.name == "spectra":
            raise KeyboardInterrupt
        whole(plot, *rest)

    monkeypatch.setattr(figure_command, "_draw", stopped)
    out = tmp_path / "figures"
    names = ["critical-scaling", "spectra", "denoising"]
    assert main(["figures", *names, "--no-simulate", "--format", "svg", "--out", str(out)]) == 130
    assert ends_in_one_line(capsys, "interrupted: 1 of 3 figures are in")
    assert {path.name for path in out.iterdir()} == {
        f"critical-scaling.{kind}" for kind in ("svg", "txt", "json")
    }


def test_a_full_disk_ends_in_one_line(monkeypatch, tmp_path, capsys):
    from lingen import files as output

    def full(path, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(output, "replace_file", full)
    assert (
        main(["figures", "critical-scaling", "--no-simulate", "--format", "svg", "--out", str(tmp_path)]) == 2
    )
    assert ends_in_one_line(capsys, "No space left on device", "0 of 1 figures")


def test_every_figure_is_found_by_its_name_once():
    assert [plot.name for plot in choose(["spectra", "spectra"])] == ["spectra"]
