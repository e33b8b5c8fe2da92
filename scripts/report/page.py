"""The page of a report: its contents, its chapters, and what it says of each claim."""

from __future__ import annotations

import base64
import math
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from lingen.claims.calibration import record as calibration
from lingen.claims.evidence.assumptions import Assumption
from lingen.claims.evidence.point import Outcome, PointEvidence, describe, percent
from lingen.claims.library.registry import SECTIONS
from lingen.claims.verdict import Verdict
from lingen.scripts.report.claim_figures import caption
from lingen.scripts.report.formulas import to_html
from lingen.scripts.terminal.wording import counts, duration, finding
from lingen.words import measured

__all__ = ["Drawing", "render"]

TITLES = {**SECTIONS, "": "Your claims"}
MEASURED = "Measured, not claimed"
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

    @property
    def address(self) -> str:
        """As a `data:` address, so that the page needs no second file and no two figures share their ids."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg.encode()).decode()


def render(
    about: Mapping[str, Any],
    date: str,
    verdicts: Sequence[Verdict],
    pending: Sequence[str],
    drawings: Mapping[str, Drawing],
) -> str:
    """The page as HTML, complete in itself."""
    assets = files("lingen.scripts.report") / "assets"
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string((assets / "report.html.j2").read_text("utf-8"))
    return template.render(
        about=about,
        date=date.replace("T", " "),
        style=Markup((assets / "report.css").read_text("utf-8")),
        counts=_summary(verdicts, pending),
        chapters=_chapters(verdicts, drawings),
        pending=pending,
        draws=sum(verdict.draws for verdict in verdicts),
        seconds=duration(sum(float(v.provenance["seconds"]) for v in verdicts)),
        resolution=percent(about["resolution"]),
        error_rate=percent(about["error_rate"]),
        calibration=calibration.groups(),
    )


def _chapters(verdicts: Sequence[Verdict], drawings: Mapping[str, Drawing]) -> list[dict[str, Any]]:
    """Verdicts by section, in the order of the theory; measurements last, apart from the claims."""
    claimed = [v for v in verdicts if not v.claim.exploratory]
    letters = [*TITLES, *sorted({v.claim.section for v in claimed} - set(TITLES))]
    groups = [(s, TITLES.get(s, s), [v for v in claimed if v.claim.section == s]) for s in letters]
    groups.append(("measured", MEASURED, [v for v in verdicts if v.claim.exploratory]))
    return [
        {
            "id": f"section-{_slug(letter or 'own')}",
            "title": title,
            "measured": letter == "measured",
            "entries": [_entry(v, verdicts.index(v), drawings[v.name]) for v in found],
            "note": _tally(found),
        }
        for letter, title, found in groups
        if found
    ]


def _entry(verdict: Verdict, number: int, drawing: Drawing) -> dict[str, Any]:
    """What the template says of one claim."""
    claim = verdict.claim
    kind, sign, word = (FINDINGS if claim.exploratory else BADGES)[verdict.outcome]
    share = 0.0 if verdict.bound is None else min(1.0, verdict.bound / verdict.resolution)
    reason = finding(verdict) if claim.exploratory else verdict.reason
    return {
        "id": f"claim-{number}-{_slug(claim.name)}",
        "name": claim.name,
        "title": Markup(to_html(claim.title or claim.name)),
        "kind": kind,
        "sign": sign,
        "word": word,
        "statement": Markup(to_html(claim.statement)),
        "reason": reason[:1].upper() + reason[1:],
        "bound": None if verdict.bound is None else percent(verdict.bound),
        "meter": round(100 * share, 1),
        "resolution": percent(verdict.resolution),
        "draws": verdict.draws,
        "seconds": duration(float(verdict.provenance["seconds"])),
        "reference": Markup(to_html(claim.reference)),
        "figure": drawing.address if drawing.svg else None,
        "trouble": drawing.trouble,
        "caption": caption(verdict),
        "rows": [row for evidence in verdict.points for row in _rows(verdict, evidence)],
        "rivals": [_rival(name, outcome) for name, outcome in verdict.rivals.items()],
        "method": verdict.evidence.method,
        "assumptions": [_assumption(one) for one in verdict.assumptions],
        "provenance": _provenance(verdict.provenance),
    }


def _rows(verdict: Verdict, evidence: PointEvidence) -> list[dict[str, Any]]:
    """One row of the evidence table for each number compared."""
    rows = []
    shape = np.shape(evidence.estimate)
    components = shape[1:] if verdict.claim.exact else shape
    for place in np.ndindex(shape):
        dim = evidence.dims[place[0]] if verdict.claim.exact else None
        where = describe(evidence.point, dim) if evidence.point or dim else "—"
        if int(np.prod(components)) > 1:
            where += f" [{', '.join(str(i + 1) for i in place[len(shape) - len(components) :])}]"
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


def _summary(verdicts: Sequence[Verdict], pending: Sequence[str]) -> list[dict[str, Any]]:
    """The counts at the top of the page; those of zero are left out, but for what holds."""
    found = counts(verdicts)
    kinds = [{"kind": o.value, "count": found[o.value], "word": o.value} for o in Outcome]
    kinds[0]["word"] = "hold" if found["holds"] != 1 else "holds"
    extra = [
        {"kind": "finding", "count": found["measured"], "word": "measured"},
        {"kind": "pending", "count": len(pending), "word": "not run"},
    ]
    return [k for k in kinds if k["count"] or k["kind"] == "holds"] + [k for k in extra if k["count"]]


def _tally(verdicts: Sequence[Verdict]) -> str:
    """The note beside a chapter's title."""
    hold = sum(v.outcome is Outcome.HOLDS for v in verdicts)
    if verdicts[0].claim.exploratory:
        return f"{hold} of {len(verdicts)} agree with the prediction"
    return f"{hold} of {len(verdicts)} hold" if len(verdicts) > 1 else ("holds" if hold else "")


def _provenance(items: Mapping[str, Any]) -> list[tuple[str, str]]:
    def words(value: Any) -> str:
        if isinstance(value, Mapping):
            return ", ".join(f"{k} {words(v)}" for k, v in value.items())
        if isinstance(value, list | tuple):
            return ", ".join(map(words, value))
        return f"{value:.4g}" if isinstance(value, float) else str(value)

    return [(name.replace("_", " "), words(value)) for name, value in items.items()]


def _slug(name: str) -> str:
    """A name as part of an address."""
    return re.sub(r"[^a-zA-Z0-9]+", "-", name)
