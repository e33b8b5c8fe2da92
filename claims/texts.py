"""What a claim says in words is text that a terminal and a page can show."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lingen.checks import shown
from lingen.machine.characters import visible

__all__ = ["text_of", "texts_of"]


def text_of(name: str, value: Any, lines: int | None = None) -> str:
    """See that it is text that a terminal and a page can show, of one line where `lines` is 1."""
    if not isinstance(value, str):
        raise ValueError(f"{name} must be text, got {shown(value)}")
    if visible(value) != value:
        raise ValueError(f"{name} must be text without control characters, got {visible(value)!r}")
    if lines == 1 and len(value.splitlines()) > 1:
        raise ValueError(f"{name} must be one line, got {value!r}")
    return value


def texts_of(claim: Any) -> None:
    """See that all of a claim that is told in words is text, the names of its rivals included."""
    for name in ("observable", "order_source", "concentration", "title", "section", "label"):
        text_of(name, getattr(claim, name), lines=1)
    for name in ("statement", "reference"):
        text_of(name, getattr(claim, name))
    for rival in claim.rivals if isinstance(claim.rivals, Mapping) else ():
        text_of("rivals: a name", rival, lines=1)
