"""`lingen verify`: check claims, show how it goes, leave a report."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lingen.scripts.commands.options.words import BudgetName
from lingen.scripts.terminal.exit_codes import BAD_USAGE, INTERRUPTED
from lingen.scripts.terminal.runtime import Devices, Multihost

if TYPE_CHECKING:
    import jax
    from rich.console import Console

    from lingen.claims import Budget
    from lingen.claims.claim import Claim
    from lingen.scripts.report.write import Report

__all__ = ["part_of_time", "select", "verify"]

SHARE, LEAST_PART, LARGEST_PART = 4.0, 0.25, 0.5
"""A claim may take this many times its equal share of the time left, within these parts of all of it."""
LEAST_SECONDS = 0.5
FILES = ("index.html", "verdicts.json")
SECONDS = {"standard": 900.0, "thorough": 7200.0}
"""Budgets by name: time for all claims together."""


def verify(
    context: typer.Context,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME|FILE.py",
            help="Claims by name, or files that define some (FILE.py::NAME for one); all of the budget if "
            "absent.",
            show_default=False,
        ),
    ] = None,
    resolution: Annotated[
        float | None,
        typer.Option(
            help="Relative error to tell apart: 1 %, or what a claim was made for.", show_default=False
        ),
    ] = None,
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
    from lingen.scripts.terminal.again import command_line, hashes

    claims = select(names or [], section, thorough=budget is BudgetName.thorough)
    again = {"command": command_line(context), "files": hashes(names or [])}
    folder = open_folder("--out", out, FILES) if leads() else None
    limits = Budget(
        resolution=resolution, error_rate=error_rate, max_draws=max_draws, first=min(16, max_draws)
    )
    raise typer.Exit(_run(claims, limits, seed, seconds, where, folder, quiet, again))


def select(names: Sequence[str], section: str | None = None, thorough: bool = False) -> list[Claim]:
    """The claims that names and files stand for, in the order given.

    Without names: all that ship with lingen, those that take long only if `thorough`.

    Raises:
        ValueError: for an unknown name, a file that cannot be used, a section without claims, or two claims
            of one name.
    """
    from lingen.claims.library import registry
    from lingen.claims.loading import load_claims

    claims: list[Claim] = [] if names else [c for c in registry.all_claims() if thorough or not c.thorough]
    for name in dict.fromkeys(names):
        claims += load_claims(name) if _is_file(name) else registry.get([name])
    if section is not None:
        found = sorted({claim.section for claim in claims} - {""})
        claims = [claim for claim in claims if claim.section == section.upper()]
        if not claims:
            raise ValueError(f"--section must be one of {', '.join(found) or 'none here'}, got {section!r}")
    twice = [c.name for i, c in enumerate(claims) if c.name in {b.name for b in claims[:i]}]
    if twice:
        raise ValueError(f"two claims are called {twice[0]!r}")
    return claims


def _is_file(name: str) -> bool:
    place = name.partition("::")[0]
    return place.endswith(".py") or os.sep in place


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


def _run(
    claims: Sequence[Claim],
    budget: Budget,
    seed: int,
    seconds: float,
    devices: Sequence[jax.Device] | None,
    folder: Path | None,
    quiet: bool,
    again: Mapping[str, Any],
) -> int:
    """Check the claims one by one; the exit code. An interruption leaves what was decided in the report.

    Without a folder (a process that does not lead) nothing is written or shown.
    """
    from rich.console import Console

    from lingen.claims.checking import RESOLUTION
    from lingen.experiments.provenance import hardware, versions
    from lingen.scripts.report.write import Report

    console = Console(highlight=False)
    about = {
        "resolution": budget.resolution or RESOLUTION,
        "error_rate": budget.error_rate,
        "seed": seed,
        "hardware": hardware(devices),
        "versions": versions(),
        **again,
    }
    record = Report(folder, about, tuple(claims))
    began, quiet = time.monotonic(), quiet or folder is None
    try:
        _check_all(record, budget, seed, began + seconds, devices, console, quiet)
        interrupted = False
    except KeyboardInterrupt:
        interrupted = True
    page = record.write()
    if folder is None:
        return INTERRUPTED if interrupted else _code(record)
    code = _conclude(record, page, interrupted, time.monotonic() - began, console, quiet)
    if record.trouble:
        typer.echo(f"error: --out {record.trouble}", err=True)
    return code if page else code or BAD_USAGE


def _check_all(
    record: Report,
    budget: Budget,
    seed: int,
    deadline: float,
    devices: Sequence[jax.Device] | None,
    console: Console,
    quiet: bool,
) -> None:
    from dataclasses import replace

    import jax

    from lingen.claims.checking import check
    from lingen.machine.crowding import make_room
    from lingen.scripts.terminal.no_exit import no_exit
    from lingen.scripts.terminal.verify_progress import Screen

    claims = record.claims
    with Screen(console, len(claims), quiet) as screen:
        for number, claim in enumerate(claims):
            screen.start(claim)
            left = deadline - time.monotonic()
            share = left * part_of_time(len(claims) - number)
            own = replace(budget, seconds=max(share, LEAST_SECONDS))
            with no_exit():
                verdict = check(
                    claim, jax.random.key(seed), own, screen.tell, comparisons=len(claims), devices=devices
                )
            record.add(verdict)
            screen.decided(verdict)
            make_room()


def part_of_time(claims: int) -> float:
    """The part of the time left that the next of so many claims may take."""
    return 1.0 if claims == 1 else min(LARGEST_PART, max(LEAST_PART, SHARE / claims))


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
