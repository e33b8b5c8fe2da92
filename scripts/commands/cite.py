"""`lingen cite [NAME ...]`: lingen, the paper whose theory it ships with, and the sources of claims."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from lingen.scripts.commands.options.words import FormatName

if TYPE_CHECKING:
    from lingen.claims.bibliography import Paper, Stated

__all__ = ["cite"]

DERIVED = "derived in lingen (docs/derivations)"


def cite(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="NAME|FILE.py",
            help="Claims and experiments (FILE.py::NAME: one of a file) whose sources are told too.",
            show_default=False,
        ),
    ] = None,
    form: Annotated[
        FormatName, typer.Option("--format", help="text: lines to read; or bibtex.")
    ] = FormatName.text,
) -> None:
    """Tell what to cite: lingen, the paper whose theory it ships with, and the sources of what is named.

    Sources are those that state a claim, and those that prove what is assumed of its observable. What is
    derived in lingen has none but lingen.
    """
    from lingen.claims.bibliography import always, sources_of

    stated = _stated(names or [])
    found = {paper.key: paper for paper in always()}
    found |= {paper.key: paper for item in stated for paper in sources_of(item)}
    typer.echo("\n".join(_lines(list(found.values()), stated, form)))


def _stated(names: Sequence[str]) -> list[Stated]:
    """What the names stand for; of an experiment that ships, also the claims of its topic."""
    from lingen.claims.library import registry
    from lingen.scripts.commands.list_names import named

    found: list[Stated] = []
    for name in names:
        claims, experiments = named(name)
        topics = [registry.of_topic(experiment.name.replace("-", "_")) for experiment in experiments]
        found += [*claims, *experiments, *(claim for topic in topics for claim in topic)]
    return list({(type(item), item.name): item for item in found}.values())


def _lines(papers: Sequence[Paper], stated: Sequence[Stated], form: FormatName) -> Iterator[str]:
    if form is FormatName.text:
        yield from (paper.text for paper in papers)
        yield from (f"{name}: {words}" for name, words in _remarks(stated))
        return
    yield "\n\n".join(paper.bibtex for paper in papers)
    told = [f"% {name}: {words}" for name, words in _remarks(stated)]
    yield from (["", *(line.replace("@", "(at)") for line in told)] if told else [])  # @ opens an entry


def _remarks(stated: Sequence[Stated]) -> Iterator[tuple[str, str]]:
    """What is stated in no paper, by name."""
    from lingen.claims.bibliography import derived, unknown_in

    for item in stated:
        words = [" ".join(unknown_in(item.reference).split()), DERIVED if derived(item) else ""]
        if any(words):
            yield item.name, "; ".join(filter(None, words))
