"""No table loses a digit on a narrow terminal."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console
from rich.table import Table

from lingen.claims import check
from lingen.claims.checking import Budget
from lingen.claims.claim import Claim
from lingen.scripts.terminal.tables import show_whole
from lingen.scripts.terminal.verdict_table import show_table


def long_table() -> Table:
    table = Table(padding=(0, 1), collapse_padding=True)
    for heading in ("n", "n/d", "q theory", "q splits", "off by", "latents", "leak", "W₂²"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_row("123456", "0.0125", "0.9876", "0.9871 ± 0.0003", "+0.05 %", "17", "1.0042", "0.123")
    return table


@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("width", [20, 60, 80, 200])
def test_every_digit_is_printed(terminal, width):
    stream = io.StringIO()
    show_whole(Console(file=stream, force_terminal=terminal, width=width, no_color=True), long_table())
    text = stream.getvalue()
    assert "…" not in text
    for number in ("123456", "0.9871 ± 0.0003", "1.0042", "0.123"):
        assert number in text
    assert max(map(len, re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines())) < 90


@pytest.mark.parametrize("width", [20, 40, 60, 80])
def test_a_narrow_terminal_folds_columns_below_each_other(width):
    stream = io.StringIO()
    table = long_table()
    table.title = "a title that is wider than some terminals are"
    show_whole(Console(file=stream, force_terminal=True, width=width, no_color=True), table)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()).splitlines()
    assert max(len(line.rstrip()) for line in lines[1:]) <= max(width, 27)  # one number and the first column
    rows = [line for line in lines if "123456" in line]
    assert len(rows) == {20: 7, 40: 3, 60: 2, 80: 1}[width]
    assert stream.getvalue().count("a title") == 1


@pytest.mark.parametrize("width", [40, 60, 80, 120])
def test_verdicts_are_a_table_at_every_width(width):
    verdicts = [
        check(
            Claim(
                name,
                predict=lambda: 0.5,
                simulate=lambda key, dim: 0.5,
                points=({},),
                dims=(8,),
                bounds=(0, 1),
                deterministic=True,
            ),
            budget=Budget(max_draws=64),
        )
        for name in ("first", "a-claim-of-a-longer-name")
    ]
    stream = io.StringIO()
    show_table(Console(file=stream, force_terminal=True, width=width, no_color=True), verdicts)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", stream.getvalue()).splitlines()
    assert max(len(line.rstrip()) for line in lines) <= width
    folds = sum("a-claim-of-a-longer-name" in line for line in lines)
    assert folds == {40: 5, 60: 2, 80: 1, 120: 1}[width]
    words = [str(verdict.outcome) for verdict in verdicts]
    assert sum(any(word in line.casefold() for word in words) for line in lines) == 2
    assert not any("[1/2]" in line for line in lines)
