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


def test_what_is_told_comes_with_the_time_that_the_rest_takes(monkeypatch):
    from lingen import watching

    now, shown = [100.0], []
    monkeypatch.setattr(watching.time, "monotonic", lambda: now[0])
    tell = watching.timed(lambda share, words: shown.append((share, words)))
    for seconds, what, share in (
        (10, "mean", 0.25),
        (30, "mean", 1.0),
        (2, "copies", 0.5),
        (60, "mean", 0.5),
        (9, "pairs", 0.004),
        (1, "pairs", 0.01),
    ):
        now[0] += seconds
        tell(what, share)
    # each from where the one before ended, also the second of one name
    assert shown == [
        (0.25, "mean 25% 0:30 left"), (1.0, "mean 100% 0:00 left"), (0.5, "copies 50% 0:02 left"),
        (0.5, "mean 50% 1:00 left"), (0.004, "pairs 0%"), (0.01, "pairs 1% 16:30 left"),
    ]  # fmt: skip
