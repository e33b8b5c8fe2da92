"""`lingen verify`: check claims, show how it goes, leave a report."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingen.scripts.checking.one import RunTerms
from lingen.scripts.commands.options.words import BudgetName
from lingen.scripts.terminal.exit_codes import BAD_USAGE, INTERRUPTED
from lingen.scripts.terminal.runtime import Devices, Multihost

if TYPE_CHECKING:
    import jax
    from rich.console import Console

    from lingen.claims.claim import Claim
    from lingen.scripts.checking.every import Every
    from lingen.scripts.report.write import Report

__all__ = ["verify"]

Names = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME|FILE.py",
        help="Claims by name, or files that define some (FILE.py::NAME for one); "
        "all of the budget if absent.",
        show_default=False,
    ),
]
Resolution = Annotated[
    float | None,
    typer.Option(help="Relative error to tell apart: 1 %, or what a claim was made for.", show_default=False),
]
Workers = Annotated[
    int | None,
    typer.Option(
        help="Processes that check claims side by side; 1: this one alone.",
        show_default="one a core, if there are four claims for each",
        min=1,
    ),
]
FILES = ("index.html", "verdicts.json")
SECONDS = {"standard": 900.0, "thorough": 7200.0}
"""Budgets by name: time for all claims together."""


def verify(
    context: typer.Context,
    names: Names = None,
    resolution: Resolution = None,
    error_rate: Annotated[float, typer.Option(help="Probability of any wrong verdict in this run.")] = 0.01,
    seed: Annotated[int, typer.Option(help="The same seed gives the same draws.")] = 0,
    budget: Annotated[
        BudgetName,
        typer.Option(help="standard: minutes; thorough: also the claims that take long, up to 1e-5."),
    ] = BudgetName.standard,
    seconds: Annotated[
        float | None,
        typer.Option(help="Time for all claims together: 900, thorough 7200.", show_default=False),
    ] = None,
    max_draws: Annotated[int, typer.Option(help="Draws at one point and dimension at most.")] = 1 << 17,
    section: Annotated[str | None, typer.Option(help="Only this section, by its letter, such as C.")] = None,
    workers: Workers = None,
    devices: Devices = None,
    multihost: Multihost = False,
    out: Annotated[
        Path, typer.Option("--out", "--report", help="Output folder: index.html and verdicts.json.")
    ] = Path("report"),
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show the last line only.")] = False,
) -> None:
    """Check claims by simulation.

    Exit code 0 if all pass (claims that hold, measurements that are not broken), 1 if some do not, 2 for bad
    usage.
    """
    from lingen.files import open_folder
    from lingen.scripts.terminal.runtime import leads, prepare

    where = prepare(devices, multihost)
    seconds = SECONDS[budget.value] if seconds is None else seconds
    _check_options(resolution, error_rate, seed, seconds, max_draws)
    from lingen.claims.checking import Budget
    from lingen.scripts.checking.selected import select
    from lingen.scripts.checking.side_by_side import crowd
    from lingen.scripts.terminal.again import command_line, hashes

    chosen = partial(select, tuple(names or ()), section, budget is BudgetName.thorough)
    claims = chosen()
    again = {"command": command_line(context), "files": hashes(names or [])}
    folder = open_folder("--out", out, FILES) if leads() else None
    limits = Budget(
        resolution=resolution, error_rate=error_rate, max_draws=max_draws, first=min(16, max_draws)
    )
    every = _every(claims, RunTerms(limits, seed, len(claims)), seconds, where, folder, again, quiet)
    count = 0 if multihost else crowd(claims, workers, devices)
    check = partial(every.side_by_side, count, chosen, devices) if count else partial(every.here, where)
    raise typer.Exit(_ended(every, check))


def _every(
    claims: Sequence[Claim],
    terms: RunTerms,
    seconds: float,
    devices: Sequence[jax.Device] | None,
    folder: Path | None,
    again: Mapping[str, Any],
    quiet: bool,
) -> Every:
    from rich.console import Console

    from lingen.experiments.provenance import hardware, versions
    from lingen.scripts.checking.every import Every
    from lingen.scripts.report.write import Report

    about = {**terms.about(), "hardware": hardware(devices), "versions": versions(), **again}
    record = Report(folder, about, tuple(claims))
    return Every(record, terms, time.monotonic() + seconds, Console(highlight=False), quiet or folder is None)


def _check_options(
    resolution: float | None, error_rate: float, seed: int, seconds: float, max_draws: int
) -> None:
    from lingen import checks

    if resolution is not None:
        checks.positive("--resolution", resolution)
    checks.positive("--error-rate", error_rate)
    checks.bounded("--error-rate", error_rate, 0.0, 0.5)
    checks.integer("--seed", seed, low=0, high=(1 << 63) - 1)
    checks.positive("--seconds", seconds)
    checks.integer("--max-draws", max_draws, low=2)


def _ended(every: Every, check: Callable[[], None]) -> int:
    """Check the claims; the exit code. An interruption leaves what was decided in the report.

    Without a folder (a process that does not lead) nothing is written or shown.
    """
    record, began = every.record, time.monotonic()
    try:
        check()
        interrupted = False
    except KeyboardInterrupt:
        interrupted = True
    page = record.write()
    if record.folder is None:
        return INTERRUPTED if interrupted else _code(record)
    code = _conclude(record, page, interrupted, time.monotonic() - began, every.console, every.quiet)
    if record.trouble:
        typer.echo(f"error: --out {record.trouble}", err=True)
    return code if page else code or BAD_USAGE


def _conclude(
    record: Report, page: Path | None, interrupted: bool, seconds: float, console: Console, quiet: bool
) -> int:
    from lingen.scripts.terminal.verdict_table import show_table
    from lingen.scripts.terminal.wording import in_words

    if record.verdicts and not quiet:
        console.print()
        show_table(console, record.verdicts)
        console.print()
    if record.since is not None and record.since.changed and not quiet:
        console.print(str(record.since), soft_wrap=True, markup=False)
    told = f"{in_words(record.verdicts)} in {seconds:.0f} s" + (f"; {page}" if page else "")
    if interrupted:
        done, total = len(record.verdicts), len(record.verdicts) + len(record.pending)
        typer.echo(f"error: interrupted after {done} of {total} claims: {told}", err=True)
        return INTERRUPTED
    console.print(told, soft_wrap=True, markup=False)
    return _code(record)


def _code(record: Report) -> int:
    return 0 if all(record.verdicts) else 1
