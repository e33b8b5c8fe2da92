"""`lingen list`: the claims, what they say and where they are stated."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from lingen.claims.claim import Claim

__all__ = ["list_claims"]

NARROW = 100
"""Below this many columns a table would be all line breaks, and a list is printed instead."""


def list_claims(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
) -> None:
    """Show the claims that ship with lingen: name, statement, reference."""
    from lingen.claims.library import registry
    from lingen.scripts.report.formulas import to_text
    from lingen.words import json_text

    claims = registry.all_claims()
    if as_json:
        typer.echo(json_text([_record(claim) for claim in claims]), nl=False)
        return
    _show([(claim, to_text(claim.statement), to_text(claim.reference)) for claim in claims])


def _record(claim: Claim) -> dict[str, Any]:
    from lingen.scripts.report.formulas import to_text

    fields = ("name", "title", "section", "statement", "reference", "exploratory", "thorough")
    return {name: getattr(claim, name) for name in fields} | {"text": to_text(claim.statement)}


def _show(rows: Sequence[tuple[Claim, str, str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if console.width < NARROW or not console.is_terminal:
        for claim, statement, reference in rows:
            console.print(Text(f"{claim.name}  [{claim.section}]"), style="bold", soft_wrap=True)
            console.print(Text(f"    {statement}"), soft_wrap=not console.is_terminal)
            console.print(Text(f"    {reference}"), style="dim", soft_wrap=not console.is_terminal)
        return
    table = Table(box=None, padding=(0, 2, 1, 0))
    table.add_column("claim", style="bold", no_wrap=True)
    table.add_column("", style="dim")
    table.add_column("statement", ratio=3, overflow="fold")
    table.add_column("reference", ratio=1, style="dim", overflow="fold")
    for claim, statement, reference in rows:
        table.add_row(Text(claim.name), claim.section, Text(statement), Text(reference))
    console.print(table)
