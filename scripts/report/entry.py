"""What a report says of one claim: the answer, the evidence point by point, the rivals, the figure."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup

from lingen.claims.evidence.assumptions import Assumption
from lingen.claims.evidence.point import Outcome, PointEvidence, percent
from lingen.claims.verdict import Verdict
from lingen.scripts.report.claim_figures import caption, claim_figure, to_svg
from lingen.scripts.report.curves import component_words, written
from lingen.scripts.report.formulas import to_html
from lingen.scripts.terminal.wording import duration, finding
from lingen.words import measured, sentence

__all__ = ["Drawing", "address", "drawn", "entry", "slug", "untold"]

BADGES = {
    Outcome.HOLDS: ("holds", "✓", "holds"),
    Outcome.REFUTED: ("refuted", "✗", "refuted"),
    Outcome.UNDECIDED: ("undecided", "?", "undecided"),
    Outcome.BROKEN: ("broken", "!", "broken"),
}
FINDINGS = BADGES | {Outcome.HOLDS: ("holds", "=", "agrees"), Outcome.REFUTED: ("finding", "≠", "breaks")}


class Drawing(NamedTuple):
    """A figure as SVG, or why there is none."""

    svg: str = ""
    trouble: str = ""


def address(svg: str) -> str:
    """A figure as a `data:` address: no second file is needed, and no two figures share their ids."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def drawn(verdict: Verdict) -> Drawing:
    """The figure of a verdict; what cannot be drawn is said in its place and costs nothing else."""
    if not verdict.points:
        return Drawing()
    try:
        return Drawing(to_svg(claim_figure(verdict)))
    except Exception as error:  # numbers from a user's claim can be beyond what a figure holds
        return Drawing(trouble=f"{type(error).__name__}: {error}")


def entry(verdict: Verdict, number: int, drawing: Drawing) -> dict[str, Any]:
    """What the template says of one claim."""
    claim = verdict.claim
    kind, sign, word = (FINDINGS if claim.exploratory else BADGES)[verdict.outcome]
    share = 0.0 if verdict.bound is None else min(1.0, verdict.bound / verdict.resolution)
    reason = finding(verdict) if claim.exploratory else verdict.reason
    return {
        "id": f"claim-{number}-{slug(claim.name)}",
        "name": claim.name,
        "title": Markup(to_html(claim.title or claim.name)),
        "kind": kind,
        "sign": sign,
        "word": word,
        "statement": Markup(to_html(claim.statement)),
        "reason": sentence(reason),
        "bound": None if verdict.bound is None else percent(verdict.bound),
        "meter": round(100 * share, 1),
        "resolution": percent(verdict.resolution),
        "draws": verdict.draws,
        "seconds": duration(float(verdict.provenance["seconds"])),
        "reference": Markup(to_html(claim.reference)),
        "figure": address(drawing.svg) if drawing.svg else None,
        "trouble": drawing.trouble,
        "caption": caption(verdict),
        "rows": [row for evidence in verdict.points for row in _rows(verdict, evidence)],
        "rivals": [_rival(name, outcome) for name, outcome in verdict.rivals.items()],
        "method": verdict.evidence.method,
        "assumptions": [_assumption(one) for one in verdict.assumptions],
        "provenance": _provenance(verdict.provenance),
    }


def untold(verdict: Verdict, number: int, why: str) -> dict[str, Any]:
    """The outcome alone, where what there is to say of a claim cannot be written."""
    kind, sign, word = BADGES[verdict.outcome]
    empty = dict.fromkeys(("statement", "reference", "caption", "method"), "")
    return {
        "id": f"claim-{number}",
        "name": str(verdict.name),
        "title": str(verdict.name),
        "kind": kind,
        "sign": sign,
        "word": word,
        "reason": f"What there is to say cannot be written ({why}); the numbers are in verdicts.json.",
        "bound": None,
        "meter": 0.0,
        "resolution": percent(verdict.resolution),
        "draws": verdict.draws,
        "seconds": "",
        "figure": None,
        "trouble": "",
        **empty,
        **dict.fromkeys(("rows", "rivals", "assumptions", "provenance"), ()),
    }


def _rows(verdict: Verdict, evidence: PointEvidence) -> list[dict[str, Any]]:
    """One row of the evidence table for each number compared."""
    rows = []
    shape = np.shape(evidence.estimate)
    components = shape[1:] if verdict.claim.exact else shape
    for place in np.ndindex(shape):
        dim = evidence.dims[place[0]] if verdict.claim.exact else None
        at = evidence.point | verdict.claim.size.at(dim)
        where = written(at) if at else "—"
        if int(np.prod(components)) > 1:
            where += f" [{component_words(verdict.claim, place[len(shape) - len(components) :])}]"
        error, largest = float(evidence.error[place]), float(evidence.largest[place])
        value = float(evidence.estimate[place])
        draws = evidence.draws if dim is None else evidence.draws[place[0] : place[0] + 1]
        rows.append(
            {
                "point": where,
                "estimate": measured(value, float(evidence.standard_error[place])),
                "prediction": f"{float(evidence.prediction[place]):.{_digits(evidence.resolution)}g}",
                "difference": f"{100 * error:+.2g} %".replace("-", "−"),
                "bound": percent(largest) if math.isfinite(largest) else "nothing",
                "ok": largest <= evidence.resolution,
                "draws": " + ".join(f"{n:,}" for n in draws),
            }
        )
    return rows


def _assumption(one: Assumption) -> dict[str, str]:
    """What a verdict rests on, in words: proved, tested or assumed."""
    source = f" ({one.source})" if one.source else ""
    return {"kind": one.kind, "told": one.method + source}


def _digits(resolution: float) -> int:
    """Enough digits to see an error of the resolution."""
    return max(6, 2 - math.floor(math.log10(resolution)))


def _rival(name: str, outcome: Outcome) -> dict[str, str]:
    words = {
        Outcome.REFUTED: ("beaten", "refuted by the same draws"),
        Outcome.HOLDS: ("alive", "survives: the draws cannot tell it from the claim"),
    }
    kind, told = words.get(outcome, ("open", "not refuted yet"))
    return {"name": Markup(to_html(name)), "kind": kind, "told": told}


def _provenance(items: Mapping[str, Any]) -> list[tuple[str, str]]:
    def words(value: Any) -> str:
        if isinstance(value, Mapping):
            return ", ".join(f"{k} {words(v)}" for k, v in value.items())
        if isinstance(value, list | tuple):
            return ", ".join(map(words, value))
        return f"{value:.4g}" if isinstance(value, float) else str(value)

    return [(name.replace("_", " "), words(value)) for name, value in items.items()]


def slug(name: str) -> str:
    """A name as part of an address."""
    return re.sub(r"[^a-zA-Z0-9]+", "-", name)
