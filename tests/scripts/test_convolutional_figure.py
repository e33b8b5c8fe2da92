"""The figure of section V: its points lie where theory says, and theory alone is drawn in a moment."""

from __future__ import annotations

import numpy as np
import pytest

from lingen.scripts.figures import convolutional
from lingen.scripts.main import main


def test_theory_alone_is_drawn_with_its_caption(tmp_path, monkeypatch):
    monkeypatch.setattr(convolutional, "DIM", 32)
    monkeypatch.setattr(convolutional, "CELL", 8)
    monkeypatch.setattr(convolutional, "TAPS", 5)
    monkeypatch.setattr(convolutional, "RING", 64)
    monkeypatch.setattr(convolutional, "WINDOWS", ())
    monkeypatch.setattr(convolutional, "LINE", np.array([1.0, 30.0, 3000.0]))
    out = tmp_path / "figures"
    assert main(["figures", "convolutional", "--no-simulate", "--format", "svg", "--out", str(out)]) == 0
    assert (out / "convolutional.svg").stat().st_size > 10_000
    assert "each model has a load of its own" in (out / "convolutional.txt").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", convolutional.MODELS)
def test_its_points_lie_on_the_lines(name, monkeypatch):
    counts = np.array([30.0, 100.0])
    monkeypatch.setattr(convolutional, "MODELS", {name: ""})
    monkeypatch.setattr(convolutional, "LINE", counts)
    found = convolutional._converging({"samples": counts}, 64, 0)
    line = convolutional._predicted(name)
    # five standard errors, and what a window of 17 pixels or a cell of 64 adds at finite size
    allowed = 5 * found[f"{name}_error"].values + 0.05 * line
    assert np.all(np.abs(found[name].values - line) < allowed)


@pytest.mark.slow
def test_a_stationary_latent_is_found_and_a_localised_one_is_not(monkeypatch):
    monkeypatch.setattr(convolutional, "FOUND", ("pair", "localised"))
    found = convolutional._recovering({"samples": [1, 64]}, 64, 0)
    assert found["pair"][0] < 0.3
    assert found["pair"][1] > 0.9
    assert np.all(found["localised"] < 0.05)
