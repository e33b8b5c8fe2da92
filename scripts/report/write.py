"""The report: `index.html`, one file with every formula and figure in it, and `verdicts.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lingen.claims.claim import Claim
from lingen.claims.verdict import Verdict
from lingen.files import replace_file
from lingen.scripts.report.entry import Drawing, drawn
from lingen.scripts.report.page import render
from lingen.scripts.terminal.wording import counts
from lingen.words import json_text

__all__ = ["Report"]


@dataclass
class Report:
    """The verdicts of one run, on disk after each of them.

    Attributes:
        folder: where the two files go; None in a process that writes nothing.
        about: resolution, error_rate, seed, hardware, versions: what every claim shares; the command that
            repeats the run, and the hashes of its files.
        claims: what is to be decided.
        verdicts: what has been.
    """

    folder: Path | None
    about: Mapping[str, Any]
    claims: tuple[Claim, ...]
    verdicts: list[Verdict] = field(default_factory=list)
    drawings: dict[str, Drawing] = field(default_factory=dict)

    @property
    def pending(self) -> list[str]:
        """Names of the claims without a verdict."""
        decided = {verdict.name for verdict in self.verdicts}
        return [claim.name for claim in self.claims if claim.name not in decided]

    def add(self, verdict: Verdict) -> None:
        """Take in a verdict, refresh `verdicts.json` and draw the claim's figure."""
        self.verdicts.append(verdict)
        if self.folder is not None:
            self._write_json(self.folder)
            self.drawings[verdict.name] = drawn(verdict)

    def write(self) -> Path | None:
        """Write both files, each in one step, and return the page's path."""
        if self.folder is None:
            return None
        self._write_json(self.folder)
        for verdict in self.verdicts:
            if verdict.name not in self.drawings:
                self.drawings[verdict.name] = drawn(verdict)
        page = render(self.about, _now(), self.verdicts, self.pending, self.drawings)
        replace_file(self.folder / "index.html", page)
        return self.folder / "index.html"

    def _write_json(self, folder: Path) -> None:
        """Write `verdicts.json`: plain finite numbers, null for what is missing."""
        content = {
            **self.about,
            "date": _now(),
            "complete": not self.pending,
            "counts": counts(self.verdicts),
            "claims": [verdict.to_json() for verdict in self.verdicts],
            "not_run": self.pending,
        }
        replace_file(folder / "verdicts.json", json_text(content))


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
