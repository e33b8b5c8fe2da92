"""No table loses a digit on a narrow terminal."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console
from rich.table import Table

from lingen.scripts.terminal.tables import show_whole


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
