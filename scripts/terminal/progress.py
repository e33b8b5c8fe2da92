"""What a run shows while it runs and when it ends: live on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich import progress as bars
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from lingen.claims.claim import Claim
from lingen.claims.evidence.point import Outcome, percent
from lingen.claims.verdict import Verdict
from lingen.scripts.terminal.wording import finding

__all__ = ["Screen", "show_table"]

COLOURS = {
    Outcome.HOLDS: "green",
    Outcome.REFUTED: "red",
    Outcome.UNDECIDED: "yellow",
    Outcome.BROKEN: "magenta",
}
NARROW = 84


class Screen:
    """The progress of a run: the claim at work and how far it is, verdicts as they fall, time gone by."""

    def __init__(self, console: Console, total: int, quiet: bool = False):
        self.console, self.total, self.quiet = console, total, quiet
        self.found: Counter[str] = Counter()
        self.done = 0
        self.live: Live | None = None
        if console.is_terminal and not quiet:
            self._build()

    def _build(self) -> None:
        self.overall = bars.Progress(
            bars.TextColumn("[bold]claims"),
            bars.BarColumn(),
            bars.MofNCompleteColumn(),
            bars.TimeElapsedColumn(),
            bars.TextColumn("{task.fields[tally]}"),
            console=self.console,
        )
        self.current = bars.Progress(
            bars.SpinnerColumn(),
            bars.TextColumn("{task.description}", markup=False),
            bars.BarColumn(bar_width=20),
            bars.TextColumn("[dim]{task.fields[message]}"),
            console=self.console,
        )
        self.whole = self.overall.add_task("claims", total=self.total, tally="")
        self.task = self.current.add_task("starting", total=1.0, message="")
        self.live = Live(
            Group(self.current, self.overall), console=self.console, refresh_per_second=8, transient=True
        )

    def __enter__(self) -> Self:
        if self.live:
            self.live.start()
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.live:
            self.live.stop()

    def start(self, claim: Claim) -> None:
        """A claim's turn begins."""
        self.tell(claim.name, 0.0, "starting")

    def tell(self, name: str, fraction: float, message: str) -> None:
        """Where a claim stands; the callback of `check`."""
        if self.live:
            shown = message.replace("[", r"\[")
            self.current.update(self.task, description=name, completed=fraction, message=shown)

    def decided(self, verdict: Verdict) -> None:
        """A verdict fell."""
        self.done += 1
        self.found[str(verdict.outcome)] += 1
        if self.quiet:
            return
        self.console.print(_line(verdict, self.done, self.total), soft_wrap=True)
        if self.live:
            tally = ", ".join(f"{count} {word}" for word, count in self.found.items())
            self.overall.update(self.whole, completed=self.done, tally=tally)


def show_table(console: Console, verdicts: Sequence[Verdict]) -> None:
    """The verdicts as a table, or as lines where there is no room for one."""
    if console.is_terminal and console.width < NARROW:
        for number, verdict in enumerate(verdicts, 1):
            console.print(_line(verdict, number, len(verdicts)))
        return
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("claim", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    for name in ("resolution", "excluded above", "rivals refuted", "time"):
        table.add_column(name, justify="right", no_wrap=True)
    for v in verdicts:
        seconds = float(v.provenance["seconds"])
        cells = (v.name, _word(v), percent(v.resolution), _bound(v), _rivals(v), f"{seconds:.1f} s")
        table.add_row(*cells)
    if console.is_terminal:
        console.print(table)
    else:  # as wide as its content, whatever COLUMNS says: what reads a pipe does not wrap
        Console(file=console.file, width=200, highlight=False, no_color=True).print(table)


def _line(verdict: Verdict, number: int, total: int) -> Text:
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
