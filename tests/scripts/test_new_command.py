"""`lingen new`: a claim file that holds at first try, and is never written over another."""

from __future__ import annotations

import json

import pytest

from lingen.scripts.main import main


def test_the_claim_holds_as_it_is(lingen, tmp_path):
    done = lingen("new", "claims/my_first theorem.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("claims/my_first theorem.py: check it with")
    done = lingen("verify", "claims/my_first theorem.py", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (claim,) = json.loads((tmp_path / "out" / "verdicts.json").read_text())["claims"]
    assert (claim["name"], claim["outcome"]) == ("my-first-theorem", "holds")
    assert list(claim["rivals"].values()) == ["refuted"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("taken.py", "FILE.py must be a new file, got {}: it is there already"),
        ("notes.txt", "FILE.py must end in .py, got {}"),
        ("_.py", "FILE.py must end in .py, got {}"),
        ("taken.py/new.py", "FILE.py {}: cannot write there"),
    ],
)
def test_what_cannot_be_written_is_refused(tmp_path, capsys, name, words):
    (tmp_path / "taken.py").write_text("mine")
    assert main(["new", str(tmp_path / name)]) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: " + words.format(tmp_path / name))
    assert error.count("\n") == 1
    assert (tmp_path / "taken.py").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["taken.py"]
