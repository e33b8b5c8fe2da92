"""`lingen train`: figure, numbers, resumption, networks from elsewhere, one line for what is wrong."""

from __future__ import annotations

import json
import runpy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from flax import nnx

from lingen.experiments.ladder import cautions, lines
from lingen.experiments.ladder import presets as train_presets
from lingen.experiments.ladder import run as ladder_run
from lingen.experiments.ladder.plan import Plan, with_settings
from lingen.models.images import data as images
from lingen.models.networks import torch_weights
from lingen.models.networks.denoiser import CnnArchitecture
from lingen.models.networks.unet import UNetArchitecture
from lingen.scripts.main import main
from lingen.sims.networks.order_parameters import Pair

TINY = (
    "train", "digits", "--limit", "48", "--samples", "1,4,16", "--seeds", "2", "--steps", "6",
    "--kernels", "2", "--images", "16", "--network", "cnn",
)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("train")


@pytest.fixture(scope="module")
def finished(folder):
    assert main([*TINY, "--report", str(folder), "--quiet"]) == 0
    return json.loads((folder / "train.json").read_text())


@pytest.mark.slow
def test_the_numbers_have_errors_over_seeds_and_theory_beside_them(finished, folder):
    assert [r["samples"] for r in finished["ladder"]] == [1, 4, 16]
    for rung in finished["ladder"]:
        q = rung["probability_flow"]["convergence"]
        assert len(q["each"]) == 2
        assert q["mean"] == pytest.approx(np.mean(q["each"]))
        assert q["error"] == pytest.approx(abs(np.diff(q["each"])[0]) / 2)
        assert len(rung["stochastic"]["recovery"]["mean"]) == 8
        assert 0.0 < rung["theory"]["convergence"] < 1.0
        # the linear model is the theory, up to the finiteness of the ladder's lowest rungs
        assert abs(rung["linear"]["convergence"]["mean"] - rung["theory"]["convergence"]) < 0.3
    assert "not a theorem" in finished["record"]["kind"]
    for kind in ("png", "svg", "pdf"):
        assert (folder / f"train.{kind}").stat().st_size > 10_000


@pytest.mark.slow
def test_a_finished_run_is_shown_again_at_once(finished, folder, capsys):
    assert main([*TINY, "--report", str(folder), "--quiet", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == finished
    assert main([*TINY, "--report", str(folder)]) == 0
    said = capsys.readouterr().out
    assert "not a theorem" in said
    assert "closest" in said


@pytest.mark.slow
def test_a_checkpoint_of_another_architecture_is_refused(finished, folder, capsys):
    other = [*TINY, "--report", str(folder), "--quiet"]
    other[other.index("--kernels") + 1] = "3"
    assert main(other) == 2
    said = capsys.readouterr().err
    assert "holds a checkpoint with architecture" in said
    assert "kernels 2" in said
    assert said.count("\n") == 1


@pytest.mark.slow
def test_a_diverged_training_ends_in_one_line(finished, tmp_path, capsys):
    arguments = [*TINY, "--report", str(tmp_path), "--quiet", "--rate", "1e30"]
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert "n = 1, seed 0, half 1: loss is NaN at step" in said
    assert "learning rate 9.05e+29" in said  # a cosine below 1e30, at step 2
    assert said.count("\n") == 1
    assert json.loads((tmp_path / "train.json").read_text())["ladder"][0]["lost"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("--samples", "1,25"), "at most 24, got 25"),
        (("--preset", "huge"), "'huge' is not one of 'tiny', 'compact', 'medium', 'small', 'full'"),
        (("--network", "mlp"), "'mlp' is not one of 'unet', 'cnn'"),
        (("--network", "unet", "--patch", "6"), "sides divisible by 8"),
        (("--steps", "0"), "--steps must be a whole number of at least 1"),
        (("--seeds", "0"), "--seeds must be a whole number of at least 1"),
        (("--images", "0"), "--images must be a whole number of at least 1"),
        (("--kernels", "0"), "--kernels must be a whole number of at least 1"),
        (("--seed", "-1"), "--seed must be a whole number of at least 0"),
        (("--seed", "99999999999999999999"), "--seed must be"),
        (("--rate", "0"), "--rate must be positive"),
        (("--sigma-max", "0.02"), "--sigma-max must be above 0.02 and finite, got 0.02"),
        (("--sigma-max", "nan"), "--sigma-max must be above 0.02 and finite, got nan"),
        (("--first-layer", "relu"), "--first-layer must come with --from-torch"),
        (("--receptive-field", "9"), "--receptive-field must come with --linear convolutional"),
        (("--linear", "convolutional", "--receptive-field", "4"), "--receptive-field must be odd"),
        (("--linear", "convolutional", "--receptive-field", "9"), "at most 8, got 9"),
        (("--seconds", "0"), "--seconds must be positive"),
        (("--figure-only",), "DATA must be the train.json"),
    ],
)
def test_bad_input_ends_in_one_line(change, words, tmp_path, capsys):
    assert main([*TINY, "--report", str(tmp_path), *change]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1


@pytest.mark.slow
def test_networks_from_elsewhere_are_compared_in_pairs(tmp_path, capsys):
    source = tmp_path / "digits8x8"
    for seed, name in enumerate(("0to255_set_size_4", "0to255_set_size_4_swapped")):
        (source / name).mkdir(parents=True)
        network = UNetArchitecture(1, 2, blocks=2).build(nnx.Rngs(seed))
        torch_weights.write(source / name / "model.npz", network)
    arguments = ["train", "digits", "--images", "8", "--report", str(tmp_path / "report")]
    assert main([*arguments, "--from-torch", str(source), "--quiet", "--json"]) == 0
    (rung,) = json.loads(capsys.readouterr().out)["ladder"]
    assert (rung["samples"], rung["seeds"]) == (4, 1)
    assert -1.0 <= rung["probability_flow"]["convergence"]["mean"] <= 1.0
    assert main([*arguments, "--from-torch", str(source), "--limit", "6"]) == 2
    assert "too few for two disjoint halves" in capsys.readouterr().err
    (source / "0to255_set_size_4_swapped").rename(source / "0to255_set_size_5_swapped")
    assert main([*arguments, "--from-torch", str(source)]) == 2
    assert "got no pair" in capsys.readouterr().err


@pytest.mark.slow
def test_flat_networks_from_elsewhere_say_their_first_layer(tmp_path, capsys):
    source, found = tmp_path / "digits8x8", {}
    for seed, name in enumerate(("0to255_set_size_4", "0to255_set_size_4_swapped")):
        (source / name).mkdir(parents=True)
        network = CnnArchitecture(1, 4, layers=3).build(nnx.Rngs(seed))
        last = network.conv_layers[-1].weight
        last[...] = 0.01 * last[...]  # random weights would blow the images up
        torch_weights.write(source / name / "model.npz", network)
    arguments = ["train", "digits", "--images", "4", "--from-torch", str(source), "--quiet"]
    for option in ((), ("--first-layer", "linear"), ("--first-layer", "relu")):
        report = tmp_path / "-".join(("report", *option[1:]))
        assert main([*arguments, "--report", str(report), *option]) == 0
        said = capsys.readouterr().out
        assert ("First layer: linear, assumed" in said) == (not option)
        told = json.loads((report / "train.json").read_text())
        found[option] = told["ladder"]
        assert f"first_layer {option[1] if option else 'linear'}" in told["network"]
    assert found[()] == found["--first-layer", "linear"] != found["--first-layer", "relu"]


KEPT = ("fashion14/train.json", "fashion28/cnn.json", "fashion28/unet.json")
RESULTS = Path(__file__).parents[2] / "docs/results"


@pytest.mark.parametrize(
    "name", [*(pytest.param(name, marks=pytest.mark.slow) for name in KEPT[:-1]), KEPT[-1]]
)
def test_a_kept_ladder_is_drawn_from_its_numbers_alone(name, tmp_path):
    (tmp_path / "train.json").write_bytes((RESULTS / name).read_bytes())
    assert main(["train", str(tmp_path / "train.json"), "--figure-only"]) == 0
    assert (tmp_path / "train.svg").stat().st_size > 100_000


@pytest.mark.parametrize("name", KEPT)
def test_the_tables_of_kept_ladders_are_their_numbers(name):
    kept = RESULTS / name
    lines = runpy.run_path(str(RESULTS / "table.py"))["table"](json.loads(kept.read_text("utf-8")))
    assert len(lines) == 12
    assert "\n".join(lines) in (kept.parent / "README.md").read_text("utf-8")


def test_a_larger_noise_has_more_steps_of_the_same_ratio():
    preset = train_presets.PRESETS["compact"]
    wider = with_settings(preset, sigma_max=50.0 * preset.flow["sigma_max"])
    assert wider.settings.sigma_max == wider.flow["sigma_max"] == wider.way["sigma_max"] == 50.0
    assert wider.flow["steps"] == 2 * preset.flow["steps"]  # σ_max/σ_min was 50
    assert wider.way["steps"] == 2 * preset.way["steps"]
    assert with_settings(preset, sigma_max=1.0) == preset


def test_samplers_that_start_within_the_spread_of_the_data_are_told_of(tmp_path):
    """Of data that spread by 0.44 nothing is said, of the same in units of a hundredth a line."""
    preset = replace(train_presets.PRESETS["tiny"], images=16)
    pair = Pair(0.5, 0.5, 0.5, 0.0, np.array([0.4, 0.2]), 1.0, 1.0)
    rung = ladder_run.Rung(8, [pair, pair], [pair, pair], [pair, pair], [], [], np.zeros((0, 4, 4)))
    said = []
    for scale in (1.0, 100.0):
        rows = scale * np.random.default_rng(0).normal(size=(40, 4)) * np.array([0.5, 0.2, 0.1, 0.1])
        data = images.from_array(rows.reshape(40, 2, 2))
        form = train_presets.architecture(preset, "cnn", data.shape)
        plan = Plan(data, form, preset, (8, 16), 0, tmp_path)
        said.append(cautions.sampler(plan, [rung], lines.theory(plan, (8, 16))))
    assert said[0] == []
    assert "The samplers start at σ = 1, within the spread √λ₁ = 44.1 of the data" in said[1][0]
    assert "Q = 0.3 at n = 8, where dense theory has" in said[1][0]


def test_a_pair_that_makes_no_numbers_is_left_out_and_told(monkeypatch, tmp_path):
    """The images of one network of seed 4 are not finite: seed 7 is measured, as if alone."""
    data = images.load("digits", limit=40)
    preset = replace(train_presets.PRESETS["tiny"], images=16)
    plan = Plan(data, train_presets.architecture(preset, "cnn", data.shape), preset, (8,), 0, tmp_path)
    made = np.random.default_rng(0).normal(size=(4, 16, data.dim))
    sets = [[data.vectors[:8], data.vectors[8:16]], [data.vectors[16:24], data.vectors[24:32]]]
    monkeypatch.setattr(ladder_run, "_generate", lambda plan, numbers, name: made)
    alone = ladder_run.compare(plan, 8, None, sets, [4, 7]).flow[1]
    made[1, 3:5, 0] = np.nan
    found = ladder_run.compare(plan, 8, None, sets, [4, 7])
    assert found.lost == ["seed 4, half 2: 2 (probability flow) and 2 (stochastic) of 16 images not finite"]
    assert len(found.flow) == len(found.way) == len(found.linear) == 1
    np.testing.assert_equal(found.flow[0]._asdict(), alone._asdict())
    made[:] = np.inf
    assert not ladder_run.compare(plan, 8, None, sets, [4, 7]).flow


def test_the_latents_of_a_convolution_are_fourier_modes():
    """A cosine in the leading pair has Q = 1/2 of any phase; a pixel has what one mode holds of it."""
    squares = np.array([1.0, 5.0, 2.0, 0.5, 2.0, 5.0])
    cosine = np.cos(2 * np.pi * np.arange(6) / 6) / np.sqrt(3)
    assert np.allclose(lines._latents(squares, np.stack([cosine, cosine])), 0.5)
    pixel = np.eye(6)[:5]
    assert np.allclose(lines._latents(squares, pixel), 1 / 6)


def test_the_ladder_is_cut_to_half_the_images():
    preset = train_presets.PRESETS["tiny"]
    assert train_presets.ladder(898, preset, None) == [1, 8, 64, 256, 850]
    assert train_presets.ladder(50, preset, None) == [1, 8, 50]
    with pytest.raises(ValueError, match="two halves"):
        train_presets.ladder(1, preset, None)
    data = images.load("digits", limit=4)
    assert train_presets.architecture(preset, "cnn", data.shape).kernels == preset.kernels
