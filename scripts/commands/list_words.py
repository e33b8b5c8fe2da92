"""What `lingen list` says of a claim and of an experiment: one row, all of it, or a record for JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from lingen.claims.claim import Claim
from lingen.claims.fields import told
from lingen.experiments.experiment import Experiment
from lingen.experiments.parameters import Parameter
from lingen.scripts.report.formulas import to_text
from lingen.words import plain, short

__all__ = [
    "Listed",
    "all_of_claim",
    "all_of_experiment",
    "of_claim",
    "of_experiment",
    "row_of_claim",
    "row_of_experiment",
]

CLAIM = ("name", "title", "section", "statement", "reference", "exploratory", "thorough")
EXPERIMENT = ("name", "title", "statement", "reference")
PARAMETER = ("kind", "symbol", "unit", "default", "optional", "allowed")
SWEPT = "experiment"


class Listed(NamedTuple):
    """One line of the table."""

    name: str
    kind: str
    """The letter of a claim's section, or `experiment`."""
    statement: str
    about: str
    """Where it is stated, or its parameters."""


def row_of_claim(claim: Claim) -> Listed:
    """Name, section, statement, reference."""
    return Listed(claim.name, claim.section, to_text(claim.statement), to_text(claim.reference))


def row_of_experiment(experiment: Experiment) -> Listed:
    """Name, title, parameters."""
    return Listed(experiment.name, SWEPT, to_text(experiment.title), ", ".join(experiment.parameters))


def all_of_claim(claim: Claim) -> Iterator[str]:
    """Its lines: statement, reference, points, rivals."""
    yield f"{claim.name}  [claim{f', section {claim.section}' if claim.section else ''}]"
    yield from _stated(claim)
    yield f"    {told(claim)}"
    for name in claim.points[0] if claim.points else ():
        values = dict.fromkeys(short(point[name]) for point in claim.points)
        yield f"    {name} = {', '.join(values)}"
    for rival in claim.rivals:
        yield f"    rival: {to_text(rival)}"


def all_of_experiment(experiment: Experiment) -> Iterator[str]:
    """Its lines: statement, reference, parameters, observables."""
    yield f"{experiment.name}  [{SWEPT}]"
    yield from _stated(experiment)
    width = max(map(len, experiment.parameters))
    for name, known in experiment.parameters.items():
        yield f"    --{name.replace('_', '-'):<{width}}  {_described(known)}"
    for name in experiment.observables:
        one = experiment.described(name)
        along = f", along {' and '.join(one.axes)}" if one.axes else ""
        yield f"    {name}: {to_text(one.title)}{along}"


def of_claim(claim: Claim) -> dict[str, Any]:
    """A record of it."""
    about = {name: getattr(claim, name) for name in CLAIM}
    points = [plain(point) for point in claim.points]
    return {
        "kind": "claim",
        **about,
        "text": to_text(claim.statement),
        "points": points,
        "rivals": list(claim.rivals),
    }


def of_experiment(experiment: Experiment) -> dict[str, Any]:
    """A record of it."""
    about = {name: getattr(experiment, name) for name in EXPERIMENT}
    parameters = {n: {f: getattr(p, f) for f in PARAMETER} for n, p in experiment.parameters.items()}
    observables = {n: to_text(experiment.described(n).title) for n in experiment.observables}
    return {"kind": SWEPT, **about, "parameters": parameters, "observables": observables}


def _stated(item: Claim | Experiment) -> Iterator[str]:
    """Title, statement and reference, as far as they are given."""
    title = item.title if item.title != item.name else ""
    yield from (f"    {to_text(words)}" for words in (title, item.statement, item.reference) if words)


def _described(known: Parameter) -> str:
    """`γ, real, above 0, default 1`."""
    kind = "" if known.kind == "word" else known.kind
    default = (
        "may be left out" if known.optional else "" if known.default is None else f"default {known.default}"
    )
    unit = "" if known.unit == "1" else f"in {known.unit}"
    return ", ".join(filter(None, (known.symbol, known.title, kind, known.allowed, unit, default)))
