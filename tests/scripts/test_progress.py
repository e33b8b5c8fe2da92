"""Progress: bars on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from lingen import display as progress
from lingen.display import Display
from lingen.words import clock, left


def screen(terminal: bool) -> tuple[Console, io.StringIO]:
    text = io.StringIO()
    return Console(file=text, force_terminal=terminal, width=100, no_color=True), text


@pytest.fixture
def now(monkeypatch) -> list[float]:
    """A clock that stands still until it is moved."""
    time = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: time[0])
    return time


def test_elsewhere_a_line_is_said_every_ten_seconds(now):
    console, text = screen(False)
    with Display(console) as display:
        bar = display.bar("cells", 8, counted=True)
        for second in range(25):
            now[0] = 100.0 + second
            bar.show(second / 4, "", f"second {second}")
        bar.show(8, "words alone")
        display.say("[kept]")
    assert text.getvalue().splitlines() == ["second 11", "second 22", "[kept]"]


def test_a_terminal_has_bars_with_numbers_and_words():
    console, text = screen(True)
    with Display(console) as display:
        cells = display.bar("cells", 1200, 300, "compiling", counted=True)
        other = display.bar("first", 1.0)
        cells.show(600, "2 [cells]/s")
        other.restart("second")
        other.show(0.25, "half")
        display.live.refresh()
    shown = text.getvalue()
    for words in ("600/1,200", "2 [cells]/s", "second", "25%", "half"):
        assert words in shown, words


@pytest.mark.parametrize("terminal", [True, False])
def test_quiet_is_quiet(terminal, now):
    console, text = screen(terminal)
    with Display(console, quiet=True) as display:
        bar = display.bar("cells", 8)
        now[0] += 60
        bar.restart("more")
        bar.show(1, "words", "a line")
        display.say("more")
    assert text.getvalue() == ""


def test_the_time_left_goes_on_as_before():
    assert left(60.0, 2.0, 6.0) == "3:00 left"
    assert left(60.0, 0.0, 6.0) == ""
    assert left(60.0, 2.0, -1.0) == "0:00 left"
    assert clock(3723) == "1:02:03"
