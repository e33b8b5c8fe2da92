"""What results look like in a notebook: a verdict as in the report, all else in its style."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np
from markupsafe import Markup

from lingen.claims.claim import Claim
from lingen.claims.fields import told
from lingen.claims.inference import words
from lingen.claims.inference.findings import Finding
from lingen.claims.verdict import Verdict
from lingen.experiments.experiment import Experiment
from lingen.experiments.forecast import Forecast
from lingen.models.covariance import Population
from lingen.scripts.report.entry import address, drawn, entry
from lingen.scripts.report.formulas import to_html
from lingen.scripts.report.templates import filled, style
from lingen.words import measured, short

__all__ = ["shown"]

ROWS = 12
"""Of a table; of more the first and the last are shown."""
SPECTRUM = r"$$H = \sum_k w_k\,\delta(\sigma_k)$$"


def shown(value: Any) -> str:
    """A result as HTML, complete in itself."""
    form = next(form for kind, form in FORMS.items() if isinstance(value, kind))
    blank: dict[str, Any] = dict.fromkeys(
        ("e", "figure", "statement", "caption", "kind", "name", "trouble"), ""
    )
    blank |= {"lines": (), "rows": (), "head": (), "notes": ()}
    return filled("shown.html.j2", style=style(".lingen-shown"), **(blank | form(value)))


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {"e": entry(verdict, 0, drawn(verdict))}


def _claim(claim: Claim) -> dict[str, Any]:
    names = list(claim.points[0]) if claim.points else []
    rivals = [Markup("rival: ") + Markup(to_html(name)) for name in claim.rivals]
    return {
        "title": Markup(to_html(claim.title)),
        "name": claim.name,
        "statement": Markup(to_html(claim.statement)),
        "lines": (told(claim),),
        "head": names,
        "rows": _few([[short(point[name]) for name in names] for point in claim.points]) if names else (),
        "notes": [*rivals, Markup(to_html(claim.reference))] if claim.reference else rivals,
    }


def _experiment(experiment: Experiment) -> dict[str, Any]:
    rows = []
    for name, known in experiment.parameters.items():
        given = "" if known.default is None else short(known.default)
        given = "may be left out" if known.optional else given
        unit = "" if known.unit == "1" else known.unit
        rows.append((name, known.symbol, known.kind, known.allowed, given, unit))
    named = [f"{name}: {experiment.described(name).title}" for name in experiment.observables]
    axes = [f"along {', '.join(one.axes)}" if one.axes else "" for one in experiment.observables.values()]
    observables = "; ".join(" ".join(filter(None, both)) for both in zip(named, axes, strict=True))
    return {
        "title": Markup(to_html(experiment.title)),
        "name": experiment.name,
        "statement": Markup(to_html(experiment.statement)),
        "head": ("parameter", "", "kind", "allowed", "default", "unit"),
        "rows": rows,
        "notes": [note for note in (observables, Markup(to_html(experiment.reference))) if note],
    }


def _finding(found: Finding) -> dict[str, Any]:
    from lingen.scripts.figures.infer_figure import files

    rows = []
    for name in found.quantities:
        one = found.estimate(name)
        rows.append(
            (words.symbol(found, name), words.interval(one), f"{one.r_hat:.4f}", f"{one.effective:,.0f}")
        )
    return {
        "title": f"{words.WORDS[found.model].capitalize()} of {found.slice.observable}",
        "kind": "holds" if found.sound else "refuted",
        "lines": (words.heading(found),),
        "head": ("", "mean and 95 % interval", "R-hat", "effective samples"),
        "rows": rows,
        "notes": list(words.lines(found))[len(rows) :],
        **_figure(
            lambda: files(found, ("svg",))[0].decode(), "the data, what they follow, and the posterior"
        ),
    }


def _forecast(result: Forecast) -> dict[str, Any]:
    from lingen.scripts.figures.data_figure import svg
    from lingen.scripts.figures.predict_figure import draw

    rows = [
        (
            f"{one.samples:,}",
            f"{one.predicted:.4f}",
            measured(one.measured, one.error),
            f"{one.deviation:+.2%}",
        )
        for one in result.checks
    ]
    return {
        "title": f"Forecast from {result.data.name}",
        "name": result.filter.name,
        "lines": result.summary.splitlines(),
        "head": ("n", "q theory", "q splits", "off by"),
        "rows": rows,
        **_figure(lambda: svg(partial(draw, result)), "what follows as the samples grow"),
    }


def _population(population: Population) -> dict[str, Any]:
    bulk, weights, spikes = (
        np.asarray(leaf) for leaf in (population.eigenvalues, population.weights, population.spikes)
    )
    rows = [("spike", f"{spike:.4g}", "once") for spike in spikes]
    rows += [("bulk", f"{s:.4g}", f"{w:.4g}") for s, w in zip(bulk, weights, strict=True)]
    size = "any" if population.dim is None else f"{population.dim:,}"
    return {
        "title": "Population",
        "name": f"dimension d: {size}",
        "statement": Markup(to_html(SPECTRUM)),
        "head": ("", "eigenvalue", "weight"),
        "rows": _few(rows),
    }


def _few(rows: list[Any]) -> list[Any]:
    """As many rows as a table should have."""
    if len(rows) <= ROWS:
        return rows
    left_out = len(rows) - ROWS
    return [*rows[: ROWS - 1], (f"… {left_out:,} more", *("" for _ in rows[0][1:])), rows[-1]]


def _figure(draw: Callable[[], str], caption: str) -> dict[str, str]:
    """The figure, or why there is none: a notebook shows the numbers in any case."""
    try:
        return {"figure": address(draw()), "caption": caption}
    except Exception as error:
        return {"trouble": f"The figure could not be drawn ({type(error).__name__}: {error})."}


FORMS: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    Verdict: _verdict,
    Claim: _claim,
    Experiment: _experiment,
    Finding: _finding,
    Forecast: _forecast,
    Population: _population,
}
