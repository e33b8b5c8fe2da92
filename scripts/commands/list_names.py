"""`lingen list`: the claims and the experiments, what they say and where it is stated; or all about one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

if TYPE_CHECKING:
    from lingen.claims.claim import Claim
    from lingen.experiments.experiment import Experiment
    from lingen.scripts.commands.list_words import Listed

__all__ = ["list_names", "named"]

Found: TypeAlias = "tuple[Sequence[Claim], Sequence[Experiment]]"

NARROW = 100
"""Below this many columns a table would be all line breaks, and a list is printed instead."""


def list_names(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME|FILE.py|WORD",
            help="All about claims and experiments by name, or of a file (FILE.py::NAME); or those with all "
            "these words.",
            show_default=False,
        ),
    ] = None,
    section: Annotated[
        str | None, typer.Option(help="Claims of this section alone, by its letter.", show_default=False)
    ] = None,
    experiments: Annotated[
        bool, typer.Option("--experiments", help="Experiments alone, which can be swept.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show the claims and the experiments that ship with lingen: name, statement, reference, parameters."""
    from lingen.scripts.commands import list_words
    from lingen.words import json_text

    (claims, swept), whole_names = _chosen(words or [], section)
    if section is not None and experiments:
        raise ValueError(f"--section must be without --experiments, which have none, got {section!r}")
    if experiments and not swept:
        given = " ".join(words or [])
        raise ValueError(
            f"--experiments must be with the name of an experiment, got {given}, which is a claim"
        )
    claims = [] if experiments else claims
    if as_json:
        records = [*map(list_words.of_claim, claims), *map(list_words.of_experiment, swept)]
        typer.echo(json_text(records), nl=False)
    elif whole_names:
        whole = [*map(list_words.all_of_claim, claims), *map(list_words.all_of_experiment, swept)]
        typer.echo("\n\n".join(map("\n".join, whole)))
    else:
        _show([*map(list_words.row_of_claim, claims), *map(list_words.row_of_experiment, swept)])


def _chosen(words: Sequence[str], section: str | None) -> tuple[Found, bool]:
    """What is asked for, and whether it is by names; else it is all of a section that has all the words."""
    from lingen.experiments.loading import is_file

    found = _all() if section is None else (_of_section(section), [])
    if not words:
        return found, False
    known = {item.name for items in found for item in items}
    if section is None and all(is_file(word) or word in known for word in words):
        parts = [named(word) for word in words]
        return ([c for part in parts for c in part[0]], [e for part in parts for e in part[1]]), True
    having = tuple([item for item in items if _has(item, words)] for items in found)
    if any(having):
        return having, False  # type: ignore[return-value]
    given = " ".join(words)
    if section is not None:
        raise ValueError(f"NAME must be words of a claim of section {section.upper()}, got {given!r}")
    for word in words:
        if not any(_has(item, [word]) for items in found for item in items):
            named(word)  # says what is close
    raise ValueError(f"NAME must be words of one claim or experiment, got {given!r}")


def _of_section(letter: str) -> Sequence[Claim]:
    from lingen.claims.library import registry

    found = [claim for claim in registry.all_claims() if claim.section == letter.upper()]
    if not found:
        raise ValueError(f"--section must be one of {', '.join(registry.SECTIONS)}, got {letter!r}")
    return found


def _has(item: Claim | Experiment, words: Sequence[str]) -> bool:
    from lingen.scripts.report.formulas import to_text

    fields = (item.name, item.title, item.statement, item.reference, *getattr(item, "parameters", ()))
    text = to_text(" ".join(fields)).casefold()
    return all(word.casefold() in text for word in words)


def _all() -> Found:
    from lingen.claims.library import registry
    from lingen.experiments import library

    return registry.all_claims(), [library.get(name) for name in library.names()]


def named(name: str) -> Found:
    """The claims and the experiments that a name or a file stands for; `ValueError` if there are none."""
    from lingen.experiments.loading import is_file

    if is_file(name):
        return _of_file(name)
    claims, experiments = _all()
    found = [c for c in claims if c.name == name], [e for e in experiments if e.name == name]
    if not any(found):
        from lingen.words import did_you_mean

        known = [*(claim.name for claim in claims), *(experiment.name for experiment in experiments)]
        hint = did_you_mean(name, known, most=3)
        raise ValueError(f"NAME must be that of a claim or an experiment, got {name!r}{hint}")
    return found


def _of_file(name: str) -> Found:
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
