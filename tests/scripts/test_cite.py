"""`lingen cite`: every source that a claim names is known, and told in words and in BibTeX."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import lingen
from lingen.claims import bibliography
from lingen.claims.library import registry
from lingen.experiments import library
from lingen.scripts.main import main

ROOT = Path(__file__).parents[2]
STATED = [*registry.all_claims(), *(library.get(name) for name in library.names())]
FIELDS = ("reference", "concentration", "order_source")
SOURCE = re.compile(r"\b(19|20)\d\d\b|arXiv|\w & [A-Z]|et al")
MINE = """
from lingen import Claim
MINE = Claim("mine", predict=lambda: 0.5, simulate=lambda key, dim: 0.5, points=({},), dims=(8,),
    reference="Gauss @1809; Paul 2007")
"""


def told(capsys, *words: str) -> str:
    assert main(["cite", *words]) == 0
    return capsys.readouterr().out


def keys(text: str) -> list[str]:
    return re.findall(r"^@\w+\{(\w+),$", text, flags=re.MULTILINE)


def test_every_source_that_ships_is_in_the_bibliography():
    """Where this fails, `claims/library/papers.bib` lacks what a new claim cites."""
    for item in STATED:
        for text in (getattr(item, field, "") for field in FIELDS):
            rest = text
            for paper in bibliography.cited_in(text):
                for name in sorted(paper.names, key=len, reverse=True):
                    rest = rest.replace(name, "")
            assert not SOURCE.search(rest), f"{item.name}: {rest}"


def test_every_entry_is_whole_and_cited():
    cited = {paper.key for item in STATED for paper in bibliography.sources_of(item)}
    assert set(bibliography.papers()) == cited | {"lingen"}
    for paper in bibliography.papers().values():
        assert {"author", "title"} <= paper.fields.keys()
        assert paper.bibtex.count("{") == paper.bibtex.count("}")
        assert not re.search(r"[{}]|--", paper.text)
        if paper.key != "lingen":
            assert paper.fields["year"] in paper.text
            assert paper.fields.keys() & {"journal", "booktitle", "publisher", "eprint"}


def test_lingen_itself_and_the_paper_come_first(capsys):
    first, second = told(capsys).splitlines()
    assert lingen.__version__ in first
    assert "arXiv:2605.21402" in second
    citation = (ROOT / "CITATION.cff").read_text()
    own, paper = bibliography.always()
    assert f'title: "{own.fields["title"].replace("{", "").replace("}", "")}"' in citation
    assert f'title: "{paper.fields["title"]}"' in citation
    assert f'url: "{paper.fields["url"]}"' in citation


def test_sources_of_claims_and_of_experiments(capsys):
    assert keys(told(capsys, "mixtures-step", "--format", "bibtex")) == [
        "lingen",
        "maillard2026",
        "wang2024",
    ]
    words = told(capsys, "mixtures-step")
    assert "Peng Wang, Huijie Zhang" in words
    assert words.splitlines()[-1] == "mixtures-step: derived in lingen (docs/derivations)"
    found = keys(told(capsys, "recovery", "--format", "bibtex"))
    assert found[:4] == ["lingen", "maillard2026", "baik2005", "paul2007"]
    assert len(found) == len(set(found))


def test_a_paper_in_words(capsys):
    expected = (
        "Jinho Baik, Gérard Ben Arous and Sandrine Péché: Phase transition of the largest eigenvalue for "
        "nonnull complex sample covariance matrices. Annals of Probability 33, 1643–1697 (2005)"
    )
    assert expected in told(capsys, "recovery").splitlines()
    assert bibliography.papers()["guo2005"] in bibliography.cited_in("as Guo, Shamai & Verdú 2005 say")
    assert bibliography.cited_in("Schuma 2012 and Ma 20121") == ()


def test_a_file_of_ones_own(capsys, tmp_path):
    (tmp_path / "mine.py").write_text(MINE)
    path = str(tmp_path / "mine.py")
    assert told(capsys, path).splitlines()[-1] == "mine: Gauss @1809"
    bibtex = told(capsys, path, "--format", "bibtex")
    assert keys(bibtex)[2:] == ["paul2007"]
    assert bibtex.splitlines()[-1] == "% mine: Gauss (at)1809"


@pytest.mark.parametrize(("words", "answer"), [(["recovry"], "did you mean recovery"), (["--format=x"], "x")])
def test_bad_usage_is_one_line(capsys, words, answer):
    assert main(["cite", *words]) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert answer in err
