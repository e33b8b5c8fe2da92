"""The shape of the house: small functions, small files, small folders, and one name for one thing."""

import ast
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = ("models", "theory", "sims", "experiments", "claims", "scripts")
TOPICS = {"theory", "sims", "experiments/library", "claims/library"}
"""Folders that show one file a topic, however many topics there are."""
LINES, BODY, FILES = 250, 60, 15


@cache
def sources():
    """Every file of the package, by its path from the top."""
    files = [*(ROOT / "lingen").glob("*.py"), *(f for room in ROOMS for f in (ROOT / room).rglob("*.py"))]
    return {str(file.relative_to(ROOT)): file.read_text() for file in files}


@cache
def trees():
    return {name: ast.parse(text) for name, text in sources().items()}


def nodes(*kinds):
    return [
        (name, node) for name, tree in trees().items() for node in ast.walk(tree) if isinstance(node, kinds)
    ]


def test_the_whole_package_is_looked_at():
    assert len(sources()) > 250
    assert {"lingen/boundary.py", "theory/spectrum/curve.py", "scripts/main.py"} <= sources().keys()


def test_no_file_is_long():
    long = {name for name, text in sources().items() if len(text.splitlines()) > LINES}
    assert not long


def test_no_function_is_long():
    functions = nodes(ast.FunctionDef, ast.AsyncFunctionDef)
    long = {f"{name} {f.name}" for name, f in functions if f.end_lineno - f.lineno + 1 > BODY}
    assert not long


def test_no_folder_is_full():
    folders = Counter(str(Path(name).parent) for name in sources() if not name.endswith("__init__.py"))
    assert {folder for folder, count in folders.items() if count > FILES} <= TOPICS


def test_no_class_name_is_used_twice():
    places = defaultdict(list)
    for name, node in nodes(ast.ClassDef):
        places[node.name].append(name)
    assert not {name: where for name, where in places.items() if len(where) > 1}
