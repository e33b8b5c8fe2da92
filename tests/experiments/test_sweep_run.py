"""Cells run together have the numbers they have alone, those of `ensemble`, from few compiled functions."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from lingen.experiments import library
from lingen.experiments.grid import run as sweep_run
from lingen.experiments.grid.call import compilations
from lingen.experiments.grid.draws import sampler_at
from lingen.experiments.grid.keys import cell_key, key_words
from lingen.experiments.grid.run import run_cells
from lingen.experiments.grid.sweep import Sweep
from lingen.experiments.store.dataset import dataset
from lingen.sims.engine.ensemble import ensemble


def grid(topic: str, draws: int = 5, **axes: object) -> Sweep:
    return Sweep.of(library.get(topic), axes, draws)


def collect(sweep: Sweep, indices, **options) -> dict[tuple[int, str], tuple[float, float]]:
    """Mean and error of each cell and observable; every cell comes once."""
    found: dict[tuple[int, str], tuple[float, float]] = {}
    for part in run_cells(sweep, indices, **options):
        for name, (mean, error) in part.observables.items():
            for place, cell in enumerate(part.cells):
                assert (int(cell), name) not in found
                found[int(cell), name] = (mean[place], error[place])
    return found


SMALL = {
    "dense": grid("recovery", 5, load="0.5,1,2", dim="6,8", spike="1,2"),
    "krylov": grid("recovery", 40, load="1,2", dim=300, spike="2,3"),
}


@pytest.fixture(scope="module")
def whole():
    return {name: collect(sweep, range(sweep.size)) for name, sweep in SMALL.items()}


@pytest.mark.parametrize("name", SMALL)
def test_a_cell_alone_is_bit_identical(whole, name):
    sweep = SMALL[name]
    assert {cell for cell, _ in whole[name]} == set(range(sweep.size))
    for index in (0, sweep.size - 1):
        alone = collect(sweep, [index], seconds=1e-9)
        assert alone
        assert alone == {key: whole[name][key] for key in alone}


@pytest.mark.parametrize("name", SMALL)
def test_order_and_calls_do_not_matter(whole, name):
    sweep = SMALL[name]
    assert collect(sweep, range(sweep.size)[::-1], seconds=1e-9) == whole[name]


@pytest.mark.parametrize("name", SMALL)
def test_a_cell_is_an_ensemble(whole, name):
    sweep = SMALL[name]
    coordinates = sweep.cell(1)
    experiment = sweep.experiment
    key = cell_key(*key_words(experiment.name, experiment.hashed(coordinates), coordinates["seed"]))
    drawn = ensemble(sampler_at(experiment, coordinates), key, sweep.draws)
    for observable, values in drawn.items():
        mean, error = whole[name][1, observable]
        np.testing.assert_allclose(mean, values.mean(), rtol=1e-11)
        np.testing.assert_allclose(error, values.std(ddof=1) / np.sqrt(values.size), rtol=1e-7)


def test_a_part_of_a_grid_has_the_numbers_of_the_whole(whole):
    part = collect(grid("recovery", 5, load=1, dim=8, spike=2), [0])
    cell = [c["load"] == 1 and c["dim"] == 8 and c["spike"] == 2 for c in SMALL["dense"].cells()].index(True)
    assert part == {(0, name): whole["dense"][cell, name] for _, name in part}


def test_cells_differ_and_so_do_seeds(whole):
    recoveries = [value for (_, name), value in whole["dense"].items() if name == "recovery"]
    assert len(set(recoveries)) == SMALL["dense"].size
    seeds = collect(grid("recovery", 5, load=1, dim=8, spike=2, seed="0,1"), range(2))
    assert seeds[0, "recovery"] != seeds[1, "recovery"]


def test_many_cells_compile_few_functions():
    sweep = grid("convergence", 2, load="0.2:4:log:40", dim="3,4", noise="0.1:2:10")
    before = compilations()
    told: list[float] = []
    found = collect(sweep, range(sweep.size), tell=lambda index, cells: told.append(cells))
    assert len(found) == sweep.size == 800
    # a function for each number of rows: d, and the powers of two up to 4d
    assert compilations() - before <= 8
    assert sum(told) == pytest.approx(sweep.size)


def test_a_memory_bound_on_cells_changes_nothing(whole, monkeypatch):
    sweep = SMALL["dense"]
    monkeypatch.setattr(sweep_run, "CHUNK", 5)
    assert collect(sweep, range(sweep.size)) == whole["dense"]


@pytest.mark.parametrize(
    ("topic", "axes", "names"),
    [
        ("convergence", {"load": 2, "filter": "gaussian,ridge:0.1,pca:2"}, {"convergence"}),
        ("convergence", {"load": 2, "exponent": "0.5,1", "ridge": "0.1,1"}, {"convergence"}),
        ("decoupling", {"load": 2, "spike": 2}, {"convergence", "recovery"}),
        ("memorisation", {"load": 2}, {"nearest_cosine", "cosine_variance", "fresh_variance"}),
        ("denoising", {"load": 2, "noise": "0.1,1"}, {"test_risk", "train_risk", "response"}),
        ("leakage", {"load": 2}, {"blind", "informed"}),
        ("refitting", {"load": 2}, {"second_moment", "log_volume"}),
        ("spectral_entropy", {"load": 2, "exponent": 1}, {"entropy", "deficit"}),
    ],
)
def test_every_topic_has_its_observables(topic, axes, names):
    sweep = grid(topic, 3, dim=6, **axes)
    found = collect(sweep, range(sweep.size))
    assert {name for _, name in found} == names
    assert np.all(np.isfinite(list(found.values())))


def test_an_infinite_divergence_has_an_infinite_error():
    found = collect(grid("distances", 3, dim=6, load="0.5,3"), range(2))
    assert found[0, "kl_forward"] == (np.inf, np.inf)
    assert np.all(np.isfinite(found[1, "kl_forward"]))


def test_q_and_recovery_by_krylov_have_the_laws_of_one_pair():
    """Two samplers side by side: each observable is that of the dense pair, within five errors."""
    dense, krylov = (
        collect(grid("decoupling", 64, dim=40, load=1, spike=2, method=name), [0])
        for name in ("dense", "krylov")
    )
    for name in ("convergence", "recovery"):
        (one, wide), (two, narrow) = dense[0, name], krylov[0, name]
        assert abs(one - two) < 5 * np.hypot(wide, narrow)


def test_the_same_meaning_has_the_same_key():
    hashed = library.get("convergence").hashed
    plain = {"load": 1.0, "dim": 8, "seed": 0, "method": "auto"}
    assert hashed(plain)["method"] == "dense"
    same = [plain, plain | {"method": "dense"}, plain | {"filter": "gaussian"}, plain | {"noise": 0.0}]
    assert len({str(sorted(hashed(c).items())) for c in same}) == 1
    ridge = [plain | {"ridge": 0.1}, plain | {"filter": "ridge:0.1"}]
    assert len({str(sorted(hashed(c).items())) for c in ridge}) == 1
    assert hashed(ridge[0]) != hashed(plain)


def test_a_cell_that_cannot_be_drawn_is_named():
    with pytest.raises(ValueError, match=r"convergence at dim=4, filter=pca:9\.0: rank"):
        collect(grid("convergence", 3, dim="4", filter="pca:9"), [0])


@pytest.mark.parametrize(
    ("topic", "names", "words"),
    [
        ("cooking", {}, "experiment must be one of"),
        ("recovry", {}, "did you mean recovery"),
        ("recovery", {"load": 1}, "must be given spike, got none"),
        ("recovery", {"spike": 1, "ridge": 1}, "recovery has no parameter ridge"),
        ("denoising", {}, "must be given noise"),
    ],
)
def test_topics_say_what_they_need(topic, names, words):
    with pytest.raises(ValueError, match=words):
        grid(topic, 2, **names)


def test_a_filter_and_a_ridge_are_one_too_many():
    with pytest.raises(ValueError, match="filter or ridge must be given, not both"):
        collect(grid("convergence", 2, dim=4, ridge=0.1, filter="gaussian"), [0])


def test_devices_share_the_draws():
    sweep = grid("recovery", 7, load="1,2", dim=6, spike=2)
    one = collect(sweep, range(2), devices=jax.devices()[:1])
    every = collect(sweep, range(2), devices=jax.devices())
    assert one.keys() == every.keys()
    for key, value in one.items():
        np.testing.assert_allclose(every[key], value, rtol=1e-9)


def test_a_dataset_tells_the_load_that_was_drawn():
    sweep = grid("spectral_entropy", 4, load="0.3,0.45,1", dim="6,32")
    cells = collect(sweep, range(sweep.size))
    values = {
        name: tuple(np.array([cells[i, name][part] for i in range(sweep.size)]) for part in (0, 1))
        for name in ("deficit",)
    }
    found = dataset(sweep, values, np.full(sweep.size, 4), {})
    assert found["load"].values.tolist() == [0.3, 0.45, 1.0]
    assert found["drawn_load"].dims == ("load", "dim")
    np.testing.assert_allclose(found["drawn_load"], [[2 / 6, 10 / 32], [3 / 6, 14 / 32], [1, 1]])
    alone = dataset(grid("spectral_entropy", 4, load="0.3,1", dim=6), {}, np.full(2, 4), {})
    np.testing.assert_allclose(alone["drawn_load"], [[2 / 6], [1]])
