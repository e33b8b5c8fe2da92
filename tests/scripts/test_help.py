"""Help that reads well at any width: no word is cut off, every command has an example that would run."""

from __future__ import annotations

import re
import shlex
from enum import StrEnum
from itertools import pairwise

import pytest
import typer

from lingen.scripts.main import COMMANDS, app, main
from lingen.scripts.terminal.help import EXAMPLES, shown

WIDTHS = (60, 80, 120)


def text(capsys, monkeypatch, width: int, *words: str) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    assert main([*words, "--help"]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits(command, width, capsys, monkeypatch):
    told = text(capsys, monkeypatch, width, command)
    assert max(map(len, told.splitlines())) <= width
    assert "…" not in told
    assert "..." not in told.replace("]...", "").replace("MIN:MAX ...", "")
    assert "[[" not in told
    assert re.search(rf"^  Example:\n\n    {re.escape(EXAMPLES[command])}\n", told, flags=re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_paragraphs_fill_the_width(command, capsys, monkeypatch):
    """No line of a docstring ends before the margin where the next word would fit."""
    told = text(capsys, monkeypatch, 80, command)
    told = re.split(r"^(?:Arguments|Options):$", told, flags=re.MULTILINE)[0]
    for lines in map(str.splitlines, told.split("\n\n")[1:]):
        for line, after in pairwise(lines):
            assert len(f"{line} {after.split()[0]}") > 78, line


@pytest.mark.parametrize("command", COMMANDS)
def test_examples_are_command_lines(command):
    line = shown(typer.main.get_command(app))
    _, name, *words = shlex.split(EXAMPLES[command])
    assert name == command
    context = line.commands[name].make_context(name, words)
    assert "--help" not in context.args
    assert len(EXAMPLES[command]) <= 56


def test_the_first_help_says_what_is_trusted(capsys, monkeypatch):
    told = text(capsys, monkeypatch, 80)
    assert "SECURITY.md" in told
    assert "..." not in told.replace("[ARGS]...", "")
    assert all(f"\n  {command} " in told for command in COMMANDS)


def test_words_to_choose_among_are_told():
    for command in shown(typer.main.get_command(app)).commands.values():
        for parameter in command.params:
            kind = getattr(parameter.type_descriptor, "annotation", None)
            if isinstance(kind, type) and issubclass(kind, StrEnum):
                assert all(word in parameter.help for word in kind), parameter.name


def test_the_parameters_of_an_experiment_are_told(capsys, monkeypatch):
    told = text(capsys, monkeypatch, 60, "sweep", "recovery")
    assert "\nParameters of recovery:\n" in told
    assert re.search(r"^  --load +load γ = n/d, above 0, default 1.0$", told, flags=re.MULTILINE)
    assert max(map(len, told.splitlines())) <= 60
