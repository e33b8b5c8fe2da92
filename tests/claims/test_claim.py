"""What a claim accepts, and the field it names when it does not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lingen import Experiment, real, whole
from lingen.claims import Claim
from lingen.claims.library import registry


def make(**changes) -> Claim:
    fields = {
        "name": "a",
        "predict": lambda **point: 1.0,
        "simulate": lambda key, dim, **point: 1.0,
        "grid": {"load": (1.0, 2.0), "spike": (3.0,)},
    }
    return Claim(**{**fields, **changes})


def test_points_are_the_product_of_the_grid():
    claim = make()
    assert claim.points == ({"load": 1.0, "spike": 3.0}, {"load": 2.0, "spike": 3.0})
    assert claim.title == "a"
    assert make(grid=None, points=({"x": 1}, {"x": 2})).points == ({"x": 1}, {"x": 2})
    assert make(grid=None, points=({},)).points == ({},)


def test_a_draw_binds_dimension_and_point():
    claim = make(simulate=lambda key, dim, load, spike: (key, dim, load, spike))
    assert claim.draw(8, claim.points[1])("key") == ("key", 8, 2.0, 3.0)
    sampled = make(simulate=None, sampler=lambda dim, load, spike: lambda key: (dim, load))
    assert sampled.draw(8, sampled.points[0])("key") == (8, 1.0)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "name must be a word"),
        ({"predict": 1.0}, "predict must be a function"),
        ({"simulate": None}, "sampler or simulate must be given, one of them, got neither"),
        ({"sampler": lambda dim: None}, "got both"),
        ({"measure": "q"}, "measure must be a function"),
        ({"grid": {}}, "grid must be a dict"),
        ({"grid": {"load": ()}}, r"grid\['load'\] must be a tuple of at least one value"),
        ({"grid": {"load": 1.0}}, r"grid\['load'\]"),
        ({"grid": None}, "grid or points must be given, one of them, got neither"),
        ({"points": ({"x": 1},)}, "grid or points must be given, one of them, got both"),
        ({"grid": None, "points": ({"x": 1}, {"y": 1})}, "points must all have the same parameters"),
        ({"grid": None, "points": (1.0,)}, "points must be dicts"),
        ({"dims": ()}, "dims must be a tuple"),
        ({"dims": (8, 4)}, "dims must increase"),
        ({"dims": (0, 4)}, "dims must be a whole number"),
        ({"dims": (4, 8), "order": (1, 2)}, "dims must be one, or more than 2"),
        ({"order": (-1,)}, "order must be positive"),
        ({"order": (1, 1)}, "order must be different"),
        ({"scale": 0.0}, "scale must be positive"),
        ({"rivals": {"r": 2.0}}, r"rivals\['r'\] must be a function"),
        ({"rivals": [abs]}, "rivals must be a dict"),
    ],
)
def test_what_cannot_be_is_refused_by_field(changes, words):
    with pytest.raises(ValueError, match=words):
        make(**changes)


def test_a_prediction_of_the_limit_is_held_against_its_size_when_it_is_first_asked_for():
    asked = []
    chain = Experiment(
        "chain",
        parameters={"load": real(above=0), "size": whole(at_least=2)},
        simulate=lambda key, load, size: {"energy": load},
        predict=lambda load, size: asked.append(size) or {"energy": load + 1.0 / size},
    )
    claim = Claim("a", of=chain, observable="energy", grid={"load": (1.0,)}, sizes={"size": (4, 8)})
    assert not asked
    with pytest.raises(ValueError, match="the prediction of chain depends on size: exact=True"):
        claim.predict(load=1.0)
    exact = Claim(
        "a", of=chain, observable="energy", grid={"load": (1.0,)}, sizes={"size": (4, 8)}, exact=True
    )
    assert exact.predict(dim=4, load=1.0) == 1.25


def test_every_file_of_claims_is_found_and_in_the_order_of_the_theory():
    claims = registry.all_claims()
    assert len(claims) >= 115
    folder = Path(registry.__file__).parent
    holding = [
        path.stem for path in folder.glob("*.py") if re.search(r"^CLAIMS\b", path.read_text("utf-8"), re.M)
    ]
    assert sorted(holding) == list(registry.topics())
    letters = [claim.section for claim in claims]
    assert letters == sorted(letters, key=list(registry.SECTIONS).index)
    assert {claim.section for claim in claims} == set(registry.SECTIONS)


def test_the_registry_finds_claims_by_name_and_hints_at_typing_errors():
    names = registry.names()
    assert len(set(names)) == len(names) > 0
    assert [claim.name for claim in registry.get(names[:2])] == list(names[:2])
    with pytest.raises(ValueError, match=f"did you mean .*{names[0]}"):
        registry.get([names[0] + "x"])
    with pytest.raises(ValueError, match="no claim is called"):
        registry.get(["???"])


def test_nobody_asks_for_the_class_of_a_claim_or_of_its_evidence():
    """Whoever shows or checks a claim asks it and its evidence."""
    root = Path(__file__).parents[2]
    asked = re.compile(r"isinstance\([^)]*(Claim|Evidence|Inferred|LawPoint|Drawn)\b")
    found = {
        path.relative_to(root).as_posix()
        for room in ("claims", "scripts")
        for path in (root / room).rglob("*.py")
        if asked.search(path.read_text("utf-8"))
    }
    assert found == set()
