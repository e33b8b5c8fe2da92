"""The figure of an inferred claim: data and fitted law above, the posteriors of its quantities below."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from lingen.claims.evidence.point import Outcome, PointEvidence
from lingen.claims.inference.inferred import FitPicture, Inferred
from lingen.claims.verdict import Verdict
from lingen.scripts.report.claim_style import INK, RIVAL_COLOURS, SERIES_COLOURS
from lingen.scripts.report.formulas import to_text

__all__ = ["draw", "panel"]

MARKERS = "os^vDP*"
BINS = 40
COLUMNS = 3
NEAR = 1.5
"""Of what posterior and tolerance span: a rival so near on either side widens the axis, others are arrows."""


def draw(figure: Any, verdict: Verdict) -> None:
    """Draw on an empty figure."""
    found = cast(Inferred, verdict.evidence)
    columns = min(COLUMNS, len(verdict.points))
    rows = -(-len(verdict.points) // columns)
    grid = figure.add_gridspec(1 + rows, columns, height_ratios=(2.4, *[1.0] * rows))
    _picture(figure.add_subplot(grid[0, :]), found.inference.picture)
    for number, evidence in enumerate(verdict.points):
        place = grid[1 + number // columns, number % columns]
        _posterior(figure.add_subplot(place), verdict, found, evidence)
    handles: dict[str, Any] = {}
    for panel in figure.axes[1:]:
        handles |= {label: handle for handle, label in zip(*panel.get_legend_handles_labels(), strict=True)}
    rivals = [label for label in handles if label.startswith("rival")]
    ordered = [label for label in handles if label not in rivals] + rivals
    longest = max(map(len, ordered), default=0)
    columns = 2 if longest < 48 else 1
    figure.legend([handles[label] for label in ordered], ordered, loc="outside lower center", ncols=columns)


def panel(axes: Any, verdict: Verdict) -> None:
    """The data of a verdict and the law fitted to them, on axes."""
    _picture(axes, cast(Inferred, verdict.evidence).inference.picture)


def _picture(panel: Any, shown: FitPicture) -> None:
    """Data and fitted law."""
    from lingen.scripts.plots.collapse import SCALE, asinh_axis
    from lingen.scripts.plots.labels import logarithmic

    for k, dots in enumerate(shown.dots):
        colour = SERIES_COLOURS[k % len(SERIES_COLOURS)]
        style = {"fmt": MARKERS[k % len(MARKERS)], "ms": 4, "mfc": "white", "mew": 1, "lw": 1}
        panel.errorbar(dots.x, dots.y, 2 * dots.error, label=dots.name, color=colour, zorder=3, **style)
    for k, band in enumerate(shown.bands):
        shade = INK if k == 0 else RIVAL_COLOURS[0]
        if band.low is not None and band.high is not None:
            panel.fill_between(band.x, band.low, band.high, color=shade, alpha=0.15, lw=0, zorder=1)
        panel.plot(band.x, band.y, label=band.name, color=shade, lw=1.3, ls="-" if k == 0 else "--", zorder=2)
    if shown.x_scale == "asinh":
        asinh_axis(panel, _all(shown, "x"))
    elif shown.x_scale == "log":
        logarithmic(panel, "x", _all(shown, "x"))
    if shown.y_scale == "log":
        logarithmic(panel, "y", _all(shown, "y"))
    panel.set_xlabel(_formula(shown.x_label) + (SCALE if shown.x_scale == "asinh" else ""))
    panel.set_ylabel(_formula(shown.y_label))
    panel.legend()


def _all(shown: FitPicture, name: str) -> np.ndarray:
    return np.concatenate([np.ravel(getattr(dots, name)) for dots in shown.dots])


def _posterior(panel: Any, verdict: Verdict, found: Inferred, evidence: PointEvidence) -> None:
    """The samples, the 95 % interval, what is predicted with its tolerance, and the rivals that are near."""
    name = evidence.point["quantity"]
    samples = found.inference.posterior.flat(name)
    low, high = found.inference.posterior.interval(name)
    predicted = float(evidence.prediction)
    slack = evidence.resolution * float(evidence.scale)
    panel.axvspan(predicted - slack, predicted + slack, color="#009E73", alpha=0.13, lw=0)
    reach = max(float(np.ptp(samples)), slack / 5)
    centre = (samples.min() + samples.max()) / 2
    edges = np.linspace(centre - 0.51 * reach, centre + 0.51 * reach, BINS)
    panel.hist(samples, bins=edges, density=True, color=SERIES_COLOURS[0], alpha=0.55, label="posterior")
    panel.axvline(predicted, color=INK, lw=1.6, label="theory")
    top = panel.get_ylim()[1]
    panel.plot([low, high], [-0.06 * top] * 2, color=SERIES_COLOURS[0], lw=3, label="95 % interval")
    ends = min(low, predicted - slack, samples.min()), max(high, predicted + slack, samples.max())
    room = NEAR * (ends[1] - ends[0])
    shown = ends[0] - room, ends[1] + room
    for k, (rival, fate) in enumerate(verdict.rivals.items()):
        value = float(evidence.rivals[rival])
        if value == predicted:
            continue
        word = "survives" if fate is Outcome.HOLDS else str(fate)
        colour = RIVAL_COLOURS[k % len(RIVAL_COLOURS)]
        style = {"color": colour, "ls": ("--", ":", "-.")[k % 3], "lw": 1.4}
        panel.plot([], [], label=f"rival: {to_text(rival)} ({word})", **style)
        if shown[0] <= value <= shown[1]:
            panel.axvline(value, **style)
        else:  # an arrow towards it, one below the other
            place, marker = (0.96, "$→$") if value > shown[1] else (0.04, "$←$")
            look = {"ls": "", "ms": 9, "color": colour, "transform": panel.transAxes}
            panel.plot([place], [0.9 - 0.2 * (k % 4)], marker=marker, **look)
    inside = [v for v in (float(r) for r in evidence.rivals.values()) if shown[0] <= v <= shown[1]]
    margin = 0.1 * (ends[1] - ends[0])
    panel.set_xlim(min([ends[0], *inside]) - margin, max([ends[1], *inside]) + margin)
    panel.set_yticks([])
    panel.spines["left"].set_visible(False)
    panel.set_xlabel(_formula(found.symbol(name)))
    panel.locator_params(axis="x", nbins=4)


def _formula(text: str) -> str:
    """Powers and indices set as such."""
    return f"${text.replace(' ', '~')}$" if "^" in text or "_" in text else text
