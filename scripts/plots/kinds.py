"""The kinds of files in which figures are written, and how a command is told which: `--format pdf,png`."""

from __future__ import annotations

__all__ = ["KINDS", "NONE", "complete", "kinds_of"]

KINDS = ("pdf", "svg", "png")
NONE = "none"
"""Asks for no figure, where a command has more to give."""


def complete(begun: str) -> list[str]:
    """What may follow, for the completion of shells."""
    before, comma, last = begun.rpartition(",")
    return [before + comma + kind for kind in KINDS if kind.startswith(last)]


def kinds_of(text: str, *, optional: bool = False) -> tuple[str, ...]:
    """The kinds in `pdf,png`, each once; nothing for `none` where the figure is optional.

    Raises:
        ValueError: if one is no kind of file that figures are written in.
    """
    if optional and text.strip() == NONE:
        return ()
    found = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    for kind in found:
        if kind not in KINDS:
            alone = f", or {NONE} alone" if optional else ""
            raise ValueError(f"--format must be any of {', '.join(KINDS)}{alone}, got {kind!r}")
    return found
