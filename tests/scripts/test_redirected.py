"""Commands whose output goes to a file: lines alone, no spinner, and nothing left open at the end."""

from __future__ import annotations

import os
import sys

import children
import pytest

from lingen.scripts.main import COMMANDS, main

STRICT = (sys.executable, "-X", "dev", "-W", "error::ResourceWarning", "-m", "lingen")
LINES = {
    "list": "list --section C power",
    "new": "new written.py",
    "verify": "verify mine.py --max-draws 256 --report r",
    "predict": "predict digits --limit 100 --draws 2 --samples 8,16 --out p",
    "sweep": "sweep mine.py --spread 0.5:2:6 --size 4,8 --draws 4 --out new.zarr",
    "infer": "infer s.zarr --control spread --at size=8 --model power --draws 20 --out i",
    "plot": "plot s.zarr --x spread --out p.png",
    "figures": "figures phase-diagram --no-simulate --format png",
    "train": "train digits --limit 40 --samples 2 --seeds 1 --steps 2 --images 2 --kernels 2 --out t",
    "cite": "cite recovery --format bibtex",
}
LONG = {"explore"}
"""Computes its tables for minutes, in this mode of Python; its own tests try it."""
SHOWS_FAILURE = {"verify": {0, 1}, "infer": {0, 1}}
"""So few draws decide nothing."""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("redirected")
    file = folder / "mine.py"
    assert main(["new", str(file)]) == 0
    words = ["sweep", str(file), "--spread", "0.5:2:6", "--size", "4,8", "--draws", "4", "-q"]
    assert main([*words, "--out", str(folder / "s.zarr")]) == 0
    return folder


def judge(world, command: str) -> None:
    done = children.run(
        [*STRICT, *LINES[command].split()], cwd=world, env=os.environ | {"PYTHONWARNINGS": ""}
    )
    assert done.returncode in SHOWS_FAILURE.get(command, {0}), done.stderr
    for words in ("Warning", "Exception ignored", "Traceback"):
        assert words not in done.stderr
    for character in "\x1b\r⠋⠙⠹⠸━\x07":
        assert character not in done.stderr
        assert character not in done.stdout.replace("━┳", "").replace("━", "") or character == "━"
    assert not done.stderr.startswith("\n")


def test_every_command_is_tried():
    assert LINES.keys() | LONG == COMMANDS.keys()
    assert all(line.split()[0] == command for command, line in LINES.items())


def test_new_leaves_nothing_open(world):
    judge(world, "new")


@pytest.mark.slow
@pytest.mark.parametrize("command", sorted(LINES.keys() - {"new"}))
def test_nothing_is_left_open(command, world):
    judge(world, command)
