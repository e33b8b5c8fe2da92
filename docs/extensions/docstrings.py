"""Docstrings are plain text with `names` in backticks, for readers; here they are made reStructuredText."""

from __future__ import annotations

import re

CODE = re.compile(r"`([^`]+)`")
NAME = re.compile(r"lingen(\.\w+)+")
SPECIAL = re.compile(r"[\\*|]|_(?!\w)|(?<!\w)_")
BULLET = re.compile(r"^(\s*)([-+•])(?=\s)")
"""At the beginning of a line these are signs of a sum, or dashes."""
SECTION = re.compile(r"(Args|Attributes|Raises|Returns|Yields):$")


def setup(app):
    """Take docstrings before napoleon does, which reads their sections."""
    app.connect("autodoc-process-docstring", convert, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def convert(app, what, name, obj, options, lines):
    """Turn a docstring into reStructuredText, in place."""
    if getattr(obj, "__module__", "lingen").startswith("lingen") or what == "module":
        lines[:] = restructured(lines)
    else:
        lines[:] = []  # of a type alias of another library: its words are no part of this one


def restructured(lines: list[str]) -> list[str]:
    """Escaped text, names as links, and equations on lines of their own as they stand."""
    made: list[str] = []
    section = equation = False
    for place, line in enumerate(lines):
        indented, blank = line.startswith("    "), not line.strip()
        if SECTION.match(line):
            section = True
        elif not indented and not blank:
            section = equation = False
        before = lines[place - 1] if place else ""
        if indented and not section and not equation and not before.strip():
            equation = True
            made += ["::", ""]
        made.append(line if equation else escaped(line))
    return made


def escaped(line: str) -> str:
    """One line of prose."""
    pieces = CODE.split(line)
    made = (code(piece) if odd % 2 else SPECIAL.sub(r"\\\g<0>", piece) for odd, piece in enumerate(pieces))
    return BULLET.sub(r"\1\\\2", "".join(made))


def code(piece: str) -> str:
    """A link where it names something of lingen; else the words as they stand."""
    return f":py:obj:`~{piece}`" if NAME.fullmatch(piece) else f"``{piece}``"
