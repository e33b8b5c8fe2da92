"""The command line that repeats a run: what was given, and nothing else; the files by their hashes."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

__all__ = ["command_line", "hashes"]


def command_line(context: typer.Context) -> str:
    """`lingen verify mine.py --seed 3`: arguments as given, and every option that is not its default."""
    given: list[str] = []
    for parameter in context.command.params:
        value = context.params.get(parameter.name or "")
        if parameter.param_type_name == "argument":
            given[:0] = _words(value)
        elif value is not None and _word(value) != _word(parameter.get_default(context)):
            given += _option(parameter, value)
    return shlex.join([*context.command_path.split(), *given])


def hashes(names: Sequence[str]) -> dict[str, str]:
    """Of the files among these, by the path as it was given; comments and blanks do not count."""
    from lingen.experiments.loading import is_file
    from lingen.experiments.source import file_hash

    paths = dict.fromkeys(name.partition("::")[0] for name in names if is_file(name))
    return {path: file_hash(Path(path)) for path in paths}


def _option(parameter: Any, value: Any) -> Iterator[str]:
    names = parameter.opts if value is not False else parameter.secondary_opts
    longest = next((name for name in names if name.startswith("--")), names[0])
    if isinstance(value, bool):
        yield longest
        return
    for word in _words(value):
        yield from (longest, word)


def _words(value: Any) -> list[str]:
    several = value if isinstance(value, list | tuple) else [] if value is None else [value]
    return [_word(item) for item in several]


def _word(value: Any) -> str:
    return str(getattr(value, "value", value))
