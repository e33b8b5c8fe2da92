"""Tables that lose no digit, however narrow the terminal."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table

__all__ = ["show_whole"]

WIDEST = 1000


def show_whole(console: Console, table: Table) -> None:
    """Print a table as wide as its content where that is wider than the terminal, which then folds the lines.

    Elsewhere (a file, a pipe) it is as wide as its content: what reads it does not wrap.
    """
    terminal, plain = console.is_terminal, not console.is_terminal or console.no_color
    wide = Console(file=console.file, width=WIDEST, force_terminal=terminal, highlight=False, no_color=plain)
    wide.print(table)
