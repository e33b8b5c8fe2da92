"""An experiment of one's own: what it may be, and that its numbers hang on nothing but its cells."""

from __future__ import annotations

import pickle

import cloudpickle
import jax
import jax.numpy as jnp
import numpy as np
import pytest

import lingen as lg
from lingen.experiments import library
from lingen.experiments.by_value import packed
from lingen.experiments.grid import python_cells
from lingen.experiments.grid.processes import Stretch, Workers
from lingen.experiments.grid.run import run_cells
from lingen.experiments.grid.sweep import Sweep
from lingen.experiments.sweep import Options

PARAMETERS = {"mean": lg.real(at_least=-5, at_most=5), "size": lg.whole(at_least=2, default=4)}


def gaussian(key, mean, size):
    draws = mean + jax.random.normal(key, (size,))
    return {"average": jnp.mean(draws), "ends": jnp.stack([draws[0], draws[-1]])}


def plain(rng, mean, size):
    draws = mean + rng.normal(size=size)
    return {"average": draws.mean(), "ends": draws[[0, -1]]}


def experiment(**changes):
    fields = {"parameters": PARAMETERS, "simulate": gaussian, "predict": lambda mean, size: {"average": mean}}
    return lg.Experiment("gaussian", **fields | changes)


IN_JAX = experiment()
IN_PYTHON = experiment(simulate=None, numpy=plain)


def collected(sweep, **options):
    found = {}
    for part in run_cells(sweep, range(sweep.size), **options):
        for place, cell in enumerate(part.cells):
            found[int(cell)] = {
                k: (m[place].tolist(), e[place].tolist()) for k, (m, e) in part.observables.items()
            }
    return found


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"parameters": {}}, "parameters must be a dict"),
        ({"parameters": {"mean": 3}}, r"parameters\['mean'\] must be real"),
        ({"parameters": {"draws": lg.real()}}, "must not be called draws"),
        ({"parameters": {"a b": lg.real()}}, "names that Python could give"),
        ({"numpy": plain}, "simulate and numpy"),
        ({"simulate": None}, "one of them, got none"),
        ({"simulate": 3}, "simulate must be a function, got 3"),
        ({"simulate": lambda key, mean: 1.0}, r"simulate must take \(key, mean, size\)"),
        ({"predict": lambda size: 1.0}, r"predict must take \(mean, size\)"),
        ({"along": "sizes"}, "along must be the name of a number"),
        ({"observables": {"mean": lg.Observable()}}, "observables must not be called mean"),
        ({"observables": {"a_error": lg.Observable()}}, "observables must not be called a_error"),
        ({"observables": {"a": "words"}}, "must be an Observable"),
    ],
)
def test_what_it_cannot_be_is_one_line(changes, words):
    with pytest.raises(ValueError, match=words) as raised:
        experiment(**changes)
    assert str(raised.value).startswith("experiment gaussian: ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: lg.real(above=0, at_least=1), "above or at_least"),
        (lambda: lg.real(above=0, default=0.0), "default must be finite and above 0, got 0.0"),
        (lambda: lg.real(above=1, below=1), "a value that it may have"),
        (lambda: lg.whole(at_least=3, default=2), "default must be .*at least 3"),
        (lambda: lg.word("a", "b", default="c"), "default must be one of a, b, got 'c'"),
        (lambda: lg.real(default=1.0, optional=True), "optional must be False"),
    ],
)
def test_a_parameter_that_cannot_be_is_one_line(made, words):
    with pytest.raises(ValueError, match=words):
        made()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "gaussian must be given mean, got none"),
        ({"mean": 6}, "mean must be finite and at least -5 and at most 5, got 6"),
        ({"mean": 0, "scale": 1}, "gaussian has no parameter scale; it has mean, size, seed"),
        ({"mean": 0, "size": 2.5}, "size"),
        ({"mean": 0, "size": 1}, "size must be .*at least 2"),
    ],
)
def test_a_point_that_cannot_be_is_one_line(given, words):
    with pytest.raises(ValueError, match=words):
        IN_JAX.point(given)
    with pytest.raises(ValueError, match=words):
        lg.sweep(IN_JAX, **given)


def test_a_sweep_has_means_errors_and_predictions():
    data = lg.sweep(IN_JAX, mean=[-1.0, 0.0, 2.0], size=[4, 8], draws=400)
    assert dict(data.sizes) == {"mean": 3, "size": 2, "ends_0": 2}
    assert data["ends"].dims == ("mean", "size", "ends_0")
    assert np.all(np.abs(data["average"] - data["average_theory"]) < 5 * data["average_error"])
    expected = np.broadcast_to([1 / np.sqrt(400 * 4), 1 / np.sqrt(400 * 8)], (3, 2))
    np.testing.assert_allclose(data["average_error"], expected, rtol=0.2)
    assert np.all(data["draws"] == 400)


@pytest.mark.parametrize("made", [IN_JAX, IN_PYTHON], ids=["jax", "python"])
def test_a_part_of_a_grid_has_the_numbers_of_the_whole(made):
    whole = Sweep.of(made, {"mean": [0.0, 1.0], "size": [3, 5]}, 20)
    part = Sweep.of(made, {"mean": [1.0], "size": [3]}, 20)
    assert collected(part, workers=0)[0] == collected(whole, workers=0)[2]


def test_python_draws_are_the_same_for_any_number_of_workers_and_any_chunk():
    sweep = Sweep.of(IN_PYTHON, {"mean": [0.0, 1.0], "size": [3, 5]}, 20)
    alone = collected(sweep, workers=0)
    assert collected(sweep, workers=1) == alone
    assert collected(sweep, workers=2) == alone
    halves = [Stretch((1, 2, 3), {"mean": 0.0, "size": 3}, first, 5) for first in (0, 5)]
    with Workers(plain, 0) as here:
        drawn = [d["average"] for _, made in here.run(halves) for d in made]
        whole = [d["average"] for _, made in here.run([halves[0]._replace(length=10)]) for d in made]
    assert drawn == whole


def test_a_python_draw_has_the_generator_of_its_number():
    rng = np.random.default_rng([1, 2, 3, 7])
    with Workers(plain, 0) as here:
        ((_, made),) = here.run([Stretch((1, 2, 3), {"mean": 0.5, "size": 3}, 7, 1)])
    assert made[0]["average"] == plain(rng, 0.5, 3)["average"]


@pytest.mark.parametrize("workers", [0, 1])
def test_a_python_draw_that_fails_is_named_with_its_cell(workers):
    def failing(rng, mean, size):
        return {"average": 1 / (mean if rng.random() < 0.3 else 1.0)}

    sweep = Sweep.of(experiment(simulate=None, numpy=failing), {"mean": [1.0, 0.0], "size": 3}, 30)
    with pytest.raises(
        ValueError, match=r"gaussian at mean=0.0, size=3: draw \d+ raised ZeroDivisionError"
    ) as raised:
        collected(sweep, workers=workers)
    assert "test_experiment.py, line" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_travels_knows_its_file_and_line():
    def outer():
        def inner():
            return 1

        return inner

    for copy in (pickle.loads(packed(outer)), pickle.loads(packed({"f": [outer]}))["f"][0]):
        for one, other in ((outer, copy), (outer(), copy())):
            assert other is not one
            assert other.__code__.co_filename == one.__code__.co_filename == __file__
            assert list(other.__code__.co_lines()) == list(one.__code__.co_lines())
    there = pickle.loads(pickle.dumps(IN_PYTHON))
    assert there.numpy.__code__.co_filename == __file__


@pytest.mark.parametrize(
    ("simulate", "words"),
    [
        (lambda key, mean, size: (mean, mean), "dict or NamedTuple of numbers"),
        (lambda key, mean, size: {"mean": mean}, "observables must not be called mean"),
        (lambda key, mean, size: {"x": jnp.ones(size)}, "x of gaussian must have one shape over the grid"),
    ],
)
def test_a_draw_that_gives_what_a_grid_cannot_hold_is_one_line(simulate, words):
    with pytest.raises(ValueError, match=words):
        lg.sweep(experiment(simulate=simulate, predict=None), mean=0.0, size=[3, 4], draws=2)


@pytest.mark.parametrize(
    ("simulate", "words"),
    [
        (lambda key, mean, size: {"x": 1.0 if mean > 0 else -1.0}, "asks `if` .* jnp.where"),
        (lambda key, mean, size: {"x": 1 / (size - size)}, "raised ZeroDivisionError"),
        (lambda key, mean, size: {"x": np.random.default_rng(key).normal()}, "generator of NumPy"),
    ],
)
def test_a_draw_that_raises_names_its_cell_and_its_line(simulate, words):
    with pytest.raises(ValueError, match=words) as raised:
        lg.sweep(experiment(simulate=simulate, predict=None), mean=[0.5, 1.0], draws=2)
    assert str(raised.value).startswith("gaussian at mean=0.5: the draw ")
    assert "test_experiment.py, line" in str(raised.value)


def test_one_number_is_an_observable_too():
    data = lg.sweep(
        experiment(simulate=lambda key, mean, size: mean + 0 * size, predict=None), mean=[1, 2], draws=2
    )
    assert data["value"].values.ravel().tolist() == [1.0, 2.0]


def test_components_have_names_and_places():
    shown = {"ends": lg.Observable("first and last", "K", axes=("end",), at={"end": ["first", "last"]})}
    data = lg.sweep(experiment(observables=shown), mean=0.0, draws=4)
    assert data["ends"].sel(end="last").dims == ("mean",)
    assert data["ends"].attrs == {"units": "K", "long_name": "first and last"}


def test_a_store_is_bound_to_its_source(tmp_path):
    out = tmp_path / "s.zarr"
    lg.sweep(IN_JAX, mean=0.0, draws=4, out=out)
    other = experiment(simulate=lambda key, mean, size: {"average": mean + 1.0, "ends": jnp.zeros(2)})
    with pytest.raises(ValueError, match="begun with another source of gaussian"):
        lg.sweep(other, mean=0.0, draws=4, out=out)
    same = lg.sweep(other, mean=0.0, draws=4, out=out, options=Options(changed=True))
    assert same["average"].item() != 1.0


def test_a_sweep_in_plain_python_takes_workers(monkeypatch):
    asked = []
    real = python_cells.Workers
    monkeypatch.setattr(
        python_cells, "Workers", lambda f, count, folders: asked.append(count) or real(f, 0, folders)
    )
    alone = lg.sweep(IN_PYTHON, mean=[0.0, 1.0], draws=4, workers=1)
    same = lg.sweep(IN_PYTHON, mean=[0.0, 1.0], draws=4, options=lg.Options(workers=3))
    assert asked == [1, 3]
    np.testing.assert_array_equal(alone["average"], same["average"])
    with pytest.raises(ValueError, match="workers must be a whole number of at least 0, got -1"):
        lg.sweep(IN_PYTHON, mean=0.0, draws=4, workers=-1)


@pytest.mark.parametrize("kind", ["jax", "python"])
def test_a_renamed_experiment_keeps_its_draws_and_its_stores(tmp_path, kind):
    first = IN_JAX if kind == "jax" else IN_PYTHON
    draw = {
        "simulate": first.simulate,
        "numpy": first.numpy,
        "parameters": PARAMETERS,
        "predict": first.predict,
    }
    renamed, other = lg.Experiment("normal", former="gaussian", **draw), lg.Experiment("normal", **draw)
    alone = {} if kind == "jax" else {"workers": 0}
    out, given = tmp_path / "s.zarr", {"mean": [0.0, 1.0], "draws": 4} | alone
    before = lg.sweep(first, **given, out=out)
    assert not np.array_equal(lg.sweep(other, **given)["average"], before["average"])
    np.testing.assert_array_equal(lg.sweep(renamed, **given)["average"], before["average"])
    again = lg.sweep(renamed, **given, out=out)
    np.testing.assert_array_equal(again["average"], before["average"])
    assert (before.attrs["topic"], again.attrs["topic"]) == ("gaussian", "normal")
    grown = lg.sweep(renamed, mean=[2.0], draws=4, out=out, options=Options(extend=True), **alone)
    assert grown["mean"].values.tolist() == [0.0, 1.0, 2.0]
    with pytest.raises(ValueError, match="topic is gaussian there, normal here"):
        lg.sweep(other, **given, out=tmp_path / "s.zarr")


def test_spectral_entropy_draws_as_it_did_when_it_was_called_entropy():
    """The numbers of lingen 0.1, written down before the name changed."""
    data = lg.sweep(lg.experiments.spectral_entropy, load=[0.3, 1.0], dim=[6, 32], draws=4)
    known = [[0.5978744352297842, 2.154817644524732], [1.1935798056358662, 2.956540128305881]]
    np.testing.assert_allclose(data["entropy"], known, rtol=1e-12)


def test_what_travels_to_a_worker_comes_back_as_one():
    payload = cloudpickle.dumps(IN_JAX)
    first, second = cloudpickle.loads(payload), cloudpickle.loads(payload)
    assert first is second, "a task would compile anew what the last one had compiled"
    assert first.name == "gaussian"
    assert cloudpickle.loads(cloudpickle.dumps(library.get("recovery"))) is library.get("recovery")


def test_experiments_that_ship_are_found_by_their_files():
    assert set(library.names()) >= {"convergence", "recovery", "denoising", "spectral_entropy"}
    assert all(library.get(name).name == name for name in library.names())
    assert lg.experiments.recovery is library.get("recovery")
    with pytest.raises(AttributeError):
        _ = lg.experiments.cooking
    with pytest.raises(ValueError, match="did you mean recovery"):
        library.get("recovry")
