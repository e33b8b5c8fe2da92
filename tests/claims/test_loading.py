"""A user's own file of claims, and everything that can be wrong with one."""

from __future__ import annotations

import sys
from pathlib import Path

import jax.random as jr
import pytest

from lingen.claims import Budget, Outcome, check
from lingen.claims.loading import load_claims

CLAIM = "Claim({name!r}, predict=lambda x: x, simulate=lambda key, dim, x: x, grid={{'x': (1.0,)}})"
HEAD = "from lingen.claims import Claim\n"


def write(folder: Path, text: str) -> Path:
    path = folder / "mine.py"
    path.write_text(text, encoding="utf-8")
    return path


def test_claims_and_collections_of_them_are_found_once_and_in_order(tmp_path):
    a, b, c = (CLAIM.format(name=name) for name in "abc")
    path = write(
        tmp_path, f"{HEAD}A = {a}\nALSO = A\nREST = ({b}, A)\nMORE = {{'x': {c}, 'y': 1}}\nOTHER = 3\n"
    )
    load_claims(path)  # what a first claim makes JAX load stays
    before = set(sys.modules), list(sys.path)
    assert [claim.name for claim in load_claims(path)] == ["a", "b", "c"]
    assert (set(sys.modules), list(sys.path)) == before


def test_dataclasses_work_inside_a_claims_file(tmp_path):
    lines = "from __future__ import annotations\nfrom dataclasses import dataclass\n"
    lines += "@dataclass\nclass P:\n    x: int\n"
    assert len(load_claims(write(tmp_path, lines + HEAD + "A = " + CLAIM.format(name="a")))) == 1


WRONG = {
    "syntax": ("x = (\n", "mine.py, line 1: syntax error"),
    "exception": ("x = 1\ny = x / 0\n", "mine.py, line 2: ZeroDivisionError: division by zero"),
    "exit": ("import sys\nsys.exit(3)\n", "mine.py, line 2: SystemExit"),
    "missing import": ("import nothing_like_this\n", "ModuleNotFoundError"),
    "no claims": ("x = 1\n", "holds no claim"),
    "bad claim": (HEAD + "A = Claim('a', predict=3)\n", "claim a: predict must be a function, got 3"),
    "twins": (
        HEAD + f"A = {CLAIM.format(name='a')}\nB = {CLAIM.format(name='a')}\n",
        "two claims called 'a'",
    ),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_file_is_one_line(tmp_path, kind):
    text, words = WRONG[kind]
    with pytest.raises(ValueError, match=r"mine\.py") as caught:
        load_claims(write(tmp_path, text))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_null_bytes_are_a_syntax_error(tmp_path):
    with pytest.raises(ValueError, match=r"mine\.py"):
        load_claims(write(tmp_path, "x = 1\0\n"))


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(ValueError, match=r"nowhere\.py, which does not exist"):
        load_claims(tmp_path / "nowhere.py")
    with pytest.raises(ValueError, match="which is a folder"):
        load_claims(tmp_path)


def test_the_example_in_the_documentation_holds():
    [claim] = load_claims(Path(__file__).parents[2] / "docs" / "my_claims.py")
    verdict = check(claim, jr.key(0), Budget(resolution=0.03, seconds=300))
    assert verdict.outcome is Outcome.HOLDS, verdict.reason


def test_one_of_several_is_asked_for_by_its_name(tmp_path):
    a, b = (CLAIM.format(name=name) for name in ("first", "second"))
    path = write(tmp_path, f"{HEAD}ALL = [{a}, {b}]\n")
    assert [claim.name for claim in load_claims(f"{path}::second")] == ["second"]
    with pytest.raises(ValueError, match=r"called 'secnd', it has first, second; did you mean second\?"):
        load_claims(f"{path}::secnd")


def test_a_module_beside_the_file_can_be_imported(tmp_path):
    (tmp_path / "beside_the_claims.py").write_text("NAME = 'from beside'\n")
    lines = HEAD + "from beside_the_claims import NAME\nA = " + CLAIM.replace("{name!r}", "NAME").format()
    before = list(sys.path)
    assert [claim.name for claim in load_claims(write(tmp_path, lines))] == ["from beside"]
    assert sys.path == before
    del sys.modules["beside_the_claims"]
