"""What to cite: lingen, the paper whose theory it ships with, and the sources that a claim names.

Papers stand in `library/papers.bib`, one field a line. The field `cited` holds the words by which claims name a
paper, several forms between bars; a preprint is also known by its number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

import lingen
from lingen.boundary import checked

__all__ = ["Paper", "always", "cited_in", "derived", "papers", "sources_of", "unknown_in"]

FILE = Path(__file__).parent / "library" / "papers.bib"
DERIVED = re.compile(r"(area )?derived\b[^;]*|docs/derivations")


@runtime_checkable
class Stated(Protocol):
    """A claim, a claim about a law or an experiment."""

    @property
    def name(self) -> str: ...
    @property
    def reference(self) -> str: ...


class Paper(NamedTuple):
    """An entry of the bibliography."""

    key: str
    bibtex: str
    fields: Mapping[str, str]

    @property
    def text(self) -> str:
        """Authors, title, where and when, in one line."""
        given = {name: _plain(value) for name, value in self.fields.items()}
        where = given.get("journal") or given.get("booktitle") or given.get("publisher", "")
        where = f"{where} {given['volume']}" if "volume" in given else where
        preprint = f"arXiv:{given['eprint']}" if "eprint" in given else ""
        where = ", ".join(filter(None, (where, given.get("pages"), preprint)))
        if "version" in given:
            where = f"version {given['version']}"
        year = f" ({given['year']})" if "year" in given else ""
        return f"{_authors(self.fields['author'])}: {given['title']}. {where}{year}"

    @property
    def names(self) -> tuple[str, ...]:
        """How claims call it."""
        own = tuple(filter(None, map(str.strip, self.fields.get("cited", "").split("|"))))
        return (*own, *(f"arXiv {self.fields[name]}" for name in ("eprint",) if name in self.fields))


@lru_cache
def papers() -> Mapping[str, Paper]:
    """The whole bibliography by its keys."""
    found = {}
    for entry in (
        FILE.read_text("utf-8").strip().replace("{VERSION}", f"{{{lingen.__version__}}}").split("\n\n")
    ):
        fields = dict(re.findall(r"^  (\w+) = \{(.*)\},$", entry, flags=re.MULTILINE))
        (key,) = re.findall(r"^@\w+\{(\w+),$", entry, flags=re.MULTILINE)
        found[key] = Paper(key, re.sub(r"^  cited = .*\n", "", entry, flags=re.MULTILINE), fields)
    return found


def always() -> tuple[Paper, ...]:
    """lingen itself and the paper whose theory it ships with."""
    return papers()["lingen"], papers()["maillard2026"]


@checked
def cited_in(text: str) -> tuple[Paper, ...]:
    """The papers that a text names, in its order."""
    found = {}
    for key, paper in papers().items():
        places = [place.start() for name in paper.names if (place := _named(name).search(text))]
        if places:
            found[key] = min(places)
    return tuple(papers()[key] for key in sorted(found, key=lambda key: found[key]))


@checked
def sources_of(item: Stated) -> tuple[Paper, ...]:
    """The papers that state a claim, then those that what is assumed of its observable rests on."""
    known = (getattr(item, field, "") for field in ("concentration", "order_source"))
    found = {paper.key: paper for text in (item.reference, *known) for paper in cited_in(text)}
    return tuple(found.values())


@checked
def derived(item: Stated) -> bool:
    """Whether lingen's own derivations are among its sources."""
    return bool(DERIVED.search(item.reference))


@checked
def unknown_in(text: str) -> str:
    """What a reference says beside papers that are known and derivations: `classical`."""
    parts = (part.strip() for part in re.split(r";", text))
    return "; ".join(part for part in parts if part and not cited_in(part) and not DERIVED.search(part))


@lru_cache(maxsize=256)
def _named(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


def _plain(text: str) -> str:
    return text.replace("{", "").replace("}", "").replace("--", "–")


def _authors(text: str) -> str:
    """`Ada Bode, Carl Dahl and Eva Fink` of BibTeX's `Bode, Ada and Dahl, Carl and Fink, Eva`."""
    names = [" ".join(reversed(_plain(name).split(", "))) for name in text.split(" and ")]
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))
