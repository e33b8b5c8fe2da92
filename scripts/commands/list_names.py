"""`lingen list`: the claims and the experiments, what they say and where it is stated; or all about one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from lingen.claims.claim import Claim
    from lingen.experiments.experiment import Experiment
    from lingen.scripts.commands.list_words import Listed

__all__ = ["list_names", "named"]

NARROW = 100
"""Below this many columns a table would be all line breaks, and a list is printed instead."""


def list_names(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[NAME or FILE.py[::NAME]]",
            help="All about this claim or experiment, or about those of a file.",
            show_default=False,
        ),
    ] = None,
    experiments: Annotated[
        bool, typer.Option("--experiments", help="Experiments alone, which can be swept.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show the claims and the experiments that ship with lingen: name, statement, reference, parameters."""
    from lingen.scripts.commands import list_words
    from lingen.words import json_text

    found = _all() if name is None else named(name)
    claims, swept = ([], found[1]) if experiments else found
    if experiments and not swept:
        raise ValueError(
            f"--experiments must be with the name of an experiment, got {name}, which is a claim"
        )
    if as_json:
        records = [*map(list_words.of_claim, claims), *map(list_words.of_experiment, swept)]
        typer.echo(json_text(records), nl=False)
    elif name is not None:
        whole = [*map(list_words.all_of_claim, claims), *map(list_words.all_of_experiment, swept)]
        typer.echo("\n\n".join(map("\n".join, whole)))
    else:
        _show([*map(list_words.row_of_claim, claims), *map(list_words.row_of_experiment, swept)])


def _all() -> tuple[Sequence[Claim], Sequence[Experiment]]:
    from lingen.claims.library import registry
    from lingen.experiments import library

    return registry.all_claims(), [library.get(name) for name in library.names()]


def named(name: str) -> tuple[Sequence[Claim], Sequence[Experiment]]:
    """The claims and the experiments that a name or a file stands for; `ValueError` if there are none."""
    from lingen.experiments.loading import is_file

    if is_file(name):
        return _of_file(name)
    claims, experiments = _all()
    found = [c for c in claims if c.name == name], [e for e in experiments if e.name == name]
    if not any(found):
        import difflib

        known = [*(claim.name for claim in claims), *(experiment.name for experiment in experiments)]
        close = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
        hint = f"; did you mean {' or '.join(dict.fromkeys(close))}?" if close else ""
        raise ValueError(f"NAME must be that of a claim or an experiment, got {name!r}{hint}")
    return found


def _of_file(name: str) -> tuple[Sequence[Claim], Sequence[Experiment]]:
    from lingen.claims.loading import load_claims
    from lingen.experiments.loading import load_experiments

    found: list[Sequence[Claim] | Sequence[Experiment]] = []
    troubles: list[ValueError] = []
    for load in (load_claims, load_experiments):
        try:
            found.append(load(name))  # type: ignore[operator]
        except ValueError as error:
            found.append([])
            troubles.append(error)
    if len(troubles) == 2:
        raise troubles[0]
    return found[0], found[1]  # type: ignore[return-value]


def _show(rows: Sequence[Listed]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if console.width < NARROW or not console.is_terminal:
        for row in rows:
            console.print(Text(f"{row.name}  [{row.kind}]"), style="bold", soft_wrap=True)
            console.print(Text(f"    {row.statement}"), soft_wrap=not console.is_terminal)
            console.print(Text(f"    {row.about}"), style="dim", soft_wrap=not console.is_terminal)
        return
    table = Table(box=None, padding=(0, 2, 1, 0))
    table.add_column("name", style="bold", no_wrap=True)
    table.add_column("", style="dim")
    table.add_column("statement", ratio=3, overflow="fold")
    table.add_column("reference or parameters", ratio=1, style="dim", overflow="fold")
    for row in rows:
        table.add_row(Text(row.name), row.kind, Text(row.statement), Text(row.about))
    console.print(table)
