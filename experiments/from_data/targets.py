"""What a forecast is to reach: levels of q, of the leak and of the number of latents found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from lingen.checks import shown

__all__ = ["LEAK", "LEVEL", "Targets", "targets"]

LEVEL, LEAK = 0.95, 1.05
FORM = "q=0.95,leak=1.05,latents=20"


@dataclass(frozen=True)
class Targets:
    """The levels that are asked for."""

    q: float = LEVEL
    """Cosine similarity of two models of disjoint samples, between 0 and 1."""
    leak: float = LEAK
    """Squared cosine of a sample with a training point over that with a fresh one, above 1."""
    latents: int | None = None
    """How many latents are to be found; the first, half and 90 % of them when absent."""


def targets(given: str | Mapping[str, Any] | Targets | None, name: str = "until") -> Targets:
    """The levels in `q=0.9,leak=1.05,latents=20` or in a mapping of these names; those not given stay.

    Raises:
        ValueError: in one line that begins with `name`, for another name or a level out of its range.
    """
    if isinstance(given, Targets):
        given = {f.name: getattr(given, f.name) for f in fields(given)}
        given = {key: value for key, value in given.items() if value is not None}
    pairs = _pairs(given, name) if isinstance(given, str) else list((given or {}).items())
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key not in LIMITS:
            raise ValueError(f"{name} must name {', '.join(LIMITS)}, as in {FORM}, got {shown(key)}")
        if key in found:
            raise ValueError(f"{name} must name each level once, got {key} twice")
        found[key] = _level(name, key, value)
    return Targets(**found)


def _pairs(text: str, name: str) -> list[tuple[str, str]]:
    parts = [part.partition("=") for part in text.split(",")]
    if not all(equals and value.strip() for _, equals, value in parts):
        raise ValueError(f"{name} must be levels as in {FORM}, got {shown(text)}")
    return [(key.strip(), value.strip()) for key, _, value in parts]


def _level(name: str, key: str, value: Any) -> float | int:
    low, high, words = LIMITS[key]
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    whole = key != "latents" or number.is_integer()
    if not (low < number < high and whole):  # NaN is refused too
        raise ValueError(f"{name} must have {key} {words}, got {shown(value)}")
    return int(number) if key == "latents" else number


LIMITS: dict[str, tuple[float, float, str]] = {
    "q": (0.0, 1.0, "between 0 and 1"),
    "leak": (1.0, math.inf, "above 1 and finite"),
    "latents": (0.0, math.inf, "a whole number of at least 1"),
}
