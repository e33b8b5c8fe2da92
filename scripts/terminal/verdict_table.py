"""Verdicts one by one as they fall, in lines, and all of them when a run ends, in a table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lingen.claims.evidence.point import Outcome, percent
from lingen.claims.verdict import Verdict
from lingen.scripts.terminal.tables import show_whole
from lingen.scripts.terminal.wording import finding

__all__ = ["line_of", "show_table"]

COLOURS = {
    Outcome.HOLDS: "green",
    Outcome.REFUTED: "red",
    Outcome.UNDECIDED: "yellow",
    Outcome.BROKEN: "magenta",
}


def show_table(console: Console, verdicts: Sequence[Verdict]) -> None:
    """The verdicts as a table, which a narrow terminal folds."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("claim", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for name in ("resolution", "excluded\nabove", "rivals\nrefuted", "time"):
        table.add_column(name, justify="right", no_wrap=True)
    for v in verdicts:
        seconds = float(v.provenance["seconds"])
        cells = (Text(v.name), _word(v), percent(v.resolution), _bound(v), _rivals(v), f"{seconds:.1f} s")
        table.add_row(*cells)
    show_whole(console, table)


def line_of(verdict: Verdict, number: int, total: int) -> Text:
    """One verdict of so many, with its reason."""
    why = verdict.reason
    if verdict.claim.exploratory:
        why = finding(verdict).removeprefix(f"{_word(verdict)}: ")
    line = Text(f"[{number}/{total}] ", style="dim")
    line.append(verdict.name, style="bold").append("  ").append_text(_word(verdict))
    return line.append(f"  {why}", style="")


def _word(verdict: Verdict) -> Text:
    if verdict.claim.exploratory:
        words = {Outcome.HOLDS: "agrees", Outcome.REFUTED: "breaks", Outcome.UNDECIDED: "open"}
        return Text(words.get(verdict.outcome, str(verdict.outcome)), style="cyan")
    word = str(verdict.outcome)
    return Text(word.upper() if verdict.outcome is Outcome.BROKEN else word, style=COLOURS[verdict.outcome])


def _bound(verdict: Verdict) -> str:
    return "—" if verdict.bound is None else percent(verdict.bound)


def _rivals(verdict: Verdict) -> str:
    if not verdict.rivals:
        return "—"
    return f"{sum(o is Outcome.REFUTED for o in verdict.rivals.values())}/{len(verdict.rivals)}"
