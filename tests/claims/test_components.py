"""A claim on an array names its components, and its figure shows them along an axis."""

from __future__ import annotations

import jax.numpy as jnp
import jax.random as jr
import numpy as np
import pytest
from matplotlib.figure import Figure

from lingen import Budget, Claim, Experiment, Observable, check, real
from lingen.claims import Outcome
from lingen.scripts.report.claim_figures import claim_axes
from lingen.scripts.report.curves import axis_of, series_of
from lingen.scripts.report.entry import Drawing, entry


def chain(**changes):
    """A claim on an array of three components, at 1, 2 and 4."""
    at = jnp.array([1.0, 2.0, 4.0])
    model = Experiment(
        "chain", parameters={"decay": real(above=0)}, predict=lambda decay: {"near": decay**at, "far": decay},
        simulate=lambda key, decay: {"near": decay**at + 0.01 * jr.normal(key, (3,)), "far": decay},
        observables={"near": Observable("correlation", "1", ("distance",), {"distance": at})},
    )  # fmt: skip
    known = {"grid": {"decay": (0.5, 0.8)}, "scale": 1.0, "concentration": "Gaussian", "observable": "near"}
    return Claim("near", of=model, **known | changes)


def test_components_of_an_experiment_are_known_and_may_be_named():
    assert (chain().components, chain().label) == ({"distance": (1.0, 2.0, 4.0)}, "correlation")
    assert (chain(observable="far").components, chain(observable="far").label) == ({}, "far")
    own = chain(components={"site": np.arange(3)}, label="$c$")
    assert (own.components, own.label) == ({"site": (0.0, 1.0, 2.0)}, "$c$")
    for wrong in ({"site": ["a", "b"]}, {"site": 1.0}, [1, 2, 3], {"site": [np.nan]}):
        with pytest.raises(
            ValueError, match="components must be a dict with the places along each axis, got"
        ):
            chain(components=wrong)


@pytest.mark.parametrize("places", [{"site": (1, 2)}, {"row": (), "column": ()}])
def test_components_of_another_shape_are_told(places):
    verdict = check(chain(components=places), jr.key(0))
    assert verdict.outcome is Outcome.BROKEN
    assert "components (" in verdict.reason
    assert "the prediction has (3,)" in verdict.reason


def test_the_figure_shows_components_along_their_axis():
    claim = chain(rivals={"slower": lambda decay: jnp.sqrt(decay) * jnp.ones(3)}, resolution=0.05)
    verdict = check(claim, jr.key(0))
    assert verdict.outcome is Outcome.HOLDS
    axis = axis_of(verdict)
    assert (axis.name, axis.kind, axis.values, axis.logarithmic) == (
        "distance",
        "components",
        (1, 2, 4),
        False,
    )
    slow, fast = series_of(verdict, axis)
    assert (slow.name, fast.name) == ("decay=0.5", "decay=0.8")
    np.testing.assert_allclose(slow.read("prediction"), [0.5, 0.25, 0.0625])
    np.testing.assert_allclose(fast.rival("slower"), [0.8**0.5] * 3)
    panel = Figure().subplots()
    claim_axes(panel, verdict)
    assert panel.get_xlabel() == "distance"
    assert panel.get_ylabel() == "correlation"
    table = entry(verdict, 0, Drawing())["rows"]
    assert table[1]["point"].endswith("[distance=2]")


def test_many_points_are_shown_along_their_parameter_with_named_components():
    claim = chain(grid={"decay": tuple(np.linspace(0.2, 0.8, 8))})
    verdict = check(claim, jr.key(0), Budget(seconds=20))
    axis = axis_of(verdict)
    assert (axis.name, axis.kind) == ("decay", "parameter")
    assert [one.name for one in series_of(verdict, axis)] == ["distance=1", "distance=2", "distance=4"]
