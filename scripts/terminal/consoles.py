"""Consoles that cannot show every character: what they lack is told in letters that they have."""

from __future__ import annotations

import codecs
import sys
import unicodedata

__all__ = ["spelt_out", "tolerate"]

WORDS = dict(zip("−–—≈∼·×✗", "---~~*xx", strict=True))
WORDS |= {"…": "...", "‖": "||", "√": "sqrt", "≤": "<=", "≥": ">=", "≠": "!=", "±": "+-", "∞": "inf"}
WORDS |= {"→": "->", "←": "<-", "✓": "ok"}


def tolerate() -> None:
    """From here on nothing that is printed fails, whatever the console's encoding: latin-1, cp1252, gbk."""
    codecs.register_error("lingen", _replaced)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="lingen")


def spelt_out(character: str) -> str:
    """A character in ASCII: `gamma`, `^2`, `-`, its letter without accents, else a question mark."""
    if character in WORDS:
        return WORDS[character]
    name = unicodedata.name(character, "")
    if name.startswith("GREEK ") and " LETTER " in name:
        letter = name.rpartition(" LETTER ")[2].split()[0].lower()
        return letter.capitalize() if " CAPITAL " in name else letter
    kind = unicodedata.decomposition(character).partition(" ")[0]
    letters = unicodedata.normalize("NFKD", character).replace("⁄", "/")
    plain = letters.encode("ascii", "ignore").decode()
    return {"<super>": "^", "<sub>": "_"}.get(kind, "") + plain if plain else "?"


def _replaced(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(spelt_out, error.object[error.start : error.end])), error.end
