"""Claims in somebody's own test suite."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import children
import jax.random as jr
import pytest

from lingen.claims import Budget, Claim
from lingen.testing import assert_holds

KNOWN = {"concentration": "planted", "order_source": "planted"}


def claim(prediction: float, **more) -> Claim:
    return Claim(
        "mean",
        predict=lambda u: prediction,
        simulate=lambda key, dim, u: u + 0.01 * jr.normal(key),
        grid={"u": (1.0,)},
        dims=(8,),
        rivals={"twice": lambda u: 2.0},
        **KNOWN,
        **more,
    )


def test_a_claim_that_holds_gives_its_verdict():
    verdict = assert_holds(claim(1.0))
    assert verdict
    assert assert_holds(claim(1.0), seed=3).provenance["key"] == [0, 3]


def test_a_claim_that_does_not_says_why():
    with pytest.raises(
        AssertionError, match=r"^mean: refuted, at u=1: [01]\.\d+ ± .* where 1.5 is predicted"
    ):
        assert_holds(claim(1.5), budget=Budget(resolution=0.05))
    with pytest.raises(ValueError, match="seed must be a whole number"):
        assert_holds(claim(1.0), seed=-1)


THEOREMS = """
import jax.random as jr
from lingen.claims import Claim

def mean(name, prediction):
    return Claim(name, predict=lambda u: prediction, simulate=lambda key, dim, u: u + 0.01 * jr.normal(key),
        grid={"u": (1.0,)}, dims=(8,), rivals={"twice": lambda u: 2.0}, concentration="planted")

CLAIMS = [mean("right", 1.0), mean("wrong", 1.5)]
"""


def run(folder: Path, *arguments: str, **options: str) -> subprocess.CompletedProcess[str]:
    lines = "".join(f"{name} = {value}\n" for name, value in options.items())
    (folder / "pytest.ini").write_text("[pytest]\n" + lines)
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments]
    return children.run(command, cwd=folder)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "theorems.py").write_text(textwrap.dedent(THEOREMS))
    (tmp_path / "test_other.py").write_text("def test_nothing():\n    pass\n")
    return tmp_path


def test_pytest_collects_the_claims_of_the_files_that_are_named(suite):
    done = run(suite, lingen_claims="theorems.py")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    assert "1 failed" in done.stdout
    assert "wrong: refuted, at u=1:" in done.stdout
    assert "Traceback" not in done.stdout
    alone = run(suite, "theorems.py::right", lingen_claims="theorems.py", lingen_seed="4")
    assert "1 passed" in alone.stdout, alone.stdout


def test_without_the_option_nothing_is_collected_and_a_broken_file_says_its_line(suite):
    assert "1 passed" in run(suite).stdout
    (suite / "theorems.py").write_text("x = 1 +\n")
    broken = run(suite, lingen_claims="theorems.py")
    assert broken.returncode != 0
    assert "theorems.py, line 1: syntax error" in broken.stdout
