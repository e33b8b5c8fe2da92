"""The figure of a claim on a law: the draws' distribution in its band, the law, the rivals."""

from __future__ import annotations

from typing import Any, cast

import numpy as np

from lingen.claims.evidence.law_site import LawPoint
from lingen.claims.evidence.point import Outcome
from lingen.claims.verdict import Verdict
from lingen.scripts.report.claim_style import INK, RIVAL_COLOURS, SERIES_COLOURS, plain
from lingen.scripts.report.curves import written
from lingen.scripts.report.formulas import to_text

__all__ = ["draw", "panel"]

PANELS = 6
COLUMNS = 3


def draw(figure: Any, verdict: Verdict) -> None:
    """Draw on an empty figure: the largest dimension of the first points."""
    shown = [cast(LawPoint, point) for point in verdict.points[:PANELS]]
    columns = min(COLUMNS, len(shown))
    panels = figure.subplots(-(-len(shown) // columns), columns, squeeze=False)
    for panel in panels.flat[len(shown) :]:
        panel.set_visible(False)
    for panel, point in zip(panels.flat, shown, strict=False):
        _panel(panel, verdict, point)
    for row in panels:
        row[0].set_ylabel("P(draw ≤ x)")
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)


def panel(axes: Any, verdict: Verdict) -> None:
    """The largest dimension of the first point, on axes."""
    _panel(axes, verdict, cast(LawPoint, verdict.points[0]))
    axes.set_ylabel("P(draw ≤ x)")
    axes.legend()


def _panel(panel: Any, verdict: Verdict, point: LawPoint) -> None:
    curves, half = point.curves[-1], float(point.drawn[-1])
    x, draws = curves["x"], curves["draws"]
    band = np.clip(draws - half, 0, 1), np.clip(draws + half, 0, 1)
    panel.fill_between(
        x, *band, step="post", color=SERIES_COLOURS[0], alpha=0.25, lw=0, label="simulation, its band"
    )
    panel.step(x, draws, where="post", color=SERIES_COLOURS[0], lw=1.2, label="simulation")
    panel.plot(x, curves["law"], color=INK, lw=1.2, label="theory")
    for k, (name, fate) in enumerate(verdict.rivals.items()):
        word = "survives" if fate is Outcome.HOLDS else str(fate)
        style = {"color": RIVAL_COLOURS[k % len(RIVAL_COLOURS)], "ls": "--", "lw": 1.2}
        panel.plot(x, curves[name], label=plain(f"rival: {to_text(name)} ({word})"), **style)
    where = written(point.point | verdict.claim.size.at(point.dims[-1]))
    panel.set_title(plain(where), fontsize="small")
    panel.set_xlabel(plain(to_text(verdict.claim.label)) or "x")
