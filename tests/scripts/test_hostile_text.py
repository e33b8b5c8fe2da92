"""Names are text: brackets, dollar signs, escapes and bytes that are no UTF-8 are shown, obeyed nowhere."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import children
import jax.random as jr
import numpy as np
import pytest
from rich.console import Console

from lingen.claims import check
from lingen.claims.checking import Budget
from lingen.claims.claim import Claim
from lingen.machine.characters import visible
from lingen.scripts.main import main
from lingen.scripts.report.formulas import to_html
from lingen.scripts.report.write import Report
from lingen.scripts.terminal.consoles import spelt_out
from lingen.scripts.terminal.verdict_table import line_of, show_table

NAMES = [
    "faces [final]",
    "[/bold]",
    "[bold]loud",
    "cost $5 or $$6$$",
    r"$\frac{1}$",
    "<b>&amp;",
    "a\\u202e b",
]


def claim(**text: object) -> Claim:
    given = {"name": "a", "predict": lambda: 0.5, "simulate": lambda key, dim: jr.uniform(key)} | text
    return Claim(given.pop("name"), points=({},), dims=(8,), bounds=(0.0, 1.0), **given)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_shown_as_it_is(name, tmp_path):
    verdict = check(claim(name=name, title=name, label=name), jr.key(0), Budget(max_draws=64))
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=200, no_color=True)
    console.print(line_of(verdict, 1, 1))
    show_table(console, [verdict])
    assert stream.getvalue().count(name) == 2
    about = {"resolution": 0.01, "error_rate": 0.01, "seed": 0, "hardware": "", "versions": {}}
    report = Report(tmp_path, about | {"command": "", "files": {}}, (verdict.claim,))
    report.add(verdict)
    assert not report.drawings[verdict.name].trouble
    page = report.write()
    assert page is not None
    assert "<b>&amp;" not in page.read_text("utf-8")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", 3),
        ("statement", None),
        ("section", 7),
        ("reference", 1.5),
        ("label", ["a"]),
        ("title", "a\x1b[31mred"),
        ("statement", "bell\x07"),
        ("title", "two\nlines"),
        ("label", "half \udc80"),
        ("rivals", {3: lambda: 0.2}),
        ("rivals", {"a\x9b": lambda: 0.2}),
        ("order_source", b"x"),
        ("concentration", 2),
    ],
)
def test_what_is_no_text_is_refused_before_anything_runs(field, value):
    with pytest.raises(ValueError, match=rf"^claim a: {field}.* must be ") as error:
        claim(**{field: value})
    assert "\n" not in str(error.value)
    assert visible(str(error.value)) == str(error.value)


@pytest.mark.parametrize("name", ["a\x1b]0;title\x07", "two\nlines", "half \udcff"])
def test_a_name_of_a_claim_can_be_shown(name):
    with pytest.raises(ValueError, match=r"^name must be ") as error:
        claim(name=name)
    assert visible(str(error.value)) == str(error.value)


def test_what_is_not_visible_is_told_by_its_code():
    assert visible("a\x1b[31m\x9b\udcff\u202eγ\t\n") == "a\\x1b[31m\\x9b\\udcff\\u202eγ\t\n"
    assert visible("naïve 数 🙂 e\u0301 a\u200db") == "naïve 数 🙂 e\u0301 a\u200db"


@pytest.mark.parametrize(
    "name",
    [
        b"\x1b[31mred \xff[final].npy",
        b"a$b$$.npy",
        pytest.param(b"faces \xff[final].npy", marks=pytest.mark.slow),
        pytest.param(b"[bold]x.npy", marks=pytest.mark.slow),
    ],
)
def test_a_data_file_of_any_name(name, tmp_path, capsys, monkeypatch):
    folder = os.fsencode(tmp_path)
    rng = np.random.default_rng(0)
    with open(os.path.join(folder, name), "wb") as stream:
        np.save(stream, rng.normal(size=(40, 5)))
    monkeypatch.chdir(tmp_path)
    assert main(["predict", os.fsdecode(name), "--out", "o", "--samples", "10", "--draws", "2"]) == 0
    out, err = capsys.readouterr()
    shown = visible(os.fsdecode(name))
    assert shown.split(".")[0] in out
    assert "\x1b[31m" not in out + err
    assert (Path("o") / "predict.png").stat().st_size > 10_000


def test_a_link_in_a_statement_does_not_reach_the_page():
    page = to_html(
        r"see $\href{javascript:alert(1)}{x}$, $\style{background:url(x)}{y}$ <script>alert(1)</script>"
    )
    assert "href" not in page
    assert "javascript" not in page.replace("javascript:alert(1)}{x}", "")
    assert "<script" not in page
    assert "style=" not in page


@pytest.mark.parametrize(
    ("character", "word"),
    [
        ("γ", "gamma"),
        ("Θ", "Theta"),
        ("²", "^2"),
        ("₁", "_1"),
        ("−", "-"),
        ("é", "e"),
        ("数", "?"),
        ("½", "1/2"),
    ],
)
def test_characters_in_ascii(character, word):
    assert spelt_out(character) == word


SHOWN = ("list", "list recovery", "sweep recovery --help")
PROGRAM = """
import sys
from lingen.scripts import main as entry
entry.tolerate()
for words in sys.argv[1:]:
    code = entry.main(words.split())
    print("=====", code)
"""


@pytest.mark.parametrize(
    "encoding",
    [*(pytest.param(name, marks=pytest.mark.slow) for name in ("latin-1", "cp1252")), "gbk", "ascii"],
)
def test_a_console_that_cannot_show_gamma(encoding):
    run = children.run(
        [sys.executable, "-c", PROGRAM, *SHOWN],
        env={**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"},
        text=False,
    )
    assert run.returncode == 0, run.stderr
    assert b"Error" not in run.stderr
    told = dict(zip(SHOWN, run.stdout.split(b"===== 0"), strict=False))
    assert len(told) == len(SHOWN)
    assert all(told.values())
    # click takes ASCII for a slip and writes UTF-8
    expected = {"ascii": "γ".encode(), "gbk": "γ".encode("gbk")}.get(encoding, b"gamma")
    assert expected in told["list recovery"]
