"""The page of a report: its contents, its chapters, and what it says of each claim."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lingen.claims.calibration import record as calibration
from lingen.claims.evidence.point import Outcome, percent
from lingen.claims.library.registry import SECTIONS
from lingen.claims.verdict import Verdict
from lingen.scripts.report.changes import Changes
from lingen.scripts.report.entry import Drawing, entry, slug, untold
from lingen.scripts.report.templates import filled, style
from lingen.scripts.terminal.wording import counts, duration

__all__ = ["render"]

TITLES = {**SECTIONS, "": "Your claims"}
MEASURED = "Measured, not claimed"


def render(
    about: Mapping[str, Any],
    date: str,
    verdicts: Sequence[Verdict],
    pending: Sequence[str],
    drawings: Mapping[str, Drawing],
    since: Changes | None = None,
    explorer: str = "",
) -> str:
    """The page as HTML, complete in itself; `explorer` is the name of that page, if one lies beside."""
    places = {v.name: f"#claim-{number}-{slug(v.name)}" for number, v in enumerate(verdicts)}
    return filled(
        "report.html.j2",
        about=about,
        date=date.replace("T", " "),
        style=style(),
        counts=_summary(verdicts, pending),
        chapters=_chapters(verdicts, drawings),
        pending=pending,
        since=since,
        places=places,
        draws=sum(verdict.draws for verdict in verdicts),
        seconds=duration(sum(float(v.provenance["seconds"]) for v in verdicts)),
        resolution=percent(about["resolution"]),
        others=any(verdict.resolution != about["resolution"] for verdict in verdicts),
        error_rate=percent(about["error_rate"]),
        calibration=calibration.groups(),
        explorer=explorer,
    )


def _chapters(verdicts: Sequence[Verdict], drawings: Mapping[str, Drawing]) -> list[dict[str, Any]]:
    """Verdicts by section, in the order of the theory; measurements last, apart from the claims."""
    claimed = [v for v in verdicts if not v.claim.exploratory]
    letters = [*TITLES, *sorted({v.claim.section for v in claimed} - set(TITLES))]
    groups = [(s, TITLES.get(s, s), [v for v in claimed if v.claim.section == s]) for s in letters]
    groups.append(("measured", MEASURED, [v for v in verdicts if v.claim.exploratory]))
    return [
        {
            "id": f"section-{slug(letter or 'own')}",
            "title": title,
            "measured": letter == "measured",
            "entries": [_entry(v, verdicts.index(v), drawings[v.name]) for v in found],
            "note": _tally(found),
        }
        for letter, title, found in groups
        if found
    ]


def _entry(verdict: Verdict, number: int, drawing: Drawing) -> dict[str, Any]:
    """What is said of one claim; one that cannot be told says why, and costs no other."""
    try:
        return entry(verdict, number, drawing)
    except Exception as error:
        return untold(verdict, number, f"{type(error).__name__}: {error}")


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
