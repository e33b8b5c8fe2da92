"""Tables that lose no digit, however narrow the terminal."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

from rich.console import Console
from rich.table import Table

__all__ = ["show_whole"]

WIDEST = 1000


def show_whole(console: Console, table: Table) -> None:
    """Print a table as wide as its content; folded where a terminal is narrower, its first column repeated.

    Elsewhere (a file, a pipe) nothing is folded: what reads it does not wrap.
    """
    terminal, plain = console.is_terminal, not console.is_terminal or console.no_color
    wide = Console(file=console.file, width=WIDEST, force_terminal=terminal, highlight=False, no_color=plain)
    for part in _folded(wide, table, console.width) if terminal else [table]:
        wide.print(part)


def _folded(console: Console, table: Table, width: int) -> list[Table]:
    """Tables below each other, of as many columns as there is room for."""
    shown: list[list[int]] = [[0]]
    for column in range(1, len(table.columns)):
        if len(shown[-1]) > 1 and _width(console, _part(table, [*shown[-1], column])) > width:
            shown.append([0])
        shown[-1].append(column)
    parts = [_part(table, columns) for columns in shown]
    for part in parts[1:]:
        part.title = None
    return parts


def _part(table: Table, columns: list[int]) -> Table:
    part = copy(table)
    part.columns = [replace(table.columns[column], _index=place) for place, column in enumerate(columns)]
    return part


def _width(console: Console, table: Table) -> int:
    bare = copy(table)
    bare.title = None
    return console.measure(bare).maximum
