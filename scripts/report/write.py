"""The report: `index.html`, one file with every formula and figure in it, and `verdicts.json`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from lingen.claims.claim import Claim
from lingen.claims.verdict import Verdict
from lingen.files import replace_file
from lingen.scripts.report.changes import Changes, Previous, changes, previous
from lingen.scripts.report.entry import Drawing, drawn
from lingen.scripts.report.page import render
from lingen.scripts.terminal.wording import counts
from lingen.words import json_text

__all__ = ["Report"]

EXPLORER = "explorer.html"
"""What `lingen explore` writes."""
PAGE_SECONDS = 20.0
"""How old the page of a run may be; a process that is killed leaves it behind."""


@dataclass
class Report:
    """The verdicts of one run, on disk after each of them.

    Attributes:
        folder: where the two files go; None in a process that writes nothing.
        about: resolution, error_rate, seed, hardware, versions: what every claim shares; the command that
            repeats the run, and the hashes of its files.
        claims: what is to be decided.
        verdicts: what has been, in the order of the claims.
        trouble: why the folder could not be written, and where the report is instead.
    """

    folder: Path | None
    about: Mapping[str, Any]
    claims: tuple[Claim, ...]
    verdicts: list[Verdict] = field(default_factory=list)
    drawings: dict[str, Drawing] = field(default_factory=dict)
    trouble: str = ""
    _paged: float = field(default_factory=time.monotonic)
    _before: Previous | None = field(init=False)
    _places: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self._before = previous(self.folder)  # its numbers are overwritten soon
        self._places = {claim.name: place for place, claim in enumerate(self.claims)}

    @property
    def pending(self) -> list[str]:
        """Names of the claims without a verdict."""
        decided = {verdict.name for verdict in self.verdicts}
        return [claim.name for claim in self.claims if claim.name not in decided]

    @property
    def since(self) -> Changes | None:
        """What changed since the run before in this folder; None if there was none."""
        return changes(self._before, self.verdicts, [claim.name for claim in self.claims], self.about)

    def add(self, verdict: Verdict, drawing: Drawing | None = None) -> None:
        """Take in a verdict and its figure, drawn if absent; refresh `verdicts.json`, now and then the page.

        A folder that cannot be written any more costs no verdict: `write` tries again.
        """
        self.verdicts.append(verdict)
        self.verdicts.sort(key=lambda one: self._places[one.name])
        if self.folder is None:
            return
        self.drawings[verdict.name] = drawing or drawn(verdict)
        with suppress(OSError):
            self._write_json(self.folder)
            if time.monotonic() - self._paged > PAGE_SECONDS:
                self._write_page(self.folder)
                self._paged = time.monotonic()

    def write(self) -> Path | None:
        """Write both files, each in one step, and return the page's path.

        Where the folder cannot be written, or made again, they go to a new one beside other temporary files;
        None if that cannot be written either. `trouble` says so.
        """
        if self.folder is None:
            return None
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            return self._write_both(self.folder)
        except OSError as error:
            self.trouble = f"{self.folder}: cannot be written ({error.strerror or error})"
        with suppress(OSError):
            other = self._write_both(Path(tempfile.mkdtemp(prefix="lingen-report-")))
            self.trouble += f"; the report is in {other.parent}"
            return other
        return None

    def _write_both(self, folder: Path) -> Path:
        self._write_json(folder)
        return self._write_page(folder)

    def _write_page(self, folder: Path) -> Path:
        for verdict in self.verdicts:
            if verdict.name not in self.drawings:
                self.drawings[verdict.name] = drawn(verdict)
        beside = EXPLORER if (folder / EXPLORER).exists() else ""
        page = render(self.about, _now(), self.verdicts, self.pending, self.drawings, self.since, beside)
        replace_file(folder / "index.html", page)
        return folder / "index.html"

    def _write_json(self, folder: Path) -> None:
        """Write `verdicts.json`: plain finite numbers, null for what is missing."""
        content = {
            **self.about,
            "date": _now(),
            "complete": not self.pending,
            "counts": counts(self.verdicts),
            "claims": [verdict.to_json() for verdict in self.verdicts],
            "not_run": self.pending,
            "since": self.since.to_json() if self.since else None,
        }
        replace_file(folder / "verdicts.json", json_text(content))


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")
