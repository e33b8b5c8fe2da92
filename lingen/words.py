"""Numbers and other values for people and for JSON files."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

__all__ = [
    "clock", "did_you_mean", "formula", "greek", "json_text", "left", "literal", "measured", "plain",
    "sentence", "short",
]  # fmt: skip

LONGEST = 60
"""Characters of a value that is no number."""
NAMES = (
    *("alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota", "kappa", "lambda", "mu"),
    *("nu", "xi", "omicron", "pi", "rho", "final_sigma", "sigma", "tau", "upsilon", "phi", "chi", "psi"),
    "omega",
)
GREEK = {name: chr(ord("α") + k) for k, name in enumerate(NAMES)}
GREEK |= {name.capitalize(): letter.upper() for name, letter in GREEK.items()}
WORD = re.compile(r"(?:[a-z]{2,}|a)(?=[ ,:;.]|$)(?! =)")
"""What a sentence may begin with: a word, and no symbol that is told to equal something."""


def measured(value: float, error: float) -> str:
    """`0.7205 ± 0.0003`: the value to the second digit of its standard error."""
    if not error > 0:
        return f"{value:.6g}"
    digits = int(np.clip(1 - np.floor(np.log10(error)), 0, 15))
    if digits > 8 or abs(value) >= 1e7:
        return f"{value:.6g} ± {error:.1e}"
    return f"{value:.{digits}f} ± {error:.{digits}f}".replace("-", "−")


def short(value: Any, form: str = "g") -> str:
    """A value on one line: numbers in this form, what has a name by its name, else its words, cut at 60."""
    if isinstance(value, int | float | np.number):
        return f"{value:{form}}"
    name = getattr(value, "name", None)
    text = name if isinstance(name, str) else " ".join(str(value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def literal(text: str) -> str:
    """Text that matplotlib takes as it stands, dollar signs included."""
    return text.replace("$", r"\$")


def greek(name: str) -> str:
    """A name as it is written: `theta_c` gives `θ_c`, what names no Greek letter itself."""
    letter, line, index = name.partition("_")
    return GREEK.get(letter, letter) + (line + index if index else "") if letter in GREEK else name


def formula(name: str) -> str | None:
    """A name that begins with a Greek letter as mathematics for matplotlib, its index upright; else None."""
    letter, _, index = greek(name).partition("_")
    if letter not in GREEK.values() or not (index or "a").replace("_", "").isalnum():
        return None
    return letter + (rf"_{{\mathrm{{{index.replace('_', chr(92) + ' ')}}}}}" if index else "")


def sentence(text: str) -> str:
    """The text as a sentence begins, which a symbol does as it is: θ_c and Q are not Θ_c and q."""
    return text[:1].upper() + text[1:] if WORD.match(text) else text


def plain(value: Any) -> Any:
    """Lists, numbers and words for a JSON file; None for what is not finite."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    try:
        array = np.asarray(value)
    except Exception:
        return short(value)
    if array.dtype.kind not in "biuf":
        return short(value)
    if array.ndim:
        return [plain(item) for item in array]
    number = array.item()
    return number if np.isfinite(number) else None


def json_text(value: Any) -> str:
    """The text of a JSON file, as readable as JSON is; `ValueError` for a number that JSON does not know."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def clock(seconds: float) -> str:
    """A duration as 1:02:03 or, below an hour, 2:03."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def left(seconds: float, done: float, missing: float) -> str:
    """`3:20 left`, if what is missing goes on as what was done in these seconds; empty before any is."""
    return f"{clock(max(missing, 0.0) * seconds / done)} left" if done > 0 else ""


def did_you_mean(name: str, known: Iterable[str], most: int = 1, cutoff: float = 0.4) -> str:
    """`; did you mean recovery?`, the end of a sentence, by what is spelt alike; empty where nothing is."""
    import difflib  # for what is misspelt alone

    close = dict.fromkeys(difflib.get_close_matches(name, list(known), n=most, cutoff=cutoff))
    return f"; did you mean {' or '.join(close)}?" if close else ""
