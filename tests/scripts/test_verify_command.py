"""`lingen verify` from outside: exit codes, one-line errors, the report on disk, interruption."""

from __future__ import annotations

import html
import json
import os
import re
import shlex
import signal
import sys
import time
from html.parser import HTMLParser

import children
import pytest

from lingen.scripts.main import main

OUTCOMES = {
    "mean": "holds",
    "off": "refuted",
    "nan": "broken",
    "shape": "broken",
    "beyond": "refuted",
    "pair": "holds",
    "exact": "holds",
    "words": "holds",
}
SLOW = r"""
import jax
import jax.numpy as jnp
from lingen.claims import Claim

def slow(key, dim):
    step = lambda i, x: x + 1e-12 * jax.random.normal(jax.random.fold_in(key, i))
    return jax.lax.fori_loop(0, 100_000, step, 0.0) + 100 * jax.random.normal(key)

SLOW = Claim("slow", points=({},), predict=lambda: 1.0, simulate=slow, dims=(8,))
"""


def is_one_error_line(text: str) -> bool:
    return text.startswith("error: ") and text.endswith("\n") and text.count("\n") == 1


def test_a_run_where_all_holds_ends_in_0(lingen, claims_file, tmp_path):
    done = lingen("verify", claims_file, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "1 hold" in done.stdout.splitlines()[-1]
    assert sorted(p.name for p in (tmp_path / "report").iterdir()) == ["index.html", "verdicts.json"]


def test_the_report_tells_the_command_that_repeats_the_run(lingen, claims_file, tmp_path, monkeypatch):
    (tmp_path / "my file.py").write_text(claims_file.read_text())
    given = (
        "my file.py::mean",
        "--seed",
        "3",
        "--max-draws",
        "4096",
        "--budget",
        "thorough",
        "-q",
        "--error-rate",
        "0.01",
    )
    done = lingen("verify", *given, "--report", "first", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    first = json.loads((tmp_path / "first" / "verdicts.json").read_text())
    kept = "--seed 3 --budget thorough --max-draws 4096 --out first --quiet"
    assert first["command"] == f"lingen verify 'my file.py::mean' {kept}"
    assert list(first["files"]) == ["my file.py"]
    page = html.unescape((tmp_path / "first" / "index.html").read_text())
    assert f"<code>{first['command']}</code>" in page
    assert f"<code>{first['files']['my file.py']}</code>" in page
    again = shlex.split(first["command"])[1:]
    again[again.index("first")] = "second"
    monkeypatch.chdir(tmp_path)
    assert main(again) == 0
    second = json.loads((tmp_path / "second" / "verdicts.json").read_text())
    assert second["files"] == first["files"]
    assert [c["points"] for c in second["claims"]] == [c["points"] for c in first["claims"]]


def test_every_outcome_is_told_and_the_run_ends_in_1(mixed_run):
    done, folder = mixed_run
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert "\x1b" not in done.stdout
    for name, outcome in OUTCOMES.items():
        word = "breaks" if name == "beyond" else outcome
        assert re.search(rf"^{name} .*{word}", done.stdout, re.MULTILINE | re.IGNORECASE), name
    assert "4 hold, 1 refuted, 2 broken, 1 measured" in done.stdout
    verdicts = json.loads((folder / "verdicts.json").read_text(), parse_constant=pytest.fail)
    assert {c["name"]: c["outcome"] for c in verdicts["claims"]} == OUTCOMES
    assert verdicts["complete"]
    assert verdicts["counts"] == {"holds": 4, "refuted": 1, "undecided": 0, "broken": 2, "measured": 1}
    assert verdicts["versions"]["lingen"]


class Page(HTMLParser):
    """Counts elements, checks that they nest, keeps addresses and text."""

    VOID = frozenset({"meta", "link", "img", "br"})

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.count: dict[str, int] = {}
        self.addresses: list[str] = []
        self.ids: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.count[tag] = self.count.get(tag, 0) + 1
        found = dict(attributes)
        self.addresses += [found[name] for name in ("src", "href", "data", "action") if name in found]
        self.ids += [found["id"]] if "id" in found else []
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_complete_in_itself(mixed_run):
    text = (mixed_run[1] / "index.html").read_text()
    page = Page(text)
    assert page.open == []
    assert page.count["article"] == len(OUTCOMES)
    assert page.count["img"] == len(OUTCOMES) - 2  # the broken ones have nothing to show
    assert page.count["math"] == 3
    assert all(address.startswith(("#", "data:")) for address in page.addresses)
    assert {a.removeprefix("#") for a in page.addresses if a.startswith("#")} <= set(page.ids)
    assert len(set(page.ids)) == len(page.ids)
    assert "The mean &lt;of x&gt; &amp; co" in text
    assert "url(" not in text
    assert "Measured, not claimed" in text
    assert "Breaks: differs by" in text
    assert r"<code>\frac{</code>" in text
    assert "could not be drawn" not in text


def test_a_budget_too_small_leaves_undecided_and_ends_in_1(claims_file, tmp_path, capsys):
    small = ("--max-draws", "16", "--resolution", "1e-6")
    assert main(["verify", str(claims_file), *small, "--report", str(tmp_path)]) == 1
    assert "undecided" in capsys.readouterr().out
    assert json.loads((tmp_path / "verdicts.json").read_text())["counts"]["undecided"] == 1


def test_a_measurement_does_not_fail_a_run(mixed_file, tmp_path, monkeypatch, capsys):
    text = mixed_file.read_text()
    names = ("WRONG", "NAN", "SHAPE", "PAIR", "EXACT", "WORDS")
    (tmp_path / "claims.py").write_text(text + f"\ndel {', '.join(names)}\n")
    monkeypatch.chdir(tmp_path)
    code = main(["verify", "claims.py", "--quiet"])
    said = capsys.readouterr()
    assert code == 0, said
    assert said.out.count("\n") == 1
    assert "1 hold, 1 measured" in said.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nothing",), "no claim is called 'nothing'"),
        (("missing.py",), "missing.py"),
        (("syntax.py",), "syntax.py, line 2: syntax error"),
        (("empty.py",), "empty.py holds no claim"),
        (("raises.py",), "ZeroDivisionError"),
        (("holds.py", "twin.py"), "two claims are called 'mean'"),
        (("holds.py", "--resolution", "0"), "--resolution must be positive"),
        (("holds.py", "--resolution", "fine"), "--resolution"),
        (("holds.py", "--error-rate", "0.9"), "--error-rate must be between 0 and 0.5"),
        (("holds.py", "--seconds", "nan"), "--seconds must be positive"),
        (("holds.py", "--seed", "-1"), "--seed must be"),
        (("holds.py", "--max-draws", "1"), "--max-draws must be"),
        (("holds.py", "--section", "Z"), "--section must be one of"),
        (("holds.py", "--nonsense"), "--nonsense"),
        (("holds.py", "--report", "holds.py/report"), "--out holds.py/report: cannot write"),
        (("holds.py", "--report", "/proc/report"), "--out /proc/report: cannot write"),
        (("holds.py", "--report", "taken"), "cannot write index.html"),
    ],
)
def test_bad_usage_is_one_line_and_ends_in_2(claims_file, tmp_path, monkeypatch, capsys, arguments, words):
    text = claims_file.read_text()
    files = {"holds": text, "twin": text, "syntax": "x = 1\ny = (", "empty": "x = 1", "raises": "1 / 0"}
    for name, content in files.items():
        (tmp_path / f"{name}.py").write_text(content)
    (tmp_path / "taken" / "index.html").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert main(["verify", *arguments]) == 2
    said = capsys.readouterr()
    assert is_one_error_line(said.err), said.err
    assert words in said.err
    assert said.out == ""
    assert not (tmp_path / "report").exists()


def test_an_interruption_leaves_what_was_decided(claims_file, tmp_path):
    (tmp_path / "slow.py").write_text(SLOW)
    command = [sys.executable, "-m", "lingen", "verify", claims_file, "slow.py"]
    environment = os.environ | {"LINGEN_CACHE": str(tmp_path / "cache")}
    process = children.start(command, cwd=tmp_path, env=environment)
    verdicts = tmp_path / "report" / "verdicts.json"
    while not verdicts.exists() and process.poll() is None:
        time.sleep(0.1)
    time.sleep(2.0)  # into the slow claim
    assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=children.PATIENCE)
    assert process.returncode == 130, err
    assert is_one_error_line(err), err
    assert "interrupted after 1 of 2 claims" in err
    found = json.loads(verdicts.read_text())
    assert [c["name"] for c in found["claims"]] == ["mean"]
    assert found["not_run"] == ["slow"]
    assert not found["complete"]
    page = (tmp_path / "report" / "index.html").read_text()
    assert "Not run: slow." in page
    assert Page(page).count["img"] == 1


def test_the_same_seed_gives_the_same_numbers(lingen, claims_file, tmp_path):
    """In another process, too."""

    def points(run, seed: int, folder: str):
        run("verify", str(claims_file), "--seed", str(seed), "--report", str(tmp_path / folder))
        return json.loads((tmp_path / folder / "verdicts.json").read_text())["claims"][0]["points"]

    def here(*arguments: str):
        return main(list(arguments))

    found = points(here, 3, "a")
    assert found == points(lingen, 3, "b")
    assert found != points(here, 4, "c")


EXITS = """
import os, sys
import jax
from lingen.claims import Claim

def draw(key, dim):
    return 1.0 + 1e-3 * jax.random.normal(key)

def claim(name, predict):
    return Claim(name, points=({},), predict=predict, simulate=draw, dims=(8,))

LEAVES, JUMPS = claim("leaves", lambda: sys.exit(0)), claim("jumps", lambda: os._exit(0))
STAYS = claim("stays", lambda: 1.0)
"""


def test_a_claim_that_ends_the_process_ends_only_its_own_check(lingen, tmp_path):
    (tmp_path / "exits.py").write_text(EXITS)
    done = lingen("verify", "exits.py", cwd=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    found = json.loads((tmp_path / "report" / "verdicts.json").read_text())
    outcomes = {verdict["name"]: (verdict["outcome"], verdict["reason"]) for verdict in found["claims"]}
    told = "the prediction at its only point raised SystemExit: 0 (exits.py, line 12)"
    assert outcomes["leaves"] == ("broken", told)
    assert outcomes["jumps"][0] == "broken"
    assert "os._exit(0)" in outcomes["jumps"][1]
    assert outcomes["stays"][0] != "broken"  # it was still drawn
