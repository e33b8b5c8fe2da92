"""Axes as they are written, grids, and keys that depend on nothing but a cell's coordinates."""

from __future__ import annotations

import jax
import jax.random as jr
import numpy as np
import pytest

from lingen.experiments import library
from lingen.experiments.grid.axes import axis as axis_of
from lingen.experiments.grid.keys import cell_hash, cell_key, key_words
from lingen.experiments.grid.sweep import Sweep

COORDINATES = library.get("convergence").coordinates


def axis(name, given):
    return axis_of(name, COORDINATES[name], given)


@pytest.mark.parametrize(
    ("name", "given", "values"),
    [
        ("load", "0.5", (0.5,)),
        ("load", "0.1:4:log:3", (0.1, 0.4**0.5, 4.0)),
        ("load", "1:2:3", (1.0, 1.5, 2.0)),
        ("load", "1:2:3, 4 ,8", (1.0, 1.5, 2.0, 4.0, 8.0)),
        ("load", [0.5, "1:2:2"], (0.5, 1.0, 2.0)),
        ("load", 2, (2.0,)),
        ("load", "3:5:1", (3.0,)),
        ("dim", "16:64:log:3", (16, 32, 64)),
        ("dim", [8, 9], (8, 9)),
        ("dim", "1000,4000", (1000, 4000)),
        ("seed", "0:3:4", (0, 1, 2, 3)),
        ("filter", "gaussian,ridge:.1", ("gaussian", "ridge:0.1")),
        ("method", "dense,krylov", ("dense", "krylov")),
    ],
)
def test_an_axis_is_what_is_written(name, given, values):
    made = axis(name, given)
    assert made.size == len(values)
    found = made.values()
    assert [type(v) for v in found] == [type(v) for v in values]
    if COORDINATES[name].kind == "word":
        assert found == values
    else:
        np.testing.assert_allclose(np.asarray(found), values, rtol=1e-14)


def test_end_points_are_exact():
    values = axis("load", "0.1:4:log:41").values()
    assert (values[0], values[-1]) == (0.1, 4.0)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("load", "", "at least one value"),
        ("load", [], "at least one value"),
        ("load", "4:1:5", "reversed"),
        ("load", "1:1:5", "empty"),
        ("load", "1:2:0", "N of load"),
        ("load", "1:2:2.5", "N of load"),
        ("load", "-1:2:log:3", "positive bounds"),
        ("load", "0:2:log:3", "positive bounds"),
        ("load", "1:2", "low:high:N"),
        ("load", "1:2:lin:3", "low:high:N"),
        ("load", "one", "number"),
        ("load", "nan", "finite"),
        ("load", "inf", "finite"),
        ("load", "0", "above 0"),
        ("load", True, "a number"),
        ("load", "1,2,1", "distinct"),
        ("dim", "2.5", "whole"),
        ("dim", "0", "at least 1"),
        ("dim", "8:10:9", "distinct"),
        ("spike", "-1", "above 0"),
        ("noise", "-1", "at least 0"),
        ("filter", "cubic", "filter"),
        ("method", "exact", "method"),
        ("seed", "-1", "at least 0"),
        ("seed", str(1 << 70), "at most"),
    ],
)
def test_bad_values_are_one_line(name, given, words):
    with pytest.raises(ValueError, match=words) as raised:
        axis(name, given).values()
    assert "\n" not in str(raised.value)
    assert name in str(raised.value)


def test_a_huge_range_costs_nothing_until_it_is_laid_out():
    assert axis("load", "1:2:1000000000000").size == 10**12


def test_a_grid_is_the_product_in_one_order_whatever_the_order_of_the_flags():
    recovery, axes = library.get("recovery"), {"spike": "1,2", "load": "0.5,1,2"}
    one, two = Sweep.of(recovery, axes, 4), Sweep.of(recovery, dict(reversed(axes.items())), 4)
    assert one == two
    assert one.shape == (3, 2)
    cells = list(one.cells())
    assert len(cells) == one.size == 6
    assert [(c["load"], c["spike"]) for c in cells[:3]] == [(0.5, 1.0), (0.5, 2.0), (1.0, 1.0)]
    assert {c["seed"] for c in cells} == {0}
    with pytest.raises(ValueError, match="draws"):
        Sweep.of(recovery, axes, 1)


def test_hashes_do_not_change():
    """A store begun today must be finished with the same keys tomorrow."""
    coordinates = {"load": 0.1, "dim": 16, "method": "dense", "seed": 3}
    assert cell_hash("convergence", coordinates) == 9624579824656251829
    assert cell_hash("convergence", dict(reversed(coordinates.items()))) == cell_hash(
        "convergence", coordinates
    )
    others = [coordinates | {"load": np.nextafter(0.1, 1).item()}, coordinates | {"dim": 17}]
    hashes = {cell_hash("convergence", c) for c in (coordinates, *others)}
    assert len(hashes | {cell_hash("recovery", coordinates)}) == 4


def test_a_seed_is_in_the_key_and_not_in_the_hash():
    one, two = ({"load": 0.1, "seed": s} for s in (0, (1 << 40) + 1))
    assert cell_hash("convergence", one) == cell_hash("convergence", two)
    keys = [cell_key(*key_words("convergence", c, c["seed"])) for c in (one, two)]
    assert not np.array_equal(*(jr.key_data(k) for k in keys))


@pytest.mark.parametrize("seed", [0, 7, (1 << 40) + 1, (1 << 63) - 1])
def test_a_key_is_the_same_traced(seed):
    words = (seed, 0xFFFFFFFF, 5)
    known = jr.fold_in(jr.fold_in(jr.key(seed), np.uint32(0xFFFFFFFF)), np.uint32(5))
    traced = jax.jit(cell_key)(*np.asarray(words, np.int64))
    np.testing.assert_array_equal(jr.key_data(traced), jr.key_data(known))
    np.testing.assert_array_equal(jr.key_data(cell_key(*words)), jr.key_data(known))
