"""Characters that a terminal or a page shows and does not obey."""

from __future__ import annotations

import unicodedata

__all__ = ["visible"]

TURNS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}
"""Directions of writing that a character may set for those behind it."""


def visible(text: str) -> str:
    r"""The text with what a terminal or a page would obey, or could not write, shown as its code: `\x1b`.

    Control characters, those that turn the direction of writing, and halves of characters, as in file names
    that are no UTF-8. A line break and a tab are kept.
    """
    return "".join(_code(c) if _hidden(c) else c for c in text)


def _hidden(character: str) -> bool:
    kind = unicodedata.category(character)
    if kind == "Cf":
        return unicodedata.bidirectional(character) in TURNS
    return kind in ("Cc", "Cs") and character not in "\n\t"


def _code(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
