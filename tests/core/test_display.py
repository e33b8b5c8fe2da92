"""Bars move where they can: without widgets a notebook gets lines, and no warning of them."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from lingen import display


@pytest.mark.parametrize(("widgets", "found"), [(None, False), (object(), True)])
def test_bars_move_in_a_notebook_that_has_widgets(widgets, found, monkeypatch):
    monkeypatch.setattr(display, "find_spec", lambda name: widgets)
    assert display.moves(Console(force_jupyter=True, file=io.StringIO())) is found


@pytest.mark.parametrize("terminal", [True, False])
def test_bars_move_on_a_terminal(terminal):
    assert display.moves(Console(force_terminal=terminal, file=io.StringIO())) is terminal


def test_a_notebook_without_widgets_is_told_in_lines(monkeypatch, capsys):
    monkeypatch.setattr(display, "find_spec", lambda name: None)
    monkeypatch.setattr(display, "LINE_SECONDS", -1.0)
    console = Console(force_jupyter=True)
    monkeypatch.setattr(console, "print", lambda line, **_: print(line))
    with display.Display(console) as shown:
        shown.bar("claim", 1.0).show(0.5, "of the draws", "claim: 50% of the draws")
    assert capsys.readouterr().out == "claim: 50% of the draws\n"
