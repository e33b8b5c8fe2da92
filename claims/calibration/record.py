"""The catalogue as it was last measured: its table for the documentation, its sums for the report."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

from lingen.boundary import checked
from lingen.claims.calibration.inference_record import clopper_pearson

__all__ = ["GROUPS", "between_marks", "groups", "measured", "table"]

FILE = "measured.json"
GROUPS = {
    "bounded": "the range is declared",
    "light": "light tails are proved",
    "unknown": "nothing is known",
    "order": "the order of the finite-size term is not known",
    "estimate": "what is estimated is no mean",
    "law": "a whole law is claimed",
    "infinite": "the variance is infinite, or as good as that",
    "untrue": "what is declared is not true: nothing is promised",
}
"""What is known of the families of a group."""


@checked
def between_marks(page: str, name: str, text: str) -> str:
    """The page with this text between its marks `<!-- name -->` and `<!-- /name -->`."""
    begin, end = f"<!-- {name} -->\n", f"<!-- /{name} -->"
    if begin not in page or end not in page:
        raise ValueError(f"page must hold the marks {begin.strip()} and {end}, got neither or one")
    before, rest = page.split(begin)
    return before + begin + text + end + rest.split(end)[1]


@lru_cache
def measured() -> tuple[dict[str, Any], ...]:
    """A row for each family and kind of prediction, as `lingen.claims.calibration.verdicts.Tally` has it."""
    return tuple(json.loads((files("lingen.claims.calibration") / FILE).read_text("utf-8")))


@checked
def groups(rows: Sequence[Mapping[str, Any]] | None = None) -> list[dict[str, Any]]:
    """For each group the families, the checks, the wrong verdicts, their rate and its upper bound at 95 %."""
    rows = measured() if rows is None else rows
    found = []
    for group, words in GROUPS.items():
        mine = [row for row in rows if row["group"] == group]
        if not mine:
            continue
        checks, wrong = (sum(row[name] for row in mine) for name in ("checks", "wrong"))
        worst = max(mine, key=lambda row: row["wrong"] / row["checks"])
        found.append(
            {
                "words": words,
                "families": len({row["family"] for row in mine}),
                "checks": checks,
                "wrong": wrong,
                "upper": upper(wrong, checks),
                "worst": worst["wrong"] / worst["checks"],
                "worst_family": worst["family"],
                "decided": sum(row["decided"] for row in mine) / checks,
            }
        )
    return found


@checked
def upper(wrong: int, checks: int) -> float:
    """Clopper–Pearson upper bound at 95 % of the rate of wrong verdicts."""
    return clopper_pearson(wrong, checks, level=0.9)[1]


@checked
def table(rows: Sequence[Mapping[str, Any]] | None = None) -> str:
    """All rows in Markdown, a family a line: wrong of all checks, their bound, decided and median draws."""
    rows = measured() if rows is None else rows
    truths = list(dict.fromkeys(row["truth"] for row in rows))
    lines = []
    for group, words in GROUPS.items():
        mine = [row for row in rows if row["group"] == group]
        if not mine:
            continue
        lines += [f"### {words[0].upper()}{words[1:]}", "", "| family | " + " | ".join(truths) + " |"]
        lines.append("|---|" + "---|" * len(truths))
        for family in dict.fromkeys(row["family"] for row in mine):
            cells = [_cell(next(r for r in mine if (r["family"], r["truth"]) == (family, t))) for t in truths]
            lines.append(f"| {family} | " + " | ".join(cells) + " |")
        lines.append("")
    return "\n".join(lines)


def _cell(row: Mapping[str, Any]) -> str:
    share = f"{row['wrong']} of {row['checks']}"
    return f"{share} (< {100 * row['upper']:.1f} %), {100 * row['decided'] / row['checks']:.0f} % decided, {row['draws']:,.0f} draws"
