"""A topic is four files of one name, which nothing else names: no table, help or command must learn of it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from lingen.experiments import library

ROOT = Path(__file__).parents[2]
HOMES = ("theory", "sims", "experiments/library", "claims/library")
ABOUT_TOPICS = (
    "scripts/figures", "experiments/ladder", "sims/networks", "scripts/commands/options/words.py"
)  # fmt: skip
"""Figures of the theory are about topics; trained networks have order parameters of the same names.
Options name the models beside them."""


def words(path: Path) -> set[str]:
    """Every text and every imported name of a file, docstrings left out."""
    tree = ast.parse(path.read_text("utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    blocks = [node.body for node in ast.walk(tree) if isinstance(node, documented)]
    told = {
        id(line.value) for body in blocks for line in body
        if isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant)
    }  # fmt: skip
    return {
        node.value for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told
    }  # fmt: skip


@pytest.fixture(scope="module")
def outside() -> dict[str, set[str]]:
    """The words of every file that is no topic's."""
    return {
        str(path.relative_to(ROOT)): words(path)
        for room in ("lingen", "models", "sims", "experiments", "claims", "scripts")
        for path in (ROOT / room).rglob("*.py")
        if not str(path.relative_to(ROOT)).startswith((*HOMES[2:], *ABOUT_TOPICS, "lingen/"))
        and str(path.parent.relative_to(ROOT)) not in ("sims", "theory")
    }


def test_no_other_file_names_a_topic(outside):
    topics = set(library.names())
    assert {name: found & topics for name, found in outside.items() if found & topics} == {}


@pytest.mark.parametrize("topic", [name for name in library.names() if name != "decoupling"])
def test_a_topic_has_four_files_of_one_name(topic):
    assert [home for home in HOMES if not (ROOT / home / f"{topic}.py").is_file()] == []
