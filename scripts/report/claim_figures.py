"""One figure a claim: the prediction as a line, the draws as points, the rivals dashed, the errors below."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from lingen.claims.evidence.point import Outcome, percent
from lingen.claims.verdict import Verdict
from lingen.scripts.report import inferred_figure, law_figure
from lingen.scripts.report.claim_axes import beyond, dodged, entries, horizontal, vertical
from lingen.scripts.report.claim_style import (
    DASHES,
    INK,
    MARKERS,
    QUIET,
    RIVAL_COLOURS,
    SERIES_COLOURS,
    STYLE,
    plain,
)
from lingen.scripts.report.curves import ENDLESS, Series, ShownAxis, axis_of, curve, dense, series_of, written
from lingen.scripts.report.formulas import to_text

__all__ = ["caption", "claim_axes", "claim_figure", "to_svg"]


SIZE = (5.4, 4.9)  # inches: small, so that words can be read where the page is narrow


def claim_figure(verdict: Verdict) -> Any:
    """The figure of a verdict; `ValueError` where nothing was drawn."""
    from matplotlib.figure import Figure

    from lingen.scripts.plots.style import pinned

    _evidence(verdict)
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    with pinned(STYLE), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        figure = Figure(figsize=SIZE, layout="constrained")
        FIGURES[verdict.evidence.figure](figure, verdict)
    return figure


def claim_axes(panel: Any, verdict: Verdict) -> None:
    """The panel that tells the most, on axes: prediction and draws; `ValueError` where nothing was drawn."""
    _evidence(verdict)
    PANELS[verdict.evidence.figure](panel, verdict)


def _evidence(verdict: Verdict) -> None:
    if not verdict.points:
        raise ValueError(f"verdict must hold evidence to be drawn, got {verdict.name}: {verdict.reason}")


def _both(panel: Any, verdict: Verdict) -> tuple[ShownAxis, list[Series]]:
    """Prediction and simulation drawn, along which axis, and as which series."""
    axis = axis_of(verdict)
    series = series_of(verdict, axis)
    _predictions(panel, verdict, axis, series)
    _simulations(panel, verdict, series)
    return axis, series


def _drawn_panel(panel: Any, verdict: Verdict) -> None:
    axis, series = _both(panel, verdict)
    horizontal(None, panel, axis)
    vertical(panel, verdict, series)
    beyond(panel, verdict, series)
    panel.legend(**entries(panel, _sizes(verdict)))


def _draws(figure: Any, verdict: Verdict) -> None:
    """Prediction and simulation along one axis, and the errors below."""
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1.15))
    axis, series = _both(top, verdict)
    _errors(bottom, verdict, axis, series)
    horizontal(top, bottom, axis)
    vertical(top, verdict, series)
    beyond(top, verdict, series)
    shown = entries(top, _sizes(verdict))
    figure.legend(**shown, loc="outside lower center", ncols=2 if max(map(len, shown["labels"])) < 38 else 1)


def to_svg(figure: Any) -> str:
    """The figure as SVG text, the same for the same figure."""
    from lingen.scripts.plots.style import pinned, rendered

    with pinned(STYLE), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return rendered(figure, "svg", {"Date": None, "Creator": None}).decode()


def caption(verdict: Verdict) -> str:
    """What the figure shows, for those who cannot see it."""
    told = f", errors above {percent(verdict.bound)} excluded" if verdict.bound is not None else ""
    title = to_text(verdict.claim.title or verdict.name)
    where = "; ".join(written(e.point) for e in verdict.points[:6])
    where += "; …" if len(verdict.points) > 6 else ""
    return f"{title}: {verdict.evidence.shown} at {where}. Verdict: {verdict.outcome}{told}."


def _sizes(verdict: Verdict) -> str:
    """What the labels of finite sizes begin with."""
    return f"simulation, {verdict.claim.size.symbol} = "


def _predictions(panel: Any, verdict: Verdict, axis: ShownAxis, series: list[Series]) -> None:
    claim = verdict.claim
    x = dense(axis, claim)
    for colour, one in _coloured(series):
        name = "theory" if len(series) == 1 else f"theory, {one.name}"
        _line(
            panel, claim.predict, one, axis, x, one.read("prediction"), name, color=colour, lw=2.0, zorder=3
        )
    for k, (name, rival) in enumerate(claim.rivals.items()):
        style: Mapping[str, Any] = {
            "color": RIVAL_COLOURS[k % 4],
            "ls": DASHES[k % 4],
            "lw": 1.5,
            "zorder": 2,
        }
        fate = verdict.rivals.get(name, Outcome.UNDECIDED)
        label = f"rival: {to_text(name)} ({'survives' if fate is Outcome.HOLDS else fate})"
        for j, one in enumerate(series):
            if all(name in e.rivals for e in one.evidence):
                _line(panel, rival, one, axis, x, one.rival(name), None if j else label, **style)


def _line(
    panel: Any,
    predict: Callable[..., Any],
    one: Series,
    axis: ShownAxis,
    x: np.ndarray,
    known: np.ndarray,
    label: str | None,
    **style: Any,
) -> None:
    """A prediction: a curve where one can be had, else its values joined, or dashes where none are."""
    inside = x[(x >= one.x[0]) & (x <= one.x[-1])] if len(x) else x
    y = curve(predict, one, axis, inside, known)
    label = plain(label)
    if axis.labels:
        panel.plot([], [], label=label, **style)
        panel.hlines(known, np.array(one.x) - 0.3, np.array(one.x) + 0.3, **_hlines(style))
    elif len(one.x) == 1:
        panel.plot([], [], label=label, **style)
        mark = {"marker": "_", "ms": 26, "mew": style["lw"]}
        panel.plot(one.x, known, color=style["color"], zorder=style["zorder"], **mark)
    elif y is None:
        panel.plot(one.x, known, label=label, marker=".", **style)
    else:
        panel.plot(inside, y, label=label, **style)


def _simulations(panel: Any, verdict: Verdict, series: list[Series]) -> None:
    """Means at each dimension, hollow, and what is compared with the prediction, filled."""
    claim, symbol = verdict.claim, verdict.claim.size.symbol
    several = not claim.exact and any(len(e.dims) > 1 for e in verdict.points)
    dims = sorted({d for e in verdict.points for d in e.dims})
    for k, (colour, one) in enumerate(_coloured(series)):
        if several:
            for j, dim in enumerate(dims):
                label = None if k else f"{_sizes(verdict)}{dim}"
                _means(panel, one, dim, MARKERS[j % len(MARKERS)], label)
        name = f"simulation, {symbol} → ∞" if several else "simulation"
        bars = {"fmt": "D" if several else "o", "ms": 5.5, "color": INK if len(series) == 1 else colour}
        panel.errorbar(
            one.x,
            one.read("estimate"),
            one.bars(),
            label=None if k else name,
            capsize=3,
            zorder=6,
            **bars,
        )


def _means(panel: Any, one: Series, dim: int, marker: str, label: str | None) -> None:
    along = zip(one.x, one.evidence, one.rows, strict=True)
    kept = [(place, e, (e.dims.index(dim), *row)) for place, e, row in along if dim in e.dims]
    x = [place for place, _, _ in kept]
    means = [e.means[row] for _, e, row in kept]
    errors = [2 * e.standard_errors[row] for _, e, row in kept]
    panel.errorbar(
        x,
        means,
        errors,
        fmt=marker,
        ms=5,
        mfc="white",
        mew=1,
        color=QUIET,
        ecolor=QUIET,
        label=label,
        zorder=4,
        lw=1,
    )


def _errors(panel: Any, verdict: Verdict, axis: ShownAxis, series: list[Series]) -> None:
    """(simulation − theory)/scale with its confidence interval, and the band the claim has to lie in."""
    resolution = 100 * verdict.resolution
    panel.axhspan(-resolution, resolution, color="#009E73", alpha=0.13, lw=0)
    panel.axhline(0, color=QUIET, lw=0.8)
    largest = resolution
    for k, (colour, one) in enumerate(_coloured(series)):
        error, bars = 100 * one.read("error"), 100 * one.bars() / one.read("scale")
        x = np.array(dodged(one.x, axis, k, len(series)))
        colour = INK if len(series) == 1 else colour
        panel.errorbar(x, error, bars, fmt="D", ms=4, capsize=3, color=colour, zorder=4)
        ends = np.abs(np.concatenate([error - bars[0], error + bars[1]]))
        largest = max(largest, *np.abs(error), *ends[ends < 100 * ENDLESS])
    limit = min(1.25 * largest, max(1.6 * resolution, 1.1 * largest))
    panel.set_ylim(-limit, limit)
    panel.set_ylabel("error / %")


def _coloured(series: list[Series]) -> Iterator[tuple[str, Series]]:
    return ((SERIES_COLOURS[k % len(SERIES_COLOURS)], one) for k, one in enumerate(series))


def _hlines(style: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "colors": style["color"],
        "linestyles": style.get("ls", "-"),
        "lw": style["lw"],
        "zorder": style["zorder"],
    }


FIGURES: Mapping[str, Callable[[Any, Verdict], None]] = {
    "draws": _draws,
    "law": law_figure.draw,
    "posterior": inferred_figure.draw,
}
"""What draws each kind of evidence."""
PANELS: Mapping[str, Callable[[Any, Verdict], None]] = {
    "draws": _drawn_panel,
    "law": law_figure.panel,
    "posterior": inferred_figure.panel,
}
"""The panel of each that tells the most."""
