"""What changed since the run whose `verdicts.json` lies in the folder: outcomes, and which claims ran."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from lingen.claims.evidence.point import percent
from lingen.claims.verdict import Verdict

__all__ = ["Changes", "Previous", "changes", "previous"]

SETTINGS = ("resolution", "error_rate", "seed", "versions")
"""What another outcome may be owed to, beside the claim."""


class Previous(NamedTuple):
    """A run that was."""

    date: str
    outcomes: Mapping[str, str]
    settings: Mapping[str, Any]


class Changes(NamedTuple):
    """A run beside the one before."""

    date: str
    changed: tuple[tuple[str, str, str], ...]
    """Name, the outcome before, the outcome now."""
    new: tuple[str, ...]
    gone: tuple[str, ...]
    """Decided before, and not asked for now."""
    settings: tuple[str, ...]
    """What else is different, in words."""

    def to_json(self) -> dict[str, Any]:
        """Plain values for a JSON file."""
        changed = {name: [before, now] for name, before, now in self.changed}
        names = {"new": list(self.new), "gone": list(self.gone), "settings": list(self.settings)}
        return {"date": self.date, "changed": changed, **names}

    def __str__(self) -> str:
        """One line: how many changed, and which."""
        parts = [f"{name} {before} → {now}" for name, before, now in self.changed]
        parts += [f"{len(names)} {word}" for word, names in (("new", self.new), ("gone", self.gone)) if names]
        return f"since {self.date[:16].replace('T', ' ')}: {', '.join(parts) or 'no verdict changed'}"


def previous(folder: Path | None) -> Previous | None:
    """The run whose numbers lie in a folder; None if there is none, or none that can be read."""
    if folder is None:
        return None
    try:
        held = json.loads((folder / "verdicts.json").read_text("utf-8"))
        outcomes = {str(claim["name"]): str(claim["outcome"]) for claim in held["claims"]}
        return Previous(str(held["date"]), outcomes, {name: held[name] for name in SETTINGS if name in held})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def changes(
    before: Previous | None, verdicts: Sequence[Verdict], asked: Sequence[str], about: Mapping[str, Any]
) -> Changes | None:
    """What changed since, as far as it is decided; None if no run was before.

    Args:
        before: the run before.
        verdicts: the verdicts of this one.
        asked: the names of all its claims.
        about: its settings.
    """
    if before is None:
        return None
    known = [(v.name, before.outcomes[v.name], str(v.outcome)) for v in verdicts if v.name in before.outcomes]
    return Changes(
        before.date,
        tuple((name, was, now) for name, was, now in known if was != now),
        tuple(v.name for v in verdicts if v.name not in before.outcomes),
        tuple(name for name in before.outcomes if name not in asked),
        tuple(_settings(before.settings, about)),
    )


def _settings(before: Mapping[str, Any], about: Mapping[str, Any]) -> list[str]:
    told = []
    for name, was in before.items():
        now = about.get(name)
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            told += [f"{k} {was[k]} → {now[k]}" for k in was if k in now and was[k] != now[k]]
        elif was != now:
            told.append(f"{name.replace('_', ' ')} {_setting(name, was)} → {_setting(name, now)}")
    return told


def _setting(name: str, value: Any) -> str:
    return percent(value) if name != "seed" and isinstance(value, float | int) else str(value)
